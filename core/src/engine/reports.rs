//! What the broker answers and reports, settled: any order of arrival, doubled or late, ends in
//! the same state.

use alloc::string::String;

use crate::advise::Life;
use crate::decide::{Cause, TradingState};
use crate::engine::exits;
use crate::engine::turn::Turn;
use crate::record::Event;
use crate::record::event::{
    CancelRefused, ExecutionBooked, FindingKind, FindingRecorded, LookUpMissed, OrderChanged,
    RecommendationSettled, SnapshotTaken,
};
use crate::route::{
    BrokerFault, CancelAnswer, Deviation, Effect, LookUp, Order, OrderReport, OrderState, Ordered,
    RejectClass, Report, Severity, Snapshot, Submission,
};
use crate::settle::{Execution, compare, signed};
use crate::vocabulary::{NetQuantity, OrderKey};

/// What came of sending an order.
pub(super) fn submitted(turn: &mut Turn<'_>, key: OrderKey, answer: Submission) {
    let at = turn.now();
    match answer {
        Submission::Accepted { broker_order_id, at } => turn.change(OrderChanged {
            key,
            state: OrderState::Accepted,
            broker_order_id: Some(broker_order_id),
            evidence: String::from("accepted"),
            at,
        }),
        Submission::Rejected { class, reason } => {
            if class == RejectClass::Authentication {
                let text = alloc::format!("the broker refused our credentials: {reason}");
                turn.latch(Cause::Authentication, TradingState::EntriesHalted, text);
            }
            let state = OrderState::Rejected;
            turn.change(OrderChanged { key, state, broker_order_id: None, evidence: reason, at });
            if class != RejectClass::Order {
                turn.decide_again(key);
            }
        }
        Submission::Unknown { reason } => turn.lose_sight(key, reason),
    }
}

/// What came of asking for a cancel. The order counts on until a report says otherwise.
pub(super) fn cancel_answered(turn: &mut Turn<'_>, key: OrderKey, answer: CancelAnswer) {
    let account = turn.account.id();
    match answer {
        CancelAnswer::Requested => {}
        CancelAnswer::Refused { reason } => {
            let pending = turn.account.order(&key).map(|order| order.state);
            if pending == Some(OrderState::PendingCancel) {
                turn.emit(Event::CancelRefused(CancelRefused { key, evidence: reason }));
            }
            turn.ask(Effect::LookUp { account, key });
        }
        CancelAnswer::Unknown { .. } => turn.ask(Effect::LookUp { account, key }),
    }
}

/// What a look-up found. Silence resolves nothing: only enough look-ups over enough time do.
pub(super) fn looked_up(turn: &mut Turn<'_>, key: OrderKey, answer: LookUp) {
    match answer {
        LookUp::Found(report) => turn.order_report(report),
        LookUp::Unavailable { .. } => {}
        LookUp::Missing => turn.miss(key),
    }
}

/// What the broker says of its own accord.
pub(super) fn reported(turn: &mut Turn<'_>, report: Report) {
    match report {
        Report::Order(report) => turn.order_report(report),
        Report::Execution(execution) => turn.execution(execution),
        Report::Activity(activity) => {
            if !turn.account.has_booked(&activity.activity) {
                let instrument = *activity.adjustment.instrument();
                turn.emit(Event::PositionAdjusted(activity));
                turn.trim_closers(&instrument);
                turn.watch_losses();
                turn.watch_exposure();
            }
        }
        Report::Cash(cash) => {
            if cash.activity.is_none_or(|activity| !turn.account.has_booked(&activity)) {
                turn.emit(Event::CashMoved(cash));
                turn.watch_losses();
            }
        }
        Report::Link(link) => {
            let known = turn.account.contact().link.map(|(known, _)| known);
            if known != Some(link.link) {
                turn.emit(Event::LinkChanged(link));
                turn.judge_undecided();
            }
        }
        Report::Books(snapshot) => snapshot_taken(turn, Ok(snapshot)),
        Report::Difference(deviation) => turn.deviate(deviation),
        Report::Alarm { severity, text } => turn.alert(severity, text),
    }
}

