//! Why the broker said no: by HTTP status, then by code, then by the keys of the body, and by its
//! words only where nothing else tells.

use std::fmt;

use gatefold_core::route::RejectClass;

use crate::wire::ErrorBody;

/// The cause of a refusal. One code of Alpaca's (40310000) stands for most of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The keys are unknown, or belong to the other environment.
    Authentication,
    /// The request was one too many.
    Rate,
    /// An order with our id exists.
    DuplicateId,
    /// Not enough buying power for a stock order.
    BuyingPower,
    /// Not enough buying power for an option's premium.
    OptionsBuyingPower,
    /// Not enough cash to secure a put: also what a close without its intent is taken for.
    CashSecuredPut,
    /// Not enough shares to cover a call: also what a close without its intent is taken for.
    CoveredCall,
    /// More would be sold than is free; orders may hold it.
    InsufficientQuantity,
    /// An opposite order of the account could trade with it.
    WashTrade,
    /// The asset trades in whole shares only.
    NotFractionable,
    /// The account or the asset cannot be sold short.
    ShortSale,
    /// An opposite order that opens is working.
    OppositeOpen,
    /// An option that nothing would cover.
    Uncovered,
    /// The account's options level does not allow it.
    OptionsLevel,
    /// An assignment is under way.
    AssignmentLock,
    /// Too many contracts that expire today, or none may be opened so late.
    ExpiresSoon,
    /// The contract cannot be traded.
    Contract,
    /// The intent contradicts position and resting orders.
    IntentMismatch,
    /// Market orders for options are for the session only.
    MarketHours,
    /// The price has more decimals than its tick allows.
    Tick,
    /// Day-trade protection, until mid 2026.
    DayTrade,
    /// The order is in a state in which that cannot be done; `filled` is news of a fill.
    State,
    /// Nothing would change by the replacement.
    Unchanged,
    /// No such order, position, asset or contract.
    NotFound,
    /// The request is malformed, or asks for what the broker never does.
    Request,
    /// A reason that is not known here.
    Other,
}

impl Cause {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Rate => "rate",
            Self::DuplicateId => "duplicate-id",
            Self::BuyingPower => "buying-power",
            Self::OptionsBuyingPower => "options-buying-power",
            Self::CashSecuredPut => "cash-secured-put",
            Self::CoveredCall => "covered-call",
            Self::InsufficientQuantity => "insufficient-quantity",
            Self::WashTrade => "wash-trade",
            Self::NotFractionable => "not-fractionable",
            Self::ShortSale => "short-sale",
            Self::OppositeOpen => "opposite-open",
            Self::Uncovered => "uncovered",
            Self::OptionsLevel => "options-level",
            Self::AssignmentLock => "assignment-lock",
            Self::ExpiresSoon => "expires-soon",
            Self::Contract => "contract",
            Self::IntentMismatch => "intent-mismatch",
            Self::MarketHours => "market-hours",
            Self::Tick => "tick",
            Self::DayTrade => "day-trade",
            Self::State => "state",
            Self::Unchanged => "unchanged",
            Self::NotFound => "not-found",
            Self::Request => "request",
            Self::Other => "other",
        }
    }
}

/// A no that the broker put in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What it means.
    pub cause: Cause,
    /// Code, words and keys.
    pub body: ErrorBody,
}

impl Refusal {
    /// Finds the cause.
    #[must_use]
    pub fn of(status: u16, body: ErrorBody) -> Self {
        Self { status, cause: cause(status, &body), body }
    }

    /// Which kind of no it is for the engine.
    #[must_use]
    pub fn class(&self) -> RejectClass {
        if self.cause == Cause::Authentication {
            RejectClass::Authentication
        } else if self.cause == Cause::Rate {
            RejectClass::Rate
        } else {
            RejectClass::Order
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.cause.name())?;
        match self.body.code {
            Some(code) => write!(formatter, "{} {code} ", self.status)?,
            None => write!(formatter, "{} ", self.status)?,
        }
        write!(formatter, "{}", self.body.message)?;
        let mut lead = " (";
        for (key, value) in &self.body.keys {
            write!(formatter, "{lead}{key} {value}")?;
            lead = ", ";
        }
        if lead == ", " { formatter.write_str(")") } else { Ok(()) }
    }
}

fn cause(status: u16, body: &ErrorBody) -> Cause {
    match (status, body.code) {
        (401, _) => Cause::Authentication,
        (429, _) => Cause::Rate,
        (404, _) => Cause::NotFound,
        (_, Some(40_310_100)) => Cause::DayTrade,
        // The words alone tell a wrong key from a refused order here.
        (403, None) if body.message.starts_with("forbidden") => Cause::Authentication,
        _ => by_keys(body).or_else(|| by_words(&body.message)).unwrap_or(match status {
            400 | 422 => Cause::Request,
            _ => Cause::Other,
        }),
    }
}

/// Keys that only one cause has.
fn by_keys(body: &ErrorBody) -> Option<Cause> {
    const KEYS: &[(&str, Cause)] = &[
        ("required_options_buying_power", Cause::CashSecuredPut),
        ("options_buying_power", Cause::OptionsBuyingPower),
        ("underlying_asset_id", Cause::CoveredCall),
        ("existing_qty", Cause::InsufficientQuantity),
        ("existing_order_id", Cause::WashTrade),
        ("day_trading_buying_power", Cause::DayTrade),
        ("buying_power", Cause::BuyingPower),
    ];
    KEYS.iter().find(|(key, _)| body.keys.contains_key(*key)).map(|(_, cause)| *cause)
}

/// Words of the broker, the special before the general.
fn by_words(message: &str) -> Option<Cause> {
    const WORDS: &[(&str, Cause)] = &[
        ("client_order_id must be unique", Cause::DuplicateId),
        ("for cash-secured put", Cause::CashSecuredPut),
        ("for covered call", Cause::CoveredCall),
        ("insufficient options buying power", Cause::OptionsBuyingPower),
        ("insufficient day trading buying power", Cause::DayTrade),
        ("insufficient buying power", Cause::BuyingPower),
        ("insufficient qty", Cause::InsufficientQuantity),
        ("wash trade", Cause::WashTrade),
        ("not fractionable", Cause::NotFractionable),
        ("while a short sell order is open", Cause::OppositeOpen),
        ("while a long buy order is open", Cause::OppositeOpen),
        ("allowed to short", Cause::ShortSale),
        ("sold short", Cause::ShortSale),
        ("uncovered option", Cause::Uncovered),
        ("assignment lock", Cause::AssignmentLock),
        ("expires soon", Cause::ExpiresSoon),
        ("contracts expiring today", Cause::ExpiresSoon),
        ("not eligible", Cause::OptionsLevel),
        ("not authorized to trade options", Cause::OptionsLevel),
        ("position intent mismatch", Cause::IntentMismatch),
        ("only allowed during market hours", Cause::MarketHours),
        ("sub-penny", Cause::Tick),
        ("must be limited to 2 decimal", Cause::Tick),
        ("parameters are not changed", Cause::Unchanged),
        ("order is already in", Cause::State),
        ("order already replaced", Cause::State),
        ("cannot replace order", Cause::State),
        ("unable to replace order", Cause::State),
        ("not cancelable", Cause::State),
        ("no available position", Cause::NotFound),
        ("contract \"", Cause::Contract),
        ("rate limit", Cause::Rate),
        ("too many requests", Cause::Rate),
    ];
    WORDS.iter().find(|(words, _)| message.contains(words)).map(|(_, cause)| *cause)
}
