//! How whole days against the local Alpaca are played in numbers is decided here: days with every
//! fault, and days on which the dispatcher is killed again and again.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::workspace::Workspace;

/// How many days are played.
#[derive(Args)]
pub(crate) struct Days {
    /// Days with every fault, a seed each.
    #[arg(long, value_name = "N", default_value_t = 200)]
    seeds: usize,
    /// The first seed.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    from: u64,
    /// Kills of the dispatcher, twelve on each further day.
    #[arg(long, value_name = "N", default_value_t = 500)]
    kills: usize,
    /// Days that are played at once.
    #[arg(long, value_name = "N", default_value_t = 6)]
    at_once: usize,
    /// Play again what was played with the same programs.
    #[arg(long)]
    again: bool,
    /// The summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Plays them; false if a day ended wrong.
pub(crate) fn run(workspace: &Workspace, days: &Days) -> Result<bool> {
    let folder = workspace.target()?.join("days");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let (book, told) = (folder.join("played.jsonl"), folder.join("summary.jsonl"));
    forget(&told)?;
    if days.again {
        forget(&book)?;
    }
    let mut command = workspace.cargo(["test", "-p", "gatefold-dispatcher"]);
    command.args(["--test", "day", "--", "--nocapture", "--test-threads", "1"]);
    let numbers = [
        ("GATEFOLD_DAYS", days.seeds.to_string()),
        ("GATEFOLD_DAYS_FROM", days.from.to_string()),
        ("GATEFOLD_DAYS_KILLS", days.kills.to_string()),
        ("GATEFOLD_DAYS_AT_ONCE", days.at_once.to_string()),
    ];
    command.envs(numbers).env("GATEFOLD_DAYS_BOOK", &book).env("GATEFOLD_DAYS_SUMMARY", &told);
    if days.json {
        // What the tests say themselves is no JSON.
        command.stdout(std::process::Stdio::null());
    }
    let passed = command.status().context("cargo cannot be started: is it on the PATH?")?.success();
    tell(&told, days.json)?;
    Ok(passed)
}

fn forget(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| path.display().to_string())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints what both kinds of days had.
fn tell(path: &Path, as_json: bool) -> Result<()> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let told: Vec<Value> = text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
    if as_json {
        println!("{}", serde_json::to_string_pretty(&json!({ "campaigns": told }))?);
        return Ok(());
    }
    for campaign in &told {
        let failed = campaign["failures"].as_array().map_or(0, Vec::len);
        println!("{}: {} played, {failed} failed", campaign["name"], campaign["days"]);
        for (name, count) in campaign["counts"].as_object().into_iter().flatten() {
            println!("  {count:>8} {name}");
        }
    }
    Ok(())
}
