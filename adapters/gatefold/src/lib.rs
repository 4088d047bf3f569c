//! gatefold decides what a trading account may do. Advice goes in; every gate reads one account's
//! folded state and says pass, refuse or defer, with the number it saw and the limit it holds
//! against it; what passed is recorded before it is sent, and what is recorded is all there is.
//!
//! ```
//! # use gatefold::core::advise::Inbox;
//! # use gatefold::core::decide::{Feed, Gates, Limits, Quote};
//! # use gatefold::core::engine::{Engine, Input, Opening, Settings};
//! # use gatefold::core::record::Event;
//! # use gatefold::core::record::event::{Link, LinkChanged, Mode};
//! # use gatefold::core::route::{Report, Snapshot};
//! # use gatefold::core::settle::CostMethod;
//! # use gatefold::core::vocabulary::{
//! #     AccountId, Actor, Calendar, Instrument, Money, Price, Quantity, Timestamp,
//! # };
//! # use gatefold::inbox::JsonLines;
//! # use gatefold::sim::{QuoteChange, Replay};
//! # let now: Timestamp = "2015-12-24T15:00:00Z".parse()?;
//! # let size = Quantity::whole(500);
//! # let (bid, ask) = (Price::cents(9998), Price::dollars(100));
//! # let quote =
//! #     Quote { bid, bid_size: size, ask, ask_size: size, at: now, feed: Feed::Consolidated };
//! # let mut replay = Replay::of(vec![QuoteChange::new(Instrument::parse("AAPL")?, quote)]);
//! # replay.advance_to(now);
//! # let market = replay.market();
//! # let account = AccountId::new("large")?;
//! # let cash = Money::dollars(50_000);
//! # let actor = Actor::new("example")?;
//! # let snapshot =
//! #     Snapshot { requested_at: now, buying_power: cash, cash, positions: Vec::new() };
//! # let up = Report::Link(LinkChanged { link: Link::Up, evidence: "example".into() });
//! // At most 5 positions, 10,000 dollars of exposure, 10,000 per order, 2,000 of loss a day.
//! let dollars = Money::dollars;
//! let limits = Limits::with(5, dollars(10_000), dollars(10_000), dollars(2_000));
//! # let (mode, cost_method) = (Mode::Simulated, CostMethod::Average);
//! # let reason = "example".to_owned();
//! # let opening = Opening { account, mode, cash, cost_method, limits, actor, reason };
//! let mut engine = Engine::new(Gates::standard(), Calendar::nyse(), Settings::default());
//! let _ = engine.step(Input::Open(opening), now, &market);
//! # let _ = engine.step(Input::Reported { account, report: up }, now, &market);
//! # let _ = engine.step(Input::SnapshotTaken { account, answer: Ok(snapshot) }, now, &market);
//!
//! let advice = |id: &str, shares: u32| format!(
//!     r#"{{"recommendation_id": "{id}", "account": "large", "strategy": "swing",
//!     "symbol": "AAPL", "action": "buy_to_open", "quantity": {shares},
//!     "limit_price": "100.00", "created_at": "2015-12-24T15:00:00Z"}}"#
//! ).replace('\n', "");
//! let lines = [advice("r-1", 20), advice("r-2", 90)].join("\n");
//! let mut inbox = JsonLines::new("example", lines.as_bytes());
//! let mut told = Vec::new();
//! while let Some(arrival) = inbox.next()? {
//!     let step = engine.step(Input::Arrival(arrival), now, &market);
//!     for event in step.batches.iter().flat_map(|batch| batch.events()) {
//!         if let Event::IntentApproved(approved) = event {
//!             told.push(format!("{} approved", approved.recommendation));
//!         }
//!         if let Event::IntentRefused(refused) = event
//!             && let Some((place, verdict)) = refused.judgement.verdicts.headline()
//!             && let Some(gate) = engine.gates().cards().nth(place)
//!         {
//!             let (id, name) = (refused.recommendation, gate.name);
//!             told.push(format!("{id} {name}: {} > {}", verdict.observed, verdict.limit));
//!         }
//!     }
//! }
//! // Amounts in a verdict are micro-dollars: 2,000 in flight and 9,000 more are above 10,000.
//! assert_eq!(told, ["r-1 approved", "r-2 gross-exposure: 11000000000 > 10000000000"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! (Lines that describe one quote, one account and a broker that answers are hidden; show them
//! with the button of the example.)
//!
//! The primary type is [`Engine`](core::engine::Engine): inputs and the time go in, batches of
//! events to record and effects to carry out come out. It does no I/O; whoever drives it does.
//!
//! | to | use |
//! |---|---|
//! | describe accounts, limits and places in a file | [`config`] |
//! | read advice | [`inbox`] |
//! | get from a configuration to an open log, market and broker | [`wiring`] |
//! | open the log, wherever it is, and lead its accounts | [`logs`] |
//! | keep a PostgreSQL database beside the log | [`databases`] |
//! | hand the rows of a table to a running engine | [`feed`] |
//! | start from snapshots, and leave new ones | [`snapshots`] |
//! | know what an account, a gate, an event is | [`core`] |
//! | keep events on a disk | [`log`] |
//! | trade against recorded quotes | [`sim`] |
//! | trade through Alpaca | [`alpaca`] |
//! | run it all on threads, through recorded or real time | [`runtime`] |
//!
//! Programs depend on this crate alone. A broker, a log or a market of your own implements a trait
//! of [`core`] and needs nothing else from here.

pub mod alpaca;
pub mod config;
pub mod databases;
pub mod feed;
pub mod inbox;
pub mod logs;
pub mod snapshots;
pub mod stage;
pub mod wiring;

mod nearest;

pub use gatefold_core as core;
pub use gatefold_log as log;
pub use gatefold_postgres as postgres;
pub use gatefold_runtime as runtime;
pub use gatefold_sim as sim;
