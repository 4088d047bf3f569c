//! Tables that follow the log while the dispatcher runs: nothing waits for them but its end, and
//! that not for long.

use std::time::Duration;

use anyhow::{Context as _, Result};
use gatefold::config::Config;
use gatefold::databases;
use gatefold::postgres::{Alert, Projector};

/// So long may the end of a run wait for the tables to come level.
const LEVEL_WITHIN: Duration = Duration::from_secs(30);

/// Compares the database's schema: a wrong one refuses the start.
pub(crate) fn check(config: &Config) -> Result<()> {
    if let Some(unreachable) = databases::check_start(config).context("database")? {
        tracing::warn!("{unreachable}; decisions go on, and the tables follow when it is back");
    }
    Ok(())
}

/// Starts the thread that feeds the configured tables.
pub(crate) fn start(config: &Config) -> Result<Option<Projector>> {
    let tell = |alert: &Alert| match alert {
        Alert::Lagging { .. } | Alert::Failing { .. } => tracing::error!("{alert}"),
        Alert::Recovered { .. } => tracing::info!("{alert}"),
    };
    databases::start_projector(config, Box::new(tell)).context("read models")
}

/// Ends the thread however the run ends, after the tables came level or the time was up.
pub(crate) struct Finish(pub(crate) Option<Projector>);

impl Drop for Finish {
    fn drop(&mut self) {
        let Some(projector) = self.0.take() else { return };
        let standing = projector.finish(LEVEL_WITHIN);
        match standing.lag() {
            0 => tracing::info!("the read models are at position {}", standing.position),
            lag => tracing::warn!(
                "the read models lack {lag} events; `gatefold project` or the next run adds them"
            ),
        }
    }
}
