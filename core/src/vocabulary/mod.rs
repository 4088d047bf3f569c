//! The words every stage speaks are decided here: money, quantities, instruments, ids, time and the
//! exchange's calendar.
//!
//! Everything in this module is a *value*: small, `Copy` (but for the [`Calendar`]), valid by
//! construction and comparable. Text is parsed once, at the edge, into one of these types; after
//! that nobody checks it again.
//!
//! | to say | write |
//! |---|---|
//! | what one unit costs | [`Price`], dollars in steps of 1e-9, never negative |
//! | how many units | [`Quantity`], never negative; [`NetQuantity`] where a position may be short |
//! | how many units one contract stands for | [`Multiplier`] |
//! | an amount of dollars | [`Money`], signed, in steps of 1e-18, so that a cost is exact |
//! | a share or percentage | [`Ratio`], parts per million, applied with a named [`Rounding`] |
//! | a thing that trades | [`Instrument`]: an [`Equity`] or an [`OptionContract`] |
//! | which way | [`Side`] for orders, [`Right`] for options |
//! | who and which | [`AccountId`], [`RecommendationId`], [`OrderKey`] and the other ids |
//! | when | [`Timestamp`] (UTC), [`Span`], [`Date`]; the exchange's [`Calendar`] |
//!
//! Nothing here panics on input, allocates in arithmetic or uses a float. Every type has one binary
//! form; bytes that stand for no value are refused when they are decoded.

pub(crate) mod run;
pub(crate) mod wire;

pub(crate) mod decimal;
mod money;
mod price;
mod quantity;
mod ratio;

mod digest;
mod ids;
mod text;

mod instrument;
mod option;
mod osi;
mod symbol;

mod calendar;
mod date;
mod span;
mod time;

mod table;

pub use calendar::{Calendar, Phase, Session, Today};
pub use date::{Date, Weekday};
pub use decimal::NumberError;
pub(crate) use digest::Digest;
pub use ids::{
    AccountId, Actor, BrokerOrderId, EventId, ExecutionId, ModelVersion, OrderKey,
    RecommendationId, StrategyId,
};
pub use instrument::{Equity, Instrument, Side};
pub use money::Money;
pub use option::{OptionContract, Right, Root};
pub use price::Price;
pub use quantity::{Multiplier, NetQuantity, Quantity};
pub use ratio::{Ratio, Rounding};
pub use span::Span;
pub use symbol::{Symbol, SymbolError};
pub use table::Table;
pub use text::{Text, TextError};
pub use time::{TimeError, Timestamp};
