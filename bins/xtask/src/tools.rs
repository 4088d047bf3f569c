//! How a program from the system's packages is had: it is there, or it is installed where this
//! program may, or it is named.

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// A program that its package of the same name brings.
pub(crate) fn provide(workspace: &Workspace, program: &str) -> Result<()> {
    let version = || {
        let mut command = workspace.command(program);
        command.arg("--version");
        command
    };
    if process::answers(version()) {
        return Ok(());
    }
    let install =
        format!("test \"$(id -u)\" = 0 && apt-get update && apt-get install -y {program}");
    let mut shell = workspace.command("sh");
    shell.args(["-c", &install]);
    if process::answers(shell) && process::answers(version()) {
        return Ok(());
    }
    bail!(
        "{program} is missing: install it (`apt-get install {program}` as root) and run this again"
    )
}
