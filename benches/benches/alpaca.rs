//! What Alpaca's adapter costs outside of the network: an order written, its answer understood, a
//! fill read from the stream and from the activities. Each is to stay below 20 µs.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_alpaca::classify;
use gatefold_alpaca::order::Ticket;
use gatefold_alpaca::wire::{Activity, Frame, Number, Rows, decode_rows};
use gatefold_core::advise::{Effect, Hours, OrderPrice, TimeInForce};
use gatefold_core::vocabulary::{Calendar, Instrument, OrderKey, Price, Quantity, Side, Timestamp};

fn recorded(name: &str) -> Vec<u8> {
    let folder = "../adapters/gatefold-alpaca/tests/recorded";
    std::fs::read(format!("{}/{folder}/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn ticket() -> Ticket {
    Ticket {
        key: OrderKey::from_raw(7),
        instrument: Instrument::parse("MSFT260320P00400000").unwrap(),
        side: Side::Buy,
        effect: Effect::Open,
        quantity: Quantity::whole(12),
        price: OrderPrice::Limit(Price::cents(605)),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        crosses_zero: false,
    }
}

/// What is booked of a fill: how much, at what price.
fn amounts(quantity: Option<&Number>, price: Option<&Number>) -> (Quantity, Price) {
    (quantity.unwrap().quantity().unwrap(), price.unwrap().price().unwrap())
}

fn alpaca(c: &mut Criterion) {
    let (calendar, ticket) = (Calendar::nyse(), ticket());
    let now: Timestamp = "2026-03-10T15:00:00Z".parse().unwrap();
    c.bench_function("alpaca/check and encode an order", |b| {
        b.iter(|| {
            black_box(&ticket).check(&calendar, now).unwrap();
            black_box(ticket.body())
        });
    });
    let order = recorded("order-stock-limit-submit.json");
    c.bench_function("alpaca/classify an accepted order", |b| {
        b.iter(|| classify::submission(200, black_box(&order), "rec20261008151015-5"));
    });
    let body = br#"{"available":"0.557436865","code":40310000,"existing_qty":"0.557436865",
        "held_for_orders":"0","message":"insufficient qty available for order (requested: 1.05,
        available: 0.55)","symbol":"KO"}"#;
    c.bench_function("alpaca/classify a refused order", |b| {
        b.iter(|| classify::submission(403, black_box(body), "gf-1"));
    });
    let fill = recorded("trade-update-fill-2024.json");
    c.bench_function("alpaca/parse a fill of the stream", |b| {
        b.iter(|| {
            let Frame::Update(update) = Frame::parse(black_box(&fill)).unwrap() else {
                panic!("it is an update");
            };
            black_box(amounts(update.qty.as_ref(), update.price.as_ref()))
        });
    });
    let page = recorded("activities-fill-page-asc.json");
    c.bench_function("alpaca/parse four fills of the activities", |b| {
        b.iter(|| {
            let rows: Rows<Activity> = decode_rows("activities", black_box(&page)).unwrap();
            rows.rows.iter().for_each(|it| {
                black_box(amounts(it.qty.as_ref(), it.price.as_ref()));
            });
        });
    });
}

criterion_group!(benches, alpaca);
criterion_main!(benches);