/// The broker's books against ours.
pub(super) fn snapshot_taken(turn: &mut Turn<'_>, answer: Result<Snapshot, BrokerFault>) {
    let snapshot = match answer {
        Ok(snapshot) => snapshot,
        Err(BrokerFault::Unreachable { .. }) => return,
        Err(BrokerFault::Refused { account, reason }) => {
            let text = alloc::format!("the broker refuses account {account}: {reason}");
            return turn.latch(Cause::Authentication, TradingState::EntriesHalted, text);
        }
    };
    let differences = compare(turn.account, &snapshot.positions);
    let settled = turn.account.orders().next().is_none() || differences.is_empty();
    let before = turn.account.contact().differing;
    // While orders work, positions and fills may be told at different times (LESSONS 32).
    let differing = if differences.is_empty() { 0 } else { before.saturating_add(1) };
    turn.emit(Event::SnapshotTaken(SnapshotTaken {
        requested_at: snapshot.requested_at,
        buying_power: snapshot.buying_power,
        cash: snapshot.cash,
        positions: snapshot.positions,
        differing,
    }));
    if differing >= turn.world.settings.mismatch_polls && !turn.account.contact().mismatch {
        for found in &differences {
            turn.find(found.kind, Some(found.instrument), None, found.ours, found.theirs);
        }
        let text = alloc::format!(
            "{} positions differ from the broker's in {differing} snapshots in a row",
            differences.len()
        );
        turn.latch(Cause::Mismatch, TradingState::ReduceOnly, text);
    } else if differing == 0 && settled && turn.account.contact().mismatch {
        turn.find(FindingKind::Resolved, None, None, NetQuantity::ZERO, NetQuantity::ZERO);
    }
    turn.judge_undecided();
}

