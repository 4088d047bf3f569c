//! However a log is cut into batches, and wherever the process that follows it ends and starts
//! again, the tables are the same to the byte.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

use gatefold_core::record::{Entry, Log as _, Position, ReadError};
use gatefold_postgres::{Address, Source, catch_up};
use gatefold_sim::memory_log::MemoryLog;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use throwaway_postgres::Cluster;

use crate::kit::{dump, migrated, run};
use crate::world::{Beside, World};

const NAMES: &[&str] = &["large", "tiny", "paper"];

/// A log of which a reader gets a piece at a time, and nothing after a position.
struct Pieces {
    log: MemoryLog,
    until: Position,
    sizes: Vec<usize>,
    next: Cell<usize>,
}

impl Source for Pieces {
    fn identity(&self) -> String {
        "test".to_owned()
    }

    fn refresh(&mut self) -> Result<Position, ReadError> {
        Ok(self.until)
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let mut left = self.sizes[self.next.get() % self.sizes.len()];
        self.next.set(self.next.get() + 1);
        self.log.read(after, &mut |entry| {
            if entry.position > self.until || left == 0 {
                return ControlFlow::Break(());
            }
            left -= 1;
            visit(entry)
        })
    }
}

#[test]
fn any_batches_and_any_starts_end_in_the_same_bytes() {
    let cluster = Cluster::start().unwrap();
    let (database, owner) = migrated(&cluster, "day");
    let address = Address::parse(&database.url("postgres")).unwrap();
    // Every other table's account is one of these.
    let clear = "TRUNCATE account_state, projection_checkpoint, failed_arrivals CASCADE";
    let piece = prop_oneof![3 => 1_usize..4, 2 => 4_usize..60, 1 => 60_usize..2_000];
    let days = (any::<u64>(), vec(piece, 1..20), vec(0.0_f64..1.0, 0..3));
    let owner = RefCell::new(owner);
    let mut runner = TestRunner::new(Config { cases: cases(), ..Config::default() });
    let done = runner.run(&days, |(seed, sizes, stops)| {
        let owner = &mut *owner.borrow_mut();
        let mut world = World::new(NAMES, seed);
        (0..100).for_each(|_| world.happen(NAMES));
        run(owner, clear);
        catch_up(address.clone(), Box::new(Beside(world.log.clone(), "test"))).unwrap();
        let whole = dump(owner);
        run(owner, clear);
        let head = world.log.head();
        let share = |stop: &f64| Position::new((head.get() as f64 * stop) as u64);
        let mut stops: Vec<Position> = stops.iter().map(share).collect();
        stops.push(head);
        stops.sort();
        for until in stops {
            let pieces =
                Pieces { log: world.log.clone(), until, sizes: sizes.clone(), next: Cell::new(0) };
            prop_assert_eq!(catch_up(address.clone(), Box::new(pieces)).unwrap(), until);
        }
        let pieced = dump(owner);
        prop_assert!(pieced == whole, "{}", difference(&whole, &pieced));
        Ok(())
    });
    done.unwrap();
}

/// Each case is a day of some hundred events, written twice.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(5, |it| it.parse().unwrap())
}

fn difference(whole: &str, pieced: &str) -> String {
    let unequal = whole.lines().zip(pieced.lines()).filter(|(one, other)| one != other);
    unequal.take(5).map(|(one, other)| format!("\nwhole  {one}\npieces {other}")).collect()
}
