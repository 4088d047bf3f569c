//! An order as Alpaca describes it, in replies and in stream messages.

use gatefold_core::vocabulary::Timestamp;
use serde::Deserialize;

use super::{Number, moment, or_empty};

/// An order. Whatever the reply does not carry is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct Order {
    pub id: String,
    #[serde(deserialize_with = "or_empty")]
    pub client_order_id: String,
    pub created_at: Option<String>,
    pub updated_at: Option<String>,
    pub submitted_at: Option<String>,
    pub filled_at: Option<String>,
    pub expired_at: Option<String>,
    pub canceled_at: Option<String>,
    pub failed_at: Option<String>,
    pub replaced_at: Option<String>,
    pub replaced_by: Option<String>,
    pub replaces: Option<String>,
    pub symbol: Option<String>,
    pub asset_class: Option<String>,
    pub notional: Option<Number>,
    pub qty: Option<Number>,
    pub filled_qty: Option<Number>,
    pub filled_avg_price: Option<Number>,
    pub order_class: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub side: Option<String>,
    pub position_intent: Option<String>,
    pub time_in_force: Option<String>,
    pub limit_price: Option<Number>,
    pub stop_price: Option<Number>,
    #[serde(deserialize_with = "or_empty")]
    pub status: String,
    pub extended_hours: Option<bool>,
    pub legs: Option<Vec<Order>>,
}

impl Order {
    /// What its status means.
    #[must_use]
    pub fn state(&self) -> Status {
        Status::of(&self.status)
    }

    /// When the broker took it.
    #[must_use]
    pub fn taken_at(&self) -> Option<Timestamp> {
        moment(self.submitted_at.as_deref()).or_else(|| moment(self.created_at.as_deref()))
    }

    /// The latest time it names for what happened to it.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        let ended = [&self.filled_at, &self.canceled_at, &self.expired_at, &self.failed_at];
        let ended = ended.into_iter().filter_map(|at| moment(at.as_deref())).max();
        ended.or_else(|| moment(self.updated_at.as_deref())).or_else(|| self.taken_at())
    }
}

/// What became of one order or position in a bulk call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct BulkItem {
    pub id: Option<String>,
    pub symbol: Option<String>,
    pub status: u16,
}

/// An order's status, as far as anything follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It may trade.
    Working,
    /// A part is executed, and the rest may trade.
    PartiallyFilled,
    /// A cancel was asked for.
    PendingCancel,
    /// A replacement was asked for.
    PendingReplace,
    /// All of it is executed.
    Filled,
    /// It was canceled; what was filled stays filled.
    Canceled,
    /// Its time ran out; what was filled stays filled.
    Expired,
    /// The broker or the venue refused it.
    Rejected,
    /// Another order took its place.
    Replaced,
    /// A word we do not know: nothing is concluded from it.
    Unknown,
}

impl Status {
    /// What a status word means.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            // Done for the day may go on tomorrow; calculated is filled or done with the settlement
            // still open, and says itself which once it is settled.
            "new"
            | "accepted"
            | "pending_new"
            | "accepted_for_bidding"
            | "stopped"
            | "held"
            | "suspended"
            | "calculated"
            | "done_for_day"
            | "pending_review" => Self::Working,
            "partially_filled" => Self::PartiallyFilled,
            "pending_cancel" => Self::PendingCancel,
            "pending_replace" => Self::PendingReplace,
            "filled" => Self::Filled,
            "canceled" => Self::Canceled,
            "expired" => Self::Expired,
            "rejected" => Self::Rejected,
            "replaced" => Self::Replaced,
            _ => Self::Unknown,
        }
    }

    /// Whether the order is done with, but for late fills.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Filled | Self::Canceled | Self::Expired | Self::Rejected | Self::Replaced => true,
            Self::Working
            | Self::PartiallyFilled
            | Self::PendingCancel
            | Self::PendingReplace
            | Self::Unknown => false,
        }
    }
}
