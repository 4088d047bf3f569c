//! The report as JSON. Amounts are decimal text, so that nobody reads them through a float.

use gatefold::core::advise::Source;
use gatefold::core::decide::Account;
use gatefold::core::view::{AccountReport, Fate};
use gatefold::runtime::Ending;
use serde_json::{Map, Value, json};

use crate::run::Outcome;

pub(crate) fn of(outcome: &Outcome) -> Value {
    let accounts: Vec<Value> = outcome
        .report
        .accounts()
        .filter_map(|(id, report)| {
            outcome.engine.account(id).map(|account| of_account(outcome, account, report))
        })
        .collect();
    let failed: Vec<Value> = outcome
        .report
        .failed()
        .iter()
        .map(|it| json!({"source": it.source, "line": it.line, "reason": it.reason}))
        .collect();
    json!({
        "log": outcome.log,
        "events": outcome.events,
        "snapshots": outcome.snapshots,
        "complete": outcome.ending == Ending::Done,
        "recommendations": outcome.arrivals,
        "decided": outcome.played.saturating_sub(outcome.already),
        "already_decided": outcome.already,
        "failed": failed,
        "accounts": accounts,
    })
}

fn of_account(outcome: &Outcome, account: &Account, report: &AccountReport) -> Value {
    let limits = account.limits();
    let outcomes: Map<String, Value> = report
        .by_outcome()
        .into_iter()
        .map(|(life, count)| (life.name().to_lowercase(), count.into()))
        .collect();
    let refused: Map<String, Value> = report
        .refused_by_gate()
        .into_iter()
        .map(|(place, count)| (gate(report, place).to_owned(), count.into()))
        .collect();
    let positions: Vec<Value> = account.books().filter_map(position).collect();
    let fates: Vec<Value> = report.advised().map(|fate| of_fate(outcome, report, fate)).collect();
    json!({
        "account": account.id().as_str(),
        "mode": account.mode().name().to_lowercase(),
        "state": account.states().common().name(),
        "recommendations": fates,
        "by_outcome": outcomes,
        "refused_by_gate": refused,
        "orders": report.orders(),
        "fills": report.fills,
        "exits": report.exits().filter(|fate| fate.source == Source::Exit).count(),
        "positions": positions,
        "open_positions": account.totals().counted,
        "max_positions": limits.max_positions,
        "exposure": account.totals().gross.to_string(),
        "max_exposure": limits.max_exposure.to_string(),
        "cash": account.cash().to_string(),
        "equity": account.equity().to_string(),
        "realized_pnl": account.realized_pnl().to_string(),
        "unrealized_pnl": account.unrealized_pnl().to_string(),
        "fees": account.fees().to_string(),
        "state_hash": account.state_hash().to_string(),
    })
}

fn of_fate(outcome: &Outcome, report: &AccountReport, fate: &Fate) -> Value {
    let headline = fate.headline.map(|(place, code)| {
        let card = outcome.engine.gates().cards().nth(place);
        let limit_key = card.and_then(|card| card.limits.first().copied());
        json!({"gate": gate(report, place), "code": code.text(), "limit_key": limit_key})
    });
    let of = |name: &str| headline.as_ref().and_then(|it| it.get(name)).cloned();
    json!({
        "id": fate.id.as_str(),
        "outcome": fate.life.name().to_lowercase(),
        "gate": of("gate"),
        "code": of("code"),
        "limit_key": of("limit_key"),
    })
}

fn position(
    (instrument, book): (&gatefold::core::vocabulary::Instrument, &gatefold::core::decide::Book),
) -> Option<Value> {
    let held = book.position();
    if held.net().is_zero() {
        return None;
    }
    let terms = book.exit().terms;
    let source = book.last_mark().and_then(|mark| mark.source);
    Some(json!({
        "instrument": instrument.to_string(),
        "quantity": held.net().to_string(),
        "average_price": held.average_price(book.multiplier()).to_string(),
        "mark": book.mark().map(|mark| mark.to_string()),
        "mark_feed": source.map(|source| source.feed.name()),
        "mark_quoted_at": source.map(|source| source.at.to_string()),
        "unrealized_pnl": book.mark()
            .map(|mark| held.unrealized_at(mark, book.multiplier()).to_string()),
        "exit": {
            "stop": terms.stop.map(|it| it.to_string()),
            "target": terms.target.map(|it| it.to_string()),
            "trail": terms.trail.map(|it| it.to_string()),
            "hold_at_most": terms.hold_at_most.map(|it| it.to_string()),
            "out_before_close": terms.out_before_close.map(|it| it.to_string()),
        },
    }))
}

/// A gate's recorded name.
pub(crate) fn gate(report: &AccountReport, place: usize) -> &str {
    report.gates.get(place).map_or("a gate that was never declared", String::as_str)
}
