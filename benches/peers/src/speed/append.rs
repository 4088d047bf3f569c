//! Appends that are durable when they return: alone, in batches, and by many threads.

use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::event::Event;
use crate::peer::{Peer, Store};
use crate::speed::Effort;
use crate::stats::{Spread, float, nanos, timed};

/// Appends of each writer before its time is taken.
const WARM_UP: u64 = 20;

/// One way to append.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Threads, each with a stream of its own.
    pub(crate) writers: u64,
    /// Events of one append.
    pub(crate) batch: u64,
    /// Samples of each log in a round: more where what is asked is less than the disk differs by
    /// from one file to another.
    pub(crate) times: usize,
}

pub(crate) const CASES: [Case; 5] = [
    Case { name: "lone", writers: 1, batch: 1, times: 5 },
    Case { name: "batch-100", writers: 1, batch: 100, times: 3 },
    Case { name: "writers-8", writers: 8, batch: 1, times: 1 },
    Case { name: "writers-16", writers: 16, batch: 1, times: 1 },
    Case { name: "writers-64", writers: 64, batch: 1, times: 1 },
];

pub(crate) struct Measured {
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) events_per_second: f64,
}

/// One peer in a directory of its own.
pub(crate) fn measure(
    peer: &dyn Peer,
    directory: &Path,
    case: &Case,
    effort: Effort,
) -> Result<Measured> {
    let store = peer.open(directory)?;
    let length = effort.append_length();
    let barrier = Barrier::new(usize::try_from(case.writers)?);
    let results: Vec<Result<Written>> = thread::scope(|scope| {
        let handles: Vec<_> = (1..=case.writers)
            .map(|stream| {
                let (store, barrier) = (store.as_ref(), &barrier);
                scope.spawn(move || write(store, stream, case.batch, barrier, length))
            })
            .collect();
        let ended = handles.into_iter().map(|handle| handle.join());
        ended.map(|it| it.unwrap_or_else(|_| Err(anyhow!("a writer panicked")))).collect()
    });
    let (mut events, mut latencies) = (0.0, Vec::new());
    for written in results {
        let written = written?;
        events += float(written.events) / written.took.as_secs_f64();
        latencies.extend(written.latencies);
    }
    let spread = Spread::new(latencies);
    Ok(Measured {
        p50_ns: spread.percentile(50),
        p99_ns: spread.percentile(99),
        events_per_second: events,
    })
}

struct Written {
    events: u64,
    /// With making the events, which costs every peer the same 30 ns each.
    took: Duration,
    latencies: Vec<u64>,
}

fn write(
    store: &dyn Store,
    stream: u64,
    batch: u64,
    barrier: &Barrier,
    length: Duration,
) -> Result<Written> {
    let mut seq = 0;
    let warm = (0..WARM_UP).try_for_each(|_| {
        let events = Event::batch(stream, seq, batch);
        seq += batch;
        store.append(&events)
    });
    // All reach the barrier, whatever happened to one.
    barrier.wait();
    warm?;
    let started = Instant::now();
    let mut written = Written { events: 0, took: Duration::ZERO, latencies: Vec::new() };
    while started.elapsed() < length {
        let events = Event::batch(stream, seq, batch);
        seq += batch;
        let (took, appended) = timed(|| store.append(&events));
        appended?;
        written.events += batch;
        written.latencies.push(nanos(took));
    }
    written.took = started.elapsed();
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::PEERS;

    #[test]
    fn every_case_measures_something() {
        let folder = tempfile::tempdir().unwrap();
        for case in &CASES {
            let directory = folder.path().join(case.name);
            let measured = measure(PEERS[0], &directory, case, Effort::quick()).unwrap();
            assert!(measured.p50_ns > 0 && measured.p50_ns <= measured.p99_ns, "{}", case.name);
            assert!(measured.events_per_second > 0.0, "{}", case.name);
        }
    }
}
