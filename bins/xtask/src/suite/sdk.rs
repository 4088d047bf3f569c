//! Whether Alpaca's own SDK takes the fake Alpaca for the real one is decided here: it is installed
//! as pinned and drives the server through every call it has.

use anyhow::Result;

use crate::process;
use crate::suite::part::{Outcome, Run};
use crate::suite::python::{self, said};

const REQUIREMENTS: &str = "bins/fake-alpaca/tests/sdk/requirements.txt";
const CHECK: &str = "bins/fake-alpaca/tests/sdk/check.py";
const MARKET: &str = "docs/quickstart/market";

/// Start the fake over the quickstart's market and let the SDK trade there.
pub(crate) fn run(run: &Run<'_>) -> Result<Outcome> {
    let python = match python::environment(run, "sdk-python", REQUIREMENTS) {
        Ok(python) => python,
        Err(why) => return Ok(Outcome::Skipped(format!("{why:#}"))),
    };
    let built = process::watch(run.workspace.cargo(["build", "-p", "fake-alpaca"]), run.progress)?;
    if !built.success {
        return Ok(Outcome::Failed(built.text));
    }
    let at = |path: &str| run.workspace.root.join(path).display().to_string();
    let program = run.workspace.target()?.join("debug/fake-alpaca").display().to_string();
    run.progress.set_message("alpaca-py");
    match said(run, &python, &[&at(CHECK), &program, &at(MARKET)]) {
        Ok(told) => Ok(Outcome::Passed(String::from_utf8_lossy(&told).trim().to_owned())),
        Err(error) => Ok(Outcome::Failed(format!("{error:#}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_part_runs_is_there_and_pinned_by_hash() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for path in [CHECK, MARKET] {
            assert!(root.join(path).exists(), "{path}");
        }
        let pinned = std::fs::read_to_string(root.join(REQUIREMENTS)).unwrap();
        let packages = pinned.lines().filter(|line| line.contains("=="));
        assert!(packages.clone().count() > 5);
        assert!(packages.into_iter().all(|line| line.ends_with('\\')), "a hash follows each");
    }
}
