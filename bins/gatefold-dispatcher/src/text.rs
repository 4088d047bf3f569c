//! The report as people read it.

use std::fmt::{self, Write as _};

use gatefold::core::decide::{Account, Book};
use gatefold::core::unwind::Protection;
use gatefold::core::view::AccountReport;
use gatefold::core::vocabulary::{Instrument, Money};
use gatefold::runtime::Ending;

use crate::json::gate;
use crate::run::Outcome;

pub(crate) fn of(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(outcome, &mut text);
    text
}

fn write(outcome: &Outcome, out: &mut String) -> fmt::Result {
    for (id, report) in outcome.report.accounts() {
        if let Some(account) = outcome.engine.account(id) {
            write_account(account, report, out)?;
            writeln!(out)?;
        }
    }
    for failed in outcome.report.failed() {
        let place = match failed.line {
            0 => failed.source.clone(),
            line => format!("{} line {line}", failed.source),
        };
        writeln!(out, "failed: {place}: {}", failed.reason)?;
    }
    let (all, already) = (outcome.arrivals, outcome.already);
    match outcome.ending {
        Ending::Interrupted => {
            let played = outcome.played;
            writeln!(
                out,
                "stopped after {played} of {all} recommendations; run it again to go on"
            )?;
        }
        Ending::Done if all > 0 && already == all => {
            writeln!(out, "everything was already decided: {all} of {all}; nothing was traded")?;
        }
        Ending::Done if already > 0 => {
            let decided = all.saturating_sub(already);
            writeln!(out, "{decided} recommendations decided, {already} were decided before")?;
        }
        Ending::Done => writeln!(out, "{all} recommendations processed")?,
    }
    let snapshots = match outcome.snapshots {
        0 => String::new(),
        count => format!(", {count} snapshots"),
    };
    writeln!(out, "log: {} ({} events{snapshots})", outcome.log, outcome.events)
}

fn write_account(account: &Account, report: &AccountReport, out: &mut String) -> fmt::Result {
    let mode = account.mode().name().to_lowercase();
    writeln!(out, "{} ({mode}, {})", account.id(), account.states().common())?;
    let outcomes = report
        .by_outcome()
        .into_iter()
        .map(|(life, count)| format!("{count} {}", life.name().to_lowercase()));
    line(out, "recommendations", &listed(outcomes))?;
    let mut refused: Vec<(usize, usize)> = report.refused_by_gate().into_iter().collect();
    refused.sort_by_key(|(place, count)| (std::cmp::Reverse(*count), *place));
    let refused =
        refused.into_iter().map(|(place, count)| format!("{} {count}", gate(report, place)));
    line(out, "refused by", &listed(refused))?;
    let exits = report.exits().count();
    let traded = format!("{} ({exits} of them exits), {} fills", report.orders(), report.fills);
    line(out, "orders", &traded)?;
    let mut held = account.books().filter(|(_, book)| !book.position().net().is_zero()).peekable();
    if held.peek().is_none() {
        line(out, "positions", "none")?;
    }
    for (instrument, book) in held {
        line(out, "position", &position(instrument, book))?;
    }
    let pnl = format!(
        "{} realized, {} unrealized, {} fees",
        cents(account.realized_pnl()),
        cents(account.unrealized_pnl()),
        cents(account.fees())
    );
    line(out, "profit and loss", &pnl)?;
    let limits = account.limits();
    let exposure = format!(
        "{} of {}, {} of {} positions, day loss {} of {}",
        cents(account.totals().gross),
        cents(limits.max_exposure),
        account.totals().counted,
        limits.max_positions,
        cents(account.day_loss().unwrap_or(Money::ZERO)),
        cents(account.day_loss_limit().unwrap_or(limits.max_daily_loss))
    );
    line(out, "exposure", &exposure)?;
    line(out, "equity", &format!("{}, cash {}", cents(account.equity()), cents(account.cash())))
}

fn line(out: &mut String, name: &str, value: &str) -> fmt::Result {
    writeln!(out, "  {name:<16} {value}")
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

fn position(instrument: &Instrument, book: &Book) -> String {
    let (held, multiplier) = (book.position(), book.multiplier());
    let mut text = format!("{} {instrument} at {}", held.net(), held.average_price(multiplier));
    if let Some(mark) = book.last_mark() {
        let unrealized = cents(held.unrealized_at(mark.price, multiplier));
        let feed = mark.source.map_or(String::new(), |source| format!(" ({})", source.feed));
        text.push_str(&format!(", mark {}{feed}, unrealized {unrealized}", mark.price));
    }
    text.push_str("; ");
    text.push_str(&plan(book));
    text
}

fn plan(book: &Book) -> String {
    let terms = book.exit().terms;
    match book.exit().protection() {
        Protection::None => return "no exit plan".to_owned(),
        Protection::Exhausted => return "exit failed too often: close it by hand".to_owned(),
        Protection::Watched => {}
    }
    let parts = [
        terms.stop.map(|it| format!("stop {it}")),
        terms.target.map(|it| format!("target {it}")),
        terms.trail.map(|it| format!("trailing {it}")),
        terms.hold_at_most.map(|it| format!("at most {it}")),
        terms.out_before_close.map(|it| format!("out {it} before the close")),
    ];
    listed(parts.into_iter().flatten())
}

/// Dollars and cents; what is below a cent is rounded.
fn cents(money: Money) -> String {
    money.round_to_cents().to_string()
}
