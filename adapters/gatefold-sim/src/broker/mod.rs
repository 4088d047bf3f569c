//! A broker that leaves nothing behind: orders trade against a simulated market, in the time of a
//! simulated clock.
//!
//! It answers as a broker across a network does, but at once: an order that can trade is filled
//! while it is sent, the others whenever [`on_market`](SimBroker::on_market) is called. Ids of
//! orders and fills follow from the client order id, so that the same run gives the same ids.

mod books;
pub mod expiry;
mod faults;
mod ledger;
pub mod matching;
mod order;
mod rebuild;
mod rules;
mod settings;
mod trade;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use gatefold_core::advise::TimeInForce;
use gatefold_core::decide::MarketData;
use gatefold_core::record::event::{CashMoved, PositionAdjusted};
use gatefold_core::route::{OrderState, Report};
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{
    AccountId, Calendar, Instrument, Money, NetQuantity, OrderKey, Price, Quantity, Span, Timestamp,
};
use parking_lot::Mutex;

use crate::clock::SimClock;
use books::Books;

pub use faults::{CancelFault, Faults, ReportFault, Seeded, SubmitFault};
pub use ledger::Ledger;
pub use order::{SimOrder, Ticket, day_end, last_close};
pub use settings::{Fills, SimSettings};

/// How long an order that ended can be looked up.
const ENDED_KEPT: Span = Span::hours(10 * 24);

/// A simulated broker for any number of accounts.
///
/// Whoever drives it opens accounts ([`open`](Self::open)) or folds a log
/// ([`observe`](Self::observe)), and calls [`on_market`](Self::on_market) whenever time or market
/// has moved.
pub struct SimBroker {
    market: Arc<dyn MarketData>,
    clock: SimClock,
    calendar: Calendar,
    settings: SimSettings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: BTreeMap<AccountId, Books>,
    faults: Faults,
    log: rebuild::Observed,
}

/// An account as the simulated broker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimAccount {
    /// Cash, US dollars.
    pub cash: Money,
    /// Cash, less what working orders hold, less what secures short positions.
    pub buying_power: Money,
    /// What is held, in order of instruments.
    pub positions: Vec<(Instrument, NetQuantity)>,
    /// Orders that may trade.
    pub working: Vec<SimOrder>,
    /// Orders that ended, as long as they can be looked up.
    pub ended: Vec<SimOrder>,
}

impl fmt::Debug for SimBroker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = formatter.debug_struct("SimBroker");
        out.field("clock", &self.clock).field("settings", &self.settings);
        out.field("state", &self.state).finish_non_exhaustive()
    }
}

impl SimBroker {
    /// A broker without accounts.
    #[must_use]
    pub fn new(
        market: Arc<dyn MarketData>,
        clock: SimClock,
        calendar: Calendar,
        settings: SimSettings,
    ) -> Self {
        Self { market, clock, calendar, settings, state: Mutex::default() }
    }

    /// Opens an account; one that is open stays as it is.
    pub fn open(&self, account: AccountId, cash: Money) {
        let mut state = self.state.lock();
        state.accounts.entry(account).or_insert_with(|| Books::new(cash));
    }

    /// Pays money in (or out, if negative) that no trade explains. Nothing is reported: whoever
    /// calls this knows.
    pub fn move_cash(&self, account: &AccountId, cash: &CashMoved) {
        if let Some(books) = self.state.lock().accounts.get_mut(account) {
            books.ledger.cash = books.ledger.cash.saturating_add(cash.amount);
        }
    }

    /// Changes a position without a trade, as a split or a transfer does, and reports it.
    pub fn adjust(&self, account: &AccountId, activity: PositionAdjusted) {
        if let Some(books) = self.state.lock().accounts.get_mut(account) {
            books.ledger.adjust(&activity.adjustment);
            books.outbox.push_back(Report::Activity(activity));
        }
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.state.lock().faults = faults;
    }

