//! What every log is asked to do, and which logs are asked.

mod bare;
mod commitlog;
mod fjall;
pub(crate) mod fold;
mod okaywal;
pub(crate) mod ours;
mod raft_engine;
mod sqlite;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::event::{Event, Tally};

/// An open log.
pub(crate) trait Store: Sync {
    /// Stores the events of one stream, all or none, and returns when they are durable.
    fn append(&self, batch: &[Event]) -> Result<()>;
}

/// What reading a log told beside its events.
pub(crate) struct Reading {
    /// From the call that reads first to the last event; with opening where a peer reads while it
    /// opens.
    pub(crate) took: Duration,
    /// What the log said is wrong although it opened.
    pub(crate) warning: Option<String>,
}

/// One log, with the settings that make it do the same work.
pub(crate) trait Peer: Sync {
    fn name(&self) -> &'static str;

    /// The settings, in a few words for the table's foot.
    fn settings(&self) -> &'static str;

    /// Whether an append returns after a sync.
    fn durable(&self) -> bool {
        true
    }

    /// Opens the log, or creates it.
    fn open(&self, directory: &Path) -> Result<Box<dyn Store>>;

    /// Opens the log, as for writing, and hands every event over, with the checks that it has.
    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading>;
}

/// Ours first.
pub(crate) const PEERS: [&dyn Peer; 6] = [
    &ours::Ours,
    &raft_engine::RaftEngine,
    &okaywal::OkayWal,
    &fjall::Fjall,
    &sqlite::Sqlite,
    &commitlog::CommitLog,
];

/// What the same bytes cost one writer at the least; it is no log, and measured only by appends.
pub(crate) const FLOOR: &dyn Peer = &bare::Bare;

/// The peers whose appends are durable.
pub(crate) fn durable() -> Vec<&'static dyn Peer> {
    PEERS.into_iter().filter(|peer| peer.durable()).collect()
}

/// The peer of that name.
pub(crate) fn named(name: &str) -> Result<&'static dyn Peer> {
    let found = PEERS.into_iter().find(|peer| peer.name() == name);
    found.with_context(|| format!("no log is called {name:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_log_gives_back_what_it_was_given() {
        for peer in PEERS.into_iter().chain([FLOOR]) {
            let folder = tempfile::tempdir().unwrap();
            let directory = folder.path().join("log");
            let store = peer.open(&directory).unwrap();
            store.append(&Event::batch(1, 0, 100)).unwrap();
            for seq in 100..120 {
                store.append(&Event::batch(1, seq, 1)).unwrap();
            }
            drop(store);
            let mut tally = Tally::exact(120);
            let reading = peer.read(&directory, &mut tally).unwrap();
            assert_eq!(tally.events, 120, "{}", peer.name());
            assert_eq!((tally.missing(), tally.altered), (0, 0), "{}", peer.name());
            assert_eq!(reading.warning, None, "{}", peer.name());
        }
    }

    #[test]
    fn several_writers_share_every_log() {
        for peer in PEERS.into_iter().chain([FLOOR]) {
            let folder = tempfile::tempdir().unwrap();
            let directory = folder.path().join("log");
            let store = peer.open(&directory).unwrap();
            std::thread::scope(|scope| {
                for stream in 1..=4 {
                    let store = &store;
                    scope.spawn(move || {
                        for seq in 0..25 {
                            store.append(&Event::batch(stream, seq, 1)).unwrap();
                        }
                    });
                }
            });
            drop(store);
            let mut tally = Tally::counting();
            peer.read(&directory, &mut tally).unwrap();
            assert_eq!(tally.events, 100, "{}", peer.name());
        }
    }
}
