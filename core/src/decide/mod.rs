//! Decisions are taken here: the state of one account, the gates that read it, and the one mint
//! of [`Approved`].

mod account;
mod aggregates;
mod amounts;
mod fold;
mod state_hash;

mod decision;
mod gate;
pub mod gates;
mod headroom;
mod intent;
mod pricing;

mod code;
mod row;
mod verdict;

mod book;
mod digests;
mod limits;
mod market;
mod pace;
mod retained;
pub(crate) mod state;
mod thresholds;
mod trading_state;

pub use account::Account;
pub use aggregates::{BuyingPower, Contact, Day, Totals, Underlying};
pub use book::{Book, Contribution, Exposure, Leg, Mark, WORKING_PER_BOOK_MAX};
pub use code::Code;
pub use decision::{Addressed, Approved, Decision, NotAddressed, decide};
pub use fold::evolve;
pub use gate::{Card, Gate, GateListError, Gates, Guards};
pub use headroom::{Headroom, headroom};
pub use intent::{Intent, Split, reference_price};
pub use limits::{
    Contradiction, ExposureBasis, FeedRule, Limits, ModelThreshold, Shorting, StrategyLimits,
};
pub use market::{Facts, Feed, Market, MarketData, Quote, Tick, Tradable};
pub use pace::Pace;
pub use retained::RETAINED_DAYS;
pub use state_hash::StateHash;
pub use trading_state::{Cause, Scope, TradingState, TradingStates};
pub use verdict::{GATES_MAX, Outcome, Unit, Verdict, Verdicts};
