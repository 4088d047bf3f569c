//! What this program does as a child: append, fill, open, read, or go on after a failed sync.

use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use gatefold_log::Check;

use crate::event::{Event, Tally};
use crate::peer::Peer;
use crate::peer::ours::read_checked;
use crate::speed::{FILLED, peak_kib};
use crate::stats::{nanos, timed};

/// Events of one append where only the size of the log matters.
const BATCH: u64 = 1_000;
/// A child that waits to be killed does not wait for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Appends events one by one and leaves without closing.
pub(crate) fn append(peer: &dyn Peer, directory: &Path, events: u64) -> Result<ExitCode> {
    let store = peer.open(directory)?;
    for seq in 0..events {
        store.append(&Event::batch(1, seq, 1))?;
    }
    leave()
}

/// Fills a log, says so, and waits to be killed.
pub(crate) fn fill(peer: &dyn Peer, directory: &Path, events: u64) -> Result<ExitCode> {
    let store = peer.open(directory)?;
    for group in 0..events / BATCH {
        store.append(&Event::batch(1, group * BATCH, BATCH))?;
    }
    say(FILLED)?;
    std::thread::sleep(PATIENCE);
    bail!("nobody killed this process")
}

/// Opens a log, says how many nanoseconds that took, and leaves without closing.
pub(crate) fn open(peer: &dyn Peer, directory: &Path) -> Result<ExitCode> {
    let (took, opened) = timed(|| peer.open(directory));
    let _open = opened?;
    say(&nanos(took).to_string())?;
    leave()
}

/// Opens a log that had `stored` events, reads them all, and says what came back.
pub(crate) fn read(peer: &dyn Peer, directory: &Path, stored: usize) -> Result<ExitCode> {
    let mut tally = Tally::exact(stored);
    let reading = peer.read(directory, &mut tally)?;
    if let Some(warning) = reading.warning {
        bail!("it opened and said: {warning}");
    }
    say(&format!("{} {} {}", tally.missing(), tally.altered, tally.doubled()))?;
    leave()
}

/// Reads all of ours and says the most memory that took, in KiB.
pub(crate) fn peak(directory: &Path) -> Result<ExitCode> {
    read_checked(directory, Check::Chain, &mut Tally::counting())?;
    say(&peak_kib()?.to_string())?;
    leave()
}

/// Appends one event after the other whatever happens to each, and says what did.
pub(crate) fn persist(peer: &dyn Peer, directory: &Path, events: u64) -> Result<ExitCode> {
    let store = peer.open(directory)?;
    let mut seq = 0;
    for _ in 0..events {
        match store.append(&Event::batch(1, seq, 1)) {
            Ok(()) => {
                say("ok")?;
                seq += 1;
            }
            Err(error) => say(&format!("refused: {}", one_line(&format!("{error:#}"))))?,
        }
    }
    leave()
}

/// Ends this process at once: no log is closed.
fn leave() -> Result<ExitCode> {
    stdout().flush()?;
    std::process::exit(0)
}

fn say(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
