//! `gatefold`: asks a log, and the gates themselves.

mod answer;
mod args;
mod books;

mod status;

mod explain;

mod headroom;
mod market;
mod replay;

mod check;

mod database;

mod import;

mod report;

mod docs;

mod log;

mod holdings;

mod human;
mod table;

#[cfg(test)]
mod story;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::answer::{Answer, OK, UNREADABLE};
use crate::args::{Cli, Command, Page};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Whoever closes the pipe early has read enough of the help.
            let _ = error.print();
            let code = if error.use_stderr() { usage_code() } else { OK };
            return ExitCode::from(code);
        }
    };
    match answer(&cli.command) {
        Ok(answer) => answer.give(),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(UNREADABLE)
        }
    }
}

/// The exit code of wrong usage: `log verify` says with the usual one that a log is damaged.
fn usage_code() -> u8 {
    let words: Vec<String> = std::env::args().skip(1).take(2).collect();
    if words == ["log", "verify"] { log::UNVERIFIED } else { UNREADABLE }
}

fn answer(command: &Command) -> Result<Answer> {
    match command {
        Command::Status(args) => status::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Headroom(args) => headroom::run(args),
        Command::Check(args) => check::run(args),
        Command::Migrate(args) => database::migrate(args),
        Command::Project(args) => database::project(args),
        Command::Import(args) => import::run(args),
        Command::Report(args) => report::run(args),
        Command::Log(args) => log::run(args),
        Command::Docs(args) => match args.page {
            Page::Gates => Ok(Answer::ok(docs::gates())),
        },
    }
}
