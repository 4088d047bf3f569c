//! The log in a database: the contract of every log, writers that race, leases that are taken over,
//! rows that somebody changes, and a server that is killed.

mod contract;
mod damage;
mod kills;
mod leases;
mod races;
mod rights;
mod subscribers;

use std::ops::ControlFlow;
use std::sync::LazyLock;

use gatefold_core::record::{
    Append, AppendError, Appended, Epoch, Log, Position, Record, Stream, Version,
};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_postgres::{Address, LogOptions, PostgresLog, PostgresReader};
use throwaway_postgres::{Cluster, Database};

use crate::kit::migrated;

/// A cluster that syncs: a log opens on no other. Shared by the tests that do not kill it.
fn synced() -> &'static Cluster {
    static SHARED: LazyLock<Cluster> = LazyLock::new(own_synced);
    &SHARED
}

/// A cluster that one test may kill.
fn own_synced() -> Cluster {
    Cluster::start_with(&[]).unwrap()
}

fn empty_log(cluster: &Cluster, name: &str) -> (Database, PostgresLog) {
    let (database, _) = migrated(cluster, name);
    let log = open(&database);
    (database, log)
}

fn address(database: &Database) -> Address {
    Address::parse(&database.url("postgres")).unwrap()
}

fn open(database: &Database) -> PostgresLog {
    PostgresLog::open(address(database), LogOptions::default()).unwrap()
}

fn account(name: &str) -> Stream {
    Stream::Account(AccountId::new(name).unwrap())
}

/// An event whose every field follows from its number.
fn event(number: u64) -> Record {
    Record {
        id: EventId::from_raw(u128::from(number) << 64 | 7),
        tag: u16::try_from(number % 40).unwrap() + 1,
        schema: 1,
        at: Timestamp::from_nanos(i64::try_from(number).unwrap()),
        body: number.to_le_bytes().repeat(usize::try_from(number % 20).unwrap()),
    }
}

fn append(
    log: &mut PostgresLog,
    stream: Stream,
    expected: u64,
    records: &[Record],
) -> Result<Appended, AppendError> {
    append_at(log.epoch(), log, stream, expected, records)
}

fn append_at(
    epoch: Epoch,
    log: &mut PostgresLog,
    stream: Stream,
    expected: u64,
    records: &[Record],
) -> Result<Appended, AppendError> {
    let expected = Version::new(expected);
    log.append(&Append { stream, expected, epoch, records })
}

/// Every event of a log: its position, its stream and its id, after every sum was checked.
fn all(database: &Database) -> Vec<(u64, Stream, u64, EventId)> {
    let reader = PostgresReader::open(address(database)).unwrap();
    let mut all = Vec::new();
    reader
        .read(Position::ZERO, &mut |entry| {
            all.push((entry.position.get(), entry.stream, entry.version.get(), entry.id));
            ControlFlow::Continue(())
        })
        .unwrap();
    let anchor = reader.verify().unwrap();
    assert_eq!(anchor.position.get(), u64::try_from(all.len()).unwrap());
    all
}
