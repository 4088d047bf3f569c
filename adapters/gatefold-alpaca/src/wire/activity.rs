//! An account activity: a fill, or something that changed the account without a trade.

use gatefold_core::vocabulary::Timestamp;
use serde::Deserialize;

use super::{Number, moment};

/// An activity. Its id sorts within one zone only, and no time is ever read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct Activity {
    pub id: String,
    pub activity_type: String,
    pub activity_sub_type: Option<String>,
    pub order_id: Option<String>,
    pub order_status: Option<String>,
    pub symbol: Option<String>,
    pub side: Option<String>,
    pub price: Option<Number>,
    pub qty: Option<Number>,
    pub cum_qty: Option<Number>,
    pub leaves_qty: Option<Number>,
    pub transaction_time: Option<String>,
    pub date: Option<String>,
    pub created_at: Option<String>,
    pub net_amount: Option<Number>,
    pub description: Option<String>,
    pub status: Option<String>,
    pub group_id: Option<String>,
}

/// What an activity is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityKind {
    /// An execution.
    Fill,
    /// A short option was assigned.
    Assigned,
    /// A long option was exercised.
    Exercised,
    /// An option expired.
    Expired,
    /// The shares that changed hands with an assignment or exercise.
    Delivery,
    /// A stock split.
    Split,
    /// A fee.
    Fee,
    /// A dividend or interest.
    Income,
    /// Money paid in or out by the owner.
    Deposit,
    /// Anything else: a person must look.
    Other,
}

impl Activity {
    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> ActivityKind {
        match self.activity_type.as_str() {
            "FILL" => ActivityKind::Fill,
            "OPASN" => ActivityKind::Assigned,
            "OPEXC" | "OPXRC" => ActivityKind::Exercised,
            "OPEXP" => ActivityKind::Expired,
            "OPTRD" => ActivityKind::Delivery,
            "SPLIT" | "SSP" => ActivityKind::Split,
            "FEE" | "CFEE" | "PTC" => ActivityKind::Fee,
            "INT" | "INTNRA" | "INTTW" => ActivityKind::Income,
            "CSD" | "CSW" | "JNLC" | "TRANS" => ActivityKind::Deposit,
            dividend if dividend.starts_with("DIV") => ActivityKind::Income,
            _ => ActivityKind::Other,
        }
    }

    /// Whether an earlier row was changed by it.
    #[must_use]
    pub fn is_revised(&self) -> bool {
        matches!(self.status.as_deref(), Some("correct" | "canceled"))
    }

    /// When the broker says it happened or was entered.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        moment(self.transaction_time.as_deref()).or_else(|| moment(self.created_at.as_deref()))
    }
}
