//! What is measured, and in which order: probe, peer, probe, with the peers rotated each round.

mod append;
mod open;
mod scan;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::peer::{FLOOR, Peer, durable, named};
use crate::probe::Probe;

use append::CASES;
pub(crate) use open::{FILLED, Opening};
pub(crate) use scan::{CHAIN, DECODE, FOLD, SUMS, Scans, peak_kib};

/// How much is measured.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Effort {
    /// Rounds of every case; in one of them each log appends as often as the case says.
    pub(crate) rounds: usize,
    /// How long each peer appends in each case and round, and how long the disk is probed before
    /// and after it, in milliseconds.
    pub(crate) append_ms: u64,
    /// Events of the logs that are scanned.
    pub(crate) scanned: u64,
    /// Bytes of events in the logs that are opened after a kill.
    pub(crate) opened_bytes: u64,
}

impl Effort {
    pub(crate) fn append_length(&self) -> Duration {
        Duration::from_millis(self.append_ms)
    }

    /// Enough for figures.
    pub(crate) fn full() -> Effort {
        Effort { rounds: 7, append_ms: 400, scanned: 1_000_000, opened_bytes: 1_000_000_000 }
    }

    /// Enough to see that the command works.
    pub(crate) fn quick() -> Effort {
        Effort { rounds: 2, append_ms: 30, scanned: 5_000, opened_bytes: 1_000_000 }
    }
}

/// One peer, one case, one round.
#[derive(Deserialize, Serialize)]
pub(crate) struct Sample {
    pub(crate) round: usize,
    pub(crate) case: String,
    pub(crate) peer: String,
    /// Medians of the probes around it, in nanoseconds.
    pub(crate) probe_before_ns: u64,
    pub(crate) probe_after_ns: u64,
    /// Of one append.
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) events_per_second: f64,
}

impl Sample {
    /// The probe's price around this sample, in nanoseconds.
    pub(crate) fn probe_ns(&self) -> f64 {
        crate::stats::float(self.probe_before_ns + self.probe_after_ns) / 2.0
    }
}

/// Which cases and logs are measured.
pub(crate) struct Chosen {
    cases: Vec<&'static append::Case>,
    peers: Vec<&'static dyn Peer>,
}

impl Chosen {
    /// All cases, all logs that are durable.
    pub(crate) fn all() -> Chosen {
        Chosen { cases: CASES.iter().collect(), peers: durable() }
    }

    /// Those that are named; all where none is.
    pub(crate) fn new(cases: &[String], peers: &[String]) -> Result<Chosen> {
        let mut chosen = Chosen::all();
        if !cases.is_empty() {
            let case = |name: &String| {
                let found = CASES.iter().find(|it| it.name == name);
                found.with_context(|| format!("no case is called {name:?}"))
            };
            chosen.cases = cases.iter().map(case).collect::<Result<_>>()?;
        }
        if !peers.is_empty() {
            chosen.peers = peers.iter().map(|it| named(it)).collect::<Result<_>>()?;
        }
        Ok(chosen)
    }
}

/// All rounds of the chosen append cases.
pub(crate) fn appends(scratch: &Path, effort: Effort, chosen: &Chosen) -> Result<Vec<Sample>> {
    let mut probe = Probe::new(&scratch.join("probe"))?;
    let mut samples = Vec::new();
    for round in 0..effort.rounds {
        for case in &chosen.cases {
            // Several writers share a sync where the bare file's each wait for their own.
            let floor = (case.writers == 1).then_some(FLOOR);
            let peers: Vec<_> = chosen.peers.iter().copied().chain(floor).collect();
            for turn in (round * case.times..).take(case.times) {
                for peer in rotated(peers.clone(), turn) {
                    samples.push(sample(scratch, &mut probe, (turn, case, peer), effort)?);
                }
            }
        }
        eprintln!("appends: round {} of {}", round + 1, effort.rounds);
    }
    Ok(samples)
}

fn sample(
    scratch: &Path,
    probe: &mut Probe,
    (turn, case, peer): (usize, &append::Case, &dyn Peer),
    effort: Effort,
) -> Result<Sample> {
    let directory = scratch.join(format!("append-{}", peer.name()));
    let probe_before_ns = probe.median(effort.append_length())?;
    let measured = append::measure(peer, &directory, case, effort)
        .with_context(|| format!("{}, {}", peer.name(), case.name))?;
    let probe_after_ns = probe.median(effort.append_length())?;
    fs::remove_dir_all(&directory)?;
    Ok(Sample {
        round: turn,
        case: case.name.to_owned(),
        peer: peer.name().to_owned(),
        probe_before_ns,
        probe_after_ns,
        p50_ns: measured.p50_ns,
        p99_ns: measured.p99_ns,
        events_per_second: measured.events_per_second,
    })
}

/// All rounds of reading.
pub(crate) fn scans(scratch: &Path, effort: Effort) -> Result<Scans> {
    scan::measure(scratch, effort)
}

/// All openings after a kill.
pub(crate) fn openings(scratch: &Path, effort: Effort, chosen: &Chosen) -> Result<Vec<Opening>> {
    open::measure(scratch, effort, &chosen.peers)
}

/// Who goes first changes from round to round, and every other time who comes after whom.
fn rotated(mut peers: Vec<&'static dyn Peer>, round: usize) -> Vec<&'static dyn Peer> {
    let by = round % peers.len().max(1);
    peers.rotate_left(by);
    if !round.is_multiple_of(2) {
        peers.reverse();
    }
    peers
}
