//! How the simulated broker fills and what it charges is decided here.

use gatefold_core::record::event::PremiumRule;
use gatefold_core::vocabulary::{Instrument, Money, Quantity};

/// How much of an order that can trade is filled at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fills {
    /// All of it, whatever size is displayed.
    #[default]
    Full,
    /// From one unit up to the displayed size, once per moment; seed, order and time decide.
    Seeded(u64),
    /// All of it, but of one fill in ten from one unit up, as Alpaca's paper trading does; seed,
    /// order and time decide which and how much.
    OneInTen(u64),
}

/// How the simulated broker fills and what it charges. By default: in full, nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimSettings {
    /// How much of an order is filled at once.
    pub fills: Fills,
    /// US dollars for each contract traded.
    pub fee_per_contract: Money,
    /// US dollars for each share traded.
    pub fee_per_share: Money,
    /// Where the premium of an exercised or assigned option goes.
    pub premium: PremiumRule,
}

impl Default for SimSettings {
    fn default() -> Self {
        Self {
            fills: Fills::Full,
            fee_per_contract: Money::ZERO,
            fee_per_share: Money::ZERO,
            premium: PremiumRule::IntoShares,
        }
    }
}

impl SimSettings {
    /// What trading so much costs.
    pub(super) fn fee(&self, instrument: &Instrument, quantity: Quantity) -> Money {
        let each = if instrument.is_option() { self.fee_per_contract } else { self.fee_per_share };
        each.prorate(quantity, Quantity::whole(1))
    }
}
