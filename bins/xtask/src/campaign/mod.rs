//! Which long proofs run is decided here: the ones that take too long for every day.

mod list;

mod mutants;

use anyhow::{Context, Result};
use clap::Subcommand;

use crate::tools;
use crate::workspace::Workspace;

const KILLS: &str = "500";
const DATABASE_KILLS: &str = "200";
const RECOMMENDATIONS: &str = "10000";
const HISTORIES: &str = "100000";

/// A proof that takes long.
#[derive(Subcommand)]
pub(crate) enum Campaign {
    /// Remove each sync and each check of the log in turn; a test has to fail every time.
    ///
    /// All of them are built into one copy of the tests, in which a variable chooses. What was
    /// judged at the same sources is not judged again, so a campaign that was cut short goes on.
    Mutants {
        /// Only those whose name contains this.
        name: Option<String>,
        /// Ask only the tests that each mutant names.
        #[arg(long)]
        named: bool,
        /// Judge again what was judged at the same sources.
        #[arg(long)]
        again: bool,
        /// The verdicts as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Kill a writing process at 500 moments.
    Kill,
    /// Kill the database at 200 moments: beside the log, whose tables must equal a rebuild, and
    /// with the log in it.
    Database,
    /// Kill and stop two dispatchers over one log and one account: of ten thousand recommendations
    /// five are approved, and at most five orders reach the broker.
    Leaders,
    /// Flip every single bit of a log of twenty groups.
    Bits,
    /// Hold a hundred thousand histories with faults against a list in memory.
    Histories,
}

/// Runs one; false if it found something.
pub(crate) fn run(workspace: &Workspace, campaign: &Campaign) -> Result<bool> {
    match campaign {
        Campaign::Mutants { name, named, again, json } => {
            let (name, named, again, json) = (name.as_deref(), *named, *again, *json);
            mutants::run(workspace, &mutants::Wish { name, named, again, json })
        }
        Campaign::Kill => test(workspace, "kill", "", ("GATEFOLD_KILLS", KILLS)),
        Campaign::Database => database(workspace),
        Campaign::Leaders => leaders(workspace),
        Campaign::Bits => test(workspace, "it", "rows::rot", ("GATEFOLD_EXHAUSTIVE", "1")),
        Campaign::Histories => test(workspace, "it", "model", ("PROPTEST_CASES", HISTORIES)),
    }
}

/// Runs the test that kills the database, in release.
fn database(workspace: &Workspace) -> Result<bool> {
    tools::provide_postgres(workspace)?;
    let mut command = workspace.cargo(["test", "--release", "-p", "gatefold-postgres"]);
    command.args(["--test", "it", "killed_at_any_moment"]).env("GATEFOLD_KILLS", DATABASE_KILLS);
    Ok(command.status().context("cargo cannot be started: is it on the PATH?")?.success())
}

/// Runs the test of two dispatchers at its full size, in release.
fn leaders(workspace: &Workspace) -> Result<bool> {
    tools::provide_postgres(workspace)?;
    let mut command = workspace.cargo(["test", "--release", "-p", "gatefold-dispatcher"]);
    command.args(["--test", "leaders"]).env("GATEFOLD_RECOMMENDATIONS", RECOMMENDATIONS);
    Ok(command.status().context("cargo cannot be started: is it on the PATH?")?.success())
}

/// Runs tests of the log in release with one variable set.
fn test(workspace: &Workspace, target: &str, only: &str, set: (&str, &str)) -> Result<bool> {
    tools::provide(workspace, "strace")?;
    let mut command = workspace.cargo(["test", "--release", "-p", "gatefold-log", "--test"]);
    command.arg(target).env(set.0, set.1);
    if !only.is_empty() {
        command.args(["--", only]);
    }
    Ok(command.status().context("cargo cannot be started: is it on the PATH?")?.success())
}
