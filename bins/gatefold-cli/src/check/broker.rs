//! Whether every account may trade through its broker is decided here: it is asked, and nothing is
//! sent.

use gatefold::alpaca::{self, AlpacaFault, Guarded, Known};
use gatefold::config::{AlpacaPlace, Config};
use gatefold::logs;

use super::Finding;

const CHECK: &str = "broker";

/// Nothing where the broker is a simulated one.
pub(super) fn check(config: &Config) -> Option<Finding> {
    let place = config.alpaca.as_ref()?;
    Some(match examine(config, place) {
        Ok(guarded) => told(&guarded),
        Err(fault) => Finding::wrong(CHECK, fault.to_string()),
    })
}

fn examine(config: &Config, place: &AlpacaPlace) -> Result<Vec<Guarded>, AlpacaFault> {
    // A log that is not there or cannot be read is told by its own check.
    let known = match logs::read(config) {
        Ok(log) => Known::beside(&log, config.accounts.len())?,
        Err(_) => Known::default(),
    };
    let clock = alpaca::open_clock(place)?;
    // Nothing is sent, so that real money is not concerned.
    let broker = alpaca::open_broker(config, place, &known, &clock, true, None)?;
    Ok(broker.guard())
}

fn told(guarded: &[Guarded]) -> Finding {
    let passed: Vec<String> = guarded
        .iter()
        .filter(|it| it.objections.is_empty())
        .map(|it| {
            let cash = it.cash.map_or(String::new(), |cash| format!(", cash {cash}"));
            let drift = it.drift.map_or(String::new(), |ahead| format!(", clock {ahead} ahead"));
            format!("{} (in order{cash}{drift})", it.account)
        })
        .collect();
    let text =
        if passed.is_empty() { "no account may trade".to_owned() } else { passed.join(", ") };
    let mut finding = Finding::ok(CHECK, text);
    for it in guarded {
        for objection in &it.objections {
            finding.refuse(format!("{}: {objection}", it.account));
        }
    }
    finding
}
