//! Deciding on a quote that is missing, stale, one-sided, crossed or indicative.

use crate::decide::gate::{Card, Gate, Guards};
use crate::decide::market::SKEW_MAX;
use crate::decide::verdict::{Unit, Verdict};
use crate::decide::{Account, Code, Intent, Market};
use crate::decide::{FeedRule, Outcome};
use crate::record::event::Mode;
use crate::vocabulary::Timestamp;

/// Deciding on a quote that is missing, stale, one-sided, crossed or indicative.
pub(super) struct QuoteFresh;

static CARD: Card = Card {
    name: "quote-fresh",
    denies: "Deciding on a quote that is missing, stale, one-sided, crossed or indicative.",
    test: "Age of the quote by the exchange's time against max_quote_age; both sides there and not \
         crossed or locked. An entry is deferred; an exit may rest on the last mark.",
    guards: Guards::All,
    unit: Unit::Time,
    limits: &["max_quote_age", "feed"],
    mandatory: true,
    codes: &[
        Code::QuoteMissing,
        Code::QuoteStale,
        Code::QuoteCrossed,
        Code::QuoteIndicative,
        Code::QuoteFromFuture,
    ],
};

impl Gate for QuoteFresh {
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
        now: Timestamp,
    ) -> Verdict {
        let limit = account.limits().max_quote_age.nanos();
        let verdict = judge(account, intent, market, now, limit);
        let marked = intent.closes() && intent.book(account).mark().is_some();
        if verdict.outcome != Outcome::Pass && marked {
            return Verdict::pass(verdict.observed, limit);
        }
        verdict
    }
}

/// So far ahead of ours the exchange's clock may run.
const SKEW: i64 = SKEW_MAX.nanos();

fn judge(
    account: &Account,
    intent: &Intent,
    market: &Market<'_>,
    now: Timestamp,
    limit: i64,
) -> Verdict {
    let Some(quote) = market.quote else {
        return Verdict::defer(Code::QuoteMissing, i64::MAX, limit);
    };
    let age = now.saturating_since(quote.at).nanos();
    let strict = account.limits().feed == FeedRule::Consolidated;
    let live_option = intent.instrument().is_option() && account.mode() == Mode::Live;
    if strict && live_option && !quote.feed.is_consolidated() {
        Verdict::refuse(Code::QuoteIndicative, age, limit)
    } else if age > limit {
        Verdict::defer(Code::QuoteStale, age, limit)
    } else if age < SKEW.saturating_neg() {
        Verdict::defer(Code::QuoteFromFuture, age, SKEW.saturating_neg())
    } else if !quote.is_sound() || quote.bid == quote.ask {
        Verdict::defer(Code::QuoteCrossed, age, limit)
    } else {
        Verdict::pass(age, limit)
    }
}
