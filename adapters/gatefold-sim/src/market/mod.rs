//! Recorded quotes become a market here: files are read, put in the order in which their content
//! became known, and replayed.

mod error;
mod files;
mod load;
mod sheet;

mod replay;
mod replay_market;

pub use error::MarketError;
pub use files::{MarketFiles, MarketFilter};
pub use replay::{QuoteChange, Replay};
pub use replay_market::ReplayMarket;
