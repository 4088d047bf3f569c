//! gatefold beside others: its log beside other embedded logs (speed, and what a flipped bit or a
//! failed sync does), and its fold beside another engine's.
//!
//! `cargo xtask bench log` and `bench fold` build and run this program. The log's raw figures are
//! JSON files in the folder it is given, and its table is made from those files alone.

mod event;

mod peer;

mod stats;

mod probe;

mod child;

mod work;

mod speed;

mod syncs;

mod faults;

mod fills;

mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::report::{Origin, save};

/// gatefold beside others: its log, and its fold.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure, and write the raw figures and the table into a folder.
    Measure {
        /// Where the figures go. Logs are written below it and removed.
        out: PathBuf,
        /// Processor, compiler and commit, as the table names them.
        #[arg(long, default_value = "unknown")]
        machine: String,
        #[arg(long, default_value = "unknown")]
        commit: String,
        /// A little of everything: to see that it works, not for figures.
        #[arg(long)]
        quick: bool,
        /// Only flip bits and fail syncs; the speed is taken from the last run.
        #[arg(long)]
        corruption: bool,
    },
    /// Append in some cases and by some logs only, and print the medians: for who works on one.
    Appends {
        /// Where the logs are written; they are removed.
        out: PathBuf,
        /// A case of the table, such as `lone` or `batch-100`; all if none is named.
        #[arg(long)]
        case: Vec<String>,
        /// A log of the table; all if none is named.
        #[arg(long)]
        peer: Vec<String>,
        /// How often each is measured.
        #[arg(long, default_value_t = 7)]
        rounds: usize,
    },
    /// Open one log after a kill only, without and with a snapshot: for who works on one.
    Openings {
        /// Where the logs are written; they are removed.
        out: PathBuf,
        /// A log of the table; all if none is named.
        #[arg(long)]
        peer: Vec<String>,
        /// How often each is measured.
        #[arg(long, default_value_t = 7)]
        rounds: usize,
    },
    /// Scan only, ours and every peer, and print the medians: for who works on one.
    Scans {
        /// Where the logs are written; they are removed.
        out: PathBuf,
    },
    /// Fold fills in turn with another engine, and print the table.
    Fills {
        /// How many chunks of each case.
        #[arg(long, default_value_t = 200)]
        rounds: usize,
    },
    /// Make the table again from the figures in a folder.
    Table { out: PathBuf },
    /// Append events one by one and leave without closing.
    #[command(hide = true)]
    Append { peer: String, directory: PathBuf, events: u64 },
    /// Fill a log and wait to be killed.
    #[command(hide = true)]
    Fill { peer: String, directory: PathBuf, events: u64 },
    /// Open a log and say how long it took.
    #[command(hide = true)]
    Open { peer: String, directory: PathBuf },
    /// Read a damaged log and say what came back.
    #[command(hide = true)]
    Read { peer: String, directory: PathBuf, stored: usize },
    /// Read ours and say how much memory that took.
    #[command(hide = true)]
    Peak { directory: PathBuf },
    /// Append on and on, whatever happens.
    #[command(hide = true)]
    Persist { peer: String, directory: PathBuf, events: u64 },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    match task {
        Task::Measure { out, machine, commit, quick, corruption } => {
            let origin = Origin { machine, commit, quick };
            measure(&out, &origin, corruption)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Appends { out, case, peer, rounds } => {
            let scratch = scratch_in(&out)?;
            let effort = speed::Effort { rounds, ..speed::Effort::full() };
            let chosen = speed::Chosen::new(&case, &peer)?;
            let samples = speed::appends(scratch.path(), effort, &chosen)?;
            println!("{}", report::medians(samples));
            Ok(ExitCode::SUCCESS)
        }
        Task::Openings { out, peer, rounds } => {
            let scratch = scratch_in(&out)?;
            let effort = speed::Effort { rounds, ..speed::Effort::full() };
            let chosen = speed::Chosen::new(&[], &peer)?;
            for opening in speed::openings(scratch.path(), effort, &chosen)? {
                println!("{}", serde_json::to_string(&opening)?);
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::Scans { out } => {
            let scratch = scratch_in(&out)?;
            let scans = speed::scans(scratch.path(), speed::Effort::full())?;
            println!("{}", report::scans(scans));
            Ok(ExitCode::SUCCESS)
        }
        Task::Fills { rounds } => {
            println!("{}", fills::table(rounds));
            Ok(ExitCode::SUCCESS)
        }
        Task::Table { out } => {
            tabulate(&out)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Append { peer, directory, events } => {
            work::append(peer::named(&peer)?, &directory, events)
        }
        Task::Fill { peer, directory, events } => {
            work::fill(peer::named(&peer)?, &directory, events)
        }
        Task::Open { peer, directory } => work::open(peer::named(&peer)?, &directory),
        Task::Read { peer, directory, stored } => {
            work::read(peer::named(&peer)?, &directory, stored)
        }
        Task::Peak { directory } => work::peak(&directory),
        Task::Persist { peer, directory, events } => {
            work::persist(peer::named(&peer)?, &directory, events)
        }
    }
}

fn measure(out: &Path, origin: &Origin, corruption: bool) -> Result<()> {
    let scratch = scratch_in(out)?;
    let scratch = scratch.path();
    if !corruption {
        let effort = if origin.quick { speed::Effort::quick() } else { speed::Effort::full() };
        save(out, report::SYNCS, origin, syncs::count(scratch)?)?;
        let all = speed::Chosen::all();
        save(out, report::APPENDS, origin, speed::appends(scratch, effort, &all)?)?;
        save(out, report::SCANS, origin, speed::scans(scratch, effort)?)?;
        save(out, report::OPENINGS, origin, speed::openings(scratch, effort, &all)?)?;
    }
    let quick = origin.quick;
    let effort = if quick { faults::flip::Effort::quick() } else { faults::flip::Effort::full() };
    save(out, report::FLIPS, origin, faults::flip::measure(scratch, effort)?)?;
    save(out, report::FAILED_SYNCS, origin, faults::sync::measure(scratch)?)?;
    tabulate(out)
}

fn scratch_in(out: &Path) -> Result<tempfile::TempDir> {
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    Ok(tempfile::Builder::new().prefix("scratch-").tempdir_in(out)?)
}

fn tabulate(out: &Path) -> Result<()> {
    let table = report::table(out)?;
    fs::write(out.join("table.md"), &table)?;
    println!("{table}");
    Ok(())
}
