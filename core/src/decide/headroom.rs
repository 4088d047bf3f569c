//! The inverse of the gates: how much more may be traded now, and which gate binds.

use crate::decide::account::Account;
use crate::decide::code::Code;
use crate::decide::decision::Addressed;
use crate::decide::gate::{Card, Gates};
use crate::decide::intent::Intent;
use crate::decide::market::Market;
use crate::decide::verdict::{Outcome, Verdict};
use crate::vocabulary::{Quantity, Timestamp};

/// How much of one order would pass.
#[derive(Clone, Copy, Debug)]
pub struct Headroom {
    /// The largest quantity, whole lots, that every gate passes now.
    pub quantity: Quantity,
    /// The gate that refuses one lot more, with its verdict; `None` when even the largest
    /// quantity there is would pass.
    pub binding: Option<(&'static Card, Verdict)>,
}

/// The most that advice like this one may be for: its own quantity is not looked at.
///
/// Asks the gates themselves, by bisection, so that it can never disagree with them. For that
/// every gate must refuse more where it refuses less; all built-in gates do.
#[must_use]
pub fn headroom(
    addressed: &Addressed<'_>,
    gates: &Gates,
    market: &Market<'_>,
    now: Timestamp,
) -> Headroom {
    let account = addressed.account();
    let like = addressed.intent(market, now);
    let lot = market.facts.map_or(Quantity::whole(1), |facts| facts.lot);
    let lot = lot.max(Quantity::SMALLEST);
    let refusal = |lots: i64| refusal(account, &like, gates, market, now, lot, lots);
    let (mut pass, mut refused) = (0_i64, 1_i64);
    let most = lot_count_max(lot);
    while refused < most && refusal(refused).is_none() {
        pass = refused;
        refused = refused.saturating_mul(2).min(most);
    }
    if refusal(refused).is_none() {
        return Headroom { quantity: times(lot, refused), binding: None };
    }
    while refused.saturating_sub(pass) > 1 {
        let middle = pass.midpoint(refused);
        if refusal(middle).is_none() { pass = middle } else { refused = middle }
    }
    Headroom { quantity: times(lot, pass), binding: refusal(refused) }
}

fn refusal(
    account: &Account,
    like: &Intent,
    gates: &Gates,
    market: &Market<'_>,
    now: Timestamp,
    lot: Quantity,
    lots: i64,
) -> Option<(&'static Card, Verdict)> {
    let intent = like.resized(account, times(lot, lots));
    let verdicts = gates.verdicts(account, &intent, market, now);
    // A question is no order: that the same was ordered a moment ago does not bind it.
    let binds = |verdict: &Verdict| verdict.code != Code::DuplicateOrder;
    let first = |outcome| {
        let mut cards = gates.cards().zip(verdicts.iter()).filter(|(_, it)| binds(it));
        cards.find(|(_, verdict)| verdict.outcome == outcome)
    };
    let (card, verdict) = first(Outcome::Refuse).or_else(|| first(Outcome::Defer))?;
    Some((card, verdict))
}

fn lot_count_max(lot: Quantity) -> i64 {
    i64::MAX.checked_div(lot.nanos()).unwrap_or(1).max(1)
}

fn times(lot: Quantity, lots: i64) -> Quantity {
    Quantity::from_nanos(lot.nanos().saturating_mul(lots)).unwrap_or(Quantity::ZERO)
}
