//! Whatever goes wrong, the books are right: over whole days of random orders with every fault.

use std::collections::BTreeMap;

use fake_alpaca::core::vocabulary::{Instrument, Money, Price, Quantity};
use fake_alpaca::{AccountSettings, Fault, Faults, Rule};
use serde_json::{Value, json};

use crate::harness::{Fake, account, and, limit, request, text};

const SYMBOLS: [(&str, &str, &str); 4] = [
    ("GOOG", "749.00", "752.00"),
    ("BAC", "16.40", "17.10"),
    ("GOOG151224C00740000", "9.50", "10.40"),
    ("GOOG151231P00700000", "2.00", "2.20"),
];

/// Enough to exercise and to be assigned.
const CASH: Money = Money::dollars(5_000_000);

/// A number that looks like chance: the next of a linear congruence.
fn next(state: &mut u64, below: u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*state >> 33) % below).unwrap()
}

/// A day of orders, cancels, replacements and closes; no answer is waited for.
fn day(seed: u64) -> Value {
    let fake = Fake::with(|settings| {
        settings.seed = seed;
        settings.accounts = vec![AccountSettings { cash: CASH, ..account("main") }];
        settings.random_partial_fills = true;
        settings.faults = Faults::every_kind(40);
        // A client that does not wait meets what hangs as a reset, and no closed budget.
        let hangs = |rule: &&mut Rule| {
            matches!(
                rule.what,
                Fault::TimeoutBefore | Fault::TimeoutAfter | Fault::Slow | Fault::RateLimited
            )
        };
        settings.faults.rules.iter_mut().filter(hangs).for_each(|rule| rule.millis = Some(0));
    });
    let (base, keys) = (&fake.running.base_url, fake.keys(0));
    let call = |method: &str, path: &str, body: &Value| request(base, method, path, &keys, body);
    let mut state = seed;
    let mut known: Vec<String> = Vec::new();
    for minute in 0..60 {
        let (symbol, low, high) = SYMBOLS[next(&mut state, 4)];
        let side = ["buy", "buy", "sell"][next(&mut state, 3)];
        let (near, far) = if side == "buy" { (high, low) } else { (low, high) };
        let price = [near, near, far][next(&mut state, 3)];
        let qty = (next(&mut state, 20) + 1).to_string();
        let order = limit(symbol, side, &qty, price);
        let order = and(order, "client_order_id", format!("{seed}-{minute}"));
        if let Some(reply) = call("POST", "/v2/orders", &order).filter(|it| it.status == 200) {
            known.extend(reply.body["id"].as_str().map(str::to_owned));
        }
        if !known.is_empty() {
            let id = &known[next(&mut state, u64::try_from(known.len()).unwrap())];
            let path = format!("/v2/orders/{id}");
            match next(&mut state, 6) {
                0 => drop(call("DELETE", &path, &Value::Null)),
                1 => drop(call("PATCH", &path, &json!({ "limit_price": low }))),
                2 => drop(call("DELETE", &format!("/v2/positions/{symbol}"), &Value::Null)),
                _ => {}
            }
        }
        let time = 871 + minute * 4;
        fake.at(&format!("2015-12-24T{:02}:{:02}:00Z", time / 60, time % 60));
    }
    fake.at("2015-12-28T21:00:00Z");
    fake.running.ledger()["accounts"][0].clone()
}

/// What the fills and the rows of deliveries and expiries add up to.
fn added_up(books: &Value) -> (Money, BTreeMap<String, i64>) {
    let mut cash = CASH;
    let mut held: BTreeMap<String, i64> = BTreeMap::new();
    for fill in books["fills"].as_array().unwrap() {
        let instrument: Instrument = text(fill, "symbol").parse().unwrap();
        let (qty, price): (Quantity, Price) =
            (text(fill, "qty").parse().unwrap(), text(fill, "price").parse().unwrap());
        let value = price.times(qty, instrument.multiplier()).unwrap();
        let buys = text(fill, "side") == "buy";
        cash = if buys { cash.checked_sub(value) } else { cash.checked_add(value) }.unwrap();
        let sign = if buys { 1 } else { -1 };
        *held.entry(instrument.to_string()).or_default() += sign * qty.nanos();
    }
    for row in books["activities"].as_array().unwrap() {
        if row["activity_type"] != "FILL" {
            cash = cash.checked_add(text(row, "net_amount").parse().unwrap()).unwrap();
            let qty: i64 = text(row, "qty").parse().unwrap();
            *held.entry(text(row, "symbol").to_owned()).or_default() += qty * 1_000_000_000;
        }
    }
    held.retain(|_, qty| *qty != 0);
    (cash, held)
}

#[test]
fn fills_and_rows_add_up_to_cash_and_positions() {
    let (mut fills, mut rows) = (0, 0);
    for seed in 1..=12 {
        let books = day(seed);
        let (cash, held) = added_up(&books);
        assert_eq!(text(&books, "cash").parse::<Money>().unwrap(), cash, "seed {seed}");
        let positions = books["positions"].as_array().unwrap().iter().map(|it| {
            let magnitude = text(it, "qty").trim_start_matches('-').parse::<Quantity>().unwrap();
            let short = text(it, "qty").starts_with('-');
            let nanos = if short { -magnitude.nanos() } else { magnitude.nanos() };
            (text(it, "symbol").to_owned(), nanos)
        });
        assert_eq!(positions.collect::<BTreeMap<_, _>>(), held, "seed {seed}");
        for order in books["orders"].as_array().unwrap() {
            let (qty, filled): (Quantity, Quantity) =
                (text(order, "qty").parse().unwrap(), text(order, "filled_qty").parse().unwrap());
            assert!(filled <= qty, "seed {seed}: {order}");
        }
        let fill = |row: &&Value| row["activity_type"] == "FILL";
        let activities = books["activities"].as_array().unwrap();
        fills += activities.iter().filter(fill).count();
        rows += activities.iter().filter(|row| !fill(row)).count();
    }
    assert!(fills > 100 && rows > 5, "{fills} fills, {rows} other rows");
}
