//! Exits in motion: a triggered rule becomes advice, one at a time per position, and a failed one
//! is tried again on a bounded, recorded schedule.

use alloc::string::String;
use alloc::vec::Vec;

use crate::advise::{Effect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce};
use crate::decide::Book;
use crate::engine::turn::Turn;
use crate::record::Event;
use crate::record::event::{ExitFailed, ExitPlanSet, ExitTriggered};
use crate::route::Severity;
use crate::unwind::ExitPlan;
use crate::unwind::exits::{Held, triggered};
use crate::vocabulary::{
    Instrument, OrderKey, Phase, Price, RecommendationId, Rounding, Side, Span,
};

/// Failed exits double their pause so many times at most.
const BACKOFF_DOUBLINGS_MAX: u32 = 6;

/// Asks every watched position's rules and follows up on exits that are under way.
pub(super) fn watch(turn: &mut Turn<'_>) {
    let watched = |(_, book): &(&Instrument, &Book)| book.exit().is_set();
    let instruments: Vec<Instrument> =
        turn.account.books().filter(watched).map(|(instrument, _)| *instrument).collect();
    for instrument in instruments {
        if turn.account.book(&instrument).exit().in_hand.is_some() {
            follow_up(turn, &instrument);
        } else {
            trigger(turn, &instrument);
        }
    }
}

/// Attaches the plan that an executed order brought, where the position has none.
pub(super) fn attach(turn: &mut Turn<'_>, key: &OrderKey) {
    let Some(order) = turn.account.order(key) else { return };
    let (instrument, strategy, terms) = (order.instrument, order.strategy, order.exits);
    let book = turn.account.book(&instrument);
    let opens = order.effect == Effect::Open && !book.position().net().is_zero();
    if opens && !terms.is_empty() && !book.exit().is_set() {
        let plan = ExitPlan::of(terms, strategy, turn.now());
        turn.emit(Event::ExitPlanSet(ExitPlanSet { instrument, plan }));
    }
}

fn trigger(turn: &mut Turn<'_>, instrument: &Instrument) {
    let book = turn.account.book(instrument);
    let plan = *book.exit();
    let waits = plan.retry_at.is_some_and(|at| turn.now() < at) || plan.exhausted.is_some();
    let net = book.position().net();
    // Outside the regular session an exit could only be deferred until it expires; rules are
    // level-triggered, so nothing is missed by waiting for the open.
    let open = turn.world.calendar.phase(turn.now()) == Phase::Regular;
    let planned = turn.account.close_plans().any(|(of, _)| of == instrument);
    if waits || !open || planned || net.is_zero() {
        return;
    }
    let resting = book.holders();
    let held = Held {
        instrument,
        net,
        plan: &plan,
        mark: book.last_mark(),
        calendar: turn.world.calendar,
    };
    let Some(trigger) = triggered(&held, turn.now()) else { return };
    if !resting.is_empty() {
        // Resting orders that close a part give way: after their cancel the rule asks again.
        for key in resting {
            turn.request_cancel(key, "an exit closes the whole position");
        }
        return;
    }
    let Some(advice) = close(turn, instrument, &plan) else { return };
    turn.emit(Event::ExitTriggered(ExitTriggered {
        instrument: *instrument,
        rule: trigger.rule,
        level: trigger.level,
        observed: trigger.observed,
        recommendation: advice.id,
    }));
    turn.advise(advice);
}

/// The advice that closes all of a position: a limit order as far through the market as the close
/// collar allows, so that it trades at once and never at any price.
fn close(turn: &Turn<'_>, instrument: &Instrument, plan: &ExitPlan) -> Option<Recommendation> {
    let book = turn.account.book(instrument);
    let side = if book.position().net().is_short() { Side::Buy } else { Side::Sell };
    let id = alloc::format!("exit-{}", turn.account.version().next());
    Some(Recommendation {
        id: RecommendationId::new(&id).ok()?,
        account: turn.account.id(),
        strategy: plan.strategy?,
        source: Source::Exit,
        instrument: *instrument,
        side,
        effect: Effect::Close,
        quantity: book.position().net().magnitude(),
        price: marketable(turn, book, instrument, side),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        confidence: None,
        model: None,
        reference_price: None,
        exits: ExitTerms::default(),
        created_at: turn.now(),
        valid_until: None,
    })
}

