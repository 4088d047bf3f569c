//! Alpaca as a broker and as a market: what it said is told as core's words, exactly once, and what
//! it did not say is never assumed.
//!
//! | to | use |
//! |---|---|
//! | send orders and hear of them | [`AlpacaBroker`], a `Broker` |
//! | know quotes and instruments | [`AlpacaMarket`], a `MarketData` |
//! | find out before trading whether keys, account and clock are right | [`guard`] |
//! | hold keys without ever showing them | [`Keys`] |
//!
//! Data flows one way. [`wire`] reads bodies; [`classify`] says what an answer means and
//! [`order`] what may be sent, both without I/O; `follow` turns orders, stream messages and
//! activities into reports, each fill once; `session` asks for what is missing. The stream is a
//! hint and REST is the truth: whatever the stream withholds, doubles or reorders, the next
//! catch-up tells.

pub mod classify;
pub mod order;
pub mod wire;

mod environment;
mod keys;
mod pace;

mod budget;
mod http;

mod activities;
mod fills;
mod follow;
mod replace;

mod api;
mod backoff;
mod catch_up;
mod due;
mod session;
mod stream;

mod calendar;
mod clock;
pub mod guard;

mod broker;
mod events;
mod market_data;

pub use broker::{AccountSettings, AlpacaBroker, START_OVERLAP, Watermark};
pub use clock::{BrokerClock, Now};
pub use environment::{EndpointError, Endpoints, Environment};
pub use http::Permit;
pub use keys::{KeyError, Keys};
pub use market_data::{AlpacaMarket, FeedName, Feeds};
pub use pace::Pace;
pub use replace::{Changes, ReplaceAnswer};
