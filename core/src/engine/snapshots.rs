//! The engine's state as snapshots, and an engine that starts from them.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use bincode::{Decode, Encode};

use crate::decide::state::{from_bytes, to_bytes};
use crate::decide::{Account, Gates};
use crate::engine::{Engine, Settings, System};
use crate::record::snapshot::{REDUCER, Snapshot, SnapshotError, SnapshotStore};
use crate::record::{Entry, Log, Position, ReplayError, Stream, Version, show_entry};
use crate::vocabulary::{AccountId, Calendar, Table, Timestamp};

/// What the system stream's snapshot holds besides its own state: which accounts there were, in the
/// order in which they were opened, so that it shows when one is missing.
#[derive(Debug, Encode, Decode)]
struct Whole {
    system: System,
    accounts: Vec<AccountId>,
    last_at: Option<Timestamp>,
}

/// What snapshots made.
struct Restored {
    whole: Whole,
    accounts: Table<AccountId, Account>,
    after: Position,
}

impl Engine {
    /// Its state as one snapshot of the system stream and one of each account. The log must end at
    /// `position`, with everything recorded that this engine decided.
    ///
    /// # Errors
    /// [`SnapshotError::TooLarge`] if one of them is.
    pub fn snapshots(&self, position: Position) -> Result<Vec<Snapshot>, SnapshotError> {
        let whole = Whole {
            system: self.system.clone(),
            accounts: self.accounts.keys().copied().collect(),
            last_at: self.last_at,
        };
        let snapshot = |stream, version, bytes| Snapshot {
            stream,
            version,
            position,
            reducer: REDUCER,
            bytes,
        };
        let version = self.system.version();
        let mut snapshots = alloc::vec![snapshot(Stream::System, version, to_bytes(&whole)?)];
        for account in self.accounts.values() {
            let (stream, version) = (Stream::Account(account.id()), account.version());
            snapshots.push(snapshot(stream, version, account.to_bytes()?));
        }
        Ok(snapshots)
    }

    /// The engine that a log makes, and the position behind which the log was folded for it: the
    /// same engine as [`replay`](Self::replay) makes, in less time where there are snapshots that
    /// fit. Where one of them is missing, everything is folded.
    ///
    /// # Errors
    /// As [`ReplayError`] says; nothing is skipped.
    pub fn restore(
        log: &dyn Log,
        store: &mut dyn SnapshotStore,
        gates: Gates,
        calendar: Calendar,
        settings: Settings,
    ) -> Result<(Self, Position), ReplayError> {
        let mut engine = Self::new(gates, calendar, settings);
        let mut after = Position::ZERO;
        if let Some(restored) = take(store, log.head()) {
            engine.system = restored.whole.system;
            engine.last_at = restored.whole.last_at;
            engine.accounts = restored.accounts;
            after = restored.after;
        }
        let mut failed = None;
        log.read(after, &mut |entry| match engine.follow(entry) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        })?;
        failed.map_or(Ok((engine, after)), Err)
    }

    /// Folds an entry unless a snapshot holds it already.
    fn follow(&mut self, entry: &Entry<'_>) -> Result<(), ReplayError> {
        let folded = match &entry.stream {
            Stream::System => self.system.version(),
            Stream::Account(id) => self.accounts.get(id).map_or(Version::ZERO, Account::version),
        };
        if entry.version <= folded {
            self.last_at = self.last_at.max(Some(entry.at));
            return Ok(());
        }
        show_entry(entry, |event| self.apply(entry, event))
    }
}

/// Takes the newest snapshots that can be used; `None` if one of a stream is missing.
fn take(store: &mut dyn SnapshotStore, head: Position) -> Option<Restored> {
    let mut found = None;
    store.offer(&Stream::System, &mut |snapshot| {
        snapshot.check(head)?;
        let whole: Whole = from_bytes(&snapshot.bytes)?;
        is_labeled(snapshot, Stream::System, whole.system.version())?;
        found = Some((whole, snapshot.position));
        Ok(())
    });
    let (whole, mut after) = found?;
    let mut accounts = Table::default();
    for id in &whole.accounts {
        let mut found = None;
        store.offer(&Stream::Account(*id), &mut |snapshot| {
            snapshot.check(head)?;
            let account = Account::from_bytes(&snapshot.bytes)?;
            is_labeled(snapshot, Stream::Account(account.id()), account.version())?;
            found = Some((account, snapshot.position));
            Ok(())
        });
        let (account, position) = found?;
        after = after.min(position);
        accounts.insert(*id, account);
    }
    Some(Restored { whole, accounts, after })
}

/// Whether a state is the one that its snapshot names.
fn is_labeled(snapshot: &Snapshot, stream: Stream, version: Version) -> Result<(), SnapshotError> {
    if snapshot.stream == stream && snapshot.version == version {
        return Ok(());
    }
    let text = |stream: Stream, version: Version| -> String {
        alloc::format!("{stream} at version {version}")
    };
    let (found, expected) = (text(stream, version), text(snapshot.stream, snapshot.version));
    Err(SnapshotError::Mislabeled { found, expected })
}
