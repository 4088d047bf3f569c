//! How the event log is measured beside other logs: a workspace of its own is built and run.

use anyhow::{Context, Result, bail};

use crate::bench::{Place, place};
use crate::tools;
use crate::workspace::Workspace;

pub(crate) const MANIFEST: &str = "benches/peers/Cargo.toml";
const PROGRAM: &str = "gatefold-peers";

/// Builds the peers in release (minutes, the first time) and measures.
pub(crate) fn log(workspace: &Workspace, corruption: bool, quick: bool) -> Result<bool> {
    tools::provide(workspace, "strace")?;
    let target = workspace.target()?;
    let built = target.join("peers");
    let mut build = workspace.cargo(["build", "--release", "--locked", "--manifest-path"]);
    build.arg(MANIFEST).arg("--target-dir").arg(&built);
    if !build.status().context("cargo cannot be started: is it on the PATH?")?.success() {
        bail!("`cargo build --release --manifest-path {MANIFEST}` failed");
    }
    let Place { machine, compiler, commit } = place(workspace);
    let program = built.join("release").join(PROGRAM);
    let mut measure = workspace.command(&program.to_string_lossy());
    measure.arg("measure").arg(target.join("bench-log"));
    measure.args(["--machine", &format!("{machine}; {compiler}"), "--commit", &commit]);
    for (wished, flag) in [(corruption, "--corruption"), (quick, "--quick")] {
        if wished {
            measure.arg(flag);
        }
    }
    Ok(measure.status().with_context(|| format!("{PROGRAM} cannot be started"))?.success())
}
