//! Whether what `gatefold log export` writes is what other programs read is decided here: DuckDB
//! and pandas open it in a Python environment of their own.

use std::path::Path;

use anyhow::Result;

use crate::process;
use crate::suite::part::{Outcome, Run};
use crate::suite::python::{self, said};
use crate::suite::sandbox::Sandbox;

const REQUIREMENTS: &str = "bins/gatefold-cli/tests/export/requirements.txt";
const CHECK: &str = "bins/gatefold-cli/tests/export/check.py";
/// Logs that together hold most kinds of event, by the configuration that makes them.
const DAYS: &[&str] = &["docs/quickstart", "docs/incident"];
const FORMATS: &[&str] = &["jsonl", "csv", "parquet"];

/// Export the documented days in every format and open them.
pub(crate) fn run(run: &Run<'_>) -> Result<Outcome> {
    let python = match python::environment(run, "export-python", REQUIREMENTS) {
        Ok(python) => python,
        Err(why) => return Ok(Outcome::Skipped(format!("{why:#}"))),
    };
    let packages = ["build", "-p", "gatefold-cli", "-p", "gatefold-dispatcher"];
    let built = process::watch(run.workspace.cargo(packages), run.progress)?;
    if !built.success {
        return Ok(Outcome::Failed(built.text));
    }
    let sandbox = Sandbox::new(run.workspace)?;
    let mut told = Vec::new();
    for day in DAYS {
        match open(run, &python, &sandbox.path().join(day)) {
            Ok(line) => told.push(line),
            Err(error) => return Ok(Outcome::Failed(format!("{day}: {error:#}"))),
        }
    }
    Ok(Outcome::Passed(told.join("; ")))
}

/// One day played, exported, and opened.
fn open(run: &Run<'_>, python: &Path, folder: &Path) -> Result<String> {
    let programs = run.workspace.target()?.join("debug");
    let config = folder.join("gatefold.toml").display().to_string();
    let program = |name: &str| programs.join(name);
    said(run, &program("gatefold-dispatcher"), &["run", &config])?;
    let gatefold = program("gatefold");
    let listed = said(run, &gatefold, &["log", "cat", "--json", "--config", &config])?;
    std::fs::write(folder.join("cat.jsonl"), listed)?;
    for format in FORMATS {
        let out = folder.join(format!("events.{format}")).display().to_string();
        let export = ["log", "export", "--config", &config, "--format", format, "--out", &out];
        said(run, &gatefold, &export)?;
    }
    let check = run.workspace.root.join(CHECK).display().to_string();
    let told = said(run, python, &[&check, &folder.display().to_string()])?;
    Ok(String::from_utf8_lossy(&told).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_part_runs_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for path in [REQUIREMENTS, CHECK] {
            assert!(root.join(path).is_file(), "{path}");
        }
        for day in DAYS {
            assert!(root.join(day).join("gatefold.toml").is_file(), "{day}");
        }
    }
}
