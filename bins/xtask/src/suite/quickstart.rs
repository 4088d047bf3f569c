//! What the first command of a newcomer must do is decided here: it runs the day, and run again
//! it decides nothing anew.

use std::process::Output;

use anyhow::Result;

use crate::suite::part::{Outcome, Run};
use crate::suite::sandbox::Sandbox;

const COMMAND: &str =
    "cargo run --release --bin gatefold-dispatcher -- run docs/quickstart/gatefold.toml";
/// What the second run says.
const AGAIN: &str = "already decided";
/// What only a run that found nothing to do says.
const NOTHING_NEW: &str = "everything was already decided";

/// Run the quickstart day twice on one fresh log.
pub(crate) fn run(run: &Run<'_>) -> Result<Outcome> {
    let sandbox = Sandbox::new(run.workspace)?;
    run.progress.set_message("first run");
    let first = sandbox.run(COMMAND)?;
    run.progress.set_message("second run");
    let second = sandbox.run(COMMAND)?;
    Ok(match judge(&first, &second) {
        Ok(()) => Outcome::Passed(String::new()),
        Err(why) => Outcome::Failed(format!(
            "{why}\n$ {COMMAND}\n{}\n$ {COMMAND}\n{}",
            said(&first),
            said(&second)
        )),
    })
}

fn judge(first: &Output, second: &Output) -> Result<(), String> {
    for (which, output) in [("first", first), ("second", second)] {
        if !output.status.success() {
            return Err(format!("the {which} run failed ({})", output.status));
        }
    }
    if first.stdout.is_empty() {
        return Err("the first run printed no report".to_owned());
    }
    if said(first).to_lowercase().contains(NOTHING_NEW) {
        return Err(format!("the first run, on a fresh log, says `{NOTHING_NEW}`"));
    }
    if !said(second).to_lowercase().contains(AGAIN) {
        return Err(format!("the second run does not say `{AGAIN}`"));
    }
    Ok(())
}

/// Both streams, one after the other.
fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn verdict(first: &str, second: &str) -> Result<(), String> {
        let run = |script: &str| Command::new("sh").args(["-c", script]).output().unwrap();
        judge(&run(first), &run(second))
    }

    #[test]
    fn a_day_and_its_repetition_pass() {
        verdict("echo 3 orders", "echo Everything was already decided.").unwrap();
    }

    #[test]
    fn a_second_day_of_trading_a_stale_log_and_a_failure_are_found() {
        assert!(verdict("echo 3 orders", "echo 3 orders").unwrap_err().contains("second"));
        let again = "echo everything was already decided";
        assert!(verdict(again, again).unwrap_err().contains("fresh log"));
        assert!(verdict("echo a; exit 1", again).unwrap_err().contains("first run failed"));
        assert!(verdict("true", again).unwrap_err().contains("no report"));
    }
}
