//! `cargo xtask`: which of the repository's own tasks runs is decided here.

mod workspace;

mod process;
mod tools;

mod source;

mod suite;

mod tidy;

mod bench;

mod campaign;
mod peers;

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use crate::campaign::Campaign;
use crate::suite::Wish;
use crate::workspace::Workspace;

/// The repository's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run everything the README promises, one line per part.
    Test {
        /// Run this part alone (may be repeated).
        #[arg(long, value_name = "PART", value_parser = PossibleValuesParser::new(suite::names()))]
        only: Vec<String>,
        /// Rewrite generated documents instead of comparing them.
        #[arg(long)]
        bless: bool,
    },
    /// Check the rules of the house: directions, mints, orphans, leftovers, lengths, words.
    Tidy,
    /// Run a proof that takes too long for every day.
    Campaign {
        #[command(subcommand)]
        campaign: Campaign,
    },
    /// Run the benches and say on which machine, compiler and commit.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        /// Run only the benches whose name contains this.
        name: Option<String>,
        /// Count instructions under callgrind instead of measuring time.
        #[arg(long)]
        instructions: bool,
        #[command(subcommand)]
        beside: Option<Beside>,
    },
}

/// What is measured in turn with something else in one run, so that it can be compared on a machine
/// that others share.
#[derive(Subcommand)]
enum Beside {
    /// The event log beside other embedded logs, interleaved in one run: speed, syncs, and what a
    /// flipped bit and a failed sync do. Figures and table go to `bench-log` in the target folder.
    Log {
        /// Only flip bits and fail syncs; the speed is taken from the last run.
        #[arg(long)]
        corruption: bool,
        /// A little of everything: to see that it works, not for figures.
        #[arg(long)]
        quick: bool,
    },
    /// Judging by an account that holds little and lived short beside others.
    Flat,
    /// Folding a fill beside NautilusTrader's position, in turn in one run.
    Fold,
    /// What is done in a database beside plain inserts into the same one, interleaved in one run
    /// on a throw-away cluster that syncs every commit; exit code 1 where a bound is missed.
    Database {
        /// Run only the cases whose name contains this.
        name: Option<String>,
        /// A little of everything: to see that it works, not for figures.
        #[arg(long)]
        quick: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<bool> {
    let workspace = Workspace::find()?;
    match arguments.task {
        Task::Test { only, bless } => {
            let wish = if bless { Wish::Bless } else { Wish::Compare };
            suite::run(&workspace, &only, wish)
        }
        Task::Campaign { campaign } => campaign::run(&workspace, &campaign),
        Task::Tidy => tidy::run(&workspace.root),
        Task::Bench { beside: Some(Beside::Log { corruption, quick }), .. } => {
            peers::log(&workspace, corruption, quick)
        }
        Task::Bench { beside: Some(Beside::Flat), .. } => bench::flat(&workspace),
        Task::Bench { beside: Some(Beside::Fold), .. } => peers::fold(&workspace),
        Task::Bench { beside: Some(Beside::Database { name, quick }), .. } => {
            bench::database(&workspace, name.as_deref(), quick)
        }
        Task::Bench { name, instructions: false, .. } => bench::time(&workspace, name.as_deref()),
        Task::Bench { name, instructions: true, .. } => {
            bench::instructions(&workspace, name.as_deref())
        }
    }
}
