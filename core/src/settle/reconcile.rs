//! Comparing the broker's books with ours: each difference gets a name, nothing is repaired here.

use alloc::vec::Vec;

use crate::decide::Account;
use crate::record::event::FindingKind;
use crate::vocabulary::{Instrument, NetQuantity};

/// One instrument of which the broker holds something else than we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The instrument.
    pub instrument: Instrument,
    /// Which kind of difference.
    pub kind: FindingKind,
    /// What we hold.
    pub ours: NetQuantity,
    /// What the broker holds.
    pub theirs: NetQuantity,
}

/// Every difference between an account and the broker's positions, ours first in order of first
/// use, then what only the broker holds.
#[must_use]
pub fn compare(account: &Account, theirs: &[(Instrument, NetQuantity)]) -> Vec<Difference> {
    let at_broker = |instrument: &Instrument| {
        let found = theirs.iter().find(|(it, _)| it == instrument);
        found.map_or(NetQuantity::ZERO, |(_, net)| *net)
    };
    let mut differences = Vec::new();
    for (instrument, book) in account.books() {
        let (ours, theirs) = (book.position().net(), at_broker(instrument));
        if ours != theirs {
            let kind = if theirs.is_zero() {
                FindingKind::Phantom
            } else if ours.is_zero() {
                FindingKind::Missing
            } else {
                FindingKind::QuantityDiffers
            };
            differences.push(Difference { instrument: *instrument, kind, ours, theirs });
        }
    }
    for (instrument, net) in theirs {
        let known = account.books().any(|(it, _)| it == instrument);
        if !known && !net.is_zero() {
            differences.push(Difference {
                instrument: *instrument,
                kind: FindingKind::Missing,
                ours: NetQuantity::ZERO,
                theirs: *net,
            });
        }
    }
    differences
}
