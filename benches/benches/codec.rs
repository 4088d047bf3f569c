//! What bytes cost: a decision and a fill, encoded and decoded.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_benches::{account, advice, approval, execution, instrument, market, now};
use gatefold_core::decide::{Addressed, Gates, decide};
use gatefold_core::record::event::ExecutionBooked;
use gatefold_core::record::{Event, codec};
use gatefold_core::vocabulary::{Calendar, Side};

fn codec(c: &mut Criterion) {
    let calendar = Calendar::nyse();
    let account = account("large", 10);
    let advice = advice(&account);
    let addressed = Addressed::to(&account, &advice).unwrap();
    let decision = approval(decide(&addressed, &Gates::standard(), &market(&calendar), now()));
    let execution = execution(1, instrument(1), Side::Buy);
    let fill = Event::ExecutionBooked(ExecutionBooked { execution });
    for (name, event) in [("decision", decision), ("fill", fill)] {
        let encoded = codec::encode(&event).unwrap();
        println!("{name}: {} bytes", encoded.body.len());
        c.bench_function(&format!("codec/encode {name}"), |b| {
            b.iter(|| codec::encode(black_box(&event)).unwrap());
        });
        c.bench_function(&format!("codec/decode {name}"), |b| {
            b.iter(|| {
                codec::decode(encoded.tag, encoded.schema, black_box(&encoded.body)).unwrap()
            });
        });
    }
}

criterion_group!(benches, codec);
criterion_main!(benches);
