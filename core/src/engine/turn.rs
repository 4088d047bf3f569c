//! One account's part of a step: events are applied as they are decided, so that the next
//! decision of the same step sees them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::decide::{
    Account, Approved, Cause, Gates, Intent, Market, MarketData, Scope, TradingState, evolve,
};
use crate::engine::{Settings, Step};
use crate::record::event::StateSet;
use crate::record::{Batch, Event, Stream, Version};
use crate::route::{Alert, Effect, Severity};
use crate::vocabulary::{Actor, Calendar, Instrument, Timestamp};

/// What a turn may look at besides its account.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) gates: &'a Gates,
    pub(super) calendar: &'a Calendar,
    pub(super) settings: &'a Settings,
    pub(super) market: &'a dyn MarketData,
    pub(super) now: Timestamp,
    /// Whether the broker was heard of since the process began.
    pub(super) heard: bool,
}

/// The events that one input causes in one account: one atomic batch.
pub(super) struct Turn<'a> {
    pub(super) account: &'a mut Account,
    pub(super) world: World<'a>,
    expected: Version,
    events: Vec<Event>,
    orders: Vec<Approved<Intent>>,
    effects: Vec<Effect>,
}

impl<'a> Turn<'a> {
    pub(super) fn new(account: &'a mut Account, world: World<'a>) -> Self {
        let expected = account.version();
        Self {
            account,
            world,
            expected,
            events: Vec::new(),
            orders: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// A turn whose account was made by the events already in it.
    pub(super) fn begun(account: &'a mut Account, world: World<'a>, events: Vec<Event>) -> Self {
        Self { expected: Version::ZERO, events, ..Self::new(account, world) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.now
    }

    /// The market as a decision about one instrument sees it.
    pub(super) fn market(&self, instrument: &Instrument) -> Market<'a> {
        Market {
            quote: self.world.market.quote(instrument),
            facts: self.world.market.facts(instrument),
            calendar: self.world.calendar,
        }
    }

    /// Decides that something happened.
    pub(super) fn emit(&mut self, event: Event) {
        evolve(self.account, &event, self.world.now);
        self.events.push(event);
    }

    /// How many events this turn caused so far.
    pub(super) fn caused(&self) -> usize {
        self.events.len()
    }

    pub(super) fn send(&mut self, order: Approved<Intent>) {
        self.orders.push(order);
    }

    pub(super) fn ask(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn alert(&mut self, severity: Severity, text: String) {
        let account = self.account.id();
        self.ask(Effect::Alert(Alert { account, severity, text }));
    }

    /// Restricts the account for a cause, unless the same is in force already.
    pub(super) fn latch(&mut self, cause: Cause, state: TradingState, reason: String) {
        if self.account.states().is_latched(cause) {
            return;
        }
        self.alert(Severity::Critical, alloc::format!("{state}: {reason}"));
        self.emit(Event::StateSet(StateSet {
            scope: Scope::Account,
            state,
            cause,
            actor: engine_actor(),
            reason,
        }));
    }

    /// Ends the turn: what was decided becomes a batch; effects without events go out as they are.
    pub(super) fn finish(self, step: &mut Step) {
        if self.events.is_empty() {
            assert!(self.orders.is_empty(), "an order is never without its decision");
            step.effects.extend(self.effects);
            return;
        }
        step.batches.push(Batch {
            stream: Stream::Account(self.account.id()),
            expected: self.expected,
            at: self.world.now,
            events: self.events,
            orders: self.orders,
            effects: self.effects,
        });
    }
}

/// Who acts where no person does.
pub(super) fn engine_actor() -> Actor {
    const ENGINE: &str = "engine";
    match Actor::new(ENGINE) {
        Ok(actor) => actor,
        Err(_) => unreachable!("a constant name is valid"),
    }
}
