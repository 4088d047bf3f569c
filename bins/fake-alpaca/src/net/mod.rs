//! How clients are listened to is decided here: HTTP/1.1 and websockets, one thread a connection.

mod connection;
mod http;
mod listen;
mod rate;
mod stream;

pub(crate) use http::{Reply, Request};
pub(crate) use listen::{Shared, Site, listen};
pub(crate) use rate::Budget;
