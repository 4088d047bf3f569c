//! How Python checks get an interpreter with their packages is decided here: a virtual environment
//! below `target`, one for each requirements file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::suite::part::Run;

/// What a program printed; its errors where it failed.
pub(crate) fn said(run: &Run<'_>, program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
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

/// A Python with the packages of a requirements file. Kept below `target` under a name, made once;
/// made again when the file changes.
pub(crate) fn environment(run: &Run<'_>, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = run.workspace.target()?.join(name);
    let python = folder.join("bin/python");
    let file = run.workspace.root.join(requirements);
    let wanted =
        std::fs::read_to_string(&file).with_context(|| format!("{requirements} cannot be read"))?;
    let stamp = folder.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run.progress.set_message("python packages");
    let lacking = "python3 with venv is missing: install it (`apt-get install python3-venv`)";
    let place = folder.display().to_string();
    said(run, Path::new("python3"), &["-m", "venv", "--clear", &place]).context(lacking)?;
    let file = file.display().to_string();
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &file];
    said(run, &python, &install)
        .with_context(|| format!("the packages of {requirements} cannot be installed"))?;
    std::fs::write(stamp, wanted)?;
    Ok(python)
}
