//! The dispatcher: recommendations in, orders out, positions managed.

mod arguments;
mod json;
mod live;
mod read_models;
mod run;
mod signals;
mod text;
mod voice;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let Arguments { command: Command::Run(run) } = Arguments::parse();
    voice::listen_to_tracing(run.log_format, run.verbose);
    run::run(&run)
}
