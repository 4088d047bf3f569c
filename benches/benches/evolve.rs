//! What folding costs: fills into position and account, first against last chunk of a history.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use gatefold_benches::{account, execution, instrument, now};
use gatefold_core::decide::{Account, Feed, evolve};
use gatefold_core::record::Event;
use gatefold_core::record::event::{ExecutionBooked, MarkSeen, MarkSource, MarksObserved};
use gatefold_core::vocabulary::{Price, Side};

/// Fills that are timed together: a group of the log.
const GROUP: usize = 100;
/// Fills after which the account is as it was at first again.
const CHUNK: usize = 10_000;
/// The same for a long history: so many that the memory of a copy is warm again for most of them.
const LONG: usize = 200_000;

fn fill(n: usize) -> ExecutionBooked {
    let side = if n.is_multiple_of(2) { Side::Buy } else { Side::Sell };
    let execution = execution(n + 1_000_000, instrument(n / 2 % 100), side);
    ExecutionBooked { execution }
}

/// An account, and how it goes on.
struct History {
    first: Account,
    /// Fills that are folded into the first account.
    folded: usize,
    /// After how many more it starts again.
    length: usize,
    account: Account,
    next: usize,
}

impl History {
    fn of(folded: usize, length: usize) -> History {
        let mut first = account("large", 100);
        for n in 0..folded {
            evolve(&mut first, &Event::ExecutionBooked(fill(n)), now());
        }
        History { account: first.clone(), first, folded, length, next: folded }
    }

    /// What `rounds` fills take. They are made group by group, each where one of the group before
    /// was, and then folded, as a replay finds them: just decoded, and in the nearest memory. Whole
    /// chunks are folded and their time is scaled, so that a cold start and the growth of tables
    /// weigh the same however many rounds are asked for.
    fn fold(&mut self, rounds: u64) -> Duration {
        let now = now();
        let chunk = u64::try_from(CHUNK).unwrap();
        let chunks = rounds.div_ceil(chunk);
        let mut group: Vec<Event> = (0..GROUP).map(|n| Event::ExecutionBooked(fill(n))).collect();
        let mut taken = Duration::ZERO;
        for _ in 0..chunks {
            if self.next >= self.folded + self.length {
                (self.account, self.next) = (self.first.clone(), self.folded);
            }
            for _ in 0..CHUNK / GROUP {
                for (event, n) in group.iter_mut().zip(self.next..) {
                    let Event::ExecutionBooked(place) = event else { unreachable!() };
                    *place = fill(n);
                }
                self.next += GROUP;
                let start = Instant::now();
                for event in &group {
                    evolve(&mut self.account, event, now);
                }
                taken += start.elapsed();
            }
        }
        let scaled = taken.as_nanos() * u128::from(rounds) / u128::from(chunks * chunk);
        Duration::from_nanos(u64::try_from(scaled).unwrap())
    }
}

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
        let mut history = History::of(folded, length);
        group.bench_function(name, |b| b.iter_custom(|rounds| history.fold(rounds)));
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
