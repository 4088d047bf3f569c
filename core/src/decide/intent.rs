//! An intent: the sized, normalized order we would send, with every number it will be judged by.

use crate::advise::{Effect, OrderPrice, Recommendation};
use crate::decide::account::Account;
use crate::decide::aggregates::Underlying;
use crate::decide::book::{Book, Exposure};
use crate::decide::market::{Market, Quote};
use crate::decide::thresholds::Parted;
use crate::vocabulary::run::wire_run;
use crate::vocabulary::{
    AccountId, Instrument, Money, OrderKey, Price, Quantity, Ratio, RecommendationId, Right,
    Rounding, Side, Timestamp, Today,
};

/// Alpaca judges a short sale at no less than 3 % above the ask.
const SHORT_SALE_MARGIN: Ratio = Ratio::from_ppm(1_030_000);

/// How an order's quantity falls into a closing and an opening part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// What would reduce the position.
    pub closing: Quantity,
    /// What would open or add.
    pub opening: Quantity,
}

wire_run!(Split { closing: Quantity, opening: Quantity });

/// What gates compare of an order and of the account with it, whole micro-dollars rounded away from
/// zero; `None` where the order has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amounts {
    /// The order's value.
    pub(crate) notional: i64,
    /// The buying power it needs.
    pub(crate) requirement: i64,
    /// Gross exposure of the account.
    pub(crate) gross: i64,
    /// Net exposure of the account, whichever way it leans more.
    pub(crate) net: i64,
    /// Gross exposure of the instrument.
    pub(crate) instrument: i64,
    /// What could be lost in the underlying.
    pub(crate) underlying: i64,
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
    amounts: Option<Amounts>,
    equity: Parted,
    today: Today,
    quote_known: bool,
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
        let closes = recommendation.effect == Effect::Close;
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
            amounts: None,
            equity: Parted::of(account.equity()),
            today: market.calendar.today(now),
            quote_known: market.is_known(closes, account.limits().max_quote_age, now),
            normalized: market.facts.is_some(),
            recommendation,
        };
        intent.price = intent.price_for(account, book, market);
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
        let exposure =
            self.price.map(|price| book.exposure_with(side, opening, price, basis, multiplier));
        self.amounts = exposure.map(|with| self.amounts_with(account, book, &with));
    }

    /// The account with this order in it.
    #[inline]
    fn amounts_with(&self, account: &Account, book: &Book, with: &Exposure) -> Amounts {
        let (totals, held) = (account.totals(), book.contribution());
        let beside = |total: Money, held: Money| total.saturating_sub(held);
        let up = beside(totals.net_up, held.net_up).saturating_add(with.net_up);
        let down = beside(totals.net_down, held.net_down).saturating_add(with.net_down);
        let added = beside(with.gross, held.gross).max(self.strike_added());
        let at_risk = account.underlying_in(self.underlying).at_risk;
        let value = self.notional.map_or(i64::MAX, Money::micros_away);
        let shown = |money: Option<Money>| {
            if money == self.notional { value } else { money.map_or(i64::MAX, Money::micros_away) }
        };
        Amounts {
            notional: value,
            requirement: shown(self.requirement),
            gross: beside(totals.gross, held.gross).saturating_add(with.gross).micros_away(),
            net: up.abs().max(down.abs()).micros_away(),
            instrument: shown(Some(with.gross)),
            underlying: at_risk.saturating_add(added).micros_away(),
        }
    }

    /// What a put sold to open may have to pay; nothing for any other order.
    fn strike_added(&self) -> Money {
        match self.instrument().option() {
            Some(contract) if contract.right() == Right::Put && self.side() == Side::Sell => {
                let strike = contract.strike().times(self.split.opening, contract.multiplier());
                strike.unwrap_or(Money::MAX_FACT)
            }
            Some(_) | None => Money::ZERO,
        }
    }

    /// The order price *q*: the limit, or for a market order the worst price its collar allows.
    fn price_for(&self, account: &Account, book: &Book, market: &Market<'_>) -> Option<Price> {
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
        let reference = self.reference(market).or_else(|| {
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
        let quote = self.quote(market).filter(|quote| quote.is_sound())?;
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
                Right::Put => contract.strike().times(opening, multiplier),
                Right::Call => Some(Money::ZERO),
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

    /// What gates compare of it; `None` where it has no price.
    #[inline]
    pub(crate) fn amounts(&self) -> Option<&Amounts> {
        self.amounts.as_ref()
    }

    /// A share of the account's equity as a limit; of nothing or less it is nothing.
    #[inline]
    pub(crate) fn share_of_equity(&self, share: Ratio) -> i64 {
        self.equity.share(share)
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
    pub(crate) fn reference(&self, market: &Market<'_>) -> Option<Price> {
        self.quote(market).and_then(|quote| quote.taken_by(self.side()))
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
