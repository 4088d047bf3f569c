//! What is wrong with a file is told with its place, its value and what to do.

use std::fs;
use std::path::Path;

use gatefold_core::decide::MarketData;
use gatefold_core::vocabulary::Calendar;
use gatefold_sim::{MarketError, MarketFiles, MarketFilter, Replay};

use crate::kit::{at, instrument, quote, shown};

const TICKS: &str = "quoted_at,symbol,bid,bid_size,ask,ask_size\n";
const BARS: &str = "bar_start_utc,bid_close,bid_size,ask_close,ask_size\n";

fn load(dir: &Path) -> Result<Replay, MarketError> {
    MarketFiles::open(dir)?.load(&MarketFilter::default(), &Calendar::nyse())
}

/// The error that a folder with this one file makes.
fn refused(name: &str, text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    load(dir.path()).map(|_| ()).unwrap_err().to_string()
}

#[track_caller]
fn assert_says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

#[test]
fn quotes_of_a_flat_file_are_known_at_their_time_and_grow_old() {
    let dir = tempfile::tempdir().unwrap();
    let row = "2026-02-03T17:29:09Z,MSFT260320P00400000,5.98,100,6.00,100\n";
    fs::write(dir.path().join("quotes.csv"), format!("{TICKS}{row}")).unwrap();
    let named = load(&dir.path().join("quotes.csv")).unwrap();
    let mut replay = load(dir.path()).unwrap();
    assert_eq!(named.changes(), replay.changes(), "the folder or the file");
    let put = "MSFT260320P00400000";
    replay.advance_to(at("2026-02-03T17:29:08Z"));
    assert!(replay.market().facts(&instrument(put)).is_some());
    assert_eq!(replay.market().quote(&instrument(put)), None);
    let known = "5.98 x 100 / 6.00 x 100 @ 2026-02-03T17:29:09Z";
    assert_eq!(shown(quote(&mut replay, put, "2026-02-03T17:29:09Z")), known);
    assert_eq!(shown(quote(&mut replay, put, "2026-02-03T20:00:00Z")), known, "never refreshed");
}

#[test]
fn a_bad_value_is_named_with_file_line_and_column() {
    let error = refused("quotes.csv", &format!("{TICKS}2026-02-03T17:29:09Z,MSFT,5.9x,1,6.00,1\n"));
    assert_says(&error, &["quotes.csv:2", "column bid", "5.9x", "plain decimal"]);
    let error = refused("quotes.csv", &format!("{TICKS}2026-02-03 17:29,MSFT,5.9,1,6.00,1\n"));
    assert_says(&error, &[":2", "column quoted_at", "RFC 3339"]);
    let error = refused("quotes.csv", &format!("{TICKS}2026-02-03T17:29:09Z,ms ft,5,1,6,1\n"));
    assert_says(&error, &[":2", "column symbol", "ms ft"]);
    let path = "equity/IBM/2013-10-07.quotes.csv";
    let good = "2013-10-07T13:30:00Z,180.00,1,180.10,1\n";
    let error = refused(path, &format!("{BARS}{good}2013-10-07T13:31:00Z,,5,180.10,1\n"));
    assert_says(&error, &[":3", "column bid_close", "a size of 5 has no price"]);
    let error = refused(path, &format!("{BARS}{good}2013-10-07T13:31:00Z,180.00,1,0,1\n"));
    assert_says(&error, &[":3", "column ask_close", "price of 0"]);
}

#[test]
fn time_that_goes_back_is_refused() {
    let rows = "2013-10-07T13:31:00Z,180,1,181,1\n2013-10-07T13:30:00Z,180,1,181,1\n";
    let error = refused("equity/IBM/2013-10-07.quotes.csv", &format!("{BARS}{rows}"));
    assert_says(&error, &[":3", "2013-10-07T13:30:00Z is before 2013-10-07T13:31:00Z", "sort"]);
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_refused() {
    let error = refused("quotes.csv", "quoted_at,symbol,bid,ask,ask_size\n");
    assert_says(&error, &["quotes.csv:1", "no column \"bid_size\""]);
    let error = refused("quotes.csv", &format!("{TICKS}2026-02-03T17:29:09Z,MSFT,5\n"));
    assert_says(&error, &["quotes.csv", "fetch the file again"]);
    let error = refused("options/GOOG/2015-12-24.quotes.csv.gz", "no gzip");
    assert_says(&error, &["quotes.csv.gz", "fetch the file again"]);
    let error = refused("equity/IBM/yesterday.quotes.csv", BARS);
    assert_says(&error, &["yesterday.quotes.csv", "2015-12-24"]);
    let error = refused("equity/ibm?/2013-10-07.quotes.csv", BARS);
    assert_says(&error, &["ibm?"]);
    let error = refused("notes.txt", "nothing");
    assert_says(&error, &["holds no market data", "quotes.csv"]);
    let missing = load(Path::new("no/such/folder")).map(|_| ()).unwrap_err();
    assert!(matches!(missing, MarketError::Unreadable { .. }));
}

#[test]
fn minute_bars_win_over_hourly_bars_of_the_same_day() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("options/GOOG");
    fs::create_dir_all(&folder).unwrap();
    let header = "bar_start_utc,osi,bid_close,bid_size,ask_close,ask_size\n";
    let row = "2015-12-24T15:00:00Z,GOOG  151224C00750000,1.00,1,1.10,1\n";
    for name in ["2015-12-24.quotes.csv", "2015-12-24.hour_quotes.csv"] {
        fs::write(folder.join(name), format!("{header}{row}")).unwrap();
    }
    let replay = load(dir.path()).unwrap();
    assert_eq!(replay.times(), [at("2015-12-24T15:01:00Z")]);
}
