//! The account, the clock and the calendar.

use serde::Deserialize;

use super::Number;

/// An account, as far as the guard and the snapshot ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct Account {
    pub account_number: String,
    pub status: String,
    pub currency: Option<String>,
    pub cash: Option<Number>,
    pub equity: Option<Number>,
    pub buying_power: Option<Number>,
    pub options_buying_power: Option<Number>,
    pub multiplier: Option<Number>,
    pub options_trading_level: Option<Number>,
    pub shorting_enabled: Option<bool>,
    pub account_blocked: bool,
    pub trading_blocked: bool,
    pub transfers_blocked: bool,
    pub trade_suspended_by_user: bool,
}

/// The broker's clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct Clock {
    pub timestamp: String,
    pub is_open: bool,
    #[serde(default)]
    pub next_open: Option<String>,
    #[serde(default)]
    pub next_close: Option<String>,
}

/// One trading day of the broker's calendar, New York time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct CalendarDay {
    pub date: String,
    pub open: String,
    pub close: String,
}
