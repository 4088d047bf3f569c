//! What is refused, in the words of the real one.

use fake_alpaca::AccountSettings;
use serde_json::{Value, json};

use crate::harness::{Fake, account, and, buy, limit, request};

#[track_caller]
fn refused(fake: &Fake, order: Value, expected: &str) -> Value {
    let reply = fake.post(order);
    assert_eq!(reply.refusal(), expected);
    reply.body
}

#[test]
fn an_id_is_used_once_whatever_became_of_its_order() {
    let fake = Fake::start();
    let order = fake.take(and(limit("BAC", "buy", "1", "16"), "client_order_id", "once"));
    fake.cancel(&order);
    let again = and(buy("BAC", "1"), "client_order_id", "once");
    refused(&fake, again, "422 40010001 client_order_id must be unique");
}

#[test]
fn what_cannot_be_read_is_said() {
    let fake = Fake::start();
    let none = json!({ "symbol": "BAC", "side": "buy", "type": "market", "time_in_force": "day" });
    refused(&fake, none, "422 40010001 qty or notional is required");
    let both = and(buy("BAC", "1"), "notional", "5");
    refused(&fake, both, "422 40010001 only one of qty or notional is accepted");
    let penny = json!({
        "symbol": "BAC", "notional": "0.99", "side": "buy", "type": "market",
        "time_in_force": "day"
    });
    refused(&fake, penny, "422 40010001 notional must be >= 1.00");
    refused(&fake, buy("NONE", "1"), "404 40410000 asset not found for NONE");
}

#[test]
fn orders_of_more_than_one_leg_are_not_taken() {
    let fake = Fake::start();
    for class in ["bracket", "oco", "oto", "mleg"] {
        let order = and(limit("BAC", "buy", "1", "16"), "order_class", class);
        let words = format!("422 42210000 order_class {class} is not supported by this server");
        refused(&fake, order, &words);
    }
    fake.take(and(limit("BAC", "buy", "1", "16"), "order_class", "simple"));
}

#[test]
fn some_stocks_are_traded_in_whole_shares_only() {
    let fake = Fake::with(|settings| settings.whole_shares = vec!["BAC".to_owned()]);
    refused(&fake, buy("BAC", "0.5"), "403 40310000 asset \"BAC\" is not fractionable");
    assert_eq!(fake.get("/v2/assets/BAC")["fractionable"], false);
    fake.take(buy("GOOG", "0.5"));
}

#[test]
fn prices_have_the_exchange_s_ticks() {
    let fake = Fake::start();
    refused(
        &fake,
        limit("BAC", "buy", "1", "16.123"),
        "422 42210000 invalid limit_price 16.123. sub-penny increment does not fulfill minimum \
         pricing criteria",
    );
    fake.take(limit("BAC", "buy", "1", "0.9858"));
}

#[test]
fn money_and_shares_must_be_there() {
    let fake = Fake::with(|settings| {
        settings.accounts = vec![AccountSettings { multiplier: 1, ..account("main") }];
    });
    let body = refused(
        &fake,
        limit("GOOG", "buy", "200", "700"),
        "403 40310000 insufficient buying power",
    );
    assert_eq!(body["buying_power"], "100000");
    assert_eq!(body["cost_basis"], "140000");
    fake.take(buy("BAC", "17"));
    fake.take(limit("BAC", "sell", "13", "20"));
    let body = refused(
        &fake,
        limit("BAC", "sell", "10", "20"),
        "403 40310000 insufficient qty available for order (requested: 10, available: 4)",
    );
    assert_eq!(body["existing_qty"], "17");
    assert_eq!(body["held_for_orders"], "13");
    assert_eq!(body["available"], "4");
    assert_eq!(body["related_orders"].as_array().unwrap().len(), 1);
    let short = limit("GOOG", "sell", "1", "760");
    refused(&fake, short, "403 40310000 account is not allowed to short");
}

#[test]
fn an_account_does_not_trade_with_itself() {
    let fake = Fake::start();
    fake.take(buy("BAC", "10"));
    let resting = fake.take(limit("BAC", "sell", "5", "18"));
    let body = refused(
        &fake,
        buy("BAC", "1"),
        "403 40310000 potential wash trade detected. use complex orders",
    );
    assert_eq!(body["existing_order_id"], resting["id"]);
    assert_eq!(body["reject_reason"], "opposite side market/stop order exists");
    let body = refused(
        &fake,
        limit("BAC", "buy", "1", "18"),
        "403 40310000 potential wash trade detected. use complex orders",
    );
    assert_eq!(body["reject_reason"], "opposite side limit order exists");
    fake.take(limit("BAC", "buy", "1", "17.99"));
}

