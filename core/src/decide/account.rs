//! An account: everything its events say, as totals that gates read in constant time.

use alloc::string::String;
use alloc::vec::Vec;

use bincode::Encode;

use crate::advise::{Advice, OrderPrice, Recommendation};
use crate::decide::aggregates::{BuyingPower, Contact, Day, Totals, UNTOUCHED, Underlying};
use crate::decide::book::{self, Book};
use crate::decide::limits::{ExposureBasis, Limits};
use crate::decide::pace::Pace;
use crate::decide::retained::{Booked, Retained};
use crate::decide::state_hash::StateHash;
use crate::decide::thresholds::Thresholds;
use crate::decide::trading_state::TradingStates;
use crate::record::Version;
use crate::record::event::{Grounds, Mode};
use crate::route::Order;
use crate::settle::CostMethod;
use crate::unwind::ClosePlan;
use crate::vocabulary::{
    AccountId, Date, ExecutionId, Instrument, Money, OrderKey, Quantity, RecommendationId, Side,
    StrategyId, Symbol, Table, Timestamp,
};

/// What identifies "the same order" from another recommendation.
pub(crate) type Fingerprint = (StrategyId, Instrument, Side, Quantity, OrderPrice);

/// A named book at one broker account: the unit of isolation.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Account {
    pub(crate) id: AccountId,
    pub(crate) mode: Mode,
    pub(crate) cost_method: CostMethod,
    pub(crate) version: Version,
    pub(crate) limits: Limits,
    pub(crate) thresholds: Thresholds,
    pub(crate) states: TradingStates,
    pub(crate) gates: Vec<String>,
    pub(crate) grounds: Grounds,
    pub(crate) cash: Money,
    pub(crate) deposits: Money,
    pub(crate) fees: Money,
    pub(crate) income: Money,
    pub(crate) realized: Money,
    pub(crate) transferred: Money,
    pub(crate) peak: Money,
    pub(crate) day: Option<Day>,
    pub(crate) totals: Totals,
    pub(crate) buying_power: BuyingPower,
    pub(crate) contact: Contact,
    pub(crate) pace: Pace,
    pub(crate) books: Table<Instrument, Book>,
    pub(crate) underlyings: Table<Symbol, Underlying>,
    pub(crate) orders: Table<OrderKey, Order>,
    pub(crate) closed: Retained<OrderKey, Order>,
    pub(crate) executions: Booked,
    pub(crate) advice: Retained<RecommendationId, Advice>,
    pub(crate) undecided: Table<RecommendationId, Recommendation>,
    pub(crate) found: Retained<OrderKey, ()>,
    pub(crate) plans: Table<Instrument, ClosePlan>,
    pub(crate) recent: Table<Fingerprint, (Timestamp, RecommendationId)>,
}

