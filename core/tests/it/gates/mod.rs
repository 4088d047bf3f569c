//! Every gate at its boundary: a desk is told in a trader's words, advice is judged on it, and what
//! one gate said is compared in words.

mod asking;
mod desk;
mod orders;
mod terms;

mod advice;
mod book;
mod closing;
mod instrument;
mod list;
mod losses;
mod market;
mod option;
mod quantity;
mod size;
mod state;

use gatefold_core::decide::{Code, Gates, Outcome, Unit, Verdict};
use gatefold_core::vocabulary::{Money, Price, Quantity, Ratio, Span};

use desk::Desk;

/// Tells a desk, asks one gate about advice, and compares its answer:
/// `pass OBSERVED of LIMIT`, `refuse CODE OBSERVED of LIMIT`, `defer CODE ...`, `not set` or
/// `exempt`.
///
/// `pass` and a refusal differ in one unit of one number in most of these tests: that unit is the
/// boundary.
#[track_caller]
pub(crate) fn check(gate: &str, given: &str, advice: &str, expected: &str) {
    let desk = Desk::told(given);
    let (_, verdicts) = desk.judge(advice);
    let gates = Gates::standard();
    let mut cards = gates.cards().zip(verdicts.iter());
    let found = cards.find(|(card, _)| card.name == gate);
    let (card, verdict) = found.unwrap_or_else(|| panic!("there is no gate {gate}"));
    let said = words(&verdict, card.unit);
    assert_eq!(said, expected, "{gate} on {advice:?}\ngiven {given}\nat {}", desk.now);
    let own = verdict.code == Code::Ok || card.codes.contains(&verdict.code);
    assert!(own, "{gate} gives {}, which its card does not name", verdict.code.text());
}

/// The same for several pieces of advice on the same desk: `advice -> expected`, one a line.
#[track_caller]
pub(crate) fn check_each(gate: &str, given: &str, lines: &str) {
    for line in lines.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let (advice, expected) = line.split_once(" -> ").expect("advice -> expected");
        check(gate, given, advice.trim(), expected.trim());
    }
}

fn words(verdict: &Verdict, unit: Unit) -> String {
    let numbers = || {
        let (observed, limit) = (shown(unit, verdict.observed), shown(unit, verdict.limit));
        format!("{observed} of {limit}")
    };
    let code = verdict.code.text();
    match verdict.outcome {
        Outcome::Pass => format!("pass {}", numbers()),
        Outcome::Refuse => format!("refuse {code} {}", numbers()),
        Outcome::Defer => format!("defer {code} {}", numbers()),
        Outcome::NotSet => String::from("not set"),
        Outcome::Exempt => String::from("exempt"),
    }
}

/// A verdict's number as people read it; the largest there is stands for "without end".
fn shown(unit: Unit, number: i64) -> String {
    if number == i64::MAX {
        return String::from("endless");
    }
    match unit {
        Unit::Count | Unit::State => number.to_string(),
        Unit::Dollars => Money::from_micros(number).to_string(),
        Unit::Price => Price::from_nanos(number).expect("a price").to_string(),
        Unit::Quantity => Quantity::from_nanos(number).expect("a quantity").to_string(),
        Unit::Ratio => Ratio::from_ppm(u32::try_from(number).expect("a ratio")).to_string(),
        Unit::Time => Span::from_nanos(number).to_string(),
    }
}
