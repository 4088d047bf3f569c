//! Every recorded body parses and means what its index says. A file without a meaning here fails.

use std::fs;
use std::path::PathBuf;

use gatefold_alpaca::classify::{self, Cause, Outcome, ReadFault, Refusal};
use gatefold_alpaca::wire::{
    Account, Activity, ActivityKind, Asset, BulkItem, CalendarDay, Clock, ContractPage, ErrorBody,
    Frame, LatestQuotes, Order, Position, Rows, Status, TradeUpdate, UpdateKind, decode,
    decode_rows,
};
use gatefold_core::route::RejectClass;
use gatefold_core::vocabulary::{Instrument, Money, NetQuantity, Price, Timestamp};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")
}

pub(crate) fn body(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Status and body of a recorded refusal.
pub(crate) fn refusal(name: &str) -> (u16, Vec<u8>) {
    let all: Value = serde_json::from_slice(&body(name)).unwrap();
    let status = u16::try_from(all["http_status"].as_u64().unwrap()).unwrap();
    let page = all["body"].as_str().map(|page| page.as_bytes().to_vec());
    let body = page.unwrap_or_else(|| all["body"].to_string().into_bytes());
    (status, body)
}

fn order(name: &str) -> Order {
    decode("an order", &body(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn rows<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Vec<T> {
    let Rows { rows, parked, .. } = decode_rows("rows", body).unwrap();
    assert_eq!(parked, []);
    rows
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn every_file_means_what_its_index_says() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 98, "a file came or went");
    for name in names {
        match name.split('-').next().unwrap().trim_end_matches(".json") {
            "error" => is_refusal(&name),
            "order" => is_order(&name),
            "account" => is_account(&name),
            "activities" | "activity" => is_activity(&name),
            "position" => is_position(&name),
            "stream" | "trade" => is_stream(&name),
            "md" => is_market(&name),
            "request" => is_request(&name),
            _ => is_other(&name),
        }
    }
}

/// What the index says of each refusal: its cause, and whether it proves that there is no order.
fn is_refusal(name: &str) {
    let cause = match name {
        "error-401-unauthorized.json" | "error-403-forbidden.json" => Cause::Authentication,
        "error-403-cash-secured-put.json" => Cause::CashSecuredPut,
        "error-403-covered-call-underlying.json" => Cause::CoveredCall,
        "error-403-exercise-no-position.json" => Cause::NotFound,
        "error-403-exercise-short.json" | "error-403-no-code-extended-hours-window.json" => {
            Cause::Other
        }
        "error-403-insufficient-buying-power.json" => Cause::BuyingPower,
        "error-403-insufficient-options-buying-power.json" => Cause::OptionsBuyingPower,
        "error-403-not-fractionable.json" => Cause::NotFractionable,
        "error-403-pdt.json" => Cause::DayTrade,
        "error-403-sell-above-held.json" => Cause::InsufficientQuantity,
        "error-403-uncovered.json" => Cause::Uncovered,
        "error-403-wash-trade.json" => Cause::WashTrade,
        "error-404-option-contract.json" | "error-404-order.json" | "error-404-position.json" => {
            Cause::NotFound
        }
        "error-422-cancel-filled.json" | "error-422-replace-not-sent.json" => Cause::State,
        "error-422-duplicate-client-order-id.json" => Cause::DuplicateId,
        "error-422-extended-hours-type.json" | "error-422-qty-or-notional.json" => Cause::Request,
        "error-422-options-market-hours.json" => Cause::MarketHours,
        "error-422-position-intent-mismatch.json" => Cause::IntentMismatch,
        "error-422-sub-penny.json" => Cause::Tick,
        "error-429-trading.json" => Cause::Rate,
        "error-504-html.json" => {
            let (status, page) = refusal(name);
            assert!(ErrorBody::parse(&page).is_err(), "a page is no refusal");
            let outcome = classify::submission(status, &page, "gf-1");
            let Outcome::Unknown { evidence } = outcome else { panic!("{outcome:?}") };
            assert!(evidence.starts_with("HTTP 504: <html>"), "{evidence}");
            return;
        }
        other => panic!("no meaning is written down for {other}"),
    };
    let (status, body) = refusal(name);
    let parsed = Refusal::of(status, ErrorBody::parse(&body).unwrap());
    assert_eq!(parsed.cause, cause, "{name}");
    let outcome = classify::submission(status, &body, "gf-1");
    if cause == Cause::DuplicateId {
        assert!(matches!(outcome, Outcome::Duplicate(_)), "{name}");
    } else if cause == Cause::Rate {
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{name}");
    } else {
        assert_eq!(outcome, Outcome::Refused(parsed.clone()), "{name}");
    }
    let class = if cause == Cause::Authentication {
        RejectClass::Authentication
    } else if cause == Cause::Rate {
        RejectClass::Rate
    } else {
        RejectClass::Order
    };
    assert_eq!(parsed.class(), class, "{name}");
    let missing = matches!(classify::read_fault(status, &body), ReadFault::Missing);
    assert_eq!(missing, status == 404, "{name}");
}

fn is_order(name: &str) {
    match name {
        "order-stock-limit-canceled-list.json" => return is_canceled_list(name),
        "order-stock-filled-reserialised.json" => return is_filled_list(name),
        _ => {}
    }
    let order = order(name);
    let (status, filled) = match name {
        "order-option-limit-submit-doc.json"
        | "order-stock-limit-submit.json"
        | "order-stock-limit-new.json"
        | "order-stock-limit-accepted-doc.json"
        | "order-stock-market-new.json"
        | "order-stock-market-notional-submit.json"
        | "order-stock-market-sell-fractional-submit.json"
        | "order-stock-sdk-fixture-numeric-qty.json"
        | "order-stock-docs-v2.json" => (Status::Working, "0"),
        "order-stock-market-filled-subdollar.json" => (Status::Filled, "1"),
        "order-stock-market-notional-filled.json" => (Status::Filled, "0.057436865"),
        "order-stock-pending-cancel-after-replace.json" => (Status::PendingCancel, "0"),
        other => panic!("no meaning is written down for {other}"),
    };
    assert_eq!(order.state(), status, "{name}");
    let shown = order.filled_qty.as_ref().map(|it| it.quantity().unwrap().to_string());
    assert_eq!(shown.as_deref(), Some(filled), "{name}");
    assert!(!order.id.is_empty() && order.taken_at().is_some(), "{name}");
    if name == "order-stock-market-filled-subdollar.json" {
        let price = order.filled_avg_price.as_ref().unwrap().price().unwrap();
        assert_eq!(price, "0.9858".parse::<Price>().unwrap());
    }
    if name == "order-stock-market-notional-submit.json" {
        assert!(order.qty.is_none());
        assert_eq!(order.notional.as_ref().unwrap().as_str(), "5");
    }
    if name == "order-stock-sdk-fixture-numeric-qty.json" {
        assert_eq!(order.qty.as_ref().unwrap().as_str(), "1", "a JSON number");
    }
    if name == "order-stock-pending-cancel-after-replace.json" {
        assert_eq!(order.replaces.as_deref(), Some("b8639e43-64a9-428a-b829-4726a05acd6a"));
    }
}

fn is_canceled_list(name: &str) {
    let body = body(name);
    let orders: Vec<Order> = rows(&body);
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].state(), Status::Canceled);
    assert!(orders[0].changed_at() >= orders[0].taken_at());
}

fn is_filled_list(name: &str) {
    let body = body(name);
    let orders: Vec<Order> = rows(&body);
    assert!(!orders.is_empty());
    assert!(orders.iter().all(|order| order.state() == Status::Filled), "{orders:?}");
}

fn is_account(name: &str) {
    if name.starts_with("account-configurations") {
        // Not read by the adapter, and still an object whose new keys break nothing.
        let settings: Account = decode("an account", &body(name)).unwrap();
        return assert_eq!(settings.status, "");
    }
    let body = body(name);
    let account: Account = decode("an account", &body).unwrap();
    assert!(!account.account_blocked && !account.trading_blocked, "{name}");
    let cash = account.cash.map(|it| it.money().unwrap());
    match name {
        "account-paper-2026-10.json" => {
            assert_eq!(cash, Some("100005.83".parse().unwrap()));
            assert_eq!(account.options_buying_power.unwrap().as_str(), "99788.52");
            assert_eq!(account.options_trading_level.unwrap().as_str(), "3", "a JSON number");
        }
        "account-doc-negative-cash.json" => assert!(cash.unwrap().is_negative()),
        "account-doc-openapi.json" | "account-reserialised-2026-06.json" => {
            assert!(cash.is_some());
        }
        other => panic!("no meaning is written down for {other}"),
    }
}

fn activities(name: &str) -> Vec<Activity> {
    let body = body(name);
    match name {
        many if many.starts_with("activities") => rows(&body),
        _ => vec![decode("an activity", &body).unwrap()],
    }
}

fn is_activity(name: &str) {
    use ActivityKind::*;
    let rows = activities(name);
    let kinds: Vec<ActivityKind> = rows.iter().map(Activity::kind).collect();
    let quantities: Vec<NetQuantity> =
        rows.iter().filter_map(|row| row.qty.as_ref()?.net().ok()).collect();
    let whole = |of: &[i64]| -> Vec<NetQuantity> {
        of.iter().map(|it| NetQuantity::from_nanos(it * 1_000_000_000)).collect()
    };
    let expected: &[ActivityKind] = match name {
        "activities-fill-page-asc.json" => &[Fill; 4],
        "activities-partial-fills-2022.json" => &[Fill; 5],
        "activity-fill-doc.json" | "activity-fill-option-sell-short.json" => &[Fill],
        "activities-option-assignment-call-doc.json" => {
            assert_eq!(quantities, whole(&[1, -100]), "a short call ends, shares go");
            &[Assigned, Delivery]
        }
        "activities-option-assignment-put-doc.json" => {
            assert_eq!(quantities, whole(&[1, 100]), "a short put ends, shares come");
            &[Assigned, Delivery]
        }
        "activities-option-exercise-call-doc.json" => {
            assert_eq!(quantities, whole(&[-1, 100]), "a long call ends, shares come");
            &[Exercised, Delivery]
        }
        "activities-option-expiry-doc.json" => {
            assert_eq!(quantities, whole(&[-1, -1]), "long options end");
            &[Expired, Expired]
        }
        "activity-option-assignment-2026.json" => {
            let group = rows[0].group_id.as_deref();
            assert_eq!(group, Some("53054182-24d5-41df-9911-a534b061e1d8"));
            assert_eq!(rows[0].at(), Some(at("2026-04-23T08:23:24.973256Z")));
            &[Assigned]
        }
        "activities-cash-deposit-2022.json" => {
            let money = rows[0].net_amount.as_ref().unwrap().money();
            assert_eq!(money, Ok(Money::cents(3_332_435)));
            &[Deposit, Deposit, Fill, Deposit]
        }
        "activity-dividend.json" => {
            assert_eq!(quantities, [], "16 decimals are no share quantity of ours");
            &[Income]
        }
        other => panic!("no meaning is written down for {other}"),
    };
    assert_eq!(kinds, expected, "{name}");
    for fill in rows.iter().filter(|row| row.kind() == Fill) {
        assert!(fill.order_id.is_some() && fill.at().is_some(), "{name}");
        let (price, quantity) = (fill.price.as_ref().unwrap(), fill.qty.as_ref().unwrap());
        assert!(price.price().is_ok() && quantity.quantity().is_ok(), "{name}");
        assert!(fill.cum_qty.as_ref().unwrap().quantity().unwrap() >= quantity.quantity().unwrap());
    }
    assert!(rows.iter().all(|row| !row.is_revised()), "{name}");
}

fn is_position(name: &str) {
    let body = body(name);
    let positions: Vec<Position> = match name {
        "position-stock-fractional-lct.json"
        | "position-stock-long-fractional-list.json"
        | "position-stock-null-fields-reserialised.json" => rows(&body),
        _ => vec![decode("a position", &body).unwrap()],
    };
    let held: Vec<(String, String)> =
        positions.iter().map(|it| (it.symbol.clone(), it.qty.net().unwrap().to_string())).collect();
    let (symbol, quantity) = match name {
        "position-option-long-call-doc.json" => ("PTON240126C00000500", "2"),
        "position-stock-fractional-lct.json" => ("TSLA", "0.173011547"),
        "position-stock-long-doc.json" => ("AAPL", "5"),
        "position-stock-long-fractional-list.json" => ("KO", "0.557436865"),
        "position-stock-null-fields-reserialised.json" => ("AAPL", "1"),
        "position-stock-short.json" => ("XLK", "-24"),
        other => panic!("no meaning is written down for {other}"),
    };
    assert_eq!(held, [(symbol.to_owned(), quantity.to_owned())], "{name}");
    assert!(Instrument::parse(symbol).is_ok());
}

fn is_stream(name: &str) {
    match name {
        "stream-authorized.json" => assert_eq!(
            Frame::parse(&body(name)).unwrap(),
            Frame::Authorization { authorized: true, action: "authenticate".into() }
        ),
        "stream-unauthorized-authenticate.json" => assert_eq!(
            Frame::parse(&body(name)).unwrap(),
            Frame::Authorization { authorized: false, action: "authenticate".into() }
        ),
        "stream-listening.json" => assert_eq!(
            Frame::parse(&body(name)).unwrap(),
            Frame::Listening { streams: vec!["trade_updates".into()] }
        ),
        "stream-client-messages.json" => {
            let messages: Value = serde_json::from_slice(&body(name)).unwrap();
            let keys = gatefold_alpaca::Keys::new("KEY", "SECRET", "a test").unwrap();
            let ours: Value =
                serde_json::from_str(&gatefold_alpaca::wire::authenticate(&keys)).unwrap();
            assert_eq!(ours, messages["authenticate_alpaca_py"]);
            let ours: Value = serde_json::from_str(gatefold_alpaca::wire::LISTEN).unwrap();
            assert_eq!(ours, messages["listen"]);
        }
        "trade-update-fill-2024.json" | "trade-update-fill-doc.json" => {
            let Frame::Update(update) = Frame::parse(&body(name)).unwrap() else {
                panic!("{name}")
            };
            assert_eq!((update.kind(), update.order.state()), (UpdateKind::Fill, Status::Filled));
            assert_eq!(update.qty, update.order.filled_qty, "all in one execution");
            assert_eq!(update.position_qty.unwrap().as_str(), "0", "it closes the position");
        }
        "trade-update-fill-reserialised.json" => {
            let update: TradeUpdate = decode("a trade update", &body(name)).unwrap();
            assert_eq!(update.position_qty.unwrap().as_str(), "1", "a JSON number");
            assert_eq!(update.execution_id.as_deref(), Some("fixture_execution_id"));
        }
        other => panic!("no meaning is written down for {other}"),
    }
}

fn is_market(name: &str) {
    match name {
        "md-stock-latest-quotes.json" | "md-option-latest-quotes.json" => {
            let body = body(name);
            let quotes: LatestQuotes = decode("quotes", &body).unwrap();
            let (symbol, bid, ask) = match name {
                "md-stock-latest-quotes.json" => ("AAPL", "172.62", "172.7"),
                _ => ("AAPL250321C00190000", "16.75", "17"),
            };
            let quote = quotes.quotes[symbol].as_ref().unwrap();
            assert_eq!(quote.bp.as_ref().unwrap().price().unwrap().to_string(), price(bid));
            assert_eq!(quote.ap.as_ref().unwrap().price().unwrap().to_string(), price(ask));
            assert!(quote.t.parse::<Timestamp>().is_ok());
        }
        // Not asked for by the adapter: what it does not know breaks nothing.
        "md-option-chain-page2-2024.json"
        | "md-option-chain.json"
        | "md-option-latest-trades.json"
        | "md-option-snapshot-no-greeks-2024.json"
        | "md-option-snapshots.json"
        | "md-stock-latest-bars.json"
        | "md-stock-latest-trades-2021.json"
        | "md-stock-latest-trades.json"
        | "md-stock-snapshots.json" => {
            let body = body(name);
            let quotes: LatestQuotes = decode("quotes", &body).unwrap();
            assert!(quotes.quotes.is_empty(), "{name}");
        }
        "md-stream-control.json" => {
            assert!(matches!(Frame::parse(&body(name)), Ok(Frame::Other { .. })));
        }
        other => panic!("no meaning is written down for {other}"),
    }
}

fn price(text: &str) -> String {
    text.parse::<Price>().unwrap().to_string()
}

/// Requests of others: our own body has the same shape, with decimals as text.
fn is_request(name: &str) {
    let known = [
        "request-alpaca-py-wire.json",
        "request-option-cash-secured-put.json",
        "request-option-covered-call.json",
        "request-orders-openapi.json",
        "request-replace-openapi.json",
    ];
    assert!(known.contains(&name), "no meaning is written down for {name}");
    let all: Value = serde_json::from_slice(&body(name)).unwrap();
    if let Some(symbol) = all.get("symbol").and_then(Value::as_str) {
        assert!(Instrument::parse(symbol).unwrap().is_option(), "{name}");
        assert!(all["qty"].is_string(), "{name}");
    }
}

fn is_other(name: &str) {
    let body = body(name);
    match name {
        "asset-doc.json" | "asset-ko.json" => {
            let asset: Asset = decode("an asset", &body).unwrap();
            assert!(asset.tradable && asset.status == "active", "{name}");
        }
        "assets-sdk-fixture.json" => assert_eq!(rows::<Asset>(&body).len(), 1),
        "calendar-2022.json" => {
            let days: Vec<CalendarDay> = rows(&body);
            let hours: Vec<_> = days.iter().map(|day| (&*day.open, &*day.close)).collect();
            assert_eq!(hours, [("09:30", "16:00"); 2]);
        }
        "clock-closed-2022.json" | "clock-doc.json" => {
            let clock: Clock = decode("a clock", &body).unwrap();
            assert_eq!(clock.is_open, name == "clock-doc.json");
            let shown = if clock.is_open {
                "2025-06-24T18:15:22Z"
            } else {
                "2022-05-16T20:32:24.14373588Z"
            };
            assert_eq!(clock.timestamp.parse::<Timestamp>().unwrap(), at(shown));
        }
        "cancel-all-207.json" | "close-all-207-mixed.json" => {
            let items: Vec<BulkItem> = rows(&body);
            let statuses: Vec<u16> = items.iter().map(|item| item.status).collect();
            let expected: &[u16] =
                if name.starts_with("cancel") { &[200, 404] } else { &[200, 403, 403] };
            assert_eq!(statuses, expected);
        }
        "option-contracts-page-doc.json" | "option-contracts-sdk-fixture.json" => {
            let page: ContractPage = decode("contracts", &body).unwrap();
            let contract = &page.option_contracts[0];
            assert!(contract.tradable && Instrument::parse(&contract.symbol).unwrap().is_option());
            let next = (name == "option-contracts-page-doc.json").then_some("MTAw");
            assert_eq!(page.next_page_token.as_deref(), next, "under its old name, too");
        }
        other => panic!("no meaning is written down for {other}"),
    }
}

#[test]
fn unknown_words_and_fields_break_nothing() {
    let text = String::from_utf8(body("order-stock-limit-new.json")).unwrap();
    let strange = text
        .replace("\"status\": \"new\"", "\"status\": \"levitating\", \"brand_new\": {\"x\": [1]}")
        .replace("\"type\": \"limit\"", "\"type\": \"telepathic\"");
    let order: Order = decode("an order", strange.as_bytes()).unwrap();
    assert_eq!((order.state(), order.status.as_str()), (Status::Unknown, "levitating"));
    let rows: Rows<Order> = decode_rows("orders", b"[{\"id\": 7}, {\"id\": \"a\"}, null]").unwrap();
    assert_eq!((rows.rows.len(), rows.parked.len(), rows.count), (1, 2, 3), "a row, not the page");
}

#[test]
fn a_success_counts_only_under_our_own_id() {
    let submitted = body("order-stock-limit-submit.json");
    let key = order("order-stock-limit-submit.json").client_order_id;
    assert!(matches!(classify::submission(200, &submitted, &key), Outcome::Accepted(_)));
    for (status, body) in
        [(200, &submitted[..]), (200, b"".as_slice()), (200, b"<html>"), (204, b""), (302, b"")]
    {
        let outcome = classify::submission(status, body, "gf-other");
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{status} {outcome:?}");
    }
}

#[test]
fn without_the_brokers_words_nothing_is_proved() {
    for status in [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504, 418] {
        for body in [b"".as_slice(), b"<html>nginx</html>", b"{}", b"[]", b"{\"code\":1}"] {
            let outcome = classify::submission(status, body, "gf-1");
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{status} {outcome:?}");
        }
    }
}

#[test]
fn a_cancel_is_never_more_than_asked_for() {
    use classify::CancelOutcome;
    assert_eq!(classify::cancel(204, b""), CancelOutcome::Requested);
    let (status, body) = refusal("error-422-cancel-filled.json");
    let CancelOutcome::Refused(refused) = classify::cancel(status, &body) else { panic!() };
    assert_eq!(refused.cause, Cause::State);
    assert_eq!(refused.to_string(), "state: 422 42210000 order is already in \"filled\" state");
    let lost = classify::cancel(504, b"<html>");
    assert!(matches!(lost, CancelOutcome::Unknown { .. }), "{lost:?}");
}
