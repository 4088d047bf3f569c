//! Contracts: what may be ordered, and how they end.

use fake_alpaca::{AccountSettings, Fault, OptionOrders, Rule};
use serde_json::{Value, json};

use crate::harness::{Fake, account, and, buy, limit};

/// Expires on the day itself, in the money.
const TODAY: &str = "GOOG151224C00740000";
const CALL: &str = "GOOG151231C00760000";
const PUT: &str = "GOOG151231P00700000";

#[track_caller]
fn refused(fake: &Fake, order: Value, expected: &str) {
    assert_eq!(fake.post(order).refusal(), expected);
}

fn sell(symbol: &str, qty: &str, price: &str, intent: &str) -> Value {
    and(limit(symbol, "sell", qty, price), "position_intent", intent)
}

fn with_cash(dollars: i64) -> Fake {
    Fake::with(|settings| {
        let cash = fake_alpaca::core::vocabulary::Money::dollars(dollars);
        settings.accounts = vec![AccountSettings { cash, multiplier: 1, ..account("main") }];
    })
}

#[test]
fn a_contract_is_bought_and_sold_with_its_multiplier() {
    let fake = Fake::start();
    let order = fake.take(limit(CALL, "buy", "2", "3.20"));
    assert_eq!(
        (&order["order_class"], &order["asset_class"]),
        (&json!("simple"), &json!("us_option"))
    );
    let position = fake.get(&format!("/v2/positions/{CALL}"));
    assert_eq!(position["cost_basis"], "640");
    assert_eq!(position["market_value"], "620");
    assert_eq!(position["exchange"], "");
    let open = sell(CALL, "2", "3.00", "sell_to_open");
    refused(
        &fake,
        open,
        "422 42210000 position intent mismatch, inferred: sell_to_close, specified: sell_to_open",
    );
    fake.take(sell(CALL, "2", "3.50", "sell_to_close"));
    let twice = sell(CALL, "1", "3.50", "sell_to_close");
    refused(
        &fake,
        twice,
        "422 42210000 position intent mismatch, inferred: sell_to_open, specified: sell_to_close",
    );
}

#[test]
fn option_orders_are_plain() {
    let fake = Fake::start();
    let cases = [
        (
            and(limit(CALL, "buy", "1.5", "3"), "x", 0),
            "422 42210000 qty must be integer for options trading",
        ),
        (
            and(limit(CALL, "buy", "1", "3"), "extended_hours", true),
            "422 42210000 extended hours is not supported for options trading",
        ),
        (
            and(limit(CALL, "buy", "1", "3"), "time_in_force", "gtc"),
            "422 42210000 order_time_in_force provided not supported for options trading",
        ),
        (
            limit(CALL, "buy", "1", "3.001"),
            "422 42210000 limit price must be limited to 2 decimal places",
        ),
        (
            limit("GOOG151231C00999000", "buy", "1", "3"),
            "422 42210000 contract \"GOOG151231C00999000\" is not found",
        ),
    ];
    for (order, expected) in cases {
        refused(&fake, order, expected);
    }
    let wide = Fake::with(|settings| settings.option_orders = OptionOrders::Wide);
    wide.take(and(limit(CALL, "buy", "1", "3"), "time_in_force", "gtc"));
    fake.at("2015-12-24T18:10:00Z");
    refused(
        &fake,
        buy(CALL, "1"),
        "422 42210000 options market orders are only allowed during market hours",
    );
}

#[test]
fn what_is_sold_must_be_secured() {
    let fake = with_cash(10_000);
    let put = fake.post(sell(PUT, "1", "2.00", "sell_to_open"));
    assert_eq!(
        put.refusal(),
        "403 40310000 insufficient options buying power for cash-secured put (required: 69800, \
         available: 10000)"
    );
    assert_eq!(put.body["required_options_buying_power"], "69800");
    refused(
        &fake,
        sell(CALL, "1", "3.00", "sell_to_open"),
        "403 40310000 account not eligible to trade uncovered option contracts",
    );
    let covered = fake.post(limit(CALL, "sell", "2", "3.00"));
    assert_eq!(
        covered.refusal(),
        "403 40310000 insufficient underlying qty available for covered call (required: 200, \
         available: 0)"
    );
    assert_eq!(covered.body["required_qty"], "200");
    let long = fake.post(limit(CALL, "buy", "100", "3.20"));
    assert_eq!(long.refusal(), "403 40310000 insufficient options buying power");
    assert_eq!(long.body["cost_basis"], "32000");
}

