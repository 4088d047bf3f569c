//! The tables of the service that gatefold replaces, read as they stand: nothing is judged here,
//! and nothing is written.

mod error;
mod read;
mod shape;

pub use error::LegacyError;
pub use read::read_legacy;
pub use shape::{Field, Header, LegacyRow, LegacyTable, LegacyTables, Naming};
