//! The limits of an account: one versioned, recorded set that every gate reads.

use alloc::vec::Vec;

use bincode::{Decode, Encode};

use crate::vocabulary::wire::wire_kind;
use crate::vocabulary::{ModelVersion, Money, Price, Quantity, Ratio, Span, StrategyId};

wire_kind! {
    /// What exposure is measured by.
    ExposureBasis {
        /// Entry price of what is held, limit price of what is in flight. Needs no market.
        Cost = 1,
        /// Marks of what is held, the larger of mark and order price for the candidate.
        Mark = 2,
    }
}

wire_kind! {
    /// Whether shares may be sold short.
    Shorting {
        /// An opening sale of shares is refused.
        Forbidden = 1,
        /// An opening sale of shares is judged by the other gates.
        Allowed = 2,
    }
}

/// Thresholds of one strategy that differ from the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StrategyLimits {
    /// Which strategy.
    pub strategy: StrategyId,
    /// Least confidence for advice that names no model.
    pub confidence_min: Option<Ratio>,
}

/// Least confidence for advice of one model version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ModelThreshold {
    /// Which model version.
    pub model: ModelVersion,
    /// Least confidence on that model's scale.
    pub confidence_min: Ratio,
}

/// Every limit of one account. Mandatory ones are plain fields; an optional one that is `None` is
/// not configured, and its gate says `not set`. 0 denies everything.
///
/// Money limits have at most six decimals, so that a recorded verdict shows them exactly.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Limits {
    /// Most instruments held or being opened at a time.
    pub max_positions: u32,
    /// Most gross exposure, US dollars.
    pub max_exposure: Money,
    /// Most gross exposure as a fraction of equity.
    pub max_exposure_of_equity: Option<Ratio>,
    /// What exposure is measured by.
    pub exposure_basis: ExposureBasis,
    /// Most notional of one opening order, US dollars.
    pub max_order_notional: Money,
    /// Most notional of one opening order as a fraction of equity.
    pub max_order_of_equity: Option<Ratio>,
    /// Most notional of one closing order, US dollars. At least `max_exposure`, so that what is
    /// held stays closable.
    pub max_close_notional: Money,
    /// Most shares in one order.
    pub max_order_shares: Option<Quantity>,
    /// Most contracts in one order.
    pub max_order_contracts: Option<Quantity>,
    /// Most net exposure in either direction, US dollars.
    pub max_net_exposure: Option<Money>,
    /// Most exposure to one instrument as a fraction of equity.
    pub max_symbol_concentration: Option<Ratio>,
    /// Most exposure to one underlying, its shares and options together, as a fraction of equity.
    pub max_underlying_concentration: Option<Ratio>,
    /// A day loss that reaches this halts entries, US dollars.
    pub max_daily_loss: Money,
    /// The same as a fraction of the day's opening equity.
    pub max_daily_loss_of_equity: Option<Ratio>,
    /// A drawdown from the equity peak that reaches this fraction halts entries.
    pub max_drawdown: Option<Ratio>,
    /// Most opening orders a day; attempts count.
    pub max_entries_per_day: u32,
    /// Most closing orders a day; attempts count.
    pub max_exits_per_day: u32,
    /// Opening orders a second, sustained.
    pub orders_per_second: u32,
    /// Opening orders that may be sent at once.
    pub order_burst: u32,
    /// Closing orders that may be sent at once, from a reserve of their own.
    pub exit_burst: u32,
    /// For this long the same order from another recommendation is a duplicate.
    pub duplicate_window: Span,
    /// Least time between the close of a position in an underlying and the next entry in it.
    pub cooldown: Option<Span>,
    /// Opening orders per position after the first. `Some(0)`: one per symbol, no pyramiding.
    pub max_adds: Option<u32>,
    /// For this long after its creation a recommendation may be decided.
    pub time_to_live: Span,
    /// Least confidence for advice that names neither a model nor a strategy with one of its own.
    pub confidence_min: Option<Ratio>,
    /// Least confidence per model version; advice of another version is refused.
    pub models: Vec<ModelThreshold>,
    /// What differs for a strategy.
    pub strategies: Vec<StrategyLimits>,
    /// Most distance between the quote and the price the advice was based on, as a fraction.
    pub max_price_drift: Option<Ratio>,
    /// An opening order may cross the far side by this fraction at most.
    pub collar: Ratio,
    /// The same for a closing order; wider.
    pub close_collar: Ratio,
    /// For cheap instruments the collar is at least this wide, US dollars.
    pub collar_floor: Price,
    /// Oldest quote for an opening order.
    pub max_quote_age: Span,
    /// Whether quotes of an indicative feed will do.
    pub feed: FeedRule,
    /// Most distance between bid and ask as a fraction of their middle.
    pub max_spread: Option<Ratio>,
    /// Most distance between bid and ask, US dollars.
    pub max_spread_abs: Option<Price>,
    /// Displayed size must be at least this fraction of the order.
    pub min_displayed: Option<Ratio>,
    /// Least open interest of an option.
    pub min_open_interest: Option<Quantity>,
    /// No entries in the first part of a session.
    pub blackout_open: Span,
    /// No entries in the last part of a session.
    pub blackout_close: Span,
    /// Fewest trading days to an option's expiry.
    pub min_days_to_expiry: Option<u32>,
    /// Most trading days to an option's expiry.
    pub max_days_to_expiry: Option<u32>,
    /// On its last day an option is not opened in the last part of the session.
    pub expiry_cutoff: Span,
    /// Most premium paid for one option order, US dollars.
    pub max_premium: Option<Money>,
    /// The same as a fraction of equity.
    pub max_premium_of_equity: Option<Ratio>,
    /// Least premium taken in for one contract sold to open, US dollars a share.
    pub min_credit: Option<Price>,
    /// Whether shares may be sold short.
    pub shorting: Shorting,
    /// Oldest successful comparison with the broker's books.
    pub max_sync_age: Span,
    /// Longest silence of the broker's order updates.
    pub max_link_silence: Span,
}

