//! `fake-alpaca`: the local Alpaca as a program.

mod arguments;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use fake_alpaca::{AccountSettings, Clock, FakeAlpaca, OptionOrders, Running, Settings};
use serde::Deserialize;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::arguments::{Arguments, ClockChoice, Command, Serve};

const TICK: Duration = Duration::from_millis(20);

fn main() -> Result<()> {
    let Command::Serve(arguments) = Arguments::parse().command;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .context("the operating system takes no signal handler")?;
    }
    let until_stdin_closes = arguments.until_stdin_closes;
    let running = FakeAlpaca::start(settings(*arguments)?)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", ready(&running)).context("nobody reads standard output")?;
    out.flush()?;
    if until_stdin_closes {
        let stop = Arc::clone(&stop);
        thread::spawn(move || {
            let mut rest = Vec::new();
            // However it ends: nobody is there any more.
            let _ = std::io::stdin().read_to_end(&mut rest);
            stop.store(true, Ordering::Release);
        });
    }
    while !stop.load(Ordering::Acquire) {
        thread::sleep(TICK);
    }
    running.stop();
    Ok(())
}

/// What a client needs to know, in one line.
fn ready(running: &Running) -> serde_json::Value {
    let accounts = running.accounts.iter().map(|keys| {
        json!({
            "name": keys.name,
            "environment": keys.environment.name(),
            "key_id": keys.key_id,
            "secret_key": keys.secret_key,
            "account_number": keys.account_number,
        })
    });
    json!({
        "base_url": running.base_url,
        "stream_url": running.stream_url,
        "live_url": running.live_url,
        "live_stream_url": running.live_stream_url,
        "data_url": running.data_url,
        "accounts": accounts.collect::<Vec<_>>(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsFile {
    accounts: Vec<AccountSettings>,
}

fn settings(arguments: Serve) -> Result<Settings> {
    let mut settings = Settings::new(&arguments.market);
    settings.listen = arguments.listen;
    settings.dates = arguments.dates;
    if let Some(path) = &arguments.accounts {
        settings.accounts = read::<AccountsFile>(path)?.accounts;
    }
    settings.clock = match arguments.clock {
        ClockChoice::Replay => Clock::Replay,
        ClockChoice::Wall => Clock::Wall,
    };
    settings.start = arguments.start;
    settings.pace = arguments.pace;
    if let Some(path) = &arguments.faults {
        settings.faults = read(path)?;
    }
    settings.seed = arguments.seed;
    settings.random_partial_fills = arguments.random_partial_fills;
    if arguments.wide_option_orders {
        settings.option_orders = OptionOrders::Wide;
    }
    settings.expiry_interventions = !arguments.no_expiry_interventions;
    Ok(settings)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read: correct the path", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not as it must be", path.display()))
}