impl Account {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.id
    }

    /// Against what it trades.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// How many of its events are folded.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The limits in force.
    #[inline]
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The gates that its decisions are judged by, in order, as last declared.
    #[must_use]
    pub fn gate_names(&self) -> &[String] {
        &self.gates
    }

    /// The limits in force that are amounts, as gates compare them.
    #[inline]
    pub(crate) fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The trading states in force.
    #[inline]
    #[must_use]
    pub fn states(&self) -> &TradingStates {
        &self.states
    }

    /// The events that its next decision rests on.
    #[must_use]
    pub fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Cash, US dollars.
    #[must_use]
    pub fn cash(&self) -> Money {
        self.cash
    }

    /// Paid in less paid out since it was opened, the first cash included.
    #[must_use]
    pub fn deposits(&self) -> Money {
        self.deposits
    }

    /// Fees paid.
    #[must_use]
    pub fn fees(&self) -> Money {
        self.fees
    }

    /// Dividends and interest received.
    #[must_use]
    pub fn income(&self) -> Money {
        self.income
    }

    /// Profit and loss of everything closed, execution against entry cost, before fees.
    #[must_use]
    pub fn realized_pnl(&self) -> Money {
        self.realized
    }

    /// Value of all positions at their marks less what they cost.
    #[must_use]
    pub fn unrealized_pnl(&self) -> Money {
        self.totals.value.saturating_sub(self.totals.cost)
    }

    /// Cost of positions that came in by transfer, less those that went out.
    #[must_use]
    pub fn transferred(&self) -> Money {
        self.transferred
    }

    /// Cash and the value of all positions at their marks.
    #[inline]
    #[must_use]
    pub fn equity(&self) -> Money {
        self.cash.saturating_add(self.totals.value)
    }

    /// The highest equity so far, deposits and withdrawals not counted.
    #[inline]
    #[must_use]
    pub fn peak_equity(&self) -> Money {
        self.peak
    }

    /// The trading day, once opened.
    #[inline]
    #[must_use]
    pub fn day(&self) -> Option<&Day> {
        self.day.as_ref()
    }

    /// The day's profit and loss: equity less what the day opened with and what was paid in.
    #[inline]
    #[must_use]
    pub fn day_pnl(&self) -> Option<Money> {
        let day = self.day.as_ref()?;
        Some(self.equity().saturating_sub(day.opening_equity).saturating_sub(day.deposits))
    }

    /// The day loss: `max(-realized, -total, 0)`. An unrealized gain never hides a realized loss.
    #[inline]
    #[must_use]
    pub fn day_loss(&self) -> Option<Money> {
        let day = self.day.as_ref()?;
        let total = self.day_pnl()?;
        let loss = day.realized.saturating_neg().max(total.saturating_neg());
        Some(loss.max(Money::ZERO))
    }

    /// The day loss at which entries halt: the money limit or the share of opening equity,
    /// whichever is less.
    #[inline]
    #[must_use]
    pub fn day_loss_limit(&self) -> Option<Money> {
        self.day.as_ref()?.loss_limit(&self.limits)
    }

    /// Sums over all books.
    #[inline]
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Buying power.
    #[inline]
    #[must_use]
    pub fn buying_power(&self) -> &BuyingPower {
        &self.buying_power
    }

    /// What is known of the connection to the broker.
    #[inline]
    #[must_use]
    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// How fast it sends orders.
    #[inline]
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Where an instrument's book stands.
    #[inline]
    #[must_use]
    pub(crate) fn slot(&self, instrument: &Instrument) -> Option<usize> {
        self.books.slot(instrument)
    }

    #[inline]
    pub(crate) fn book_at(&self, slot: Option<usize>) -> &Book {
        slot.and_then(|slot| self.books.at(slot)).map_or(&book::EMPTY, |(_, book)| book)
    }

    /// The book of an instrument; an empty one where it never traded.
    #[must_use]
    pub fn book(&self, instrument: &Instrument) -> &Book {
        self.book_at(self.slot(instrument))
    }

    /// Every book that holds something or has working orders, in order of first use.
    pub fn books(&self) -> impl Iterator<Item = (&Instrument, &Book)> {
        self.books.iter().filter(|(_, book)| !book.is_idle())
    }

    /// All instruments of an underlying together.
    #[inline]
    #[must_use]
    pub fn underlying(&self, symbol: &Symbol) -> Underlying {
        self.underlyings.get(symbol).copied().unwrap_or_default()
    }

    /// Where the underlying of a book stands, by the place that the book remembers.
    #[inline]
    #[must_use]
    pub(crate) fn underlying_slot(&self, book: &Book, instrument: &Instrument) -> Option<usize> {
        if book.is_counted() {
            let slot = usize::try_from(book.underlying).ok()?;
            return self.underlyings.at(slot).map(|_| slot);
        }
        self.underlyings.slot(&instrument.underlying())
    }

    /// The underlying at a place; an untouched one where there is none.
    #[inline]
    pub(crate) fn underlying_in(&self, slot: Option<usize>) -> &Underlying {
        let found = slot.and_then(|slot| self.underlyings.at(slot));
        found.map_or(&UNTOUCHED, |(_, underlying)| underlying)
    }

    /// The working orders.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    /// An order, working or ended.
    #[must_use]
    pub fn order(&self, key: &OrderKey) -> Option<&Order> {
        self.orders.get(key).or_else(|| self.closed.get(key))
    }

    /// Ended orders that are remembered.
    pub fn ended_orders(&self) -> impl Iterator<Item = &Order> {
        self.closed.iter().map(|(_, order)| order)
    }

    /// What is remembered of a recommendation.
    #[must_use]
    pub fn advice(&self, id: &RecommendationId) -> Option<&Advice> {
        self.advice.get(id)
    }

    /// Everything remembered of recommendations.
    pub fn all_advice(&self) -> impl Iterator<Item = (&RecommendationId, &Advice)> {
        self.advice.iter()
    }

    /// Recommendations received and not finally decided.
    pub fn undecided(&self) -> impl Iterator<Item = &Recommendation> {
        self.undecided.values()
    }

    /// Close plans under way.
    pub fn close_plans(&self) -> impl Iterator<Item = (&Instrument, &ClosePlan)> {
        self.plans.iter()
    }

    /// Whether an execution or activity is booked already.
    #[must_use]
    pub fn has_booked(&self, id: &ExecutionId) -> bool {
        self.executions.contains(id)
    }

    /// Whether an order that was never intended is recorded as a finding already.
    #[must_use]
    pub(crate) fn has_found(&self, key: &OrderKey) -> bool {
        self.found.get(key).is_some()
    }

    /// The first day of which every execution is remembered; `None` while none was forgotten.
    #[must_use]
    pub fn executions_complete_since(&self) -> Option<Date> {
        self.executions.complete_since()
    }

    /// Attempt number and client order id of the next order for a recommendation.
    #[must_use]
    pub fn next_key(&self, id: &RecommendationId) -> (u16, OrderKey) {
        match self.advice.get(id) {
            Some(advice) => (advice.attempt, advice.key),
            None => (0, OrderKey::of(&self.id, id, 0)),
        }
    }

    /// When and for which recommendation the same order was approved last.
    #[inline]
    pub(crate) fn recent(&self, of: &Fingerprint) -> Option<&(Timestamp, RecommendationId)> {
        self.recent.get(of)
    }

    /// A digest of everything folded: equal histories give equal digests, on any machine.
    #[must_use]
    pub fn state_hash(&self) -> StateHash {
        StateHash::of(self)
    }

    /// Replaces what a book adds to the totals, after its mark or anything else changed.
    #[inline]
    pub(crate) fn retotal(&mut self, slot: usize) {
        self.replace(slot, Book::refresh);
    }

    /// The same with everything worked out anew, as other limits want it.
    pub(crate) fn recount(&mut self, slot: usize) {
        self.replace(slot, Book::recount);
    }

    #[inline(always)]
    fn replace(
        &mut self,
        slot: usize,
        count: fn(&mut Book, &Instrument, ExposureBasis, &mut Totals, Option<&mut Underlying>),
    ) {
        let basis = self.limits.exposure_basis;
        let Some((instrument, book)) = self.books.at_mut(slot) else { return };
        let place = usize::try_from(book.underlying).unwrap_or(usize::MAX);
        let underlying = self.underlyings.at_mut(place).map(|(_, underlying)| underlying);
        count(book, instrument, basis, &mut self.totals, underlying);
    }
}
