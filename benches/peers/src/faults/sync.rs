//! One failed sync, injected by strace, and what becomes of the appends after it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::child::{self, Ended};
use crate::peer::{Peer, durable};

/// Appends that are tried.
const APPENDS: u64 = 240;
/// The sync that fails is sought from this one on: opening and the first appends have syncs too.
const FIRST: u32 = 20;
const LAST: u32 = 60;
/// Appends that must have been acknowledged before, so that it is an append's sync that failed.
const BEFORE: usize = 3;
const LIMIT: Duration = Duration::from_secs(20);

/// What one peer did.
#[derive(Deserialize, Serialize)]
pub(crate) struct FailedSync {
    pub(crate) peer: String,
    /// Which of a thread's syncs failed.
    when: u32,
    accepted_before: usize,
    refused: usize,
    accepted_after: usize,
    /// How the process ended.
    end: String,
    first_refusal: Option<String>,
    /// In words, for the table.
    pub(crate) outcome: String,
}

/// Every durable peer in turn.
pub(crate) fn measure(scratch: &Path) -> Result<Vec<FailedSync>> {
    let mut all = Vec::new();
    for peer in durable() {
        all.push(one(peer, scratch).with_context(|| peer.name().to_owned())?);
        eprintln!("failed syncs: {}", peer.name());
    }
    Ok(all)
}

fn one(peer: &'static dyn Peer, scratch: &Path) -> Result<FailedSync> {
    let directory = scratch.join(format!("sync-{}", peer.name()));
    let trace = scratch.join("sync.txt");
    let (Some(at), Some(out)) = (directory.to_str(), trace.to_str()) else {
        bail!("the path is not UTF-8")
    };
    for when in FIRST..=LAST {
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        let inject = format!("inject=fdatasync,fsync:error=EIO:when={when}");
        let strace = ["-f", "-qq", "-o", out, "-e", "trace=fdatasync,fsync", "-e", &inject];
        let appends = APPENDS.to_string();
        let command = child::traced(&strace, &["persist", peer.name(), at, &appends])?;
        let ended = child::run(command, LIMIT)?;
        let injected = fs::read_to_string(&trace)?.contains("(INJECTED)");
        let found = summarize(peer.name(), when, &ended);
        // A sync of another kind may have failed, or one whose failure this peer does not notice:
        // the outcome counts if appends came before it and after it there was still work to do.
        if injected && found.accepted_before >= BEFORE {
            fs::remove_dir_all(&directory)?;
            return Ok(found);
        }
    }
    bail!("no sync of an append between {FIRST} and {LAST} could be made to fail")
}

fn summarize(peer: &str, when: u32, ended: &Ended) -> FailedSync {
    let lines: Vec<&str> = ended.said.lines().collect();
    let accepted_before = lines.iter().take_while(|line| **line == "ok").count();
    let after = lines.get(accepted_before..).unwrap_or_default();
    let accepted_after = after.iter().filter(|line| **line == "ok").count();
    let refused = after.len() - accepted_after;
    let first_refusal = after.first().map(|line| (*line).to_owned());
    let panicked = ended.complained.contains("panicked at");
    let end = match ended.status {
        None => "killed after hanging".to_owned(),
        Some(status) if status.success() => "left by itself".to_owned(),
        Some(status) => format!("{status}: {}", ended.complaint()),
    };
    let outcome = match (ended.status, refused) {
        (None, 0) => "hangs".to_owned(),
        (None, _) => format!("{refused} refused, then hangs"),
        (Some(status), _) if !status.success() && panicked => "panics, process dead".to_owned(),
        (Some(status), _) if !status.success() => "process ends".to_owned(),
        (Some(_), 0) => format!("no error: {accepted_before} appends accepted"),
        (Some(_), _) if accepted_after > 0 => {
            format!("{refused} refused, then accepts {accepted_after} appends")
        }
        (Some(_), _) => "refused, and every later append too".to_owned(),
    };
    FailedSync {
        peer: peer.to_owned(),
        when,
        accepted_before,
        refused,
        accepted_after,
        end,
        first_refusal,
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn outcome(said: &str, status: Option<i32>, complained: &str) -> String {
        let status = status.map(ExitStatus::from_raw);
        let ended = Ended { status, said: said.to_owned(), complained: complained.to_owned() };
        summarize("x", 20, &ended).outcome
    }

    #[test]
    fn outcomes_are_told_apart() {
        let ok = "refused, and every later append too";
        assert_eq!(outcome("ok\nok\nrefused: a\nrefused: b\n", Some(0), ""), ok);
        let on = "1 refused, then accepts 2 appends";
        assert_eq!(outcome("ok\nrefused: a\nok\nok\n", Some(0), ""), on);
        assert_eq!(outcome("ok\nrefused: a\n", None, ""), "1 refused, then hangs");
        let dead = "panics, process dead";
        assert_eq!(outcome("ok\n", Some(101 << 8), "thread panicked at x.rs\n"), dead);
        assert_eq!(outcome("ok\nok\n", Some(0), ""), "no error: 2 appends accepted");
    }
}
