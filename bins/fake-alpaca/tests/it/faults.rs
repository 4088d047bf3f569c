//! Everything else that goes wrong on demand.

use std::time::Duration;

use fake_alpaca::{Fault, Faults, On, Rule};
use serde_json::{Value, json};

use crate::harness::{Fake, and, buy, exchange, limit, request, text};

/// The first order meets a fault; whether it exists afterwards.
fn submit(fault: Fault) -> (Option<String>, bool) {
    let fake = Fake::faulty(vec![Rule::times(fault, 1).on(On::Submit)]);
    let order = and(limit("BAC", "buy", "1", "16"), "client_order_id", "a");
    let base = &fake.running.base_url;
    let reply = request(base, "POST", "/v2/orders", &fake.keys(0), &order);
    let words = reply.map(|it| format!("{} {}", it.status, it.raw.len() > 1_000));
    let found = "/v2/orders:by_client_order_id?client_order_id=a";
    (words, fake.call("GET", found, Value::Null).status == 200)
}

#[test]
fn an_answer_is_lost_before_or_after_the_order_is_taken() {
    assert_eq!(submit(Fault::TimeoutBefore), (None, false));
    assert_eq!(submit(Fault::TimeoutAfter), (None, true));
    assert_eq!(submit(Fault::ResetBefore), (None, false));
    assert_eq!(submit(Fault::ResetAfter), (None, true));
    assert_eq!(submit(Fault::CutBody), (None, true));
}

#[test]
fn an_error_says_nothing_about_the_order() {
    let answered = |status: &str| Some(format!("{status} false"));
    assert_eq!(submit(Fault::RateLimited), (answered("429"), false));
    assert_eq!(submit(Fault::ServerError), (answered("500"), false));
    assert_eq!(submit(Fault::ServerErrorAfter), (answered("500"), true));
    assert_eq!(submit(Fault::GatewayHtml), (answered("504"), false));
    assert_eq!(submit(Fault::GatewayHtmlAfter), (answered("504"), true));
}

#[test]
fn a_gateway_answers_in_html() {
    let fake = Fake::faulty(vec![Rule::times(Fault::GatewayHtml, 1)]);
    let reply = fake.call("GET", "/v2/clock", Value::Null);
    assert_eq!((reply.status, reply.header("content-type")), (504, "text/html"));
    assert!(reply.raw.starts_with("<html>"));
}

#[test]
fn an_order_is_not_found_at_first() {
    let hidden = Rule { millis: Some(200), ..Rule::times(Fault::HiddenAtFirst, 1) };
    let fake = Fake::faulty(vec![hidden]);
    let order = fake.take(limit("BAC", "buy", "1", "16"));
    let path = format!("/v2/orders/{}", text(&order, "id"));
    assert_eq!(fake.call("GET", &path, Value::Null).refusal(), "404 40410000 order not found");
    assert_eq!(fake.get("/v2/orders"), json!([]));
    std::thread::sleep(Duration::from_millis(250));
    assert_eq!(fake.get(&path)["status"], "new");
}

#[test]
fn cancels_are_forgotten_stuck_or_overtaken() {
    let fake = Fake::faulty(vec![
        Rule::times(Fault::IgnoresCancels, 1),
        Rule::times(Fault::CancelsForEver, 1),
        Rule::times(Fault::FillsAfterCancel, 1),
    ]);
    let orders: Vec<Value> = (0..3).map(|_| fake.take(limit("BAC", "buy", "1", "16"))).collect();
    for order in &orders {
        assert_eq!(fake.cancel(order).status, 204);
    }
    let status = |order: &Value| text(&fake.order(order), "status").to_owned();
    assert_eq!(status(&orders[0]), "new");
    assert_eq!(status(&orders[1]), "pending_cancel");
    let overtaken = fake.order(&orders[2]);
    assert_eq!((&overtaken["status"], &overtaken["filled_qty"]), (&json!("filled"), &json!("1")));
    assert!(!overtaken["canceled_at"].is_null(), "canceled and filled at once");
    assert_eq!(fake.get("/v2/positions/BAC")["qty"], "1");
    fake.at("2015-12-24T18:00:00Z");
    assert_eq!((status(&orders[0]), status(&orders[1])), ("expired".into(), "canceled".into()));
}

#[test]
fn orders_are_rejected_afterwards_or_never_filled() {
    let fake =
        Fake::faulty(vec![Rule::times(Fault::RejectedLater, 1), Rule::times(Fault::NeverFills, 1)]);
    let (rejected, stuck) = (fake.take(buy("BAC", "1")), fake.take(buy("BAC", "1")));
    assert_eq!(rejected["status"], "pending_new");
    assert_eq!(fake.order(&rejected)["status"], "rejected");
    fake.at("2015-12-24T15:30:00Z");
    assert_eq!(fake.order(&stuck)["status"], "new");
}

