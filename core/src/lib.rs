//! The pure core of gatefold: per-account state folded from events, and gates that read only that
//! state.
//!
//! An engine is fed inputs and a time; it answers with events to record and effects to release.
//! It does no I/O and has no clock, so that the dispatcher, a replay, a test and a benchmark all
//! drive the same machine.
//!
//! ```
//! use gatefold_core::advise::Arrival;
//! use gatefold_core::decide::{Facts, Feed, Gates, Limits, MarketData, Quote};
//! use gatefold_core::engine::{Engine, Input, Opening, Settings};
//! use gatefold_core::record::event::{Event, Mode};
//! use gatefold_core::settle::CostMethod;
//! use gatefold_core::vocabulary::*;
//! # use gatefold_core::advise::*;
//!
//! /// A market in which everything is quoted at 9.99 / 10.00.
//! struct Still(Timestamp);
//!
//! impl MarketData for Still {
//!     fn quote(&self, _: &Instrument) -> Option<Quote> {
//!         let (bid, ask, size) = (Price::cents(999), Price::cents(1_000), Quantity::whole(100));
//!         let (at, feed) = (self.0, Feed::Consolidated);
//!         Some(Quote { bid, bid_size: size, ask, ask_size: size, at, feed })
//!     }
//!     fn facts(&self, _: &Instrument) -> Option<Facts> {
//!         Some(Facts::STOCK)
//!     }
//! }
//!
//! let now: Timestamp = "2026-02-03T17:30:00Z".parse()?;
//! let market = Still(now);
//! let mut engine = Engine::new(Gates::standard(), Calendar::nyse(), Settings::default());
//! let account = AccountId::new("tiny")?;
//! let opening = Opening {
//!     account,
//!     mode: Mode::Simulated,
//!     cash: Money::dollars(1_500),
//!     cost_method: CostMethod::Average,
//!     // One position, 2,000 of exposure, 2,000 an order, 100 of loss a day.
//!     limits: Limits::with(
//!         1,
//!         Money::dollars(2_000),
//!         Money::dollars(2_000),
//!         Money::dollars(100),
//!     ),
//!     actor: Actor::new("example")?,
//!     reason: String::from("an example"),
//! };
//! let opened = engine.step(Input::Open(opening), now, &market);
//! assert_eq!(opened.batches.len(), 1);
//!
//! # let advice = Recommendation {
//! #     id: RecommendationId::new("1")?,
//! #     account,
//! #     strategy: StrategyId::new("example")?,
//! #     source: Source::External,
//! #     instrument: "ACME".parse()?,
//! #     side: Side::Buy,
//! #     effect: Effect::Open,
//! #     quantity: Quantity::whole(300),
//! #     price: OrderPrice::Limit(Price::dollars(10)),
//! #     time_in_force: TimeInForce::Day,
//! #     hours: Hours::Regular,
//! #     confidence: None,
//! #     model: None,
//! #     reference_price: None,
//! #     exits: ExitTerms::default(),
//! #     created_at: now,
//! #     valid_until: None,
//! # };
//! // Advice to buy 300 ACME at 10.00: 3,000, where 2,000 is the most for one order.
//! let decided = engine.step(Input::Arrival(Arrival::Recommendation(advice)), now, &market);
//! let Some(Event::IntentRefused(refused)) = decided.batches[0].events().last() else {
//!     panic!("a gate refuses it");
//! };
//! let (place, verdict) = refused.judgement.verdicts.headline().ok_or("a headline")?;
//! let gate = engine.gates().cards().nth(place).ok_or("a gate")?;
//! assert_eq!(gate.name, "order-notional");
//! assert_eq!(verdict.code.text(), "NOTIONAL_EXCEEDED");
//! assert_eq!(Money::from_micros(verdict.observed), Money::dollars(3_000));
//! assert_eq!(Money::from_micros(verdict.limit), Money::dollars(2_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! The primary type is [`engine::Engine`]; its file is the one to read first. The modules are the
//! stages that data passes, in order:
//!
//! | module | what is decided there |
//! |---|---|
//! | [`advise`] | what a recommendation may say; inside, every value is valid |
//! | [`decide`] | an account's state, the gates, and the one mint of [`decide::Approved`] |
//! | [`record`] | events, their bytes, what a log must do, the one mint of [`record::Recorded`] |
//! | [`route`] | what a broker must do, and an order's life |
//! | [`settle`] | what an execution makes of a position, and how books are compared |
//! | [`unwind`] | when a position is to be closed again |
//! | [`view`] | pure projections: reports and explanations |
//! | [`vocabulary`] | money, quantities, instruments, ids, times: what all of them speak of |
//!
//! # What is absent
//!
//! No clock, no file, no thread, no float, no randomness; no default account; no way to switch a
//! gate off; no way to send an order that is not recorded.
#![no_std]

extern crate alloc;

pub mod engine;

pub mod advise;
pub mod decide;
pub mod record;
pub mod route;
pub mod settle;
pub mod unwind;
pub mod view;

pub mod vocabulary;
