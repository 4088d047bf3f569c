//! The totals an account keeps up to date with every event, so that gates need not walk.

use bincode::{Decode, Encode};

use crate::decide::limits::Limits;
use crate::record::event::Link;
use crate::vocabulary::{Date, Money, OrderKey, Quantity, Rounding, Table, Timestamp};

/// Sums over all books, kept up to date with every event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Totals {
    /// Instruments held or being opened.
    pub counted: u32,
    /// Gross exposure in the worst case.
    pub gross: Money,
    /// Net exposure if every working purchase fills.
    pub net_up: Money,
    /// Net exposure if every working sale fills.
    pub net_down: Money,
    /// Value of all positions at their marks.
    pub value: Money,
    /// Cost of all positions, signed: long positive, short negative.
    pub cost: Money,
    /// Cash that short puts would need.
    pub put_cash: Money,
    /// Cash that working purchases would take.
    pub purchases: Money,
}

/// All instruments of one underlying together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Underlying {
    /// Most that could be lost in all of them.
    pub at_risk: Money,
    /// Shares held and not being sold.
    pub free_shares: Quantity,
    /// Shares that short calls must deliver.
    pub called_shares: Quantity,
    /// When a position in it was last closed.
    pub closed_at: Option<Timestamp>,
    /// Only reducing orders, since a broker fact took it past a limit.
    pub reduce_only: bool,
}

/// An underlying in which nothing was ever done.
pub(super) static UNTOUCHED: Underlying = Underlying {
    at_risk: Money::ZERO,
    free_shares: Quantity::ZERO,
    called_shares: Quantity::ZERO,
    closed_at: None,
    reduce_only: false,
};

/// The trading day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Day {
    /// The exchange's date.
    pub date: Date,
    /// Equity it opened with.
    pub opening_equity: Money,
    /// Deposits less withdrawals since.
    pub deposits: Money,
    /// Realized today against the day's opening marks, after fees.
    pub realized: Money,
    /// Opening orders approved.
    pub entries: u32,
    /// Closing orders approved.
    pub exits: u32,
}

impl Day {
    /// The day loss at which entries halt: the money limit or the share of opening equity,
    /// whichever is less.
    pub(crate) fn loss_limit(&self, limits: &Limits) -> Option<Money> {
        let Some(share) = limits.max_daily_loss_of_equity else {
            return Some(limits.max_daily_loss);
        };
        let of_equity = self.opening_equity.scale(share, Rounding::Down)?;
        Some(limits.max_daily_loss.min(of_equity.max(Money::ZERO)))
    }
}

/// Buying power as the broker last reported it, less what was approved since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct BuyingPower {
    /// The report; `None` before the first.
    pub reported: Option<Money>,
    /// Sum of all holds since.
    pub held: Money,
    /// Proceeds of sales executed since.
    pub released: Money,
    /// Per order: what it holds, and since when the broker is known to count it too.
    pub(crate) holds: Table<OrderKey, Hold>,
}

/// Buying power that one order holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Hold {
    pub(crate) amount: Money,
    pub(crate) evidenced_at: Option<Timestamp>,
}

impl BuyingPower {
    /// What is left; `None` before the first report.
    #[inline]
    #[must_use]
    pub fn left(&self) -> Option<Money> {
        let reported = self.reported?;
        Some(reported.saturating_sub(self.held).saturating_add(self.released))
    }
}

/// What is known of the connection to the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Contact {
    /// Whether order updates arrive, and since when; `None` before the first word.
    pub link: Option<(Link, Timestamp)>,
    /// When the last snapshot was asked for.
    pub synced_at: Option<Timestamp>,
    /// Snapshots in a row that differed from our books.
    pub differing: u32,
    /// A difference that nothing explains is open.
    pub mismatch: bool,
    /// Submissions in a row whose answer was lost.
    pub failures: u32,
}

/// Replaces in a total what a book added before by what it adds now.
#[inline]
pub(super) fn replace(total: &mut Money, part: &mut Money, now: Money) {
    *total = total.saturating_add(now.saturating_sub(*part));
    *part = now;
}

/// The same for shares.
#[inline]
pub(super) fn replace_shares(total: &mut Quantity, part: &mut Quantity, now: Quantity) {
    *total = total.saturating_sub(*part).saturating_add(now);
    *part = now;
}
