//! Entering what is hardly traded.

use crate::decide::Outcome;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Quantity, Ratio, Side};

/// Entering what is hardly traded.
pub(super) struct Liquidity;

static CARD: Card = Card {
    name: "liquidity",
    denies: "Entering what is hardly traded.",
    test: "Displayed size on the side the order takes, at least min_displayed of the order; an option's open interest, at least min_open_interest.",
    guards: Guards::Entries,
    unit: Unit::Quantity,
    limits: &["min_displayed", "min_open_interest"],
    mandatory: false,
    codes: &[
        Code::LiquidityThin,
        Code::LiquidityInterestLow,
        Code::LiquidityUnknown,
    ],
};

impl Gate for Liquidity {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn check(
        &self,
        account: &Account,
        intent: &Intent,
        market: &Market<'_>,
        _now: Timestamp,
    ) -> Verdict {
        let limits = account.limits();
        let interest = limits
            .min_open_interest
            .filter(|_| intent.instrument().is_option());
        if limits.min_displayed.is_none() && interest.is_none() {
            return Verdict::NOT_SET;
        }
        let mut shown = Verdict::NOT_SET;
        if let Some(share) = limits.min_displayed {
            let Some(quote) = market.quote else {
                return Verdict::refuse(Code::LiquidityUnknown, 0, 0);
            };
            let size = match intent.side() {
                Side::Buy => quote.ask_size,
                Side::Sell => quote.bid_size,
            };
            let needed = share_of(intent.quantity(), share);
            shown = Verdict::pass_if(
                size >= needed,
                Code::LiquidityThin,
                size.nanos(),
                needed.nanos(),
            );
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

/// A share of a quantity, rounded up to a billionth.
fn share_of(quantity: Quantity, share: Ratio) -> Quantity {
    const WHOLE: i128 = 1_000_000;
    let wide = i128::from(quantity.nanos()).saturating_mul(i128::from(share.ppm()));
    let up = wide
        .saturating_add(WHOLE.saturating_sub(1))
        .checked_div(WHOLE)
        .unwrap_or(wide);
    Quantity::from_nanos(i64::try_from(up).unwrap_or(i64::MAX)).unwrap_or(quantity)
}
