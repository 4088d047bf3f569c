//! Which words set limits, states, findings and cash on a desk.

use gatefold_core::decide::{Cause, ExposureBasis, FeedRule, Limits, Scope, StrategyLimits};
use gatefold_core::record::Event;
use gatefold_core::record::event::{CashKind, CashMoved, FindingKind, FindingRecorded, StateSet};
use gatefold_core::vocabulary::{Actor, Instrument, Money, NetQuantity, StrategyId};

use crate::harness::words::{self, Words, parsed, trading_state};

pub(super) fn actor() -> Actor {
    Actor::new("desk").unwrap()
}

/// Sets a limit by its field's name; those that stories set too are read by them.
pub(super) fn limit(limits: &mut Limits, key: &str, value: &str) {
    match key {
        "exposure_basis" => {
            let found = ExposureBasis::ALL.iter().find(|it| it.name() == value);
            limits.exposure_basis = *found.expect("Cost or Mark");
        }
        "feed" => {
            let found = FeedRule::ALL.iter().find(|it| it.name() == value);
            limits.feed = *found.expect("Consolidated or AnyFeed");
        }
        "strategy" => {
            let (strategy, least) = value.split_once(':').expect("strategy=NAME:LEAST");
            limits.strategies.push(StrategyLimits {
                strategy: parsed(strategy),
                confidence_min: Some(parsed(least)),
            });
        }
        "blackout_close" => limits.blackout_close = parsed(value),
        "blackout_open" => limits.blackout_open = parsed(value),
        "close_collar" => limits.close_collar = parsed(value),
        "collar" => limits.collar = parsed(value),
        "collar_floor" => limits.collar_floor = parsed(value),
        "duplicate_window" => limits.duplicate_window = parsed(value),
        "exit_burst" => limits.exit_burst = parsed(value),
        "expiry_cutoff" => limits.expiry_cutoff = parsed(value),
        "max_days_to_expiry" => limits.max_days_to_expiry = Some(parsed(value)),
        "max_exits_per_day" => limits.max_exits_per_day = parsed(value),
        "max_link_silence" => limits.max_link_silence = parsed(value),
        "max_order_contracts" => limits.max_order_contracts = Some(parsed(value)),
        "max_order_of_equity" => limits.max_order_of_equity = Some(parsed(value)),
        "max_premium" => limits.max_premium = Some(parsed(value)),
        "max_premium_of_equity" => limits.max_premium_of_equity = Some(parsed(value)),
        "max_price_drift" => limits.max_price_drift = Some(parsed(value)),
        "max_spread_abs" => limits.max_spread_abs = Some(parsed(value)),
        "max_underlying_concentration" => {
            limits.max_underlying_concentration = Some(parsed(value));
        }
        "min_credit" => limits.min_credit = Some(parsed(value)),
        "min_days_to_expiry" => limits.min_days_to_expiry = Some(parsed(value)),
        "min_displayed" => limits.min_displayed = Some(parsed(value)),
        "min_open_interest" => limits.min_open_interest = Some(parsed(value)),
        _ => words::limit(limits, key, value),
    }
}

/// `found Overfill AA`, `found Phantom AA`, `found Resolved AA`.
pub(super) fn found(words: &mut Words<'_>) -> Event {
    let name = words.word();
    let kind = FindingKind::ALL.iter().find(|it| it.name() == name);
    Event::FindingRecorded(FindingRecorded {
        kind: *kind.expect("a kind of finding"),
        instrument: Some(words.value::<Instrument>()),
        order: None,
        ours: NetQuantity::ZERO,
        theirs: NetQuantity::ZERO,
        evidence: String::new(),
    })
}

/// `state Frozen`, `state EntriesHalted scope=global cause=DailyLoss`; a scope that is neither
/// `global` nor `account` is a strategy.
pub(super) fn state_set(words: &mut Words<'_>) -> Event {
    let state = trading_state(words.word());
    let scope = match words.option::<String>("scope").as_deref() {
        None | Some("account") => Scope::Account,
        Some("global") => Scope::Global,
        Some(strategy) => Scope::Strategy(StrategyId::new(strategy).unwrap()),
    };
    let cause: Option<String> = words.option("cause");
    let cause = cause.map(|name| {
        let found = Cause::ALL.iter().find(|it| it.name() == name);
        *found.expect("a cause")
    });
    Event::StateSet(StateSet {
        scope,
        state,
        cause: cause.unwrap_or(Cause::Operator),
        actor: actor(),
        reason: String::new(),
    })
}

pub(super) fn cash_moved(kind: CashKind, amount: Money) -> Event {
    Event::CashMoved(CashMoved { kind, amount, activity: None, note: String::new() })
}
