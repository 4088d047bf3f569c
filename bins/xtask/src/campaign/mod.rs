//! Which long proofs run is decided here: the ones that take too long for every day.

mod broker;
mod list;

mod mutants;

use anyhow::{Context, Result};
use clap::Subcommand;

use crate::tools;
use crate::workspace::Workspace;

const KILLS: &str = "500";
const DATABASE_KILLS: u32 = 200;
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
        /// Only those whose name contains one of these.
        names: Vec<String>,
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
    /// Kill the database at 200 random moments of a day of rows that come in, are decided and
    /// answered: nothing is lost, nothing is there twice, and the tables equal a rebuild.
    Database {
        /// So often.
        #[arg(long, default_value_t = DATABASE_KILLS)]
        kills: u32,
        /// What happens on the day, and when the kills come.
        #[arg(long, default_value_t = 11)]
        seed: u64,
        /// The summary as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Play 200 whole days against the local Alpaca with every fault, and kill the dispatcher 500
    /// times on further days.
    ///
    /// Each day is given by its seed: what is advised, what goes wrong, when it is killed. Days
    /// that passed with the same programs are not played again, so a campaign that was cut short
    /// goes on. A day that fails keeps its folder, and says with which command it is played again.
    Broker(broker::Days),
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
        Campaign::Mutants { names, named, again, json } => {
            let (named, again, json) = (*named, *again, *json);
            mutants::run(workspace, &mutants::Wish { names, named, again, json })
        }
        Campaign::Kill => test(workspace, "kill", "", ("GATEFOLD_KILLS", KILLS)),
        Campaign::Broker(days) => broker::run(workspace, days),
        Campaign::Database { kills, seed, json } => database(workspace, *kills, *seed, *json),
        Campaign::Leaders => leaders(workspace),
        Campaign::Bits => test(workspace, "it", "rows::rot", ("GATEFOLD_EXHAUSTIVE", "1")),
        Campaign::Histories => test(workspace, "it", "model", ("PROPTEST_CASES", HISTORIES)),
    }
}

/// Runs the test that kills the database. Almost all of its time is the server's.
fn database(workspace: &Workspace, kills: u32, seed: u64, json: bool) -> Result<bool> {
    tools::provide_postgres(workspace)?;
    let summary = workspace.target()?.join("campaign-database.json");
    if summary.exists() {
        std::fs::remove_file(&summary).context("the last summary cannot be removed")?;
    }
    let mut command = workspace.cargo(["test", "-p", "gatefold-postgres", "--test", "it"]);
    command.args(["killed::", "--", "--nocapture"]);
    command.env("GATEFOLD_KILLS", kills.to_string()).env("GATEFOLD_SEED", seed.to_string());
    command.env("GATEFOLD_SUMMARY", &summary);
    if json {
        // What is said on the way is for people.
        command.stdout(std::io::stderr());
    }
    let passed = command.status().context("cargo cannot be started: is it on the PATH?")?.success();
    if passed {
        println!("{}", std::fs::read_to_string(&summary).context("the test left no summary")?);
    }
    Ok(passed)
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
