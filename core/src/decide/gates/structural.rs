//! Orders that are not legal at the venue.

use crate::advise::{Hours, OrderPrice, TimeInForce};
use crate::decide::WORKING_PER_BOOK_MAX;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::{Money, Quantity, Timestamp};

/// Orders that are not legal at the venue.
pub(super) struct Structural;

static CARD: Card = Card {
    name: "structural",
    denies: "Orders that are not legal at the venue.",
    test: "After normalization: at least one lot, whole lots, a price on tick, terms the venue \
         takes, not expired, not through zero, a value that can be told, fewer than sixteen \
         working orders in the instrument.",
    guards: Guards::All,
    unit: Unit::Quantity,
    limits: &[],
    mandatory: true,
    codes: &[
        Code::OrderQuantityZero,
        Code::OrderOffLot,
        Code::OrderOffTick,
        Code::OrderTermsIllegal,
        Code::OrderExpired,
        Code::OrderCrossesZero,
        Code::OrderUnpriceable,
        Code::OrderTooManyWorking,
    ],
};

impl Gate for Structural {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let observed = intent.quantity().nanos();
        let lot = market.facts.map_or(0, |facts| facts.lot.nanos());
        let fault = if intent.quantity().is_zero() {
            Some(Code::OrderQuantityZero)
        } else if is_off_lot(intent, market) {
            Some(Code::OrderOffLot)
        } else if is_off_tick(intent, market) {
            Some(Code::OrderOffTick)
        } else if !are_terms_legal(intent) {
            Some(Code::OrderTermsIllegal)
        } else if is_expired(intent) {
            Some(Code::OrderExpired)
        } else if !intent.closes() && !intent.split().closing.is_zero() {
            Some(Code::OrderCrossesZero)
        } else if is_unpriceable(intent) {
            Some(Code::OrderUnpriceable)
        } else if intent.book(account).legs().len() >= WORKING_PER_BOOK_MAX {
            Some(Code::OrderTooManyWorking)
        } else {
            None
        };
        match fault {
            // No price, because there is no quote: the environment, which burns nothing.
            Some(code @ Code::OrderUnpriceable) if intent.price().is_none() => {
                Verdict::defer(code, observed, lot)
            }
            // Here it is orders that are counted, this one included.
            Some(code @ Code::OrderTooManyWorking) => {
                let most = Quantity::whole(u32::try_from(WORKING_PER_BOOK_MAX).unwrap_or(u32::MAX));
                Verdict::refuse(code, most.saturating_add(Quantity::whole(1)).nanos(), most.nanos())
            }
            None => Verdict::pass(observed, lot),
            Some(code) => Verdict::refuse(code, observed, lot),
        }
    }
}

fn is_off_lot(intent: &Intent, market: &Market<'_>) -> bool {
    market.facts.is_some_and(|facts| !intent.quantity().is_multiple_of(facts.lot))
}

fn is_off_tick(intent: &Intent, market: &Market<'_>) -> bool {
    let (OrderPrice::Limit(limit), Some(facts)) = (intent.terms(), market.facts) else {
        return false;
    };
    limit.is_zero() || !limit.is_multiple_of(facts.tick.at(limit))
}

/// Options trade in the regular session only and not immediate-or-cancel; extended hours take
/// limit orders for the day.
fn are_terms_legal(intent: &Intent) -> bool {
    let advice = intent.recommendation();
    let extended = advice.hours == Hours::Extended;
    if intent.instrument().is_option() {
        return !extended && advice.time_in_force != TimeInForce::Ioc;
    }
    !extended || (advice.time_in_force == TimeInForce::Day && intent.terms() != OrderPrice::Market)
}

fn is_expired(intent: &Intent) -> bool {
    let Some(expiry) = intent.instrument().expiry() else {
        return false;
    };
    intent.today().date.is_none_or(|today| today > expiry)
}

fn is_unpriceable(intent: &Intent) -> bool {
    let bounded = |money: Option<Money>| money.is_some_and(|it| it <= Money::MAX_FACT);
    !bounded(intent.notional()) || !bounded(intent.requirement())
}
