//! Whether what `gatefold log export` writes is what other programs read is decided here: DuckDB
//! and pandas open it in a Python environment of their own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::suite::part::{Outcome, Run};
use crate::suite::sandbox::Sandbox;

const REQUIREMENTS: &str = "bins/gatefold-cli/tests/export/requirements.txt";
const CHECK: &str = "bins/gatefold-cli/tests/export/check.py";
/// Logs that together hold most kinds of event, by the configuration that makes them.
const DAYS: &[&str] = &["docs/quickstart", "docs/incident"];
const FORMATS: &[&str] = &["jsonl", "csv", "parquet"];

/// Export the documented days in every format and open them.
pub(crate) fn run(run: &Run<'_>) -> Result<Outcome> {
    let python = match environment(run) {
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

/// What a program printed; its errors where it failed.
fn said(run: &Run<'_>, program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let name = program.display().to_string();
    let mut command = run.workspace.command(&name);
    let output = command.args(arguments).output();
    let output = output.with_context(|| format!("{name} cannot be started"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    bail!("{name} {} ({})\n{errors}", arguments.join(" "), output.status)
}

/// A Python with the packages that the check needs. Kept below `target`, made once.
fn environment(run: &Run<'_>) -> Result<PathBuf> {
    let folder = run.workspace.target()?.join("export-python");
    let python = folder.join("bin/python");
    let requirements = run.workspace.root.join(REQUIREMENTS);
    let wanted = std::fs::read_to_string(&requirements)
        .with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
    let stamp = folder.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run.progress.set_message("python packages");
    let lacking = "python3 with venv is missing: install it (`apt-get install python3-venv`)";
    let place = folder.display().to_string();
    said(run, Path::new("python3"), &["-m", "venv", "--clear", &place]).context(lacking)?;
    let file = requirements.display().to_string();
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &file];
    said(run, &python, &install).context("the packages cannot be installed")?;
    std::fs::write(stamp, wanted)?;
    Ok(python)
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
