//! Order prices too far through the market.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Price, Rounding, Side};

/// Order prices too far through the market.
pub(super) struct PriceCollar;

static CARD: Card = Card {
    name: "price-collar",
    denies: "Order prices too far through the market.",
    test: "A purchase at most the ask plus the collar, a sale at least the bid less it; for cheap \
         instruments the collar is at least collar_floor. Exits use close_collar, and the last \
         mark where there is no quote.",
    guards: Guards::All,
    unit: Unit::Price,
    limits: &["collar", "close_collar", "collar_floor"],
    mandatory: true,
    codes: &[Code::CollarExceeded, Code::CollarUnknown],
};

impl Gate for PriceCollar {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline(always)]
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let limits = account.limits();
        let ratio = if intent.closes() { limits.close_collar } else { limits.collar };
        let reference = intent
            .reference()
            .or_else(|| if intent.closes() { intent.book(account).mark() } else { None });
        let (Some(price), Some(reference)) = (intent.limit(), reference) else {
            return Verdict::defer(Code::CollarUnknown, 0, 0);
        };
        let Some(room) = reference.scale(ratio, Rounding::Up) else {
            return Verdict::refuse(Code::CollarUnknown, price.nanos(), 0);
        };
        let room = room.max(limits.collar_floor);
        let (within, bound) = match intent.side() {
            Side::Buy => {
                let bound = reference.checked_add(room).unwrap_or(Price::MAX);
                (price <= bound, bound)
            }
            Side::Sell => {
                let bound = reference.saturating_sub(room);
                (price >= bound, bound)
            }
        };
        Verdict::pass_if(within, Code::CollarExceeded, price.nanos(), bound.nanos())
    }
}
