//! Appends to the shared log: alone, by many accounts at a time, and in batches.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use gatefold_core::record::{Append, Log, Record, Stream, Version};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_postgres::{LogOptions, PostgresLog};

use crate::case::{Case, Done, World};

const BODY_BYTES: usize = 200;

/// Some accounts, each appending batches of one size as fast as it is answered.
pub(crate) struct Appends {
    name: &'static str,
    times_min: Option<f64>,
    batch: u64,
    writers: Vec<Writer>,
}

struct Writer {
    log: PostgresLog,
    stream: Stream,
    version: u64,
    /// The upper half of every id, so that no two writers make one.
    number: u128,
}

impl Appends {
    /// One account, one event at a time.
    pub(crate) fn alone(world: &World) -> Self {
        Self::new(world, "shared log: 1 account, 1 event an append", None, (1, 1))
    }

    /// Sixteen accounts, one event at a time, made durable together.
    pub(crate) fn together(world: &World) -> Self {
        Self::new(world, "shared log: 16 accounts, 1 event an append", Some(5.0), (16, 1))
    }

    /// One account, a hundred events at a time.
    pub(crate) fn in_batches(world: &World) -> Self {
        Self::new(world, "shared log: 1 account, 100 events an append", Some(10.0), (1, 100))
    }

    fn new(
        world: &World,
        name: &'static str,
        times_min: Option<f64>,
        (accounts, batch): (u32, u64),
    ) -> Self {
        let log = PostgresLog::open(world.address(), LogOptions::default()).expect("a log");
        let writer = |number: u32| {
            let account = AccountId::new(&format!("b{batch}-a{accounts}-{number}"));
            let stream = Stream::Account(account.expect("a name"));
            let number = u128::from(number) + u128::from(accounts) * 1_000 + u128::from(batch);
            Writer { log: log.clone(), stream, version: 0, number }
        };
        Self { name, times_min, batch, writers: (0..accounts).map(writer).collect() }
    }
}

impl Writer {
    fn append(&mut self, batch: u64) {
        let record = |version: u64| Record {
            id: EventId::from_raw(self.number << 64 | u128::from(version)),
            tag: 7,
            schema: 1,
            at: Timestamp::from_nanos(i64::try_from(version).unwrap_or(0)),
            body: vec![7; BODY_BYTES],
        };
        let records: Vec<Record> = (1..=batch).map(|it| record(self.version + it)).collect();
        let (stream, expected, epoch) = (self.stream, self.version, self.log.epoch());
        let expected = Version::new(expected);
        let done = self.log.append(&Append { stream, expected, epoch, records: &records });
        self.version = done.expect("an append").version.get();
    }
}

impl Case for Appends {
    fn name(&self) -> &'static str {
        self.name
    }

    fn times_min(&self) -> Option<f64> {
        self.times_min
    }

    fn run(&mut self, each: Duration) -> Done {
        let before: u64 = self.writers.iter().map(|it| it.version).sum();
        let (batch, start) = (self.batch, Barrier::new(self.writers.len()));
        let since = Instant::now();
        thread::scope(|scope| {
            for writer in &mut self.writers {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    while since.elapsed() < each {
                        writer.append(batch);
                    }
                });
            }
        });
        let within = since.elapsed();
        let after: u64 = self.writers.iter().map(|it| it.version).sum();
        Done { count: after - before, within }
    }
}
