//! What folding costs: fills into position and account, first against last chunk of a history.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_benches::fills::{CHUNK, History, INSTRUMENTS, Ours};
use gatefold_benches::{account, instrument, now};
use gatefold_core::decide::{Feed, evolve};
use gatefold_core::record::Event;
use gatefold_core::record::event::{MarkSeen, MarkSource, MarksObserved};
use gatefold_core::vocabulary::Price;

/// Fills after which a long history starts again: so many that the memory of a copy is warm for
/// most of them.
const LONG: usize = 200_000;

fn fills(c: &mut Criterion) {
    let mut group = c.benchmark_group("evolve/fill");
    // To make a fill takes ten times as long as to fold it.
    group.sample_size(10).measurement_time(Duration::from_millis(500));
    group.warm_up_time(Duration::from_millis(100));
    // Between 20,000 and 30,000 no table grows: what a fill costs by itself.
    let cases = [
        ("first chunk", 0, CHUNK),
        ("after 20,000 fills", 20_000, CHUNK),
        ("after 500,000 fills", 500_000, LONG),
    ];
    for (name, folded, length) in cases {
        let mut history = History::<Ours>::new(INSTRUMENTS, folded, length);
        group.bench_function(name, |b| b.iter_custom(|rounds| history.rounds(rounds)));
    }
    group.finish();
}

fn marks(c: &mut Criterion) {
    let mut account = account("large", 100);
    let now = now();
    let [low, high] = [500, 501].map(|cents| {
        let price = Price::cents(cents);
        let source = Some(MarkSource { feed: Feed::Sip, at: now });
        let (instrument, at) = (instrument(7), now);
        let mark = MarkSeen { instrument, price, bid: price, ask: price, at, source };
        Event::MarksObserved(MarksObserved { marks: vec![mark] })
    });
    let mut rises = false;
    c.bench_function("evolve/mark", |b| {
        b.iter(|| {
            rises = !rises;
            evolve(&mut account, if rises { &high } else { &low }, now);
        });
    });
}

criterion_group!(benches, fills, marks);
criterion_main!(benches);