    /// An account as it stands; `None` if it was never opened.
    #[must_use]
    pub fn account(&self, account: &AccountId) -> Option<SimAccount> {
        let state = self.state.lock();
        let books = state.accounts.get(account)?;
        Some(SimAccount {
            cash: books.ledger.cash,
            buying_power: books.buying_power(),
            positions: books.ledger.positions(),
            working: books.working.values().cloned().collect(),
            ended: books.ended.values().cloned().collect(),
        })
    }

    /// Everything that time and market bring about: orders run out, orders are filled, contracts
    /// that have ceased to trade expire or are delivered. To be called after each advance of the
    /// market, with the clock at the same time. Answers how many fills there were.
    pub fn on_market(&self) -> usize {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let mut fills = 0;
        for books in state.accounts.values_mut() {
            let keys: Vec<OrderKey> = books.working.keys().copied().collect();
            for key in keys {
                if !self.run_out(books, key, now) && self.match_order(books, key, now) {
                    fills += 1;
                }
            }
            expiry::settle(books, &*self.market, &self.calendar, self.settings.premium, now);
            let kept = now.saturating_sub(ENDED_KEPT);
            books.ended.retain(|_, order| order.changed_at >= kept);
        }
        fills
    }

    /// Ends an order whose time has run out.
    fn run_out(&self, books: &mut Books, key: OrderKey, now: Timestamp) -> bool {
        let order = books.working.get(&key);
        let Some(end) = order.and_then(|order| order.expires_at).filter(|end| *end <= now) else {
            return false;
        };
        end_order(books, key, OrderState::Expired, end, "its time ran out");
        true
    }

    /// Fills an order as far as the market fills it now, and cancels the rest of one that is not
    /// to wait.
    fn match_order(&self, books: &mut Books, key: OrderKey, now: Timestamp) -> bool {
        let Some(order) = books.working.get(&key) else {
            return false;
        };
        let waits = order.ticket.time_in_force != TimeInForce::Ioc;
        let filled = self.crossing(order, now);
        if let Some((quantity, price)) = filled {
            self.book(books, key, quantity, price, now);
        }
        if !waits {
            let reason = "what cannot be filled at once is canceled";
            end_order(books, key, OrderState::Canceled, now, reason);
        }
        filled.is_some()
    }

    /// What of an order can trade now, and at what price.
    fn crossing(&self, order: &SimOrder, now: Timestamp) -> Option<(Quantity, Price)> {
        if !matching::may_trade(&order.ticket, &self.calendar, now) {
            return None;
        }
        let quote = self.market.quote(&order.ticket.instrument)?;
        matching::fill(order, &quote, self.settings.fills, now)
    }

    /// Books a fill and queues its report.
    fn book(
        &self,
        books: &mut Books,
        key: OrderKey,
        quantity: Quantity,
        price: Price,
        now: Timestamp,
    ) {
        let Some(order) = books.working.get(&key) else {
            return;
        };
        let ticket = order.ticket;
        let execution = Execution {
            id: order.next_execution_id(),
            order: Some(key),
            instrument: ticket.instrument,
            side: ticket.side,
            quantity,
            price,
            fee: self.settings.fee(&ticket.instrument, quantity),
            at: now,
        };
        assert!(quantity <= order.unfilled(), "no more is filled than was ordered");
        books.execute(&execution);
        books.outbox.push_back(Report::Execution(execution));
    }
}

/// Ends a working order otherwise than by a fill, and queues the report.
fn end_order(books: &mut Books, key: OrderKey, state: OrderState, at: Timestamp, reason: &str) {
    let Some(order) = books.working.get_mut(&key) else {
        return;
    };
    assert!(!state.is_working(), "an order that ended does not work");
    order.state = state;
    order.changed_at = at;
    let report = order.report(reason);
    books.retire(key);
    books.outbox.push_back(Report::Order(report));
}
