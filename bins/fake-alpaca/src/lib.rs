//! A local Alpaca: the trading API, market data and order stream that clients of the real one
//! talk to, over a market replay, with everything that can go wrong there on demand.
//!
//! It listens on loopback only and keeps nothing. The same settings and calls give the same fills
//! and ids; faults come by rules or by a seed.
//!
//! ```no_run
//! use fake_alpaca::{AccountSettings, FakeAlpaca, Fault, Faults, On, Rule, Settings};
//!
//! let mut settings = Settings::new("docs/quickstart/market");
//! settings.accounts = vec![AccountSettings::paper("main")];
//! let lost = Rule::times(Fault::TimeoutAfter, 1).on(On::Submit);
//! settings.faults = Faults { seed: None, rules: vec![lost] };
//! let running = FakeAlpaca::start(settings)?;
//! println!("{} {}", running.base_url, running.accounts[0].key_id);
//! running.stop();
//! # Ok::<(), fake_alpaca::StartError>(())
//! ```

mod running;

mod settings;

mod api;
mod net;

mod desk;

mod faults;

mod wire;

mod uuid;

pub use faults::{Fault, Faults, On, Rule};
pub use gatefold_sim::core;
pub use running::{FakeAlpaca, Keys, Running, StartError};
pub use settings::{AccountSettings, Clock, Environment, OptionOrders, Settings};
