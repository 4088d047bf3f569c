//! What a configured market shows at a moment is decided here: only what was known by then.

use anyhow::{Context, Result};
use gatefold::config::Config;
use gatefold::core::decide::{Facts, MarketData, Quote};
use gatefold::core::vocabulary::{Calendar, Instrument, Timestamp};
use gatefold::wiring;

/// The last quote known at `now` and the facts known then.
pub(crate) fn at(
    config: &Config,
    instrument: &Instrument,
    now: Timestamp,
) -> Result<(Option<Quote>, Option<Facts>)> {
    let mut replay = wiring::open_market(&config.market, &Calendar::nyse())
        .context("the configured market cannot be read")?;
    replay.advance_to(config.market.until.map_or(now, |until| until.min(now)));
    let market = replay.market();
    Ok((market.quote(instrument), market.facts(instrument)))
}