#[test]
fn hours_are_kept() {
    let fake = Fake::start();
    let market = and(buy("BAC", "1"), "extended_hours", true);
    let only = "422 40010001 only type=\"limit\" is allowed for extended hours orders";
    refused(&fake, market, only);
    let opening = and(buy("BAC", "1"), "time_in_force", "opg");
    refused(&fake, opening, "422 42210000 opg orders are not accepted at this time");
    fake.at("2015-12-24T18:30:00Z");
    let after = and(limit("BAC", "buy", "1", "17"), "extended_hours", true);
    let order = fake.take(after);
    assert_eq!(fake.order(&order)["status"], "filled", "trading goes on after hours");
}

#[test]
fn a_short_sale_is_one_order_and_does_not_go_through_zero() {
    let fake = Fake::start();
    let sale = fake.take(limit("BAC", "sell", "10", "17.00"));
    assert_eq!(sale["position_intent"], "sell_to_open");
    let position = fake.get("/v2/positions/BAC");
    assert_eq!((&position["side"], &position["qty"]), (&json!("short"), &json!("-10")));
    assert_eq!(position["market_value"], "-170.1");
    let through = limit("BAC", "buy", "11", "17.02");
    refused(
        &fake,
        through,
        "403 40310000 insufficient qty available for order (requested: 11, available: 10)",
    );
    let wrong = and(limit("BAC", "buy", "10", "17.02"), "position_intent", "buy_to_open");
    refused(
        &fake,
        wrong,
        "422 42210000 position intent mismatch, inferred: buy_to_close, specified: buy_to_open",
    );
    fake.take(limit("BAC", "buy", "10", "17.02"));
    assert_eq!(fake.get("/v2/positions"), json!([]));
    assert_eq!(fake.running.ledger()["accounts"][0]["realized"], "-0.2");
}

#[test]
fn keys_and_blocks_decide_who_may_trade() {
    let fake = Fake::with(|settings| {
        let blocked = AccountSettings { trading_blocked: true, ..account("blocked") };
        settings.accounts = vec![account("main"), AccountSettings::live("real"), blocked];
    });
    let base = &fake.running.base_url;
    let get = |base: &str, keys: &[(String, String)]| {
        request(base, "GET", "/v2/account", keys, &Value::Null).unwrap()
    };
    let without = get(base, &[]);
    assert_eq!(without.refusal(), "401 - unauthorized.");
    assert!(without.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(get(base, &fake.keys(1)).refusal(), "401 40110000 request is not authorized");
    assert_eq!(get(&fake.running.live_url, &fake.keys(1)).status, 200);
    let [key, _] = fake.keys(0);
    let wrong = [key, ("APCA-API-SECRET-KEY".to_owned(), "x".to_owned())];
    assert_eq!(get(base, &wrong).refusal(), "403 - forbidden.");
    let order = request(base, "POST", "/v2/orders", &fake.keys(2), &buy("BAC", "1")).unwrap();
    assert_eq!(order.refusal(), "403 40310000 trading is blocked for this account");
    assert_eq!(get(base, &fake.keys(2)).body["trading_blocked"], true);
    assert!(fake.running.accounts[1].key_id.starts_with("AK"));
}

#[test]
fn a_minute_has_so_many_requests() {
    let fake = Fake::with(|settings| {
        settings.accounts[0].requests_per_minute = 3;
    });
    let replies: Vec<_> = (0..4).map(|_| fake.call("GET", "/v2/clock", Value::Null)).collect();
    // A minute may end in between: then the budget is whole again.
    let limited = replies.iter().filter(|it| it.status == 429).count();
    assert!(limited <= 1);
    assert_eq!(replies[0].header("x-ratelimit-limit"), "3");
    if let Some(reply) = replies.iter().find(|it| it.status == 429) {
        assert_eq!(reply.refusal(), "429 42910000 rate limit exceeded");
        assert_eq!(reply.header("X-RateLimit-Remaining"), "0");
        let reset: u64 = reply.header("X-RateLimit-Reset").parse().unwrap();
        assert_eq!(reset % 60, 0);
    }
}
