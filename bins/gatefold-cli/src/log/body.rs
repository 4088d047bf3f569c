//! Which names the fields of an event have in JSON is decided here: those of the program.
//!
//! Invariant: every field is named. One that is missing here does not compile.

use gatefold::core::advise::{ExitTerms, Recommendation};
use gatefold::core::decide::{Limits, ModelThreshold, Quote, Split, StrategyLimits, Verdict};
use gatefold::core::record::Event;
use gatefold::core::record::event::{
    AccountOpened, CancelRefused, CashMoved, ClosePlanned, DayRolled, ExecutionBooked, ExitFailed,
    ExitPlanSet, ExitTriggered, FindingRecorded, GateSetDeclared, Grounds, IntentApproved,
    IntentDeferred, IntentRefused, Judgement, LimitsSet, LinkChanged, LookUpMissed, MarkSeen,
    MarkSource, MarksObserved, OrderChanged, PositionAdjusted, RecommendationExpired,
    RecommendationFailed, RecommendationReceived, RecommendationSettled, SnapshotTaken, StateSet,
    Unprotected,
};
use gatefold::core::settle::Execution;
use gatefold::core::unwind::{ExitInHand, ExitPlan};

use crate::log::json::{Json, Object};

macro_rules! fields {
    ($($type:ident { $($field:ident),* $(,)? })*) => {
        $(impl Json for $type {
            fn json(&self, out: &mut String) {
                let Self { $($field),* } = self;
                Object::begin(out)$(.field(stringify!($field), $field))*.end();
            }
        })*
    };
}

macro_rules! events {
    ($($name:ident)*) => {
        /// An event's fields.
        impl Json for Event {
            fn json(&self, out: &mut String) {
                match self {
                    $(Event::$name(body) => body.json(out),)*
                }
            }
        }
    };
}

events! {
    AccountOpened GateSetDeclared LimitsSet StateSet DayRolled CashMoved
    RecommendationReceived IntentApproved IntentRefused IntentDeferred RecommendationExpired
    RecommendationFailed RecommendationSettled
    OrderChanged CancelRefused LookUpMissed ExecutionBooked MarksObserved
    SnapshotTaken FindingRecorded LinkChanged
    ExitPlanSet ExitTriggered ExitFailed ClosePlanned Unprotected PositionAdjusted
}

fields! {
    AccountOpened { account, mode, cash, cost_method }
    GateSetDeclared { gates }
    LimitsSet { limits, actor, reason }
    StateSet { scope, state, cause, actor, reason }
    DayRolled { date, opening_equity, marks }
    CashMoved { kind, amount, activity, note }
}

fields! {
    RecommendationReceived { recommendation }
    IntentApproved {
        recommendation, key, attempt, strategy, instrument, side, effect, quantity, terms, price,
        split, requirement, judgement,
    }
    IntentRefused { recommendation, holders, judgement }
    IntentDeferred { recommendation, judgement }
    RecommendationExpired { recommendation, age_nanos }
    RecommendationFailed { source, line, text, reason }
    RecommendationSettled { recommendation, life }
    Judgement { as_of, grounds, quote, quantity, price, notional, verdicts }
    Grounds { limits, state, day, marks, snapshot, execution, gates }
}

fields! {
    OrderChanged { key, state, broker_order_id, evidence, at }
    CancelRefused { key, evidence }
    LookUpMissed { key }
    ExecutionBooked { execution }
    SnapshotTaken { requested_at, buying_power, cash, positions, differing }
    FindingRecorded { kind, instrument, order, ours, theirs, evidence }
    LinkChanged { link, evidence }
}

fields! {
    MarkSeen { instrument, price, bid, ask, at, source }
    MarkSource { feed, at }
    MarksObserved { marks }
    ExitPlanSet { instrument, plan }
    ExitTriggered { instrument, rule, level, observed, recommendation }
    ExitFailed { instrument, failures, retry_at, reason }
    ClosePlanned { instrument, quantity, holders, actor }
    Unprotected { instrument, since, lasted_nanos, reason }
    PositionAdjusted { adjustment, activity, note }
}

fields! {
    Recommendation {
        id, account, strategy, source, instrument, side, effect, quantity, price, time_in_force,
        hours, confidence, model, reference_price, exits, created_at, valid_until,
    }
    ExitTerms { stop, target, trail, hold_at_most, out_before_close }
    ExitPlan { terms, strategy, opened_at, best, in_hand, failures, retry_at, exhausted }
    ExitInHand { rule, recommendation, since }
    Execution { id, order, instrument, side, quantity, price, fee, at }
    Quote { bid, bid_size, ask, ask_size, at, feed }
    Split { closing, opening }
    Verdict { outcome, code, observed, limit }
    StrategyLimits { strategy, confidence_min }
    ModelThreshold { model, confidence_min }
}

fields! {
    Limits {
        max_positions, max_exposure, max_exposure_of_equity, exposure_basis, max_order_notional,
        max_order_of_equity, max_close_notional, max_order_shares, max_order_contracts,
        max_net_exposure, max_symbol_concentration, max_underlying_concentration, max_daily_loss,
        max_daily_loss_of_equity, max_drawdown, max_entries_per_day, max_exits_per_day,
        orders_per_second, order_burst, exit_burst, duplicate_window, cooldown, max_adds,
        time_to_live, confidence_min, models, strategies, max_price_drift, collar, close_collar,
        collar_floor, max_quote_age, feed, max_spread, max_spread_abs, min_displayed,
        min_open_interest, blackout_open, blackout_close, min_days_to_expiry, max_days_to_expiry,
        expiry_cutoff, max_premium, max_premium_of_equity, min_credit, shorting, max_sync_age,
        max_link_silence,
    }
}
