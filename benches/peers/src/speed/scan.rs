//! Reading everything from the first event, with the checks that a log has.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use gatefold_log::Check;
use serde::{Deserialize, Serialize};

use crate::child;
use crate::event::{Event, Tally};
use crate::peer::{PEERS, fold, ours};
use crate::speed::{Effort, rotated};
use crate::stats::float;

/// Every log with its sums checked.
pub(crate) const SUMS: &str = "scan-sums";
/// Ours with the chain checked too.
pub(crate) const CHAIN: &str = "scan-chain";
/// Ours with every event decoded.
pub(crate) const DECODE: &str = "scan-decode";
/// Ours with every event decoded and folded into an account.
pub(crate) const FOLD: &str = "scan-fold";
/// Events of a group.
const GROUP: u64 = 100;
const LIMIT: Duration = Duration::from_secs(120);

/// One reading.
#[derive(Deserialize, Serialize)]
pub(crate) struct Scan {
    pub(crate) round: usize,
    pub(crate) case: String,
    pub(crate) peer: String,
    pub(crate) events: u64,
    pub(crate) events_per_second: f64,
}

/// All readings.
#[derive(Deserialize, Serialize)]
pub(crate) struct Scans {
    pub(crate) scans: Vec<Scan>,
    /// The most memory that a process had that opened and read ours, program included, in KiB.
    pub(crate) ours_peak_kib: u64,
}

/// Writes one log for each peer, then reads them in turn.
pub(crate) fn measure(scratch: &Path, effort: Effort) -> Result<Scans> {
    let directory = |peer: &str| scratch.join(format!("scan-{peer}"));
    for peer in PEERS {
        let store = peer.open(&directory(peer.name()))?;
        for group in 0..effort.scanned / GROUP {
            store.append(&Event::batch(1, group * GROUP, GROUP)).context(peer.name())?;
        }
    }
    let folded = scratch.join("scan-fold");
    fold::write(&folded, effort.scanned)?;
    let mut scans = Vec::new();
    for round in 0..effort.rounds {
        for peer in rotated(PEERS.to_vec(), round) {
            let name = peer.name();
            let mut push = |case: &str, took: Duration, events: u64| -> Result<()> {
                ensure!(events == effort.scanned, "{name}, {case}: {events} events came back");
                let events_per_second = float(events) / took.as_secs_f64();
                let (case, peer) = (case.to_owned(), name.to_owned());
                scans.push(Scan { round, case, peer, events, events_per_second });
                Ok(())
            };
            if name == PEERS[0].name() {
                // By a reader: a log that is open for writing warms its ids meanwhile.
                for (case, check) in [(SUMS, Check::Sums), (CHAIN, Check::Chain)] {
                    let mut tally = Tally::counting();
                    let took = ours::read_checked(&directory(name), check, &mut tally)?;
                    push(case, took, tally.events)?;
                }
                for (case, into_account) in [(DECODE, false), (FOLD, true)] {
                    let (took, events) = fold::read(&folded, into_account)?;
                    push(case, took, events)?;
                }
            } else {
                let mut tally = Tally::counting();
                let took = peer.read(&directory(name), &mut tally).context(name)?.took;
                push(SUMS, took, tally.events)?;
            }
        }
        eprintln!("scans: round {} of {}", round + 1, effort.rounds);
    }
    let at = directory(PEERS[0].name());
    let at = at.to_str().context("the path is not UTF-8")?;
    let said = child::run(child::this(&["peak", at])?, LIMIT)?.success()?;
    let ours_peak_kib = said.trim().parse().context("a child says KiB")?;
    for peer in PEERS {
        std::fs::remove_dir_all(directory(peer.name()))?;
    }
    std::fs::remove_dir_all(&folded)?;
    Ok(Scans { scans, ours_peak_kib })
}

/// The most memory that this process had, in KiB, by the kernel's account.
pub(crate) fn peak_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let figure = line.and_then(|line| line.split_whitespace().nth(1));
    figure.context("/proc/self/status has no VmHWM")?.parse().context("VmHWM is a number")
}