#[test]
fn positions_and_history_lag_behind_a_fill() {
    let lag = Rule { millis: Some(200), ..Rule::times(Fault::PositionsLag, 1) };
    let late = Rule { millis: Some(200), ..Rule::times(Fault::ActivityLate, 1) };
    let fake = Fake::faulty(vec![lag, late]);
    fake.take(buy("BAC", "1"));
    assert_eq!(fake.get("/v2/positions"), json!([]));
    assert_eq!(fake.get("/v2/account")["cash"], "100000");
    fake.take(buy("GOOG", "1"));
    let fills = fake.get("/v2/account/activities/FILL");
    assert_eq!(fills.as_array().unwrap().len(), 1);
    std::thread::sleep(Duration::from_millis(250));
    assert_eq!(fake.get("/v2/positions").as_array().unwrap().len(), 2);
    assert_eq!(fake.get("/v2/account/activities/FILL").as_array().unwrap().len(), 2);
}

#[test]
fn a_fill_comes_in_parts() {
    let fake = Fake::faulty(vec![Rule::times(Fault::PartialFill, 1)]);
    let order = fake.take(buy("BAC", "5"));
    let part = fake.order(&order);
    assert_eq!((&part["status"], &part["filled_qty"]), (&json!("partially_filled"), &json!("2")));
    fake.at("2015-12-24T15:00:00Z");
    let whole = fake.order(&order);
    assert_eq!(whole["status"], "filled");
    assert_eq!(whole["filled_avg_price"], "16.72", "2 at 17.02 and 3 at 16.52");
    let rows = fake.get("/v2/account/activities/FILL?direction=asc");
    assert_eq!((&rows[0]["type"], &rows[0]["leaves_qty"]), (&json!("partial_fill"), &json!("3")));
    assert_eq!((&rows[1]["type"], &rows[1]["cum_qty"]), (&json!("fill"), &json!("5")));
}

#[test]
fn replacements_fail_after_success_and_succeed_with_an_error() {
    let fake = Fake::faulty(vec![
        Rule::times(Fault::ReplaceRejected, 1),
        Rule::times(Fault::ReplaceErrorAfter, 1),
    ]);
    let old = fake.take(limit("BAC", "buy", "1", "16"));
    let path = format!("/v2/orders/{}", text(&old, "id"));
    let new = fake.call("PATCH", &path, json!({ "limit_price": "15" }));
    assert_eq!(new.status, 200);
    assert_eq!(fake.order(&new.body)["status"], "rejected");
    assert_eq!(fake.order(&old)["status"], "new", "it goes on");
    let error = fake.call("PATCH", &path, json!({ "limit_price": "15" }));
    let sent = "422 42210000 unable to replace order, order isn't sent to exchange yet";
    assert_eq!(error.refusal(), sent);
    let replaced = fake.order(&old);
    let new = json!({ "id": replaced["replaced_by"] });
    assert_eq!(fake.order(&new)["limit_price"], "15");
}

#[test]
fn faults_are_changed_over_http_and_counted() {
    let fake = Fake::start();
    let rules = json!({ "rules": [{ "what": "slow", "times": 1, "millis": 50 }] });
    assert_eq!(fake.call("POST", "/_fake/faults", rules).status, 200);
    fake.get("/v2/clock");
    assert_eq!(fake.get("/_fake/faults")["met"], json!([1]));
    let wrong = fake.call("POST", "/_fake/faults", json!({ "rules": [{ "what": "fire" }] }));
    assert_eq!(wrong.status, 422);
    fake.running.set_faults(Faults::default());
    assert_eq!(fake.get("/_fake/faults")["met"], json!([]));
}

#[test]
fn connections_are_kept() {
    let fake = Fake::start();
    let host = fake.running.base_url.trim_start_matches("http://").to_owned();
    let stream = std::net::TcpStream::connect(&host).unwrap();
    let keys = fake.keys(0);
    let (first, stream) = exchange(stream, &host, "GET", "/v2/clock", &keys, &Value::Null).unwrap();
    assert_eq!(first.header("connection"), "keep-alive");
    let (second, _) =
        exchange(stream, &host, "POST", "/v2/orders", &keys, &buy("BAC", "1")).unwrap();
    assert_eq!(second.status, 200);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[test]
fn the_same_seed_gives_the_same_day() {
    let day = |seed| {
        let fake = Fake::with(|settings| {
            settings.seed = seed;
            settings.random_partial_fills = true;
            settings.faults.rules =
                vec![Rule { per_mille: 300, ..Rule::always(Fault::PartialFill) }];
        });
        for qty in ["7", "20", "31"] {
            fake.take(buy("BAC", qty));
        }
        fake.at("2015-12-24T15:00:00Z");
        fake.at("2015-12-24T16:00:00Z");
        fake.running.ledger().to_string()
    };
    assert_eq!(day(3), day(3));
    assert_ne!(day(3), day(4));
}
