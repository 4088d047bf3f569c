//! commitlog: fast, because its flush is no sync; for scans alone.

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use commitlog::message::{MessageBuf, MessageSet};
use commitlog::{LogOptions, ReadLimit};

use crate::event::{Event, Tally};
use crate::peer::{Peer, Reading, Store};

pub(crate) struct CommitLog;

/// Bytes read at a time.
const READ: usize = 1 << 20;

struct Open {
    log: Mutex<commitlog::CommitLog>,
}

impl Store for Open {
    fn append(&self, batch: &[Event]) -> Result<()> {
        let mut messages = MessageBuf::default();
        for event in batch {
            messages.push(event.bytes).map_err(|error| anyhow!("{error:?}"))?;
        }
        let mut log = self.log.lock().map_err(|_| anyhow!("a writer panicked"))?;
        log.append(&mut messages)?;
        log.flush()?;
        Ok(())
    }
}

fn open(directory: &Path) -> Result<commitlog::CommitLog> {
    Ok(commitlog::CommitLog::new(LogOptions::new(directory))?)
}

impl Peer for CommitLog {
    fn name(&self) -> &'static str {
        "commitlog"
    }

    fn settings(&self) -> &'static str {
        "0.2, never synced: its flush is none"
    }

    fn durable(&self) -> bool {
        false
    }

    fn open(&self, directory: &Path) -> Result<Box<dyn Store>> {
        Ok(Box::new(Open { log: Mutex::new(open(directory)?) }))
    }

    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading> {
        let log = open(directory)?;
        let started = Instant::now();
        let mut next = 0;
        while next < log.next_offset() {
            let messages = log.read(next, ReadLimit::max_bytes(READ))?;
            ensure!(!messages.is_empty(), "nothing can be read at offset {next}");
            for message in messages.iter() {
                tally.see(message.payload());
                next = message.offset() + 1;
            }
        }
        Ok(Reading { took: started.elapsed(), warning: None })
    }
}
