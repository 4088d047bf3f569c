//! An intent: the sized, normalized order we would send, with every number it will be judged by.

use crate::advise::{Effect, OrderPrice, Recommendation};
use crate::decide::account::Account;
use crate::decide::aggregates::Underlying;
use crate::decide::amounts::{Amounts, Sizing, Standing, Worth};
use crate::decide::book::Book;
use crate::decide::market::{Market, Quote};
use crate::decide::pricing::{normalize, price_for};
use crate::vocabulary::run::wire_run;
use crate::vocabulary::{
    AccountId, Instrument, Money, OrderKey, Price, Quantity, RecommendationId, Side, Timestamp,
    Today,
};

/// How an order's quantity falls into a closing and an opening part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// What would reduce the position.
    pub closing: Quantity,
    /// What would open or add.
    pub opening: Quantity,
}

wire_run!(Split { closing: Quantity, opening: Quantity });

/// The order we would send. It is made for one account, from that account's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    recommendation: Recommendation,
    key: OrderKey,
    attempt: u16,
    quantity: Quantity,
    terms: OrderPrice,
    price: Option<Price>,
    worth: Worth,
    split: Split,
    slot: Option<usize>,
    underlying: Option<usize>,
    standing: Standing,
    today: Today,
    quote_known: bool,
    reference: Option<Price>,
    normalized: bool,
}

impl Intent {
    /// Sizes and normalizes a recommendation against the account it is addressed to: the quantity
    /// down to a whole lot, a limit price to a tick on the side that is never worse for us.
    #[inline(always)]
    pub(crate) fn form(
        account: &Account,
        advice: &Recommendation,
        market: &Market<'_>,
        now: Timestamp,
    ) -> Self {
        assert!(account.id == advice.account, "advice is addressed before it is sized");
        let (attempt, key) = account.next_key(&advice.id);
        let (quantity, terms) = normalize(advice, market);
        let slot = account.slot(&advice.instrument);
        let book = account.book_at(slot);
        let closes = advice.effect == Effect::Close;
        let known = market.is_known(closes, account.limits().max_quote_age, now);
        let quote = market.quote.as_ref().filter(|_| known);
        let sizing = Sizing {
            advice,
            quantity,
            split: book.split(advice.side, quantity),
            price: price_for(advice, terms, account.limits(), book, quote),
            is_first: slot.is_none(),
        };
        let underlying = account.underlying_slot(book, &advice.instrument);
        let worth = Worth::of(&sizing, account, book, account.underlying_in(underlying));
        // Everything is known before the first field is written: a value of this size that is
        // changed before it is returned would be moved once more.
        Self {
            key,
            attempt,
            quantity,
            terms,
            price: sizing.price,
            worth,
            split: sizing.split,
            slot,
            underlying,
            standing: Standing::of(account),
            today: market.calendar.today(now),
            quote_known: known,
            reference: quote.and_then(|quote| quote.taken_by(advice.side)),
            normalized: market.facts.is_some(),
            recommendation: *advice,
        }
    }

    /// The same intent with another quantity, for asking how much would pass.
    pub(crate) fn resized(&self, account: &Account, quantity: Quantity) -> Self {
        let book = account.book_at(self.slot);
        let sizing = Sizing {
            advice: &self.recommendation,
            quantity,
            split: book.split(self.side(), quantity),
            price: self.price,
            is_first: self.slot.is_none(),
        };
        let worth = Worth::of(&sizing, account, book, self.underlying(account));
        let split = sizing.split;
        Self { quantity, split, worth, ..self.clone() }
    }

    /// The advice it was formed from.
    #[must_use]
    pub fn recommendation(&self) -> &Recommendation {
        &self.recommendation
    }

    /// The account it is for.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.recommendation.account
    }

    /// The id of the advice.
    #[must_use]
    pub fn id(&self) -> &RecommendationId {
        &self.recommendation.id
    }

    /// The client order id it would be sent under.
    #[must_use]
    pub fn key(&self) -> OrderKey {
        self.key
    }

    /// How many orders for this advice the broker refused before.
    #[must_use]
    pub fn attempt(&self) -> u16 {
        self.attempt
    }

    /// What would be traded.
    #[must_use]
    pub fn instrument(&self) -> &Instrument {
        &self.recommendation.instrument
    }

    /// Buy or sell.
    #[inline]
    #[must_use]
    pub fn side(&self) -> Side {
        self.recommendation.side
    }

    /// Shares or contracts, whole lots.
    #[inline]
    #[must_use]
    pub fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// Market, or a limit on tick.
    #[must_use]
    pub fn terms(&self) -> OrderPrice {
        self.terms
    }

    /// The worst price it may trade at: its limit, or for a market order what its collar allows.
    #[inline]
    #[must_use]
    pub fn limit(&self) -> Option<Price> {
        match self.terms {
            OrderPrice::Limit(limit) => Some(limit),
            OrderPrice::Market => self.price,
        }
    }

    /// The price it is judged by; `None` where nothing is known to price it with.
    #[inline]
    #[must_use]
    pub fn price(&self) -> Option<Price> {
        self.price
    }

    /// |quantity| x price x multiplier; `None` where it cannot be told.
    #[inline]
    #[must_use]
    pub fn notional(&self) -> Option<Money> {
        self.worth.notional
    }

    /// The buying power it needs.
    #[inline]
    #[must_use]
    pub fn requirement(&self) -> Option<Money> {
        self.worth.requirement
    }

    /// How much of it closes and how much opens.
    #[inline]
    #[must_use]
    pub fn split(&self) -> Split {
        self.split
    }

    /// Whether it means to close.
    #[inline]
    #[must_use]
    pub fn closes(&self) -> bool {
        self.recommendation.effect == Effect::Close
    }

    /// The account's book of the instrument, empty where there is none.
    #[inline]
    pub(crate) fn book<'a>(&self, account: &'a Account) -> &'a Book {
        let book = account.book_at(self.slot);
        debug_assert!(
            self.slot.is_none() || account.slot(self.instrument()) == self.slot,
            "an intent is judged on the state it was formed from"
        );
        book
    }

    /// All instruments of its underlying together.
    #[inline]
    pub(crate) fn underlying<'a>(&self, account: &'a Account) -> &'a Underlying {
        account.underlying_in(self.underlying)
    }

    /// What gates compare of it; `None` where it has no price.
    #[inline]
    pub(crate) fn amounts(&self) -> Option<&Amounts> {
        self.worth.amounts.as_ref()
    }

    /// What gates compare of the account alone.
    #[inline]
    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What the calendar says of the moment it is judged at.
    #[inline]
    pub(crate) fn today(&self) -> &Today {
        &self.today
    }

    /// The quote, where an order like this may rest on it.
    #[inline]
    pub(crate) fn quote<'m>(&self, market: &'m Market<'_>) -> Option<&'m Quote> {
        if self.quote_known { market.quote.as_ref() } else { None }
    }

    /// The reference price of that quote.
    #[inline]
    pub(crate) fn reference(&self) -> Option<Price> {
        self.reference
    }

    /// Whether instrument facts were there to normalize it by.
    #[must_use]
    pub fn is_normalized(&self) -> bool {
        self.normalized
    }
}

/// The reference price *r*: what the order would trade at now. Buy: ask; sell: bid.
#[inline]
#[must_use]
pub fn reference_price(side: Side, market: &Market<'_>) -> Option<Price> {
    market.quote.as_ref().and_then(|quote| quote.taken_by(side))
}
