//! Trading with oneself.

use crate::advise::OrderPrice;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Price, Side};

/// Trading with oneself.
pub(super) struct SelfCross;

static CARD: Card = Card {
    name: "self-cross",
    denies: "Trading with oneself.",
    test: "An own working order on the other side that could trade with this one, of any strategy. \
         An exit has such orders canceled first.",
    guards: Guards::Entries,
    unit: Unit::Price,
    limits: &[],
    mandatory: true,
    codes: &[Code::SelfCross, Code::OrderUnpriceable],
};

impl Gate for SelfCross {
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
        let Some(price) = intent.limit() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, 0);
        };
        let book = intent.book(account);
        let market_order = intent.terms() == OrderPrice::Market;
        let (other, crosses) = match intent.side() {
            Side::Buy => {
                let other = book.sell_low();
                (other, other.is_some_and(|sell| market_order || price >= sell))
            }
            Side::Sell => {
                let other = book.buy_high();
                (other, other.is_some_and(|buy| market_order || price <= buy))
            }
        };
        let limit = other.map_or(0, Price::nanos);
        Verdict::pass_if(!crosses, Code::SelfCross, price.nanos(), limit)
    }
}
