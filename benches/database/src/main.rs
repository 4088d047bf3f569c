//! What a database costs, measured beside plain inserts into the same one: the shared log,
//! the projector, and the way of a row of the inbox to its decision.
//!
//! A throw-away cluster that syncs every commit is made for it. Each case stands between two runs
//! of plain inserts and is told as a ratio to them; rounds are interleaved and medians are taken of
//! ratios, so that what else the machine does falls on both alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made ends with its reason"
)]

mod case;
#[path = "../../../adapters/gatefold-postgres/tests/it/world.rs"]
#[allow(dead_code, reason = "the tests of the read models live on the same days")]
mod day;
mod inbox;
mod log;
mod plain;
mod projector;
mod rounds;

use std::time::Duration;

use throwaway_postgres::{Cluster, Setting};

use crate::case::{Case, World};
use crate::rounds::{Plan, measure};

const FULL: Plan = Plan { rounds: 9, each: Duration::from_secs(2) };
const QUICK: Plan = Plan { rounds: 2, each: Duration::from_millis(200) };

/// Every case, in the order in which they are told. A case without a bound is only told.
fn cases(world: &World) -> Vec<Box<dyn Case>> {
    vec![
        Box::new(log::Appends::alone(world)),
        Box::new(log::Appends::together(world)),
        Box::new(log::Appends::in_batches(world)),
        Box::new(projector::Projector::new(world)),
        Box::new(inbox::Rows::new(world)),
    ]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_quick = arguments.iter().any(|it| it == "--quick");
    let only = arguments.iter().find(|it| !it.starts_with("--"));
    let plan = if is_quick { QUICK } else { FULL };
    // As a server has it that nobody set up: the clusters of tests have less.
    let memory = Setting::new("shared_buffers", "128MB");
    let cluster = Cluster::start_with(&[memory]).expect("a cluster");
    let world = World::new(&cluster);
    let mut cases = cases(&world);
    if let Some(only) = only {
        cases.retain(|case| case.name().contains(only.as_str()));
    }
    let missed = measure(&mut plain::Inserts::new(&world), &mut cases, plan);
    if is_quick {
        println!("\nA little of everything: to see that it works, not for figures.");
    }
    std::process::exit(i32::from(missed > 0 && !is_quick));
}