impl Turn<'_> {
    /// A refusal that is not about the advice does not consume it: it waits for the next decision.
    fn decide_again(&mut self, key: OrderKey) {
        let Some(order) = self.account.order(&key) else { return };
        let recommendation = order.recommendation;
        let refused = order.state == OrderState::Rejected;
        let kept = self.account.undecided().any(|advice| advice.id == recommendation);
        if refused && kept {
            let life = Life::Pending;
            self.emit(Event::RecommendationSettled(RecommendationSettled { recommendation, life }));
        }
    }

    /// Records that an order's fate is not known, and asks.
    pub(super) fn lose_sight(&mut self, key: OrderKey, evidence: String) {
        let (account, at) = (self.account.id(), self.now());
        let state = OrderState::Unknown;
        self.change(OrderChanged { key, state, broker_order_id: None, evidence, at });
        self.ask(Effect::LookUp { account, key });
        let failures = self.account.contact().failures;
        if failures >= self.world.settings.failures_max {
            let reason = alloc::format!("the answers to {failures} orders in a row were lost");
            self.latch(Cause::Failures, TradingState::EntriesHalted, reason);
        }
    }

    /// Records a change of state where the evidence says something new.
    pub(super) fn change(&mut self, change: OrderChanged) {
        let Some(order) = self.account.order(&change.key) else {
            return self.unknown_order(change.key, &change.evidence);
        };
        let new_id = change.broker_order_id.is_some() && order.broker_order_id.is_none();
        let was = order.state;
        let tells = was.may_become(change.state) || (was.is_working() && new_id);
        if !tells {
            return;
        }
        let (key, state) = (change.key, change.state);
        self.emit(Event::OrderChanged(change));
        if was == OrderState::Absent {
            self.find(FindingKind::LateArrival, None, Some(key), ZERO, ZERO);
            self.alert(Severity::Warning, alloc::format!("{key}: taken for absent, turned up"));
        }
        if was.is_working() && !state.is_working() {
            self.order_ended(key);
        }
    }

    /// Asks for the cancel of a working order, once.
    pub(super) fn request_cancel(&mut self, key: OrderKey, why: &str) {
        let Some(order) = self.account.order(&key) else { return };
        let broker_order_id = order.broker_order_id;
        let state = OrderState::PendingCancel;
        if !order.state.is_working() || !order.state.may_become(state) {
            return;
        }
        let (account, at, evidence) = (self.account.id(), self.now(), String::from(why));
        self.emit(Event::OrderChanged(OrderChanged { key, state, broker_order_id, evidence, at }));
        self.ask(Effect::Cancel { account, key, broker_order_id });
    }

    fn order_report(&mut self, report: OrderReport) {
        if let (Some(order), Some(theirs)) = (self.account.order(&report.key), report.ordered)
            && differs(order, &theirs)
        {
            return self.collide(report.key, &theirs);
        }
        for execution in report.executions {
            self.execution(execution);
        }
        if self.account.order(&report.key).is_none() {
            return self.unknown_order(report.key, &report.reason);
        }
        self.change(OrderChanged {
            key: report.key,
            state: report.state,
            broker_order_id: Some(report.broker_order_id),
            evidence: report.reason,
            at: report.at,
        });
    }

    /// Our id stands on an order that is not ours: nobody knows what else it stands on, so nothing
    /// is sent until somebody has looked.
    fn collide(&mut self, key: OrderKey, theirs: &Ordered) {
        if self.account.has_found(&key) {
            return;
        }
        let (side, instrument) = (theirs.side, theirs.instrument);
        let quantity = theirs.quantity.map_or(String::new(), |it| alloc::format!(" {it}"));
        self.deviate(Deviation {
            kind: FindingKind::IdCollision,
            instrument: Some(instrument),
            order: Some(key),
            state: TradingState::Frozen,
            evidence: alloc::format!("the broker has {key} as {side}{quantity} {instrument}"),
        });
    }

    fn deviate(&mut self, deviation: Deviation) {
        let Deviation { kind, instrument, order, state, evidence } = deviation;
        let (ours, theirs) = (ZERO, ZERO);
        let finding =
            FindingRecorded { kind, instrument, order, ours, theirs, evidence: evidence.clone() };
        self.emit(Event::FindingRecorded(finding));
        self.latch(Cause::Anomaly, state, evidence);
    }

    fn execution(&mut self, execution: Execution) {
        if self.account.has_booked(&execution.id) {
            return;
        }
        let day = self.world.calendar.date_of(execution.at);
        let complete = self.account.executions_complete_since();
        let moved = signed(execution.side, execution.quantity);
        if complete.is_some_and(|since| day.is_none_or(|day| day < since)) {
            self.find(FindingKind::TooOld, Some(execution.instrument), None, ZERO, moved);
            let text = alloc::format!("execution {} is too old to book", execution.id);
            return self.latch(Cause::Anomaly, TradingState::ReduceOnly, text);
        }
        let known = execution.order.and_then(|key| self.account.order(&key));
        let ours = known.filter(|order| order.instrument == execution.instrument);
        let surplus = ours.is_some_and(|order| order.unfilled() < execution.quantity);
        let was_working = ours.is_some_and(|order| order.state.is_working());
        let key = ours.map(|order| order.key);
        let prefixed = execution.order.filter(|_| key.is_none());
        let instrument = execution.instrument;
        let booked = Execution { order: key, ..execution };
        self.emit(Event::ExecutionBooked(ExecutionBooked { execution: booked }));
        match key {
            None => {
                self.foreign(instrument, moved);
                if let Some(unknown) = prefixed {
                    self.unknown_order(unknown, "it was executed");
                }
            }
            Some(key) if surplus => {
                self.find(FindingKind::Overfill, Some(instrument), Some(key), ZERO, moved);
                let text = alloc::format!("{key}: more was executed than ordered");
                self.latch(Cause::Anomaly, TradingState::ReduceOnly, text);
            }
            Some(_) => {}
        }
        if let Some(key) = key {
            exits::attach(self, &key);
            let working = self.account.order(&key).is_some_and(|it| it.state.is_working());
            if was_working && !working {
                self.order_ended(key);
            }
        }
        self.trim_closers(&instrument);
        self.watch_losses();
    }

    /// Cancels what would close more than is left, since a trade of others took a part.
    fn trim_closers(&mut self, instrument: &crate::vocabulary::Instrument) {
        let book = self.account.book(instrument);
        if book.closing() <= book.position().net().magnitude() {
            return;
        }
        for key in book.holders() {
            self.request_cancel(key, "less is held than it would close");
        }
    }

    /// A trade that is not ours: it folds, and its underlying may only be reduced until somebody
    /// has looked.
    fn foreign(&mut self, instrument: crate::vocabulary::Instrument, moved: NetQuantity) {
        self.find(FindingKind::ForeignExecution, Some(instrument), None, ZERO, moved);
        self.alert(Severity::Warning, alloc::format!("{instrument}: {moved} traded by others"));
    }

    fn unknown_order(&mut self, key: OrderKey, evidence: &str) {
        if self.account.has_found(&key) {
            return;
        }
        self.find(FindingKind::UnknownOrder, None, Some(key), ZERO, ZERO);
        let text = alloc::format!("{key} bears our prefix and was never intended ({evidence})");
        self.latch(Cause::Anomaly, TradingState::ReduceOnly, text);
    }

    fn miss(&mut self, key: OrderKey) {
        let Some(order) = self.account.order(&key) else { return };
        let never_seen = order.broker_order_id.is_none() && order.filled.is_zero();
        let unsure = match order.state {
            OrderState::Unknown | OrderState::Approved => true,
            OrderState::PendingCancel => never_seen,
            OrderState::Accepted
            | OrderState::PartiallyFilled
            | OrderState::PendingReplace
            | OrderState::Filled
            | OrderState::Canceled
            | OrderState::Expired
            | OrderState::Rejected
            | OrderState::Replaced
            | OrderState::Absent => false,
        };
        if !unsure {
            return;
        }
        self.emit(Event::LookUpMissed(LookUpMissed { key }));
        let settings = self.world.settings;
        let missed = self.account.order(&key).and_then(|order| order.absent);
        let Some((polls, since)) = missed else { return };
        let long = self.now().saturating_since(since) >= settings.absent_for;
        if polls >= settings.absent_polls && long {
            let evidence = alloc::format!("{polls} look-ups did not find it since {since}");
            let (state, at) = (OrderState::Absent, self.now());
            self.change(OrderChanged { key, state, broker_order_id: None, evidence, at });
        }
    }

    /// What follows from the end of an order: its exit, its close plan, what waited for it.
    fn order_ended(&mut self, key: OrderKey) {
        let Some(order) = self.account.order(&key) else { return };
        let (instrument, id, state) = (order.instrument, order.recommendation, order.state);
        if state != OrderState::Filled && state != OrderState::Absent {
            let why = alloc::format!("its order ended {state}");
            exits::failed(self, &instrument, &id, &why);
        }
        if state == OrderState::Filled {
            exits::finished(self, &instrument, &id);
        }
        self.advance_close(&instrument);
        self.judge_undecided();
    }

    pub(super) fn find(
        &mut self,
        kind: FindingKind,
        instrument: Option<crate::vocabulary::Instrument>,
        order: Option<OrderKey>,
        ours: NetQuantity,
        theirs: NetQuantity,
    ) {
        let evidence = alloc::format!("{kind}: ours {ours}, theirs {theirs}");
        self.emit(Event::FindingRecorded(FindingRecorded {
            kind,
            instrument,
            order,
            ours,
            theirs,
            evidence,
        }));
    }
}

const ZERO: NetQuantity = NetQuantity::ZERO;

/// Whether the broker's order is for something else than ours.
fn differs(order: &Order, theirs: &Ordered) -> bool {
    let other = (order.instrument, order.side) != (theirs.instrument, theirs.side);
    other || theirs.quantity.is_some_and(|quantity| quantity != order.quantity)
}
