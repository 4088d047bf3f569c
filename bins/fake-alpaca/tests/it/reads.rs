//! The calls that only read, and the clock.

use serde_json::{Value, json};

use crate::harness::{Fake, buy, request};

#[test]
fn the_clock_is_new_york_s_and_moves_when_it_is_told() {
    let fake = Fake::start();
    let clock = fake.get("/v2/clock");
    assert_eq!(clock["is_open"], true);
    assert!(clock["timestamp"].as_str().unwrap().starts_with("2015-12-24T09:31:00"));
    assert_eq!(clock["next_close"], "2015-12-24T13:00:00-05:00");
    assert_eq!(clock["next_open"], "2015-12-28T09:30:00-05:00");
    let moved = fake.call("POST", "/_fake/clock", json!({ "by": "29m" }));
    assert_eq!(moved.body["now"], "2015-12-24T15:00:00Z");
    let next = fake.call("POST", "/_fake/clock", json!({}));
    assert_eq!(next.body["now"], "2015-12-24T16:00:00Z", "the next quote");
    fake.call("POST", "/_fake/clock", json!({ "to": "2015-12-24T18:00:00Z" }));
    assert_eq!(fake.get("/v2/clock")["is_open"], false);
    let days = fake.get("/v2/calendar?start=2015-12-23&end=2015-12-28");
    assert_eq!(days.as_array().unwrap().len(), 3);
    let eve = json!({
        "date": "2015-12-24", "open": "09:30", "close": "13:00", "session_open": "0400",
        "session_close": "2000", "settlement_date": "2015-12-28"
    });
    assert_eq!(days[1], eve);
}

#[test]
fn assets_and_contracts_are_what_the_recording_has() {
    let fake = Fake::start();
    let assets = fake.get("/v2/assets?status=active");
    assert_eq!(assets.as_array().unwrap().len(), 2);
    let goog = fake.get("/v2/assets/GOOG");
    assert_eq!(goog["attributes"], json!(["has_options"]));
    assert_eq!(fake.get(&format!("/v2/assets/{}", goog["id"].as_str().unwrap())), goog);
    let unknown = fake.call("GET", "/v2/assets/NONE", Value::Null);
    assert_eq!(unknown.refusal(), "404 40410000 asset not found for NONE");

    let weekend = fake.get("/v2/options/contracts?underlying_symbols=GOOG");
    assert_eq!(weekend["option_contracts"].as_array().unwrap().len(), 1);
    let all = "/v2/options/contracts?underlying_symbols=GOOG&expiration_date_lte=2016-01-01";
    let first = fake.get(&format!("{all}&limit=2"));
    assert_eq!(first["option_contracts"].as_array().unwrap().len(), 2);
    let token = first["next_page_token"].as_str().unwrap();
    let second = fake.get(&format!("{all}&limit=2&page_token={token}"));
    assert_eq!(second["option_contracts"].as_array().unwrap().len(), 1);
    assert_eq!(second["next_page_token"], Value::Null);
    let one = fake.get("/v2/options/contracts/GOOG151231P00700000");
    assert_eq!((&one["type"], &one["strike_price"]), (&json!("put"), &json!("700")));
    assert_eq!(one["underlying_asset_id"], goog["id"]);
    let missing = fake.call("GET", "/v2/options/contracts/TSLA231110C00021000", Value::Null);
    assert_eq!(missing.refusal(), "404 40410000 option contract TSLA231110C00021000 not found");
}

#[test]
fn configurations_take_effect() {
    let fake = Fake::start();
    let path = "/v2/account/configurations";
    let set = json!({ "suspend_trade": true, "max_options_trading_level": 1, "no_shorting": true });
    let changed = fake.call("PATCH", path, set);
    assert_eq!(changed.body["suspend_trade"], true);
    assert_eq!(fake.get(path), changed.body);
    assert_eq!(fake.get("/v2/account")["options_trading_level"], 1);
    let order = fake.post(buy("BAC", "1"));
    assert_eq!(order.refusal(), "403 40310000 trade suspended by user");
}

#[test]
fn activities_come_in_pages() {
    let fake = Fake::start();
    for _ in 0..5 {
        fake.take(buy("BAC", "1"));
    }
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = fake.get(&format!("/v2/account/activities?page_size=2{token}"));
        let rows = page.as_array().unwrap();
        let Some(last) = rows.last() else { break };
        token = format!("&page_token={}", last["id"].as_str().unwrap());
        seen.extend(rows.iter().map(|row| row["transaction_time"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first: {seen:?}");
    let day = fake.get("/v2/account/activities/FILL?date=2015-12-24&page_size=1");
    assert_eq!(day.as_array().unwrap().len(), 5, "a date brings all of its rows");
    let other = fake.get("/v2/account/activities/FILL?date=2015-12-23");
    assert_eq!(other, json!([]));
}

#[test]
fn market_data_is_another_site_and_in_numbers() {
    let fake = Fake::start();
    let data = |path: &str| {
        request(&fake.running.data_url, "GET", path, &fake.keys(0), &Value::Null).unwrap()
    };
    let quotes = data("/v2/stocks/quotes/latest?symbols=GOOG,NONE&feed=sip").body;
    assert_eq!(quotes["quotes"]["GOOG"]["ap"], json!(750.1));
    assert_eq!(quotes["quotes"]["GOOG"]["as"], json!(100));
    assert_eq!(quotes["quotes"]["GOOG"]["t"], "2015-12-24T14:30:00Z");
    assert!(quotes["quotes"].get("NONE").is_none());
    let option = data("/v1beta1/options/quotes/latest?symbols=GOOG151231P00700000").body;
    let option = &option["quotes"]["GOOG151231P00700000"];
    assert_eq!((&option["bp"], &option["c"]), (&json!(2), &json!("A")));
    let trades = data("/v2/stocks/trades/latest?symbols=BAC").body;
    assert_eq!(trades["trades"]["BAC"]["p"], json!(17.01));
    let shot = data("/v2/stocks/snapshots?symbols=BAC").body;
    assert_eq!(shot["BAC"]["dailyBar"]["c"], json!(17.01));
    let chain = data("/v1beta1/options/snapshots/GOOG?type=call&limit=1").body;
    assert_eq!(chain["snapshots"].as_object().unwrap().len(), 1);
    assert_eq!(chain["next_page_token"], "1");
    assert_eq!(data("/v2/account").status, 404);
    let trading = fake.call("GET", "/v2/stocks/quotes/latest?symbols=GOOG", Value::Null);
    assert_eq!(trading.status, 404);
}

#[test]
fn the_account_adds_up() {
    let fake = Fake::start();
    let before = fake.get("/v2/account");
    assert_eq!((&before["buying_power"], &before["multiplier"]), (&json!("400000"), &json!("4")));
    fake.take(buy("GOOG", "100"));
    let after = fake.get("/v2/account");
    assert_eq!(after["cash"], "24990");
    assert_eq!(after["long_market_value"], "75000");
    assert_eq!(after["equity"], "99990");
    assert_eq!(after["buying_power"], "324960", "4 x (99990 - 75000 / 4)");
}