#[test]
fn shares_that_cover_a_call_are_not_for_sale() {
    let fake = Fake::start();
    fake.take(buy("GOOG", "100"));
    fake.take(sell(CALL, "1", "3.00", "sell_to_open"));
    let shares = fake.get("/v2/positions/GOOG");
    assert_eq!((&shares["qty"], &shares["qty_available"]), (&json!("100"), &json!("0")));
    let fills = fake.get("/v2/account/activities?activity_types=FILL&page_size=1");
    assert_eq!(fills[0]["side"], "sell_short");
    refused(
        &fake,
        limit("GOOG", "sell", "1", "760"),
        "403 40310000 insufficient qty available for order (requested: 1, available: 0)",
    );
}

#[test]
fn the_last_half_hour_opens_nothing_and_the_broker_closes_what_cannot_be_exercised() {
    let fake = with_cash(5_000);
    fake.take(limit(TODAY, "buy", "1", "10.40"));
    let resting = fake.take(sell(TODAY, "1", "30.00", "sell_to_close"));
    fake.at("2015-12-24T17:29:59Z");
    assert_eq!(fake.get("/v2/orders?status=all").as_array().unwrap().len(), 2);
    fake.at("2015-12-24T17:30:00Z");
    let orders = fake.get("/v2/orders?status=all");
    assert_eq!(orders.as_array().unwrap().len(), 3, "one that the client never sent");
    assert_eq!(fake.order(&resting)["status"], "canceled");
    assert_eq!(orders[0]["position_intent"], "sell_to_close");
    let books = &fake.running.ledger()["accounts"][0];
    assert_eq!(books["orders"][2]["sent_by"], "broker");
    assert_eq!(fake.get("/v2/positions"), json!([]));
    refused(
        &fake,
        limit(TODAY, "buy", "1", "10.40"),
        "422 42210000 contract \"GOOG151224C00740000\" expires soon, unable to open new positions",
    );
}

#[test]
fn a_contract_in_the_money_becomes_shares_and_its_rows_come_the_next_morning() {
    let fake = Fake::start();
    fake.take(limit(TODAY, "buy", "1", "10.40"));
    fake.at("2015-12-24T18:00:00Z");
    assert_eq!(fake.get("/v2/positions/GOOG")["qty"], "100");
    assert_eq!(fake.get("/v2/account")["cash"], "24960", "100000 - 1040 - 74000");
    let rows = "/v2/account/activities?category=non_trade_activity";
    assert_eq!(fake.get(rows), json!([]));
    fake.at("2015-12-25T09:20:00Z");
    let rows = fake.get(&format!("{rows}&direction=asc"));
    let seen: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["activity_type"], row["qty"], row["net_amount"]))
        .collect();
    assert_eq!(seen, [r#""OPEXC" "-1" "0""#, r#""OPTRD" "100" "-74000""#]);
    assert_eq!(rows[0]["group_id"], rows[1]["group_id"]);
    assert_eq!(rows[0]["date"], "2015-12-24");
}

#[test]
fn a_short_put_is_assigned_overnight_on_demand() {
    let fake = Fake::faulty(vec![Rule::times(Fault::AssignedEarly, 1)]);
    fake.take(sell(PUT, "1", "2.00", "sell_to_open"));
    fake.at("2015-12-25T05:00:00Z");
    assert_eq!(fake.get("/v2/positions/GOOG")["qty"], "100");
    let position = fake.call("GET", &format!("/v2/positions/{PUT}"), Value::Null);
    assert_eq!(position.refusal(), "404 40410000 position does not exist");
    assert_eq!(fake.get("/v2/account/activities/OPASN"), json!([]), "not before the morning");
    fake.at("2015-12-25T09:21:00Z");
    let rows = fake.get("/v2/account/activities/OPASN");
    assert_eq!(rows[0]["date"], "2015-12-24", "of the day whose night it was");
    fake.at("2015-12-28T14:31:00Z");
    let rows = fake.get("/v2/account/activities/OPASN");
    assert_eq!((&rows[0]["qty"], &rows[0]["symbol"]), (&json!("1"), &json!(PUT)));
}

#[test]
fn a_call_is_exercised_by_hand() {
    let fake = Fake::start();
    let path = format!("/v2/positions/{CALL}/exercise");
    let none = fake.call("POST", &path, Value::Null);
    assert_eq!(none.refusal(), "403 40310000 no available position for the specified contract");
    fake.take(limit(CALL, "buy", "1", "3.20"));
    fake.take(sell(PUT, "1", "2.00", "sell_to_open"));
    let short = fake.call("POST", &format!("/v2/positions/{PUT}/exercise"), Value::Null);
    assert_eq!(short.refusal(), "403 40310001 cannot exercise short position");
    assert_eq!(fake.call("POST", &path, Value::Null).status, 204);
    assert_eq!(fake.get("/v2/positions/GOOG")["qty"], "100");
}