wire_kind! {
    /// Which feeds a decision may rest on.
    FeedRule {
        /// Consolidated quotes only.
        Consolidated = 1,
        /// Indicative quotes too.
        AnyFeed = 2,
    }
}

/// Why a set of limits contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} = {value} contradicts {other}: {remedy}")]
pub struct Contradiction {
    /// The key as the configuration calls it.
    pub key: &'static str,
    /// Its value as micro-dollars, parts per million, nanoseconds or a count.
    pub value: i128,
    /// The key it contradicts.
    pub other: &'static str,
    /// What to write instead.
    pub remedy: &'static str,
}

impl Limits {
    /// Limits with every optional one not set, the mandatory ones as given, and for the rest the
    /// values of the preset `cash_small`: 20 entries a day, 2 orders a second, collar 2 %, quotes
    /// up to 5 s old, advice up to 120 s old.
    #[must_use]
    pub fn with(
        max_positions: u32,
        max_exposure: Money,
        max_order: Money,
        daily_loss: Money,
    ) -> Self {
        Self {
            max_positions,
            max_exposure,
            max_exposure_of_equity: None,
            exposure_basis: ExposureBasis::Cost,
            max_order_notional: max_order,
            max_order_of_equity: None,
            max_close_notional: Money::dollars(1_000_000_000),
            max_order_shares: None,
            max_order_contracts: None,
            max_net_exposure: None,
            max_symbol_concentration: None,
            max_underlying_concentration: None,
            max_daily_loss: daily_loss,
            max_daily_loss_of_equity: None,
            max_drawdown: None,
            max_entries_per_day: 20,
            max_exits_per_day: 200,
            orders_per_second: 2,
            order_burst: 5,
            exit_burst: 20,
            duplicate_window: Span::seconds(10),
            cooldown: None,
            max_adds: None,
            time_to_live: Span::seconds(120),
            confidence_min: None,
            models: Vec::new(),
            strategies: Vec::new(),
            max_price_drift: None,
            collar: Ratio::from_ppm(20_000),
            close_collar: Ratio::from_ppm(100_000),
            collar_floor: Price::cents(5),
            max_quote_age: Span::seconds(5),
            feed: FeedRule::Consolidated,
            max_spread: None,
            max_spread_abs: None,
            min_displayed: None,
            min_open_interest: None,
            blackout_open: Span::seconds(0),
            blackout_close: Span::seconds(0),
            min_days_to_expiry: None,
            max_days_to_expiry: None,
            expiry_cutoff: Span::minutes(30),
            max_premium: None,
            max_premium_of_equity: None,
            min_credit: None,
            shorting: Shorting::Forbidden,
            max_sync_age: Span::minutes(15),
            max_link_silence: Span::seconds(60),
        }
    }

    /// Limits that deny every entry: in force until an account's own are set.
    #[must_use]
    pub fn nothing() -> Self {
        Self::with(0, Money::ZERO, Money::ZERO, Money::ZERO)
    }

    /// Whether the limits fit together.
    ///
    /// # Errors
    /// The first pair that does not.
    pub fn checked(self) -> Result<Self, Contradiction> {
        let micros = |money: Money| i128::from(money.micros_away());
        let clash = |key, value, other, remedy| Err(Contradiction { key, value, other, remedy });
        if self.max_close_notional < self.max_exposure {
            let remedy = "a full position could not be closed; raise it to max_exposure";
            let value = micros(self.max_close_notional);
            return clash("max_close_notional", value, "max_exposure", remedy);
        }
        if self.close_collar < self.collar {
            let remedy = "exits need at least the room of entries; raise it to collar";
            return clash("close_collar", self.close_collar.ppm().into(), "collar", remedy);
        }
        if let (Some(least), Some(most)) = (self.min_days_to_expiry, self.max_days_to_expiry)
            && least > most
        {
            let remedy = "no option could pass; lower it to max_days_to_expiry";
            return clash("min_days_to_expiry", least.into(), "max_days_to_expiry", remedy);
        }
        if self.orders_per_second > 0 && self.order_burst == 0 {
            let remedy = "no order could ever be sent; set order_burst to at least 1";
            return clash("order_burst", 0, "orders_per_second", remedy);
        }
        let whole: [(&'static str, Money); 3] = [
            ("max_exposure", self.max_exposure),
            ("max_order_notional", self.max_order_notional),
            ("max_daily_loss", self.max_daily_loss),
        ];
        for (key, money) in whole {
            if money.is_negative() {
                return clash(key, micros(money), "0", "give an amount of 0 or more");
            }
            if Money::from_micros(money.micros_away()) != money {
                return clash(key, micros(money), "six decimals", "give at most six decimals");
            }
        }
        Ok(self)
    }
}
