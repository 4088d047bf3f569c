//! What folding costs: fills into position and account, first against last chunk of a history.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_benches::{account, execution, instrument, now};
use gatefold_core::decide::{Account, Feed, evolve};
use gatefold_core::record::Event;
use gatefold_core::record::event::{ExecutionBooked, MarkSeen, MarkSource, MarksObserved};
use gatefold_core::vocabulary::{Price, Side};

const CHUNK: usize = 10_000;

fn fills(from: usize, count: usize) -> Vec<ExecutionBooked> {
    (from..from + count)
        .map(|n| {
            let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
            let execution = execution(n + 1_000_000, instrument(n / 2 % 100), side);
            ExecutionBooked { execution }
        })
        .collect()
}

/// What `rounds` fills take on this account: whole chunks are folded, each on a copy of its own,
/// and their time scaled, so that a cold start weighs the same however many rounds are asked for.
/// Each fill is put where the one before stood, as a reader of the log shows them: an event has
/// room for a whole decision, and a list of them would be waited for at the memory.
fn fold(account: &Account, fills: &[ExecutionBooked], rounds: u64) -> Duration {
    let count = u64::try_from(fills.len()).unwrap();
    let chunks = rounds.div_ceil(count);
    let mut taken = Duration::ZERO;
    for _ in 0..chunks {
        let (mut account, fills) = (account.clone(), fills.to_vec());
        let start = Instant::now();
        for fill in fills {
            evolve(&mut account, &Event::ExecutionBooked(fill), now());
        }
        taken += start.elapsed();
    }
    let scaled = taken.as_nanos() * u128::from(rounds) / u128::from(chunks * count);
    Duration::from_nanos(u64::try_from(scaled).unwrap())
}

fn fill(c: &mut Criterion) {
    let mut group = c.benchmark_group("evolve/fill");
    group.sample_size(10);
    for (name, history) in [("first chunk", 0), ("after 500,000 fills", 500_000)] {
        let mut account = account("large", 100);
        for fill in fills(0, history) {
            evolve(&mut account, &Event::ExecutionBooked(fill), now());
        }
        let chunk = fills(history, CHUNK);
        group.bench_function(name, |b| b.iter_custom(|rounds| fold(&account, &chunk, rounds)));
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

criterion_group!(benches, fill, marks);
criterion_main!(benches);
