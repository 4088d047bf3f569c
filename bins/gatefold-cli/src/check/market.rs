//! Whether the market can be read and covers what is advised is decided here.

use std::collections::BTreeSet;

use gatefold::config::Config;
use gatefold::core::vocabulary::{Calendar, Date, Instrument, Timestamp};
use gatefold::wiring;

use super::Finding;
use super::inbox::Asked;

const CHECK: &str = "market";

pub(super) fn check(config: &Config, calendar: &Calendar, asked: &Asked) -> Finding {
    if let Some(alpaca) = &config.alpaca {
        let (stocks, options) = (alpaca.feeds.stocks.name(), alpaca.feeds.options.name());
        let text = format!("quotes are read from Alpaca as they come ({stocks}, {options})");
        return Finding::ok(CHECK, text);
    }
    let replay = match wiring::open_market(&config.market, calendar) {
        Ok(replay) => replay,
        Err(error) => return Finding::wrong(CHECK, error.to_string()),
    };
    let until = config.market.until;
    let within = |at: &Timestamp| until.is_none_or(|until| *at <= until);
    let changes = replay.changes();
    let known: BTreeSet<Instrument> = changes
        .iter()
        .filter(|change| within(&change.known_at))
        .map(|change| change.instrument)
        .collect();
    let times: Vec<Timestamp> = replay.times().into_iter().filter(|at| within(at)).collect();
    let (Some(first), Some(last)) = (times.first(), times.last()) else {
        let text = "no quote is known before the end of the replay; correct `until`".to_owned();
        return Finding::wrong(CHECK, text);
    };
    let count = changes.iter().filter(|change| within(&change.known_at)).count();
    let text = format!("quotes {count}, instruments {}, {first} to {last}", known.len());
    let mut finding = Finding::ok(CHECK, text);
    for instrument in asked.instruments.difference(&known) {
        finding.note(format!("{instrument} is advised and has no quote: it will not be traded"));
    }
    let dates: BTreeSet<Option<Date>> = times.iter().map(|at| calendar.date_of(*at)).collect();
    for date in dates {
        match date {
            None => finding.refuse(format!(
                "quotes lie outside of the calendar {}: their session is unknown",
                calendar.version()
            )),
            Some(date) if calendar.session(date).is_none() => {
                finding.note(format!("quotes of {date}: the exchange has no session on that day"));
            }
            Some(_) => {}
        }
    }
    finding
}
