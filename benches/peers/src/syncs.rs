//! How many syncs an append costs, counted by strace in a pass of its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::child;
use crate::peer::PEERS;
use crate::stats::float;

/// Everything that can make bytes durable.
const CALLS: &str = "fdatasync,fsync,sync_file_range,sync,syncfs,msync";
/// Appends of the short and of the long run: the difference cancels opening and closing.
const SHORT: u64 = 100;
const LONG: u64 = 200;
const LIMIT: Duration = Duration::from_secs(120);

/// Syncs of one peer.
#[derive(Deserialize, Serialize)]
pub(crate) struct Syncs {
    pub(crate) peer: String,
    /// For 100 more appends of one event.
    pub(crate) more: i64,
    /// Which calls they were, as strace names them.
    pub(crate) calls: Vec<String>,
    pub(crate) each: f64,
}

/// Counts for every peer, below `scratch`.
pub(crate) fn count(scratch: &Path) -> Result<Vec<Syncs>> {
    let mut all = Vec::new();
    for peer in PEERS {
        let (short, _) = run(scratch, peer.name(), SHORT)?;
        let (long, calls) = run(scratch, peer.name(), LONG)?;
        let more = i64::try_from(long)? - i64::try_from(short)?;
        let each = float(more.unsigned_abs()) * f64::from(i8::from(more >= 0) * 2 - 1);
        all.push(Syncs {
            peer: peer.name().to_owned(),
            more,
            calls,
            each: each / float(LONG - SHORT),
        });
    }
    Ok(all)
}

fn run(scratch: &Path, peer: &str, appends: u64) -> Result<(u64, Vec<String>)> {
    let directory = scratch.join(format!("syncs-{peer}-{appends}"));
    let summary = scratch.join("syncs.txt");
    let paths = (directory.to_str(), summary.to_str());
    let (Some(at), Some(out)) = paths else { anyhow::bail!("the path is not UTF-8") };
    let filter = format!("trace={CALLS}");
    let strace = ["-f", "-qq", "-c", "-o", out, "-e", &filter];
    let appends = appends.to_string();
    let command = child::traced(&strace, &["append", peer, at, &appends])?;
    child::run(command, LIMIT)?.success().with_context(|| format!("strace of {peer}"))?;
    let counted = counts(&fs::read_to_string(&summary)?);
    fs::remove_dir_all(&directory)?;
    let total = counted.iter().map(|(_, count)| count).sum();
    Ok((total, counted.into_iter().map(|(call, count)| format!("{call} {count}")).collect()))
}

/// The calls of strace's summary: `% time, seconds, usecs/call, calls, [errors], syscall`.
fn counts(summary: &str) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    for line in summary.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(call), Some(count)) = (words.last(), words.get(3)) else {
            continue;
        };
        if let (true, Ok(count)) = (CALLS.split(',').any(|it| it == *call), count.parse()) {
            all.push(((*call).to_owned(), count));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straces_summary_is_read() {
        let summary = "% time     seconds  usecs/call     calls    errors syscall\n\
                       ------ ----------- ----------- --------- --------- ----------------\n\
                        99.60    0.020000         100       200           fdatasync\n\
                         0.40    0.000080          40         2         1 fsync\n\
                       100.00    0.020080         100       202         1 total\n";
        assert_eq!(counts(summary), [("fdatasync".to_owned(), 200), ("fsync".to_owned(), 2)]);
        assert_eq!(counts(""), []);
    }
}
