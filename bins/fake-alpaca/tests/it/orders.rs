//! The life of an order: taken, filled, canceled, replaced, listed.

use serde_json::{Value, json};

use crate::harness::{Fake, and, buy, limit, text};

#[test]
fn an_order_is_pending_in_the_answer_and_filled_in_the_next() {
    let fake = Fake::start();
    let order = fake.take(and(buy("GOOG", "2"), "client_order_id", "mine-1"));
    assert_eq!(order["status"], "pending_new");
    assert_eq!(order["filled_qty"], "0");
    assert_eq!(order["position_intent"], "buy_to_open");
    assert_eq!(order["expires_at"], "2015-12-24T18:00:00Z", "the early close");
    assert_eq!(order.as_object().unwrap().len(), 36, "{order}");

    let found = fake.get("/v2/orders:by_client_order_id?client_order_id=mine-1");
    assert_eq!(found["status"], "filled");
    assert_eq!(found["filled_avg_price"], "750.1");
    let undashed = text(&order, "id").replace('-', "");
    assert_eq!(fake.get(&format!("/v2/orders/{undashed}")), found);

    let position = fake.get("/v2/positions/GOOG");
    assert_eq!(position["qty"], "2");
    assert_eq!(position["cost_basis"], "1500.2");
    assert_eq!(position["market_value"], "1500");
    assert_eq!(position["unrealized_pl"], "-0.2");
    assert_eq!(fake.get("/v2/account")["cash"], "98499.8");
    let fills = fake.get("/v2/account/activities/FILL");
    assert_eq!(fills[0]["order_id"], order["id"]);
    assert_eq!(fills[0]["cum_qty"], "2");
    assert_eq!(&text(&fills[0], "id")[..12], "201512240931", "New York's clock");
}

#[test]
fn numbers_may_come_as_numbers_and_dollars_buy_parts_of_shares() {
    let fake = Fake::start();
    let order = json!({
        "symbol": "BAC", "notional": 5.0, "side": "buy", "type": "market", "time_in_force": "day"
    });
    let order = fake.take(order);
    assert_eq!((&order["notional"], &order["qty"]), (&json!("5"), &Value::Null));
    let order = fake.order(&order);
    assert_eq!(order["filled_qty"], "0.293772032");
    assert_eq!(order["qty"], Value::Null, "also after the fill");
    let sale = json!({
        "symbol": "BAC", "qty": 0.25, "side": "sell", "type": "market", "time_in_force": "day"
    });
    assert_eq!(fake.take(sale)["position_intent"], "sell_to_close");
    assert_eq!(fake.get("/v2/positions/BAC")["qty"], "0.043772032");
}

#[test]
fn a_limit_rests_until_the_market_comes_to_it_or_the_day_ends() {
    let fake = Fake::start();
    let near = fake.take(limit("BAC", "buy", "10", "16.60"));
    let far = fake.take(limit("BAC", "buy", "10", "15.00"));
    assert_eq!(fake.order(&near)["status"], "new");
    fake.at("2015-12-24T15:00:00Z");
    assert_eq!(fake.order(&near)["filled_avg_price"], "16.52");
    fake.at("2015-12-24T18:00:00Z");
    let far = fake.order(&far);
    assert_eq!(
        (&far["status"], &far["expired_at"]),
        (&json!("expired"), &json!("2015-12-24T18:00:00Z"))
    );
    let late = fake.take(buy("BAC", "1"));
    assert_eq!(late["status"], "accepted", "outside of hours orders queue");
}

#[test]
fn stops_and_trailing_stops_wait_for_their_price() {
    let fake = Fake::start();
    fake.take(buy("BAC", "30"));
    let stop = and(limit("BAC", "sell", "10", "16.45"), "type", "stop_limit");
    let stop = fake.take(and(stop, "stop_price", "16.50"));
    let trail = json!({
        "symbol": "BAC", "qty": "10", "side": "sell", "type": "trailing_stop",
        "trail_price": "0.40", "time_in_force": "day"
    });
    let trail = fake.take(trail);
    assert_eq!(fake.order(&trail)["stop_price"], "16.6");
    fake.at("2015-12-24T15:00:00Z");
    assert_eq!(fake.order(&stop)["filled_avg_price"], "16.5");
    assert_eq!(fake.order(&trail)["filled_avg_price"], "16.5");
    assert_eq!(fake.get("/v2/positions/BAC")["qty"], "10");
}

#[test]
fn what_does_not_wait_is_canceled() {
    let fake = Fake::start();
    let ioc = fake.take(and(limit("BAC", "buy", "10", "16.00"), "time_in_force", "ioc"));
    assert_eq!(fake.order(&ioc)["status"], "canceled");
    let fok = fake.take(and(limit("BAC", "buy", "10", "17.02"), "time_in_force", "fok"));
    assert_eq!(fake.order(&fok)["status"], "filled");
}

