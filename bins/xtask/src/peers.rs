//! How gatefold is measured beside others: a workspace of its own is built and run.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::bench::{Place, place, say_where};
use crate::tools;
use crate::workspace::Workspace;

pub(crate) const MANIFEST: &str = "benches/peers/Cargo.toml";
const PROGRAM: &str = "gatefold-peers";

/// The event log beside other logs.
pub(crate) fn log(workspace: &Workspace, corruption: bool, quick: bool) -> Result<bool> {
    tools::provide(workspace, "strace")?;
    let mut measure = built(workspace)?;
    let Place { machine, compiler, commit } = place(workspace);
    measure.arg("measure").arg(workspace.target()?.join("bench-log"));
    measure.args(["--machine", &format!("{machine}; {compiler}"), "--commit", &commit]);
    for (wished, flag) in [(corruption, "--corruption"), (quick, "--quick")] {
        if wished {
            measure.arg(flag);
        }
    }
    run(measure)
}

/// Folding a fill beside another engine's.
pub(crate) fn fold(workspace: &Workspace) -> Result<bool> {
    let mut measure = built(workspace)?;
    say_where(workspace);
    measure.arg("fills");
    run(measure)
}

/// Builds the peers in release (minutes, the first time), and answers how they are started.
fn built(workspace: &Workspace) -> Result<Command> {
    let target = workspace.target()?.join("peers");
    let mut build = workspace.cargo(["build", "--release", "--locked", "--manifest-path"]);
    build.arg(MANIFEST).arg("--target-dir").arg(&target);
    if !build.status().context("cargo cannot be started: is it on the PATH?")?.success() {
        bail!("`cargo build --release --manifest-path {MANIFEST}` failed");
    }
    Ok(workspace.command(&target.join("release").join(PROGRAM).to_string_lossy()))
}

fn run(mut measure: Command) -> Result<bool> {
    Ok(measure.status().with_context(|| format!("{PROGRAM} cannot be started"))?.success())
}
