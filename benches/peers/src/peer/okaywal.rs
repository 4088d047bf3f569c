//! okaywal: one entry a batch, one chunk an event; checkpointing put off for ever, sums asked for.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use okaywal::{
    Configuration, Entry, EntryId, LogManager, ReadChunkResult, SegmentReader, WriteAheadLog,
};

use crate::event::{Event, Tally};
use crate::peer::{Peer, Reading, Store};

pub(crate) struct OkayWal;

/// As much zero-filled space ahead as our segments have.
const PREALLOCATED: u32 = 64 << 20;

struct Open {
    log: WriteAheadLog,
}

impl Store for Open {
    fn append(&self, batch: &[Event]) -> Result<()> {
        let mut entry = self.log.begin_entry()?;
        for event in batch {
            entry.write_chunk(&event.bytes)?;
        }
        entry.commit()?;
        Ok(())
    }
}

/// Takes what is recovered.
#[derive(Debug, Clone, Default)]
struct Recovered {
    tally: Arc<Mutex<Tally>>,
}

impl LogManager for Recovered {
    fn recover(&mut self, entry: &mut Entry<'_>) -> io::Result<()> {
        let mut events = Vec::new();
        loop {
            match entry.read_chunk()? {
                ReadChunkResult::Chunk(mut chunk) => {
                    events.push(chunk.read_all()?);
                    if !chunk.check_crc()? {
                        return Err(io::Error::other("a chunk's sum is wrong"));
                    }
                }
                ReadChunkResult::EndOfEntry => break,
                // Its documentation: such an entry "should be ignored".
                ReadChunkResult::AbortedEntry => return Ok(()),
            }
        }
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            tally.see(&event);
        }
        Ok(())
    }

    fn checkpoint_to(
        &mut self,
        _last: EntryId,
        _entries: &mut SegmentReader,
        _log: &WriteAheadLog,
    ) -> io::Result<()> {
        Err(io::Error::other("nothing may be checkpointed here"))
    }
}

fn configuration(directory: &Path) -> Configuration {
    Configuration::default_for(directory)
        .preallocate_bytes(PREALLOCATED)
        .checkpoint_after_bytes(u64::MAX)
}

impl Peer for OkayWal {
    fn name(&self) -> &'static str {
        "okaywal"
    }

    fn settings(&self) -> &'static str {
        "0.3.1, 64 MiB preallocated, never checkpointed, `check_crc` called; reads only by opening"
    }

    fn open(&self, directory: &Path) -> Result<Box<dyn Store>> {
        let log = configuration(directory).open(Recovered::default())?;
        Ok(Box::new(Open { log }))
    }

    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading> {
        let manager = Recovered::default();
        let shared = Arc::clone(&manager.tally);
        let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        *lock() = std::mem::take(tally);
        let started = Instant::now();
        let opened = configuration(directory).open(manager);
        let took = started.elapsed();
        *tally = std::mem::take(&mut *lock());
        drop(opened?);
        Ok(Reading { took, warning: None })
    }
}
