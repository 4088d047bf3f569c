//! The process that something happens to: it says on a pipe what the log answered.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use gatefold_core::record::{AppendError, Log, Position};

use crate::{script, tmpfs};

/// Plays one part and ends.
pub(crate) fn play(part: &str, directory: &Path) -> ExitCode {
    say("started");
    match part {
        "part-append" => append_all(directory),
        "part-read" => read_all(directory),
        "part-hold" => hold(directory),
        "part-fill" => tmpfs::fill(directory),
        other => panic!("there is no part {other}"),
    }
    ExitCode::SUCCESS
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    // Nobody may be there to hear it; what was said before stands.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Appends the script. After `Full` the same batch is tried again; after anything else the log has
/// to refuse.
fn append_all(directory: &Path) {
    let mut log = match script::reopen(directory) {
        Ok((log, _)) => log,
        Err(error) => return say(&format!("refused {error}")),
    };
    for (index, batch) in script::batches(script::BATCHES).iter().enumerate() {
        let mut answer = script::append(&mut log, batch);
        if matches!(answer, Err(AppendError::Full { .. })) {
            say(&format!("full {index}"));
            answer = script::append(&mut log, batch);
        }
        match answer {
            Ok(_) => say(&format!("acknowledged {index}")),
            Err(AppendError::Indeterminate { .. }) => say(&format!("indeterminate {index}")),
            Err(AppendError::Poisoned { .. }) => say(&format!("poisoned {index}")),
            Err(other) => say(&format!("wrong {index}: {other}")),
        }
    }
    match log.close() {
        Ok(()) => say("closed"),
        Err(error) => say(&format!("not closed: {error}")),
    }
}

/// Opens the log for writing and reads it.
fn read_all(directory: &Path) {
    let log = match script::reopen(directory) {
        Ok((log, _)) => log,
        Err(error) => return say(&format!("refused {error}")),
    };
    let mut events = 0;
    let read = log.read(Position::ZERO, &mut |_| {
        events += 1;
        ControlFlow::Continue(())
    });
    match read {
        Ok(()) => say(&format!("read {events}")),
        Err(error) => say(&format!("unread {error}")),
    }
}

/// Holds the log until it is killed or nobody listens any more.
fn hold(directory: &Path) {
    let (mut log, _) = script::reopen(directory).unwrap();
    script::append(&mut log, &script::batches(1)[0]).unwrap();
    say("held");
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}
