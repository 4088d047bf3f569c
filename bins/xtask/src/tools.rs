//! How a program from the system's packages is had: it is there, or it is installed where this
//! program may, or it is named.

use anyhow::{Result, bail};
use throwaway_postgres::{Installation, PACKAGE};

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
    if install(workspace, program) && process::answers(version()) {
        return Ok(());
    }
    bail!(
        "{program} is missing: install it (`apt-get install {program}` as root) and run this again"
    )
}

/// A PostgreSQL server that tests make clusters with.
pub(crate) fn provide_postgres(workspace: &Workspace) -> Result<()> {
    if Installation::find().is_ok() {
        return Ok(());
    }
    install(workspace, PACKAGE);
    match Installation::find() {
        Ok(_) => Ok(()),
        Err(missing) => bail!("{missing} (`apt-get install {PACKAGE}` as root) and run this again"),
    }
}

/// Installs a package where this program may.
fn install(workspace: &Workspace, package: &str) -> bool {
    let install =
        format!("test \"$(id -u)\" = 0 && apt-get update && apt-get install -y {package}");
    let mut shell = workspace.command("sh");
    shell.args(["-c", &install]);
    process::answers(shell)
}
