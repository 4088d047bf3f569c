//! What the simulated broker knows again after a restart is decided here: what the log says, and
//! nothing else.
//!
//! An order that the log saw accepted works again; what was filled without being booked was not
//! filled, and will be, under the same id. An approved order whose answer the log never saw is not
//! here: the engine looks it up, finds it absent and sends it again under the same key.

use std::collections::BTreeMap;

use gatefold_core::advise::{Hours, TimeInForce};
use gatefold_core::record::Event;
use gatefold_core::record::event::{IntentApproved, OrderChanged};
use gatefold_core::route::OrderState;
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{AccountId, OrderKey, RecommendationId, Timestamp};

use crate::broker::books::Books;
use crate::broker::order::{SimOrder, Ticket};
use crate::broker::{SimBroker, State};

/// What the log said that is not at the broker yet.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// How long orders of undecided advice are to work.
    advised: BTreeMap<(AccountId, RecommendationId), (TimeInForce, Hours)>,
    /// Approved, without an answer so far.
    unanswered: BTreeMap<(AccountId, OrderKey), Ticket>,
}

impl SimBroker {
    /// Takes in one event of a log, recorded at `at` in an account's stream. To be called for every
    /// event of the log in order, before the first order is sent, and never for events that this
    /// broker caused itself.
    pub fn observe(&self, account: &AccountId, at: Timestamp, event: &Event) {
        let mut state = self.state.lock();
        match event {
            Event::AccountOpened(opened) => {
                let books = Books::new(opened.cash);
                state.accounts.entry(*account).or_insert(books);
            }
            Event::CashMoved(cash) => {
                if let Some(books) = state.accounts.get_mut(account) {
                    books.ledger.cash = books.ledger.cash.saturating_add(cash.amount);
                }
            }
            Event::RecommendationReceived(received) => {
                let advice = &received.recommendation;
                let terms = (advice.time_in_force, advice.hours);
                state.log.advised.insert((*account, advice.id), terms);
            }
            Event::IntentApproved(approved) => state.log.approve(*account, approved),
            Event::OrderChanged(change) => self.observe_change(&mut state, *account, change),
            Event::ExecutionBooked(booked) => {
                self.observe_execution(&mut state, *account, &booked.execution, at);
            }
            Event::PositionAdjusted(adjusted) => {
                if let Some(books) = state.accounts.get_mut(account) {
                    books.ledger.adjust(&adjusted.adjustment);
                }
            }
            Event::IntentRefused(refused) => state.log.forget(*account, refused.recommendation),
            Event::RecommendationExpired(it) => state.log.forget(*account, it.recommendation),
            Event::GateSetDeclared(_)
            | Event::LimitsSet(_)
            | Event::StateSet(_)
            | Event::DayRolled(_)
            | Event::IntentDeferred(_)
            | Event::RecommendationFailed(_)
            | Event::RecommendationSettled(_)
            | Event::CancelRefused(_)
            | Event::LookUpMissed(_)
            | Event::MarksObserved(_)
            | Event::SnapshotTaken(_)
            | Event::FindingRecorded(_)
            | Event::ExitPlanSet(_)
            | Event::ExitTriggered(_)
            | Event::ExitFailed(_)
            | Event::ClosePlanned(_)
            | Event::Unprotected(_)
            | Event::LinkChanged(_) => {}
        }
    }

    fn observe_change(&self, state: &mut State, account: AccountId, change: &OrderChanged) {
        let key = change.key;
        match change.state {
            // A cancel that was asked for may not have arrived: the engine asks again. What was
            // taken for absent may turn up.
            OrderState::Approved
            | OrderState::Unknown
            | OrderState::Absent
            | OrderState::PendingCancel
            | OrderState::PendingReplace => {}
            OrderState::Rejected => {
                state.log.unanswered.remove(&(account, key));
            }
            OrderState::Accepted | OrderState::PartiallyFilled => {
                self.arrive(state, account, key, change.at);
            }
            OrderState::Filled
            | OrderState::Canceled
            | OrderState::Expired
            | OrderState::Replaced => {
                self.arrive(state, account, key, change.at);
                let Some(books) = state.accounts.get_mut(&account) else {
                    return;
                };
                if let Some(order) = books.working.get_mut(&key) {
                    order.state = change.state;
                    order.changed_at = change.at;
                    books.retire(key);
                }
            }
        }
    }

    fn observe_execution(
        &self,
        state: &mut State,
        account: AccountId,
        execution: &Execution,
        at: Timestamp,
    ) {
        if let Some(key) = execution.order {
            // Whoever filled it had taken it, at that time or before.
            self.arrive(state, account, key, execution.at.min(at));
        }
        if let Some(books) = state.accounts.get_mut(&account) {
            books.execute(execution);
        }
    }

    /// The broker has this order, at the latest since `at`.
    fn arrive(&self, state: &mut State, account: AccountId, key: OrderKey, at: Timestamp) {
        let Some(ticket) = state.log.unanswered.remove(&(account, key)) else {
            return;
        };
        let books = state.accounts.get_mut(&account);
        if let Some(books) = books.filter(|books| books.order(&key).is_none()) {
            let order = SimOrder::accepted(ticket, at, &self.calendar);
            books.working.insert(key, order);
        }
    }
}

impl Observed {
    fn approve(&mut self, account: AccountId, approved: &IntentApproved) {
        let terms = self.advised.get(&(account, approved.recommendation));
        let (time_in_force, hours) = terms.copied().unwrap_or((TimeInForce::Day, Hours::Regular));
        let ticket = Ticket {
            key: approved.key,
            instrument: approved.instrument,
            side: approved.side,
            effect: approved.effect,
            quantity: approved.quantity,
            terms: approved.terms,
            price: approved.price,
            time_in_force,
            hours,
        };
        self.unanswered.insert((account, approved.key), ticket);
    }

    fn forget(&mut self, account: AccountId, recommendation: RecommendationId) {
        self.advised.remove(&(account, recommendation));
    }
}
