//! A bare file: what the bytes of ours cost with no log around them.
//!
//! Events lie in it as ours would lay them, with zeros where a log writes what keeps them safe:
//! nothing is summed, named or hashed, and nothing of it would be noticed if it were damaged. It is
//! no log, and no peer of one; it is the floor below one writer.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};

use crate::event::{EVENT_BYTES, Event, Tally};
use crate::peer::{Peer, Reading, Store};

pub(crate) struct Bare;

const BLOCK: usize = 4_096;
/// Bytes of a group before its first event; the first four say how many there are.
const GROUP_HEADER: usize = 96;
/// Bytes of an event with what stands before it.
const FRAME: usize = 64 + EVENT_BYTES;
/// Space that is filled with zeros when the file is made, as ours does: twice as much, since a
/// quick disk uses up more than a segment in one sample, and this file cannot roll.
const PREPARED: usize = 128 << 20;

struct Open {
    file: Mutex<(File, u64)>,
}

fn path(directory: &Path) -> PathBuf {
    directory.join("bare")
}

fn group_len(events: usize) -> usize {
    (GROUP_HEADER + events * FRAME).next_multiple_of(BLOCK)
}

impl Store for Open {
    fn append(&self, batch: &[Event]) -> Result<()> {
        let mut bytes = Vec::with_capacity(group_len(batch.len()));
        bytes.extend_from_slice(&u32::try_from(batch.len())?.to_le_bytes());
        for (number, event) in batch.iter().enumerate() {
            bytes.resize(GROUP_HEADER + (number + 1) * FRAME - EVENT_BYTES, 0);
            bytes.extend_from_slice(&event.bytes);
        }
        bytes.resize(group_len(batch.len()), 0);
        let mut open = self.file.lock().map_err(|_| anyhow!("a writer panicked"))?;
        let (file, end) = &mut *open;
        let full = *end + u64::try_from(bytes.len())? > u64::try_from(PREPARED)?;
        ensure!(!full, "the prepared space is used up: what comes then is no floor");
        file.write_all_at(&bytes, *end)?;
        file.sync_data()?;
        *end += u64::try_from(bytes.len())?;
        Ok(())
    }
}

impl Peer for Bare {
    fn name(&self) -> &'static str {
        "bare file"
    }

    fn settings(&self) -> &'static str {
        "the same bytes in prepared space, written and synced by one writer after the other; no \
         sums, no ids, no chain"
    }

    fn open(&self, directory: &Path) -> Result<Box<dyn Store>> {
        std::fs::create_dir_all(directory)?;
        let file = File::options().write(true).create_new(true).open(path(directory))?;
        let zeros = vec![0; 1 << 20];
        for piece in 0..PREPARED / zeros.len() {
            file.write_all_at(&zeros, u64::try_from(piece * zeros.len())?)?;
        }
        file.sync_all()?;
        Ok(Box::new(Open { file: Mutex::new((file, 0)) }))
    }

    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading> {
        let started = Instant::now();
        let bytes = std::fs::read(path(directory))?;
        let mut rest = bytes.as_slice();
        while let Some((count, _)) = rest.split_first_chunk::<4>() {
            let count = usize::try_from(u32::from_le_bytes(*count))?;
            if count == 0 {
                break;
            }
            ensure!(group_len(count) <= rest.len(), "a group runs past the end of the file");
            let (group, behind) = rest.split_at(group_len(count));
            let frames = group[GROUP_HEADER..].chunks_exact(FRAME).take(count);
            frames.for_each(|frame| tally.see(&frame[FRAME - EVENT_BYTES..]));
            rest = behind;
        }
        Ok(Reading { took: started.elapsed(), warning: None })
    }
}
