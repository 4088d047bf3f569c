//! Entering what is hardly traded.

use crate::decide::Outcome;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Rounding, Side};

/// Entering what is hardly traded.
pub(super) struct Liquidity;

static CARD: Card = Card {
    name: "liquidity",
    denies: "Entering what is hardly traded.",
    test: "Displayed size on the side the order takes, at least min_displayed of the order; an \
         option's open interest, at least min_open_interest. Without a usable quote it defers.",
    guards: Guards::Entries,
    unit: Unit::Quantity,
    limits: &["min_displayed", "min_open_interest"],
    mandatory: false,
    codes: &[Code::LiquidityThin, Code::LiquidityInterestLow, Code::LiquidityUnknown],
};

impl Gate for Liquidity {
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
        let interest = limits.min_open_interest.filter(|_| intent.instrument().is_option());
        if limits.min_displayed.is_none() && interest.is_none() {
            return Verdict::NOT_SET;
        }
        let mut shown = Verdict::NOT_SET;
        if let Some(share) = limits.min_displayed {
            let Some(quote) = intent.quote(market) else {
                return Verdict::defer(Code::LiquidityUnknown, 0, 0);
            };
            let size = match intent.side() {
                Side::Buy => quote.ask_size,
                Side::Sell => quote.bid_size,
            };
            let needed = intent.quantity().scale(share, Rounding::Up);
            shown =
                Verdict::pass_if(size >= needed, Code::LiquidityThin, size.nanos(), needed.nanos());
            if shown.outcome != Outcome::Pass {
                return shown;
            }
        }
        let Some(least) = interest else { return shown };
        match market.facts.and_then(|facts| facts.open_interest) {
            None => Verdict::refuse(Code::LiquidityUnknown, 0, least.nanos()),
            Some((open, _)) => {
                let code = Code::LiquidityInterestLow;
                Verdict::pass_if(open >= least, code, open.nanos(), least.nanos())
            }
        }
    }
}
