//! Opening a large log whose writer was killed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::child::{self, kill_group};
use crate::event::EVENT_BYTES;
use crate::peer::{PEERS, Peer, ours};
use crate::speed::Effort;

/// What the filling child says before it waits to be killed.
pub(crate) const FILLED: &str = "filled";
const LIMIT: Duration = Duration::from_secs(300);

/// One opening.
#[derive(Deserialize, Serialize)]
pub(crate) struct Opening {
    pub(crate) round: usize,
    pub(crate) peer: String,
    pub(crate) events: u64,
    pub(crate) log_bytes: u64,
    pub(crate) open_ns: u64,
    /// A snapshot was saved before, at the end of the log.
    #[serde(default)]
    pub(crate) snapshot: bool,
}

/// Fills a log for each peer in turn, kills the writer, and opens it in processes that do not
/// close it either. The page cache is warm.
pub(crate) fn measure(scratch: &Path, effort: Effort, peers: &[&dyn Peer]) -> Result<Vec<Opening>> {
    let events = effort.opened_bytes / u64::try_from(EVENT_BYTES)?;
    let mut openings = Vec::new();
    for peer in peers.iter().copied() {
        let directory = scratch.join(format!("open-{}", peer.name()));
        fill_and_kill(peer, &directory, events)?;
        let log_bytes = size(&directory)?;
        let at = directory.to_str().context("the path is not UTF-8")?;
        let mut open = |snapshot: bool| -> Result<()> {
            for round in 0..effort.rounds {
                let ended = child::run(child::this(&["open", peer.name(), at])?, LIMIT)?;
                let said = ended.success().with_context(|| format!("opening {}", peer.name()))?;
                let open_ns = said.trim().parse().context("a child says nanoseconds")?;
                let peer = peer.name().to_owned();
                openings.push(Opening { round, peer, events, log_bytes, open_ns, snapshot });
            }
            Ok(())
        };
        open(false)?;
        if peer.name() == PEERS[0].name() {
            ours::save_snapshot(&directory)?;
            open(true)?;
        }
        fs::remove_dir_all(&directory)?;
        eprintln!("openings: {}", peer.name());
    }
    Ok(openings)
}

fn fill_and_kill(peer: &dyn Peer, directory: &Path, events: u64) -> Result<()> {
    let at = directory.to_str().context("the path is not UTF-8")?;
    let mut command = child::this(&["fill", peer.name(), at, &events.to_string()])?;
    let mut child = command.process_group(0).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let output = child.stdout.take().context("the child's output is piped")?;
    let heard = BufReader::new(output).read_line(&mut line);
    kill_group(&mut child)?;
    heard?;
    ensure!(line.trim() == FILLED, "{} did not fill its log: {line:?}", peer.name());
    Ok(())
}

/// Bytes of all files below a directory.
fn size(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
