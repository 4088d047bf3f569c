//! What folding costs: fills into position and account, first against last chunk of a history.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_benches::{account, execution, instrument, now};
use gatefold_core::decide::evolve;
use gatefold_core::record::Event;
use gatefold_core::record::event::{ExecutionBooked, MarkSeen, MarksObserved};
use gatefold_core::vocabulary::{Price, Side};

const CHUNK: usize = 10_000;

fn fills(from: usize, count: usize) -> Vec<Event> {
    (from..from + count)
        .map(|n| {
            let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
            let execution = execution(n + 1_000_000, instrument(n / 2 % 100), side);
            Event::ExecutionBooked(ExecutionBooked { execution })
        })
        .collect()
}

/// What `rounds` fills take after `history` earlier ones: one whole chunk is folded and its time
/// scaled, so that a cold start weighs the same however many rounds are asked for.
fn fold_after(history: usize, rounds: u64) -> Duration {
    let mut account = account("large", 100);
    for event in fills(0, history) {
        evolve(&mut account, &event, now());
    }
    let events = fills(history, CHUNK);
    let start = Instant::now();
    for event in &events {
        evolve(&mut account, event, now());
    }
    let chunk = start.elapsed().as_nanos() * u128::from(rounds);
    let fills = u128::try_from(CHUNK).unwrap();
    Duration::from_nanos(u64::try_from(chunk / fills).unwrap())
}

fn fill(c: &mut Criterion) {
    let mut group = c.benchmark_group("evolve/fill");
    group.sample_size(10);
    for (name, history) in [("first chunk", 0), ("after 500,000 fills", 500_000)] {
        group.bench_function(name, |b| b.iter_custom(|rounds| fold_after(history, rounds)));
    }
    group.finish();
}

fn marks(c: &mut Criterion) {
    let mut account = account("large", 100);
    let mut cents = 500_u32;
    let now = now();
    c.bench_function("evolve/mark", |b| {
        b.iter(|| {
            cents = if cents == 500 { 501 } else { 500 };
            let price = Price::cents(cents);
            let mark =
                MarkSeen { instrument: instrument(7), price, bid: price, ask: price, at: now };
            let event = Event::MarksObserved(MarksObserved { marks: vec![mark] });
            evolve(&mut account, &event, now);
        });
    });
}

criterion_group!(benches, fill, marks);
criterion_main!(benches);
