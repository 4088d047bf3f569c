//! What these tests share.

use std::path::PathBuf;

use gatefold_core::decide::{MarketData, Quote};
use gatefold_core::vocabulary::{Calendar, Instrument, Timestamp};
use gatefold_sim::{MarketFiles, MarketFilter, Replay};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn instrument(text: &str) -> Instrument {
    Instrument::parse(text).unwrap()
}

/// The recorded days beside these tests.
pub(crate) fn recorded() -> MarketFiles {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/market");
    MarketFiles::open(&dir).unwrap()
}

pub(crate) fn of_date(date: &str) -> MarketFilter {
    MarketFilter { dates: Some([date.parse().unwrap()].into()), ..MarketFilter::default() }
}

/// All of one recorded date.
pub(crate) fn day(date: &str) -> Replay {
    recorded().load(&of_date(date), &Calendar::nyse()).unwrap()
}

/// What is quoted at a moment.
pub(crate) fn quote(replay: &mut Replay, of: &str, time: &str) -> Option<Quote> {
    replay.advance_to(at(time));
    replay.market().quote(&instrument(of))
}

/// `bid x size / ask x size @ time`
pub(crate) fn shown(quote: Option<Quote>) -> String {
    let Some(quote) = quote else {
        return "nothing".to_owned();
    };
    let Quote { bid, bid_size, ask, ask_size, at, .. } = quote;
    format!("{bid} x {bid_size} / {ask} x {ask_size} @ {at}")
}
