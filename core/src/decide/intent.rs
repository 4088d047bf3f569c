//! An intent: the sized, normalized order we would send, with every number it will be judged by.

use bincode::{Decode, Encode};

use crate::advise::{Effect, OrderPrice, Recommendation};
use crate::decide::account::Account;
use crate::decide::aggregates::Underlying;
use crate::decide::book::{Book, Exposure};
use crate::decide::market::Market;
use crate::vocabulary::{
    AccountId, Instrument, Money, OrderKey, Parted, Price, Quantity, Ratio, RecommendationId,
    Rounding, Side, Timestamp,
};

/// Alpaca judges a short sale at no less than 3 % above the ask.
const SHORT_SALE_MARGIN: Ratio = Ratio::from_ppm(1_030_000);

/// How an order's quantity falls into a closing and an opening part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Split {
    /// What would reduce the position.
    pub closing: Quantity,
    /// What would open or add.
    pub opening: Quantity,
}

/// The order we would send. It is made for one account, from that account's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    recommendation: Recommendation,
    key: OrderKey,
    attempt: u16,
    quantity: Quantity,
    terms: OrderPrice,
    price: Option<Price>,
    notional: Option<Money>,
    requirement: Option<Money>,
    split: Split,
    slot: Option<usize>,
    underlying: Option<usize>,
    exposure: Option<Exposure>,
    equity: Parted,
    normalized: bool,
}

impl Intent {
    /// Sizes and normalizes a recommendation against the account it is addressed to: the quantity
    /// down to a whole lot, a limit price to a tick on the side that is never worse for us.
    pub(crate) fn form(
        account: &Account,
        recommendation: Recommendation,
        market: &Market<'_>,
        now: Timestamp,
    ) -> Self {
        assert!(account.id() == recommendation.account, "advice is addressed before it is sized");
        let (attempt, key) = account.next_key(&recommendation.id);
        let (quantity, terms) = normalize(&recommendation, market);
        let slot = account.slot(&recommendation.instrument);
        let book = account.book_at(slot);
        let split = book.split(recommendation.side, quantity);
        let mut intent = Self {
            key,
            attempt,
            quantity,
            terms,
            price: None,
            notional: None,
            requirement: None,
            split,
            slot,
            underlying: account.underlying_slot(book, &recommendation.instrument),
            exposure: None,
            equity: Parted::new(account.equity().attos()),
            normalized: market.facts.is_some(),
            recommendation,
        };
        intent.price = intent.price_for(account, book, market, now);
        intent.revalue(account);
        intent
    }

    /// The same intent with another quantity, for asking how much would pass.
    pub(crate) fn resized(&self, account: &Account, quantity: Quantity) -> Self {
        let mut intent = self.clone();
        intent.quantity = quantity;
        intent.split = account.book_at(self.slot).split(self.side(), quantity);
        intent.revalue(account);
        intent
    }

    fn revalue(&mut self, account: &Account) {
        let multiplier = self.recommendation.instrument.multiplier();
        self.notional = self.price.and_then(|price| price.times(self.quantity, multiplier));
        self.requirement = self.buying_power_needed();
        let basis = account.limits().exposure_basis;
        let (side, opening, book) = (self.side(), self.split.opening, account.book_at(self.slot));
        self.exposure =
            self.price.map(|price| book.exposure_with(side, opening, price, basis, multiplier));
    }

    /// The order price *q*: the limit, or for a market order the worst price its collar allows.
    fn price_for(
        &self,
        account: &Account,
        book: &Book,
        market: &Market<'_>,
        now: Timestamp,
    ) -> Option<Price> {
        let age_max = account.limits().max_quote_age;
        let market = &market.as_known(self.closes(), age_max, now);
        let sold_short = !self.closes() && self.side() == Side::Sell;
        if let OrderPrice::Limit(limit) = self.terms {
            let least = if sold_short { self.short_sale_floor(market) } else { None };
            return Some(limit.max(least.unwrap_or(Price::ZERO)));
        }
        if sold_short {
            return self.short_sale_floor(market);
        }
        let limits = account.limits();
        let collar = if self.closes() { limits.close_collar } else { limits.collar };
        let reference = reference_price(self.side(), market).or_else(|| {
            // An exit may rest on the last mark where the quote is missing.
            if self.closes() { book.mark() } else { None }
        })?;
        let slip = reference.scale(collar, Rounding::Up)?;
        match self.side() {
            Side::Buy => reference.checked_add(slip),
            Side::Sell => Some(reference.saturating_sub(slip)),
        }
    }

    /// What an opening sale may bring at least, and so the exposure it may make: it can fill at any
    /// bid above its limit.
    fn short_sale_floor(&self, market: &Market<'_>) -> Option<Price> {
        let quote = market.quote.filter(crate::decide::market::Quote::is_sound)?;
        if self.recommendation.instrument.is_option() {
            return Some(quote.ask);
        }
        quote.ask.scale(SHORT_SALE_MARGIN, Rounding::Up)
    }

    /// What the broker would hold for this order: premium or price for a purchase, 103 % for a
    /// short sale of shares, the strike for a short put, nothing for what closes or is covered.
    fn buying_power_needed(&self) -> Option<Money> {
        let opening = self.split.opening;
        if self.closes() || opening.is_zero() {
            return Some(Money::ZERO);
        }
        let price = self.price?;
        let multiplier = self.recommendation.instrument.multiplier();
        match (self.side(), self.recommendation.instrument.option()) {
            (Side::Buy, _) => price.times(opening, multiplier),
            (Side::Sell, None) => price.times(opening, multiplier),
            (Side::Sell, Some(contract)) => match contract.right() {
                crate::vocabulary::Right::Put => contract.strike().times(opening, multiplier),
                crate::vocabulary::Right::Call => Some(Money::ZERO),
            },
        }
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
        self.notional
    }

    /// The buying power it needs.
    #[inline]
    #[must_use]
    pub fn requirement(&self) -> Option<Money> {
        self.requirement
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

    /// Exposure of its instrument with this order in it; `None` where it has no price.
    #[inline]
    pub(crate) fn exposure(&self) -> Option<Exposure> {
        self.exposure
    }

    /// A share of the account's equity, rounded down; of nothing or less it is nothing.
    #[inline]
    pub(crate) fn share_of_equity(&self, share: Ratio) -> Money {
        let part = share.of_parted(&self.equity, Rounding::Down);
        Money::from_attos(part.unwrap_or(0)).max(Money::ZERO)
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
    let quote = market.quote.filter(crate::decide::market::Quote::is_sound)?;
    match side {
        Side::Buy => Some(quote.ask),
        Side::Sell => Some(quote.bid),
    }
}

fn normalize(advice: &Recommendation, market: &Market<'_>) -> (Quantity, OrderPrice) {
    let Some(facts) = market.facts else {
        return (advice.quantity, advice.price);
    };
    let quantity = advice.quantity.floor_to(facts.lot);
    let terms = match advice.price {
        OrderPrice::Market => OrderPrice::Market,
        OrderPrice::Limit(limit) => {
            let tick = facts.tick.at(limit);
            let on_tick = match advice.side {
                Side::Buy => limit.floor_to(tick),
                Side::Sell => limit.ceil_to(tick).unwrap_or(limit),
            };
            OrderPrice::Limit(on_tick)
        }
    };
    (quantity, terms)
}
