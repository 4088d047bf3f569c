//! The fold: how each event changes an account. It never judges and never fails.

mod environment;
mod orders;
mod plain;
mod positions;

use crate::advise::{Advice, Life};
use crate::decide::account::Account;
use crate::decide::aggregates::{BuyingPower, Contact, Totals};
use crate::decide::limits::Limits;
use crate::decide::pace::Pace;
use crate::decide::thresholds::Thresholds;
use crate::decide::trading_state::TradingStates;
use crate::record::Version;
use crate::record::event::{AccountOpened, Event, Grounds, IntentDeferred, RecommendationReceived};
use crate::vocabulary::{Money, OrderKey, RecommendationId, Timestamp};

impl Account {
    /// An account as its first event says. Until limits are set it may do nothing.
    #[must_use]
    pub fn opened(event: &AccountOpened) -> Self {
        Self {
            id: event.account,
            mode: event.mode,
            cost_method: event.cost_method,
            version: Version::new(1),
            limits: Limits::nothing(),
            thresholds: Thresholds::of(&Limits::nothing(), None),
            states: TradingStates::default(),
            gates: alloc::vec::Vec::new(),
            grounds: Grounds::default(),
            cash: event.cash,
            deposits: event.cash,
            fees: Money::ZERO,
            income: Money::ZERO,
            realized: Money::ZERO,
            transferred: Money::ZERO,
            peak: event.cash,
            day: None,
            totals: Totals::default(),
            buying_power: BuyingPower::default(),
            contact: Contact::default(),
            pace: Pace::default(),
            books: crate::vocabulary::Table::default(),
            underlyings: crate::vocabulary::Table::default(),
            orders: crate::vocabulary::Table::default(),
            closed: crate::decide::retained::Retained::default(),
            executions: crate::decide::retained::Booked::default(),
            advice: crate::decide::retained::Retained::default(),
            undecided: crate::vocabulary::Table::default(),
            found: crate::decide::retained::Retained::default(),
            plans: crate::vocabulary::Table::default(),
            recent: crate::vocabulary::Table::default(),
        }
    }

    pub(crate) fn receive(&mut self, event: &RecommendationReceived) {
        let recommendation = event.recommendation;
        self.undecided.insert(recommendation.id, recommendation);
        let advice = Advice {
            life: Life::Pending,
            attempt: 0,
            key: OrderKey::of(&self.id, &recommendation.id, 0),
            deferral: 0,
            decided: self.version,
        };
        self.advice.insert(recommendation.id, advice);
    }

    fn defer(&mut self, event: &IntentDeferred) {
        self.live(&event.recommendation, Life::Deferred);
        let headline = event.judgement.verdicts.headline();
        if let Some(advice) = self.advice.get_mut(&event.recommendation) {
            advice.deferral = headline.map_or(0, |(_, verdict)| verdict.code.to_u16());
        }
    }

    /// Sets where advice stands; advice that is decided for good is no longer kept in full.
    pub(crate) fn live(&mut self, id: &RecommendationId, life: Life) {
        let version = self.version;
        if let Some(advice) = self.advice.get_mut(id) {
            advice.life = life;
            advice.decided = version;
        }
        if !matches!(life, Life::Pending | Life::Deferred) {
            self.undecided.remove(id);
        }
    }
}

/// Applies one event that happened at `at` by the engine's clock.
///
/// Total: any event may follow any other, because what happened cannot be argued with.
#[inline]
pub fn evolve(account: &mut Account, event: &Event, at: Timestamp) {
    account.version = account.version.next();
    // A history is fills above all: they do not pay for what the other events need room for.
    if let Event::ExecutionBooked(event) = event {
        return account.execute(&event.execution, at);
    }
    apply(account, event, at);
}

#[inline(never)]
fn apply(account: &mut Account, event: &Event, at: Timestamp) {
    match event {
        Event::AccountOpened(_) => {
            // The first event of a stream makes the account; a second one changes nothing.
        }
        Event::GateSetDeclared(event) => {
            account.grounds.gates = account.version;
            account.gates.clone_from(&event.gates);
        }
        Event::LimitsSet(event) => account.limit(event),
        Event::StateSet(event) => account.restrict(event),
        Event::DayRolled(event) => account.roll(event),
        Event::CashMoved(event) => account.move_cash(event),
        Event::RecommendationReceived(event) => account.receive(event),
        Event::IntentApproved(event) => account.approve(event, at),
        Event::IntentRefused(event) => account.live(&event.recommendation, Life::Refused),
        Event::IntentDeferred(event) => account.defer(event),
        Event::RecommendationExpired(event) => account.live(&event.recommendation, Life::Expired),
        Event::RecommendationSettled(event) => account.live(&event.recommendation, event.life),
        // Failed input belongs to no account; an account's own stream never holds one.
        Event::RecommendationFailed(_) => {}
        Event::OrderChanged(event) => account.change_order(event, at),
        Event::CancelRefused(event) => account.keep_order(event),
        Event::LookUpMissed(event) => account.miss_order(event, at),
        Event::ExecutionBooked(event) => account.execute(&event.execution, at),
        Event::MarksObserved(event) => account.observe(event),
        Event::SnapshotTaken(event) => account.synchronize(event),
        Event::FindingRecorded(event) => account.find(event),
        Event::ExitPlanSet(event) => account.plan_exit(event),
        Event::ExitTriggered(event) => account.trigger_exit(event, at),
        Event::ExitFailed(event) => account.fail_exit(event, at),
        Event::ClosePlanned(event) => account.plan_close(event, at),
        Event::Unprotected(event) => account.expose(event),
        Event::PositionAdjusted(event) => account.adjust(event, at),
        Event::LinkChanged(event) => account.link(event, at),
    }
}
