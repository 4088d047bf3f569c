//! Which commands work on the log itself, rather than on what was folded from it, is decided here.

mod copies;

mod archive;
mod backup;
mod restore;

use anyhow::Result;
use clap::Subcommand;

use crate::answer::Answer;

/// Read, copy and check the log itself
#[derive(Debug, clap::Args)]
pub(crate) struct Log {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy the log to another directory, or bring such a copy up to date
    Backup(backup::Args),
    /// Make a log of a backup, verified before and after
    Restore(restore::Args),
    /// Compress old finished segments; the log stays readable and verifiable
    Archive(archive::Args),
}

pub(crate) fn run(log: &Log) -> Result<Answer> {
    match &log.command {
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => restore::run(args),
        Command::Archive(args) => archive::run(args),
    }
}
