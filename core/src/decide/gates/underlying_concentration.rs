//! Too much of the account in one underlying, its shares and options together.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::gates::least_of;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Money, Right, Side};

/// Too much of the account in one underlying, its shares and options together.
pub(super) struct UnderlyingConcentration;

static CARD: Card = Card {
    name: "underlying-concentration",
    denies: "Too much of the account in one underlying, its shares and options together.",
    test: "Exposure of everything in the underlying, this order included, short puts at their \
         strike; at most max_underlying_concentration of equity.",
    guards: Guards::Entries,
    unit: Unit::Dollars,
    limits: &["max_underlying_concentration"],
    mandatory: false,
    codes: &[Code::UnderlyingConcentrated, Code::OrderUnpriceable],
};

impl Gate for UnderlyingConcentration {
    #[inline]
    fn card(&self) -> &'static Card {
        &CARD
    }

    #[inline]
    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        _market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let Some(share) = account.limits().max_underlying_concentration else {
            return Verdict::NOT_SET;
        };
        let limit = least_of(None, intent, Some(share));
        let shown = limit.micros_toward();
        let Some(with) = intent.exposure() else {
            return Verdict::defer(Code::OrderUnpriceable, 0, shown);
        };
        let book = intent.book(account);
        let held = book.contribution();
        let added = with.gross.saturating_sub(held.gross).max(strike_added(intent));
        let underlying = intent.underlying(account);
        let total = underlying.at_risk.saturating_add(added.max(Money::ZERO));
        let code = Code::UnderlyingConcentrated;
        Verdict::pass_if(total <= limit, code, total.micros_away(), shown)
    }
}

/// What a put sold to open may have to pay.
fn strike_added(intent: &Intent) -> Money {
    match intent.instrument().option() {
        Some(contract) if contract.right() == Right::Put && intent.side() == Side::Sell => {
            let strike = contract.strike().times(intent.split().opening, contract.multiplier());
            strike.unwrap_or(Money::MAX_FACT)
        }
        Some(_) | None => Money::ZERO,
    }
}
