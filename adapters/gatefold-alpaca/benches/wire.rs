//! What the adapter costs outside of the network: writing an order, reading its answer, reading a
//! fill.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_alpaca::classify;
use gatefold_alpaca::order::Ticket;
use gatefold_alpaca::wire::{Activity, Frame, Rows, decode_rows};
use gatefold_core::advise::{Effect, Hours, OrderPrice, TimeInForce};
use gatefold_core::vocabulary::{Calendar, Instrument, OrderKey, Price, Quantity, Side, Timestamp};

fn recorded(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/recorded/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap_or_default()
}

fn ticket() -> Option<(Ticket, Timestamp)> {
    let ticket = Ticket {
        key: OrderKey::from_raw(7),
        instrument: Instrument::parse("MSFT260320P00400000").ok()?,
        side: Side::Buy,
        effect: Effect::Open,
        quantity: Quantity::whole(12),
        price: OrderPrice::Limit(Price::cents(605)),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
        crosses_zero: false,
    };
    Some((ticket, "2026-03-10T15:00:00Z".parse().ok()?))
}

fn wire(criterion: &mut Criterion) {
    let calendar = Calendar::nyse();
    if let Some((ticket, now)) = ticket() {
        criterion.bench_function("check and encode an order", |bench| {
            bench.iter(|| (black_box(&ticket).check(&calendar, now).is_ok(), ticket.body()));
        });
    }
    let order = recorded("order-stock-limit-submit.json");
    criterion.bench_function("classify an accepted order", |bench| {
        bench.iter(|| classify::submission(200, black_box(&order), "rec20261008151015-5"));
    });
    let body = br#"{"available":"0.557436865","code":40310000,"existing_qty":"0.557436865",
        "held_for_orders":"0","message":"insufficient qty available for order (requested: 1.05,
        available: 0.55)","symbol":"KO"}"#;
    criterion.bench_function("classify a refused order", |bench| {
        bench.iter(|| classify::submission(403, black_box(body), "gf-1"));
    });
    let fill = recorded("trade-update-fill-2024.json");
    criterion.bench_function("parse a fill of the stream", |bench| {
        bench.iter(|| Frame::parse(black_box(&fill)));
    });
    let page = recorded("activities-fill-page-asc.json");
    criterion.bench_function("parse four fills of the activities", |bench| {
        bench
            .iter(|| decode_rows::<Activity>("activities", black_box(&page)).map(|it: Rows<_>| it));
    });
}

criterion_group!(benches, wire);
criterion_main!(benches);
