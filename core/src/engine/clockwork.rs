//! Time passes: days roll, marks are observed, exits triggered, advice judged again, and what is
//! overdue is asked for.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decide::{Book, Cause, MarketData, TradingState};
use crate::engine::turn::Turn;
use crate::engine::{Engine, Step, exits};
use crate::record::Event;
use crate::record::event::{DayRolled, MarkSeen, MarkSource, MarksObserved};
use crate::route::{Effect, OrderState};
use crate::vocabulary::{AccountId, Instrument, Money, OrderKey, Price, Table, Timestamp};

/// When the broker was last asked for what; kept out of folded state, since asking changes nothing.
#[derive(Debug, Default)]
pub(super) struct Asked {
    snapshots: Table<AccountId, Timestamp>,
    orders: Table<OrderKey, Timestamp>,
}

impl Engine {
    pub(super) fn tick(&mut self, now: Timestamp, market: &dyn MarketData, step: &mut Step) {
        let accounts: Vec<AccountId> = self.accounts.keys().copied().collect();
        for id in accounts {
            self.with(&id, now, market, step, |turn| {
                turn.observe_marks();
                turn.watch_losses();
                exits::watch(turn);
                turn.judge_undecided();
            });
            self.ask_what_is_due(&id, now, step);
        }
    }

    /// After replay, what was on its way to the broker is of unknown fate and is looked up; what
    /// was being canceled is asked for again.
    pub(super) fn resume(&mut self, now: Timestamp, market: &dyn MarketData, step: &mut Step) {
        let accounts: Vec<AccountId> = self.accounts.keys().copied().collect();
        for id in accounts {
            self.with(&id, now, market, step, |turn| {
                let open: Vec<(OrderKey, OrderState)> =
                    turn.account.orders().map(|order| (order.key, order.state)).collect();
                let account = turn.account.id();
                for (key, state) in open {
                    if state == OrderState::Approved {
                        turn.lose_sight(key, String::from("the process ended before the answer"));
                        continue;
                    }
                    if state == OrderState::PendingCancel {
                        let broker_order_id =
                            turn.account.order(&key).and_then(|order| order.broker_order_id);
                        turn.ask(Effect::Cancel { account, key, broker_order_id });
                    }
                    turn.ask(Effect::LookUp { account, key });
                }
            });
        }
    }

    fn ask_what_is_due(&mut self, id: &AccountId, now: Timestamp, step: &mut Step) {
        let Some(account) = self.accounts.get(id) else { return };
        let due = |asked: Option<&Timestamp>, every| {
            asked.is_none_or(|at| now.saturating_since(*at) >= every)
        };
        let synced = self.asked.snapshots.get(id).copied().max(account.contact().synced_at);
        if due(synced.as_ref(), self.settings.snapshot_every) {
            self.asked.snapshots.insert(*id, now);
            step.effects.push(Effect::TakeSnapshot { account: *id });
        }
        for order in account.orders() {
            let unsure = matches!(
                order.state,
                OrderState::Unknown | OrderState::PendingCancel | OrderState::PendingReplace
            );
            if unsure && due(self.asked.orders.get(&order.key), self.settings.look_up_every) {
                self.asked.orders.insert(order.key, now);
                step.effects.push(Effect::LookUp { account: *id, key: order.key });
            }
        }
        if self.asked.orders.len() > account.orders().count().saturating_add(ASKED_MAX) {
            self.asked.orders.clear();
        }
    }
}

/// So many marks are one event at most: an event has its bound of bytes.
const MARKS_AT_ONCE: usize = 512;
/// So many finished look-ups are remembered before all are forgotten.
const ASKED_MAX: usize = 4_096;

impl Turn<'_> {
    /// Opens the day of the exchange's date when it is not open yet.
    pub(super) fn roll_day(&mut self) {
        let Some(date) = self.world.calendar.date_of(self.now()) else { return };
        if self.account.day().is_some_and(|day| day.date >= date) {
            return;
        }
        let mark =
            |(instrument, book): (&Instrument, &Book)| book.mark().map(|mark| (*instrument, mark));
        let marks = self.account.books().filter_map(mark).collect();
        let opening_equity = self.account.equity();
        self.emit(Event::DayRolled(DayRolled { date, opening_equity, marks }));
    }

    /// Records the prices of what is held, where they moved, at most so often.
    fn observe_marks(&mut self) {
        let now = self.now();
        let every = self.world.settings.marks_every;
        let mut marks = Vec::new();
        for (instrument, book) in self.account.books() {
            let Some(quote) = self.world.market.quote(instrument) else { continue };
            // An option that nobody bids for is worth half its ask; a stock without a bid has lost
            // its feed and keeps its last mark.
            let unbid = quote.bid.is_zero() && !quote.ask.is_zero() && instrument.is_option();
            if book.position().net().is_zero() || !(quote.is_sound() || unbid) {
                continue;
            }
            let (bid, ask) = (quote.bid, quote.ask);
            let known = book.last_mark();
            let moved = known.is_none_or(|mark| (mark.bid, mark.ask) != (bid, ask));
            let due = known
                .is_none_or(|mark| mark.bid.is_zero() || now.saturating_since(mark.at) >= every);
            if moved && due {
                let price = if bid.is_zero() { half(ask) } else { quote.mid() };
                let source = Some(MarkSource { feed: quote.feed, at: quote.at });
                let instrument = *instrument;
                marks.push(MarkSeen { instrument, price, bid, ask, at: now, source });
            }
        }
        for marks in marks.chunks(MARKS_AT_ONCE) {
            self.emit(Event::MarksObserved(MarksObserved { marks: marks.to_vec() }));
        }
    }

    /// Halts entries at the event that took the day loss or the drawdown to its limit, before any
    /// new intent is judged.
    pub(super) fn watch_losses(&mut self) {
        let account = &*self.account;
        if let (Some(loss), Some(limit)) = (account.day_loss(), account.day_loss_limit())
            && loss >= limit
            && loss > Money::ZERO
        {
            let reason = alloc::format!("day loss {loss} reached its limit {limit}");
            self.latch(Cause::DailyLoss, TradingState::EntriesHalted, reason);
        }
        let account = &*self.account;
        if let Some(most) = account.limits().max_drawdown {
            let fallen = account.peak_equity().saturating_sub(account.equity());
            let limit = account.peak_equity().scale(most, crate::vocabulary::Rounding::Up);
            if fallen > Money::ZERO && limit.is_some_and(|limit| fallen >= limit) {
                let reason = alloc::format!("drawdown {fallen} reached its limit {most}");
                self.latch(Cause::Drawdown, TradingState::EntriesHalted, reason);
            }
        }
    }

    /// A fact (an assignment, a transfer) may take exposure past its limit: it stands, and only
    /// reducing is allowed from there.
    pub(super) fn watch_exposure(&mut self) {
        let (gross, limit) = (self.account.totals().gross, self.account.limits().max_exposure);
        if gross > limit {
            let reason = alloc::format!("exposure {gross} is beyond {limit} by a broker's fact");
            self.latch(Cause::Anomaly, TradingState::ReduceOnly, reason);
        }
    }
}

/// Half of an ask that nobody bids against: what remains of an instrument without a bid.
fn half(ask: Price) -> Price {
    Price::ZERO.midpoint(ask)
}
