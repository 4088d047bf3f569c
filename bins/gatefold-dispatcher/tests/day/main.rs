//! A whole recorded day through the dispatcher as people run it, against a local Alpaca on which
//! everything goes wrong: the books end as the broker's, and no kill loses or doubles anything.
//!
//! A handful of days here; `cargo xtask campaign broker` plays hundreds of the same. A day is given
//! by its seed: what is advised, what goes wrong and when it is killed. Processes and sockets take
//! their own time, so that two plays of a seed are alike, not equal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "a test"
)]

mod advice;
mod storm;

mod stage;

mod play;

mod judge;

mod tally;

mod campaign;

use crate::campaign::{Summary, wanted};
use crate::play::Job;

/// A day is killed so often.
const KILLS_OF_A_DAY: usize = 12;

/// From so many days on every kind of fault must have taken effect, and the broker have refused:
/// a single day may well go without.
const MANY: usize = 20;

fn from() -> u64 {
    u64::try_from(wanted("GATEFOLD_DAYS_FROM", 1)).unwrap()
}

#[test]
fn every_day_of_faults_ends_with_the_brokers_books() {
    let days = wanted("GATEFOLD_DAYS", 3);
    let jobs: Vec<Job> = (from()..).map(|seed| Job { seed, kills: 0 }).take(days).collect();
    let summary = campaign::run("days", &jobs);
    summary.assert_passed();
    assert_was_a_day(&summary);
}

#[test]
fn killed_at_any_moment_it_loses_and_doubles_nothing() {
    let mut left = wanted("GATEFOLD_DAYS_KILLS", 12);
    let mut jobs = Vec::new();
    for seed in from().. {
        let kills = left.min(KILLS_OF_A_DAY);
        left -= kills;
        if kills == 0 {
            break;
        }
        jobs.push(Job { seed, kills });
    }
    let summary = campaign::run("kills", &jobs);
    summary.assert_passed();
    assert_was_a_day(&summary);
}

/// A day on which nothing happens shows nothing.
fn assert_was_a_day(summary: &Summary) {
    if summary.days == 0 {
        return;
    }
    let tally = &summary.tally;
    let needed = ["orders", "fills", "partial fills", "refused by gates", "exits"];
    let rare = (summary.days >= MANY).then_some("refused by the broker");
    for name in needed.into_iter().chain(rare) {
        assert!(tally.of(name) > 0, "no {name}: {tally:?}");
    }
    let missing = tally.missing_faults();
    assert!(summary.days < MANY || missing.is_empty(), "{missing:?} never took effect: {tally:?}");
}