/// A limit as far through the market as the close collar allows; a market order where no price is
/// known at all, for the gates to judge.
pub(super) fn marketable(
    turn: &Turn<'_>,
    book: &Book,
    instrument: &Instrument,
    side: Side,
) -> OrderPrice {
    let market = turn.market(instrument);
    let reference = crate::decide::reference_price(side, &market).or_else(|| book.mark());
    let collar = turn.account.limits().close_collar;
    let limit = reference.and_then(|reference| {
        let slip = reference.scale(collar, Rounding::Down)?;
        match side {
            Side::Buy => reference.checked_add(slip),
            Side::Sell => Some(reference.saturating_sub(slip)),
        }
    });
    match limit {
        Some(limit) if limit > Price::ZERO => OrderPrice::Limit(limit),
        Some(_) | None => OrderPrice::Market,
    }
}

/// An exit order that is not executed in time is canceled and priced anew.
fn follow_up(turn: &mut Turn<'_>, instrument: &Instrument) {
    let Some(exit) = turn.account.book(instrument).exit().in_hand else { return };
    let late = turn.now().saturating_since(exit.since) > turn.world.settings.exit_patience;
    let of_exit = |order: &&crate::route::Order| order.recommendation == exit.recommendation;
    let key = turn.account.orders().find(of_exit).map(|order| order.key);
    if let (true, Some(key)) = (late, key) {
        turn.request_cancel(key, "the exit was not executed in time");
    }
}

/// An exit came to nothing: when it is tried again, or who must look.
pub(super) fn failed(
    turn: &mut Turn<'_>,
    instrument: &Instrument,
    recommendation: &RecommendationId,
    why: &str,
) {
    let book = turn.account.book(instrument);
    let in_hand = book.exit().in_hand.map(|exit| exit.recommendation);
    if in_hand != Some(*recommendation) || book.position().net().is_zero() {
        return;
    }
    let failures = book.exit().failures.saturating_add(1);
    let retry_at = (failures < turn.world.settings.exit_attempts)
        .then(|| turn.now().saturating_add(backoff(turn.world.settings.exit_backoff, failures)));
    let reason = String::from(why);
    if retry_at.is_none() {
        let text = alloc::format!(
            "{instrument}: {failures} exits in a row came to nothing ({why}); \
             the position is unprotected until somebody closes it or the next day begins"
        );
        turn.alert(Severity::Critical, text);
    }
    let instrument = *instrument;
    turn.emit(Event::ExitFailed(ExitFailed { instrument, failures, retry_at, reason }));
}

/// The environment deferred an exit until its time ran out: its rule asks again, with a new price,
/// and no failure is counted.
pub(super) fn lapsed(
    turn: &mut Turn<'_>,
    instrument: &Instrument,
    recommendation: &RecommendationId,
) {
    let exit = turn.account.book(instrument).exit();
    if exit.in_hand.map(|exit| exit.recommendation) != Some(*recommendation) {
        return;
    }
    let (instrument, failures) = (*instrument, exit.failures);
    let retry_at = Some(turn.now());
    let reason = String::from("it was deferred until its time to live ran out");
    turn.emit(Event::ExitFailed(ExitFailed { instrument, failures, retry_at, reason }));
}

fn backoff(first: Span, failures: u32) -> Span {
    let doublings = failures.saturating_sub(1).min(BACKOFF_DOUBLINGS_MAX);
    let factor = 1_i64.checked_shl(doublings).unwrap_or(1);
    Span::from_nanos(first.nanos().saturating_mul(factor))
}

/// An exit order was executed in full. What is still held (it was added to meanwhile) is watched
/// on.
pub(super) fn finished(
    turn: &mut Turn<'_>,
    instrument: &Instrument,
    recommendation: &RecommendationId,
) {
    let book = turn.account.book(instrument);
    let in_hand = book.exit().in_hand.map(|exit| exit.recommendation);
    if in_hand == Some(*recommendation) && !book.position().net().is_zero() {
        let plan = ExitPlan { in_hand: None, failures: 0, retry_at: None, ..*book.exit() };
        turn.emit(Event::ExitPlanSet(ExitPlanSet { instrument: *instrument, plan }));
    }
}
