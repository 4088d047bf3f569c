//! fjall: one keyspace, key = stream and sequence, each batch persisted by `SyncData`.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::event::{Event, Tally};
use crate::peer::{Peer, Reading, Store};

pub(crate) struct Fjall;

struct Open {
    database: Database,
    events: Keyspace,
}

impl Store for Open {
    fn append(&self, batch: &[Event]) -> Result<()> {
        let mut write = self.database.batch().durability(Some(PersistMode::SyncData));
        for event in batch {
            let mut key = [0; 16];
            key[..8].copy_from_slice(&event.stream.to_be_bytes());
            key[8..].copy_from_slice(&event.seq.to_be_bytes());
            write.insert(&self.events, key, event.bytes);
        }
        write.commit()?;
        Ok(())
    }
}

fn open(directory: &Path) -> Result<Open> {
    let database = Database::builder(directory).open()?;
    let events = database.keyspace("events", KeyspaceCreateOptions::default)?;
    Ok(Open { database, events })
}

impl Peer for Fjall {
    fn name(&self) -> &'static str {
        "fjall"
    }

    fn settings(&self) -> &'static str {
        "3.1, key = (stream, sequence) big-endian, batch with `PersistMode::SyncData`"
    }

    fn open(&self, directory: &Path) -> Result<Box<dyn Store>> {
        Ok(Box::new(open(directory)?))
    }

    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading> {
        let open = open(directory)?;
        let started = Instant::now();
        for entry in open.events.iter() {
            tally.see(&entry.value()?);
        }
        Ok(Reading { took: started.elapsed(), warning: None })
    }
}
