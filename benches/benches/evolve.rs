//! What folding costs: fills into position and account, first against last chunk of a history.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_benches::{account, execution, instrument, now};
use gatefold_core::decide::{Account, evolve};
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

/// What `rounds` fills take on this account: whole chunks are folded, each on a copy of its own,
/// and their time scaled, so that a cold start weighs the same however many rounds are asked for.
fn fold(account: &Account, events: &[Event], rounds: u64) -> Duration {
    let fills = u64::try_from(events.len()).unwrap();
    let chunks = rounds.div_ceil(fills);
    let mut taken = Duration::ZERO;
    for _ in 0..chunks {
        let mut account = account.clone();
        let start = Instant::now();
        for event in events {
            evolve(&mut account, event, now());
        }
        taken += start.elapsed();
    }
    let scaled = taken.as_nanos() * u128::from(rounds) / u128::from(chunks * fills);
    Duration::from_nanos(u64::try_from(scaled).unwrap())
}

fn fill(c: &mut Criterion) {
    let mut group = c.benchmark_group("evolve/fill");
    group.sample_size(10);
    for (name, history) in [("first chunk", 0), ("after 500,000 fills", 500_000)] {
        let mut account = account("large", 100);
        for event in fills(0, history) {
            evolve(&mut account, &event, now());
        }
        let events = fills(history, CHUNK);
        group.bench_function(name, |b| b.iter_custom(|rounds| fold(&account, &events, rounds)));
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
