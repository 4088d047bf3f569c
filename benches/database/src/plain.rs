//! What everything is held against: one client that inserts one row at a time, each in a
//! transaction of its own, by a prepared statement.

use std::time::{Duration, Instant};

use gatefold_postgres::Session;

use crate::case::{Case, Done, World};

/// As large as an event.
const PAYLOAD_BYTES: usize = 200;

pub(crate) struct Inserts {
    session: Session,
}

impl Inserts {
    pub(crate) fn new(world: &World) -> Self {
        let mut session = Session::new(world.address());
        let table = "CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
                     account text NOT NULL, payload bytea NOT NULL)";
        session.run("a table", |client| client.batch_execute(table)).expect("a table");
        Self { session }
    }
}

impl Case for Inserts {
    fn name(&self) -> &'static str {
        "plain INSERT and COMMIT, one row, one client"
    }

    fn run(&mut self, each: Duration) -> Done {
        let payload = vec![7_u8; PAYLOAD_BYTES];
        let inserted = self.session.run("inserts", |client| {
            let insert = "INSERT INTO plain (account, payload) VALUES ($1, $2)";
            let insert = client.prepare(insert)?;
            let (since, mut count) = (Instant::now(), 0);
            while since.elapsed() < each {
                client.execute(&insert, &[&"large", &payload])?;
                count += 1;
            }
            Ok(Done { count, within: since.elapsed() })
        });
        inserted.expect("inserts")
    }
}