#[test]
fn a_cancel_is_a_request_and_an_ended_order_refuses_it() {
    let fake = Fake::start();
    let order = fake.take(limit("BAC", "buy", "10", "16.00"));
    assert_eq!(fake.cancel(&order).status, 204);
    assert_eq!(fake.order(&order)["status"], "canceled");
    let again = fake.cancel(&order);
    assert_eq!(again.refusal(), r#"422 42210000 order is already in "canceled" state"#);
    let unknown =
        fake.call("DELETE", "/v2/orders/00000000-0000-4000-8000-000000000000", Value::Null);
    assert_eq!(unknown.refusal(), "404 40410000 order not found");
    fake.take(limit("BAC", "buy", "10", "16.00"));
    fake.take(limit("GOOG", "buy", "1", "700"));
    let all = fake.call("DELETE", "/v2/orders", Value::Null);
    assert_eq!(all.status, 207);
    assert_eq!(all.body.as_array().unwrap().iter().filter(|it| it["status"] == 200).count(), 2);
}

#[test]
fn a_replacement_is_a_new_order_in_a_chain() {
    let fake = Fake::start();
    let old = fake.take(limit("BAC", "buy", "10", "16.00"));
    let path = format!("/v2/orders/{}", text(&old, "id"));
    let same = fake.call("PATCH", &path, json!({ "limit_price": 16.0 }));
    assert_eq!(same.refusal(), "422 42210000 order parameters are not changed");
    let new = fake.call("PATCH", &path, json!({ "limit_price": "17.05", "qty": "12" }));
    assert_eq!(new.status, 200);
    assert_eq!(new.body["replaces"], old["id"]);
    let old = fake.order(&old);
    assert_eq!(old["status"], "replaced");
    assert_eq!(old["replaced_by"], new.body["id"]);
    let new = fake.order(&new.body);
    assert_eq!((&new["status"], &new["filled_qty"]), (&json!("filled"), &json!("12")));
    let again = fake.call("PATCH", &path, json!({ "qty": "13" }));
    assert_eq!(again.refusal(), "422 42210000 order already replaced");
}

#[test]
fn lists_are_filtered_paged_and_ordered() {
    let fake = Fake::start();
    let orders: Vec<Value> =
        (1..=5).map(|price| fake.take(limit("BAC", "buy", "1", &price.to_string()))).collect();
    fake.take(buy("GOOG", "1"));
    let prices = |path: &str| -> Vec<String> {
        let listed = fake.get(path);
        let listed = listed.as_array().unwrap();
        listed.iter().map(|it| it["limit_price"].as_str().unwrap_or("-").to_owned()).collect()
    };
    assert_eq!(prices("/v2/orders"), ["5", "4", "3", "2", "1"], "open, newest first");
    assert_eq!(prices("/v2/orders?status=closed"), ["-"]);
    assert_eq!(prices("/v2/orders?status=all&symbols=GOOG,IBM"), ["-"]);
    assert_eq!(prices("/v2/orders?direction=asc&limit=2"), ["1", "2"]);
    let third = fake.order(&orders[2]);
    let after = format!("/v2/orders?direction=asc&after={}", text(&third, "submitted_at"));
    assert_eq!(prices(&after), ["4", "5"], "exclusive");
    let before = format!("/v2/orders?before_order_id={}", text(&third, "id"));
    assert_eq!(prices(&before), ["2", "1"]);
}

#[test]
fn positions_are_closed_one_by_one_and_all_at_once() {
    let fake = Fake::start();
    fake.take(buy("BAC", "10"));
    fake.take(buy("GOOG", "1"));
    let half = fake.call("DELETE", "/v2/positions/BAC?percentage=50", Value::Null);
    assert_eq!((half.status, &half.body["qty"]), (200, &json!("5")));
    fake.take(limit("BAC", "sell", "2", "20"));
    let all = fake.call("DELETE", "/v2/positions", Value::Null);
    assert_eq!(all.status, 207);
    let refused = &all.body[0];
    assert_eq!((&refused["symbol"], &refused["status"]), (&json!("BAC"), &json!(403)));
    assert_eq!(refused["body"]["held_for_orders"], "2");
    let all = fake.call("DELETE", "/v2/positions?cancel_orders=true", Value::Null);
    assert_eq!(all.body[0]["status"], 200);
    assert_eq!(fake.get("/v2/positions"), json!([]));
    let none = fake.call("DELETE", "/v2/positions/BAC", Value::Null);
    assert_eq!(none.refusal(), "404 40410000 position does not exist");
}
