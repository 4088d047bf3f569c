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
        let mut body = Vec::new();
        let (tag, schema) = codec::encode_into(&event, &mut body).unwrap();
        println!("{name}: {} bytes", body.len());
        c.bench_function(&format!("codec/decode {name}"), |b| {
            // By reference, as a replay does: criterion would move two kilobytes more.
            b.iter(|| {
                black_box(&codec::decode(tag, schema, black_box(&body)));
            });
        });
        // Into the same memory again, as a writer does.
        c.bench_function(&format!("codec/encode {name}"), |b| {
            b.iter(|| {
                codec::encode_into(black_box(&event), &mut body).unwrap();
                black_box(&body);
            });
        });
    }
}

criterion_group!(benches, codec);
criterion_main!(benches);
