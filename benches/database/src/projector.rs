//! Read models that follow a log from its first event to its last.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use gatefold_core::record::{Event, Log as _, Position, replay};
use gatefold_postgres::{Address, Session, catch_up, migrate};

use crate::case::{Case, Done, World};
use crate::day::{Beside, World as Day};

const NAMES: &[&str] = &["large", "tiny", "paper"];
/// So many things happen on the day that is followed.
const HAPPENINGS: usize = 30_000;

/// A day's log, and the tables that follow it.
pub(crate) struct Projector {
    day: Day,
    address: Address,
    session: Session,
}

impl Projector {
    pub(crate) fn new(world: &World) -> Self {
        let mut day = Day::new(NAMES, 7);
        (0..HAPPENINGS).for_each(|_| day.happen(NAMES));
        // The tables of the bench's own database are another log's.
        let made = Session::new(world.address())
            .run("a bench", |client| client.batch_execute("CREATE DATABASE projected"));
        made.expect("a database");
        let url = world.database.socket_url("postgres").replace("dbname=bench", "dbname=projected");
        let address = Address::parse(&url).expect("an address");
        let mut session = Session::new(address.clone());
        migrate(&mut session).expect("the schema");
        Self { day, address, session }
    }

    fn clear(&mut self) {
        // Every other table's account is one of these.
        let sql = "TRUNCATE account_state, projection_checkpoint, failed_arrivals CASCADE";
        let cleared = self.session.run("a bench", |client| client.batch_execute(sql));
        cleared.expect("empty tables");
    }
}

impl Case for Projector {
    fn name(&self) -> &'static str {
        "projector: events into the read models, from the first"
    }

    fn per_second_min(&self) -> Option<f64> {
        Some(20_000.0)
    }

    fn remark(&self) -> Option<String> {
        let (mut events, mut decisions, mut fills) = (0_u64, 0_u64, 0_u64);
        let mut count = |event: &Event| {
            events += 1;
            let is_decision = matches!(
                event,
                Event::IntentApproved(_) | Event::IntentRefused(_) | Event::IntentDeferred(_)
            );
            decisions += u64::from(is_decision);
            fills += u64::from(matches!(event, Event::ExecutionBooked(_)));
        };
        let read = replay(&self.day.log, Position::ZERO, &mut |_, event| {
            count(event);
            Ok(ControlFlow::Continue(()))
        });
        read.expect("the day's log");
        Some(format!("a day of {events} events, {decisions} decisions and {fills} fills"))
    }

    fn run(&mut self, each: Duration) -> Done {
        let (mut count, mut within) = (0, Duration::ZERO);
        while within < each {
            self.clear();
            let since = Instant::now();
            let source = Box::new(Beside(self.day.log.clone(), "bench"));
            let at = catch_up(self.address.clone(), source).expect("the tables");
            within += since.elapsed();
            assert_eq!(at, self.day.log.head(), "the tables are level");
            count += at.get();
        }
        self.clear();
        Done { count, within }
    }
}
