//! What a judgement costs: all gates, passing and refusing, over positions and accounts.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gatefold_benches::{account, advice, approval, limits, market, now, receive};
use gatefold_core::decide::{Account, Addressed, Gates, Verdicts, decide};
use gatefold_core::record::{Event, codec};
use gatefold_core::vocabulary::Calendar;

fn ready(name: &str, positions: usize) -> Account {
    let mut account = account(name, positions);
    let advice = advice(&account);
    receive(&mut account, advice);
    account
}

/// The gates alone, on an intent that is formed already.
fn judge(c: &mut Criterion) {
    let (calendar, gates) = (Calendar::nyse(), Gates::standard());
    let (market, now) = (market(&calendar), now());
    let mut group = c.benchmark_group("judge/pass");
    for positions in [1, 100, 1_000] {
        let account = ready("large", positions);
        let advice = advice(&account);
        let addressed = Addressed::to(&account, &advice).unwrap();
        let intent = addressed.intent(&market, now);
        assert!(gates.verdicts(&account, &intent, &market, now).headline().is_none());
        group.bench_function(BenchmarkId::new("positions", positions), |b| {
            let mut verdicts = Verdicts::new();
            b.iter(|| {
                let account = black_box(&account);
                gates.judge(account, black_box(&intent), &market, now, &mut verdicts);
                black_box(&verdicts);
            });
        });
    }
    group.finish();
    let mut refusing = account("large", 1);
    let mut tight = limits();
    tight.max_positions = 1;
    let set = gatefold_core::record::event::LimitsSet {
        limits: tight,
        actor: gatefold_core::vocabulary::Actor::new("bench").unwrap(),
        reason: String::new(),
    };
    gatefold_benches::apply(&mut refusing, &Event::LimitsSet(set));
    let advice = advice(&refusing);
    let addressed = Addressed::to(&refusing, &advice).unwrap();
    let intent = addressed.intent(&market, now);
    assert!(gates.verdicts(&refusing, &intent, &market, now).headline().is_some());
    c.bench_function("judge/refuse", |b| {
        let mut verdicts = Verdicts::new();
        b.iter(|| {
            gates.judge(black_box(&refusing), black_box(&intent), &market, now, &mut verdicts);
            black_box(&verdicts);
        });
    });
}

/// Sizing, gates and the judgement, from advice to decision.
fn whole(c: &mut Criterion) {
    let (calendar, gates) = (Calendar::nyse(), Gates::standard());
    let (market, now) = (market(&calendar), now());
    let mut group = c.benchmark_group("decide/pass");
    for positions in [1, 100, 1_000] {
        let account = ready("large", positions);
        let advice = advice(&account);
        group.bench_function(BenchmarkId::new("positions", positions), |b| {
            b.iter(|| {
                let addressed = Addressed::to(black_box(&account), &advice).unwrap();
                // By reference: criterion would move two kilobytes more.
                black_box(&decide(&addressed, &gates, &market, now));
            });
        });
    }
    group.finish();
    let account = ready("large", 100);
    let advice = advice(&account);
    let mut body = Vec::new();
    c.bench_function("decide/pass and encode the event", |b| {
        b.iter(|| {
            let addressed = Addressed::to(black_box(&account), &advice).unwrap();
            let event = approval(decide(&addressed, &gates, &market, now));
            codec::encode_into(&event, &mut body).unwrap()
        });
    });
}

/// The same over many accounts, in an order that no cache can foresee.
fn accounts(c: &mut Criterion) {
    let (calendar, gates) = (Calendar::nyse(), Gates::standard());
    let (market, now) = (market(&calendar), now());
    let mut group = c.benchmark_group("judge/accounts");
    for count in [1_usize, 1_000, 100_000] {
        let all: Vec<Account> = (0..count).map(|n| ready(&format!("a{n}"), 1)).collect();
        let intents: Vec<_> = all
            .iter()
            .map(|it| Addressed::to(it, &advice(it)).unwrap().intent(&market, now))
            .collect();
        let (mut at, mut verdicts) = (0_usize, Verdicts::new());
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                at = (at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695)) % count;
                gates.judge(black_box(&all[at]), &intents[at], &market, now, &mut verdicts);
                black_box(&verdicts);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, judge, whole, accounts);
criterion_main!(benches);
