//! raft-engine: one region a stream, one entry an event, synced writes, no compression.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use protobuf::well_known_types::BytesValue;
use raft_engine::{Config, Engine, LogBatch, MessageExt, ReadableSize};

use crate::event::{Event, Tally, numbers};
use crate::peer::{Peer, Reading, Store};

pub(crate) struct RaftEngine;

/// Entries fetched at a time.
const FETCHED: u64 = 1_000;

#[derive(Clone)]
struct Entries;

impl MessageExt for Entries {
    type Entry = BytesValue;

    fn index(entry: &BytesValue) -> u64 {
        numbers(entry.get_value()).map_or(0, |(_, seq)| seq)
    }
}

struct Open {
    engine: Engine,
}

impl Store for Open {
    fn append(&self, batch: &[Event]) -> Result<()> {
        let stream = batch.first().map_or(0, |it| it.stream);
        let entries: Vec<BytesValue> = batch
            .iter()
            .map(|event| {
                let mut entry = BytesValue::new();
                entry.set_value(event.bytes.to_vec());
                entry
            })
            .collect();
        let mut batch = LogBatch::with_capacity(1);
        batch.add_entries::<Entries>(stream, &entries)?;
        self.engine.write(&mut batch, true)?;
        Ok(())
    }
}

fn engine(directory: &Path) -> Result<Engine> {
    let config = Config {
        dir: directory.to_str().context("the path is not UTF-8")?.to_owned(),
        batch_compression_threshold: ReadableSize(0),
        ..Config::default()
    };
    Ok(Engine::open(config)?)
}

impl Peer for RaftEngine {
    fn name(&self) -> &'static str {
        "raft-engine"
    }

    fn settings(&self) -> &'static str {
        "0.4.2, protobuf BytesValue entries, sync = true, compression off"
    }

    fn open(&self, directory: &Path) -> Result<Box<dyn Store>> {
        Ok(Box::new(Open { engine: engine(directory)? }))
    }

    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading> {
        let engine = engine(directory)?;
        let started = Instant::now();
        let mut fetched = Vec::new();
        for region in engine.raft_groups() {
            let (Some(first), Some(last)) = (engine.first_index(region), engine.last_index(region))
            else {
                continue;
            };
            let mut from = first;
            while from <= last {
                let to = last.min(from + FETCHED - 1) + 1;
                fetched.clear();
                engine.fetch_entries_to::<Entries>(region, from, to, None, &mut fetched)?;
                for entry in &fetched {
                    tally.see(entry.get_value());
                }
                from = to;
            }
        }
        Ok(Reading { took: started.elapsed(), warning: None })
    }
}
