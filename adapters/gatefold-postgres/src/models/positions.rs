//! Which events change positions, and what is told of each.

use gatefold_core::decide::Account;
use gatefold_core::record::event::{Adjustment, ExecutionBooked};
use gatefold_core::record::{Entry, Event};
use gatefold_core::settle::signed;
use gatefold_core::vocabulary::{Equity, Instrument, Money, NetQuantity};

use crate::models::Changed;

/// Remembers the position's rows of an event. `before` is what the account had realized before it.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other event changes these rows")]
pub(super) fn apply(
    changed: &mut Changed,
    account: &Account,
    entry: &Entry<'_>,
    event: &Event,
    before: Money,
) {
    let realized = account.realized_pnl().saturating_sub(before);
    let mut tell = |instrument: &Instrument, kind: &str, realized: Money, detail: &str| {
        changed.positions.insert((account.id(), *instrument));
        let held = account.book(instrument);
        let line = changed.position_events.row().put(account.id()).put(entry.version);
        line.put(instrument)
            .put(kind)
            .put(held.position().net())
            .put(held.signed_cost())
            .put(realized)
            .put(detail)
            .put(entry.at);
    };
    match event {
        Event::ExecutionBooked(booked) => {
            let fill = &booked.execution;
            let detail = format!("{} {} at {}", fill.side, fill.quantity, fill.price);
            tell(&fill.instrument, traded(account, booked), realized, &detail);
        }
        Event::PositionAdjusted(adjusted) => {
            let (kind, other) = adjustment(&adjusted.adjustment);
            tell(adjusted.adjustment.instrument(), kind, realized, &adjusted.note);
            if let Some(other) = other {
                tell(&other, kind, Money::ZERO, &adjusted.note);
            }
        }
        Event::ExitPlanSet(set) => {
            tell(&set.instrument, "EXIT_PLAN_SET", Money::ZERO, "");
        }
        Event::ExitTriggered(it) => {
            let detail = format!("{} by {}", it.recommendation, it.rule);
            tell(&it.instrument, "EXIT_TRIGGERED", Money::ZERO, &detail);
        }
        Event::ExitFailed(it) => tell(&it.instrument, "EXIT_FAILED", Money::ZERO, &it.reason),
        Event::ClosePlanned(it) => {
            let detail = format!("{} asked for {}", it.actor, it.quantity);
            tell(&it.instrument, "CLOSE_PLANNED", Money::ZERO, &detail);
        }
        Event::Unprotected(it) => tell(&it.instrument, "UNPROTECTED", Money::ZERO, &it.reason),
        Event::FindingRecorded(it) => {
            if let Some(instrument) = &it.instrument {
                let detail = format!("{}: {}", it.kind, it.evidence);
                tell(instrument, "FINDING", Money::ZERO, &detail);
            }
        }
        Event::MarksObserved(marks) => {
            let marked = marks.marks.iter().map(|mark| (account.id(), mark.instrument));
            changed.positions.extend(marked);
        }
        _ => {}
    }
}

/// What an execution did, read off the position after it.
fn traded(account: &Account, booked: &ExecutionBooked) -> &'static str {
    let fill = &booked.execution;
    let after = account.book(&fill.instrument).position().net();
    let moved = signed(fill.side, fill.quantity);
    let before = after.saturating_add(moved.saturating_neg());
    let (long, short) = (NetQuantity::is_long, NetQuantity::is_short);
    match (before.is_zero(), after.is_zero()) {
        (true, _) => "OPENED",
        (false, true) => "CLOSED",
        (false, false) if (long(before) && short(after)) || (short(before) && long(after)) => {
            "REVERSED"
        }
        (false, false) if after.magnitude() > before.magnitude() => "INCREASED",
        (false, false) => "REDUCED",
    }
}

/// What an adjustment is called, and the second instrument that it changes.
fn adjustment(adjustment: &Adjustment) -> (&'static str, Option<Instrument>) {
    match adjustment {
        Adjustment::Split { .. } => ("SPLIT", None),
        Adjustment::Expired { .. } => ("EXPIRED", None),
        Adjustment::Delivered { instrument, .. } => {
            let shares = Instrument::Equity(Equity(instrument.underlying()));
            ("DELIVERED", Some(shares))
        }
        Adjustment::Transferred { .. } => ("TRANSFERRED", None),
    }
}
