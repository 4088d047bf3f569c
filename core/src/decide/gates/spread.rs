//! Entering where bid and ask are too far apart.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Price, Rounding};

/// Entering where bid and ask are too far apart.
pub(super) struct Spread;

static CARD: Card = Card {
    name: "spread",
    denies: "Entering where bid and ask are too far apart.",
    test: "Ask less bid, at most max_spread of their middle and at most max_spread_abs. Without a \
         usable quote it defers.",
    guards: Guards::Entries,
    unit: Unit::Price,
    limits: &["max_spread", "max_spread_abs"],
    mandatory: false,
    codes: &[Code::SpreadExceeded, Code::SpreadUnknown],
};

impl Gate for Spread {
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
        let limits = account.limits();
        if limits.max_spread.is_none() && limits.max_spread_abs.is_none() {
            return Verdict::NOT_SET;
        }
        let Some(quote) = intent.quote(market) else {
            return Verdict::defer(Code::SpreadUnknown, 0, 0);
        };
        let relative = match limits.max_spread {
            Some(most) => quote.mid().scale(most, Rounding::Down),
            None => Some(Price::MAX),
        };
        let absolute = limits.max_spread_abs.unwrap_or(Price::MAX);
        let limit = relative.unwrap_or(Price::ZERO).min(absolute);
        let spread = quote.ask.saturating_sub(quote.bid);
        Verdict::pass_if(spread <= limit, Code::SpreadExceeded, spread.nanos(), limit.nanos())
    }
}
