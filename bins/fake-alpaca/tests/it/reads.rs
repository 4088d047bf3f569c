//! The calls that only read, and the clock.

use fake_alpaca::AccountSettings;
use serde_json::{Value, json};

use crate::harness::{Fake, account, buy, request};

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
fn feeds_are_known_and_paid_for() {
    let fake = Fake::with(|settings| {
        let free = AccountSettings { subscribed: false, ..account("free") };
        settings.accounts = vec![account("paying"), free];
    });
    let asked = |of: usize, path: &str| {
        let reply = request(&fake.running.data_url, "GET", path, &fake.keys(of), &Value::Null);
        reply.map(|reply| (reply.status, reply.body["message"].clone())).unwrap()
    };
    let (stocks, options) = (
        "/v2/stocks/quotes/latest?symbols=GOOG",
        "/v1beta1/options/quotes/latest?symbols=GOOG151231P00700000",
    );
    for (path, feed, status) in [
        (stocks, "sip", 403),
        (stocks, "iex", 200),
        (stocks, "delayed_sip", 200),
        (stocks, "otc", 200),
        (stocks, "opra", 400),
        (options, "opra", 403),
        (options, "indicative", 200),
        (options, "iex", 400),
    ] {
        let path = format!("{path}&feed={feed}");
        assert_eq!(asked(1, &path).0, status, "{path}");
        assert_eq!(asked(0, &path).0, if status == 403 { 200 } else { status }, "{path}");
    }
    assert_eq!(asked(1, stocks).0, 200, "who names none gets what may be had");
    let (_, said) = asked(1, &format!("{stocks}&feed=sip"));
    assert_eq!(said, "subscription does not permit querying recent SIP data");
}

#[test]
fn events_of_the_past_are_replayed_to_accounts_that_have_that() {
    let fake = Fake::with(|settings| {
        let replaying = AccountSettings { replays_events: true, ..account("replaying") };
        settings.accounts = vec![replaying, account("plain")];
    });
    fake.take(buy("GOOG", "1"));
    let asked = |of: usize, query: &str| {
        let path = format!("/v2/events/trades?{query}");
        let url = &fake.running.base_url;
        let reply = request(url, "GET", &path, &fake.keys(of), &Value::Null).unwrap();
        (reply.status, reply.raw)
    };
    let (status, text) = asked(0, "since=2015-12-24T00:00:00Z&until=2015-12-25T00:00:00Z");
    assert_eq!(status, 200);
    let events: Vec<(&str, Value)> = text
        .split_terminator("\n\n")
        .map(|block| {
            let (id, data) = block.split_once("\ndata: ").unwrap();
            (id.strip_prefix("id: ").unwrap(), serde_json::from_str(data).unwrap())
        })
        .collect();
    let kinds: Vec<_> = events.iter().map(|(_, data)| data["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["pending_new", "new", "fill"]);
    assert!(events.is_sorted_by(|(one, _), (two, _)| one[..10] <= two[..10]), "{text}");
    assert!(events.iter().all(|(id, data)| id.len() == 26 && data["event_id"] == *id));
    let (_, rest) = asked(0, &format!("since_id={}&until=2015-12-25T00:00:00Z", events[1].0));
    assert!(rest.contains("\"fill\"") && !rest.contains("\"new\""), "{rest}");
    assert_eq!(asked(0, "since=2015-12-24T00:00:00Z&until=2015-12-24T00:00:01Z").1, "");
    assert_eq!(asked(0, "since=2015-12-24T00:00:00Z").0, 422, "without an end");
    assert_eq!(asked(1, "since=2015-12-24T00:00:00Z&until=2015-12-25T00:00:00Z").0, 404);
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

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The keys of replies recorded in October 2026, in alphabetical order.
#[test]
fn objects_have_the_keys_of_recorded_ones() {
    let fake = Fake::start();
    let order = fake.take(buy("BAC", "1"));
    let recorded = "asset_class asset_id canceled_at client_order_id created_at expired_at \
                    expires_at extended_hours failed_at filled_at filled_avg_price filled_qty hwm \
                    id legs limit_price notional order_class order_type position_intent qty \
                    replaced_at replaced_by replaces side source status stop_price submitted_at \
                    subtag symbol time_in_force trail_percent trail_price type updated_at";
    assert_eq!(keys(&order).join(" "), recorded);
    let recorded = "account_blocked account_number accrued_fees admin_configurations balance_asof \
                    buying_power cash created_at crypto_status crypto_tier currency \
                    effective_buying_power equity id initial_margin intraday_adjustments \
                    last_equity last_maintenance_margin long_market_value maintenance_margin \
                    multiplier non_marginable_buying_power options_approved_level \
                    options_buying_power options_trading_level pending_reg_taf_fees \
                    portfolio_value position_market_value regt_buying_power short_market_value \
                    shorting_enabled sma status trade_suspended_by_user trading_blocked \
                    transfers_blocked user_configurations";
    assert_eq!(keys(&fake.get("/v2/account")).join(" "), recorded);
    let recorded = "asset_class asset_id asset_marginable avg_entry_price change_today cost_basis \
                    current_price exchange lastday_price market_value qty qty_available side \
                    symbol unrealized_intraday_pl unrealized_intraday_plpc unrealized_pl \
                    unrealized_plpc";
    assert_eq!(keys(&fake.get("/v2/positions/BAC")).join(" "), recorded);
    let recorded = "activity_type cum_qty id leaves_qty order_id order_status price qty side \
                    symbol transaction_time type";
    assert_eq!(keys(&fake.get("/v2/account/activities/FILL")[0]).join(" "), recorded);
    let recorded = "attributes borrow_status class easy_to_borrow exchange fractionable id \
                    maintenance_margin_requirement margin_requirement_long \
                    margin_requirement_short marginable name shortable status symbol tradable";
    assert_eq!(keys(&fake.get("/v2/assets/BAC")).join(" "), recorded);
}

#[test]
fn money_moves_without_a_trade_and_has_a_row() {
    let fake = Fake::start();
    let fee = json!({ "account": "main", "amount": "-1.25", "activity": "FEE" });
    assert_eq!(fake.call("POST", "/_fake/cash", fee).body["cash"], "99998.75");
    let rows = fake.get("/v2/account/activities/FEE");
    assert_eq!(rows[0]["net_amount"], "-1.25");
    let odd = json!({ "account": "main", "amount": "1", "activity": "GIFT" });
    assert_eq!(fake.call("POST", "/_fake/cash", odd).status, 422);
    assert_eq!(fake.get("/v2/account")["cash"], "99998.75");
}

#[test]
fn the_broker_s_clock_can_be_wrong() {
    let fake = Fake::with(|settings| {
        settings.skew = fake_alpaca::core::vocabulary::Span::seconds(90);
    });
    let told = fake.get("/v2/clock");
    assert!(told["timestamp"].as_str().unwrap().starts_with("2015-12-24T09:32:30"), "{told}");
}
