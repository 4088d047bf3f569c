//! What is known when, on recorded days.

use gatefold_core::decide::MarketData;
use gatefold_core::vocabulary::Quantity;
use gatefold_sim::MarketFilter;

use crate::kit::{at, day, instrument, of_date, quote, recorded, shown};

const CALL: &str = "GOOG  151224C00750000";
const NEVER_BID: &str = "GOOG  160115P00642500";
const LOCKED: &str = "GOOG  160115C00805000";
const HOURLY: &str = "AAPL  140613P00550000";

#[test]
fn a_bar_is_known_when_it_is_over() {
    let mut replay = day("2013-10-07");
    assert_eq!(replay.next_time(), Some(at("2013-10-07T08:01:00Z")));
    assert_eq!(shown(quote(&mut replay, "IBM", "2013-10-07T08:00:59Z")), "nothing");
    let first = "181.31 x 200 / 181.80 x 1900 @ 2013-10-07T08:01:00Z";
    assert_eq!(shown(quote(&mut replay, "IBM", "2013-10-07T08:01:00Z")), first);
    let last = "181.98 x 100 / 182.62 x 100 @ 2013-10-08T00:01:00Z";
    assert_eq!(shown(quote(&mut replay, "IBM", "2013-10-09T00:00:00Z")), last);
    assert_eq!(replay.next_time(), None);
}

#[test]
fn a_side_that_did_not_change_is_carried_forward() {
    let mut replay = day("2015-12-24");
    let before = quote(&mut replay, CALL, "2015-12-24T17:57:59Z").unwrap();
    let after = quote(&mut replay, CALL, "2015-12-24T17:58:00Z").unwrap();
    assert_eq!((after.bid, after.bid_size), (before.bid, before.bid_size));
    assert_eq!(after.ask_size, Quantity::whole(47));
    let never = quote(&mut replay, NEVER_BID, "2015-12-24T18:01:00Z").unwrap();
    assert!(never.bid.is_zero() && !never.ask.is_zero() && !never.is_sound());
}

#[test]
fn locked_and_crossed_quotes_are_shown_as_they_are() {
    let mut replay = day("2015-12-24");
    let locked = "0.40 x 1 / 0.40 x 2 @ 2015-12-24T17:53:00Z";
    let quoted = quote(&mut replay, LOCKED, "2015-12-24T17:53:00Z");
    assert_eq!(shown(quoted), locked);
    assert!(quoted.is_some_and(|quote| quote.is_sound()));
    let mut replay = day("2014-06-06");
    let crossed = quote(&mut replay, HOURLY, "2014-06-06T15:00:00Z");
    assert_eq!(shown(crossed), "0.14 x 2 / 0.13 x 10 @ 2014-06-06T15:00:00Z");
    assert!(crossed.is_some_and(|quote| !quote.is_sound()));
}

#[test]
fn an_hourly_bar_is_known_after_the_hour() {
    let mut replay = day("2014-06-06");
    assert_eq!(shown(quote(&mut replay, HOURLY, "2014-06-06T13:59:59Z")), "nothing");
    let first = "0.10 x 10 / 0.12 x 17 @ 2014-06-06T14:00:00Z";
    assert_eq!(shown(quote(&mut replay, HOURLY, "2014-06-06T14:59:00Z")), first);
}

#[test]
fn a_quote_that_stands_while_the_recording_goes_on_does_not_grow_old_in_the_session() {
    let mut replay = day("2015-12-24");
    // No row of 17:54 for this contract, and rows of others.
    let stood = quote(&mut replay, LOCKED, "2015-12-24T17:55:30Z").unwrap();
    assert_eq!(stood.at, at("2015-12-24T17:55:00Z"));
    let closed = quote(&mut replay, LOCKED, "2015-12-24T18:30:00Z").unwrap();
    assert_eq!(closed.at, at("2015-12-24T18:00:00Z"), "the recording ends with the session");
    let later = quote(&mut replay, "GOOG", "2015-12-24T20:00:00Z").unwrap();
    let known = replay.changes().iter().rev();
    let mut known = known.filter(|it| it.instrument == instrument("GOOG"));
    let last = known.find(|it| it.known_at <= at("2015-12-24T20:00:00Z")).unwrap();
    assert_eq!(later.at, last.known_at, "after the session only a row confirms");
}

#[test]
fn contracts_are_known_from_midnight_and_open_interest_when_it_is_published() {
    let mut replay = day("2015-12-24");
    let market = replay.market();
    let call = instrument(CALL);
    replay.advance_to(at("2015-12-24T04:59:59Z"));
    assert_eq!(market.facts(&call), None);
    replay.advance_to(at("2015-12-24T05:00:00Z"));
    assert_eq!(market.facts(&call).map(|facts| facts.open_interest), Some(None));
    replay.advance_to(at("2015-12-24T11:31:00Z"));
    let published = market.facts(&call).and_then(|facts| facts.open_interest);
    assert_eq!(published, Some((Quantity::whole(780), "2015-12-24".parse().unwrap())));
    assert_eq!(market.facts(&instrument("GOOG  151224C00001000")), None, "in no file");
}

#[test]
fn a_filter_reads_only_what_is_asked_for() {
    let calendar = gatefold_core::vocabulary::Calendar::nyse();
    let instruments = Some([instrument(CALL), instrument("GOOG")].into());
    let filter = MarketFilter { instruments, ..of_date("2015-12-24") };
    let replay = recorded().load(&filter, &calendar).unwrap();
    let changes = replay.changes();
    assert_eq!(changes.len(), 208 + 260);
    assert!(
        changes
            .iter()
            .all(|change| [instrument(CALL), instrument("GOOG")].contains(&change.instrument))
    );
    let nothing = MarketFilter { instruments: Some([instrument("SPY")].into()), ..filter };
    let error = recorded().load(&nothing, &calendar).unwrap_err().to_string();
    assert!(error.contains("no quote") && error.contains("SPY"), "{error}");
}

#[test]
fn every_moment_is_told_once_and_in_order() {
    let mut replay = day("2015-12-24");
    let times = replay.times();
    assert!(times.is_sorted_by(|earlier, later| earlier < later));
    for time in times {
        assert_eq!(replay.next_time(), Some(time));
        assert!(replay.advance_to(time) > 0);
        assert_eq!(replay.advance_to(time), 0);
    }
    assert_eq!(replay.next_time(), None);
}
