//! Selling what nothing covers, and selling the cover of what is sold.

use crate::decide::Shorting;
use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::vocabulary::Timestamp;
use crate::vocabulary::{Quantity, Right, Side};

/// Selling what nothing covers, and selling the cover of what is sold.
pub(super) struct Uncovered;

static CARD: Card = Card {
    name: "uncovered",
    denies: "Selling what nothing covers, and selling the cover of what is sold.",
    test: "A short call needs free shares of its underlying, a short put cash for its strike, \
         shares sold short the account's permission. Working orders count in full. Selling shares \
         that cover short calls is denied too.",
    guards: Guards::All,
    unit: Unit::Quantity,
    limits: &["shorting"],
    mandatory: true,
    codes: &[Code::UncoveredCall, Code::UncoveredPut, Code::UncoveredShort, Code::UncoveredClose],
};

impl Gate for Uncovered {
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
        if intent.side() == Side::Buy {
            return Verdict::pass(0, 0);
        }
        let opening = intent.split().opening;
        let Some(contract) = intent.instrument().option() else {
            return shares(account, intent);
        };
        if intent.closes() || opening.is_zero() {
            return Verdict::pass(0, 0);
        }
        match contract.right() {
            Right::Call => {
                let underlying = account.underlying(&intent.instrument().underlying());
                let free = underlying.free_shares.saturating_sub(underlying.called_shares);
                let needed = opening.saturating_times(contract.multiplier());
                let code = Code::UncoveredCall;
                Verdict::pass_if(needed <= free, code, needed.nanos(), free.nanos())
            }
            Right::Put => {
                let (strike, multiplier) = (contract.strike(), contract.multiplier());
                let cash = account
                    .cash()
                    .saturating_sub(account.totals().purchases)
                    .saturating_sub(account.totals().put_cash);
                let each = strike.times(Quantity::whole(1), multiplier);
                let secured = Quantity::whole(each.map_or(0, |each| cash.holds(each)));
                let code = Code::UncoveredPut;
                Verdict::pass_if(opening <= secured, code, opening.nanos(), secured.nanos())
            }
        }
    }
}

/// Shares sold: opening needs the permission to sell short, closing must leave what calls need.
fn shares(account: &Account, intent: &Intent) -> Verdict {
    let opening = intent.split().opening;
    if !intent.closes() && !opening.is_zero() && account.limits().shorting == Shorting::Forbidden {
        return Verdict::refuse(Code::UncoveredShort, opening.nanos(), 0);
    }
    let underlying = intent.underlying(account);
    if underlying.called_shares == Quantity::ZERO {
        return Verdict::pass(0, 0);
    }
    let free = underlying.free_shares.saturating_sub(underlying.called_shares);
    let sold = intent.split().closing;
    Verdict::pass_if(sold <= free, Code::UncoveredClose, sold.nanos(), free.nanos())
}
