//! Whether a judgement costs the same with few positions and many, and after a long history.
//!
//! Each account is judged in turn with the first one, a batch of judgements each, and every batch
//! is compared with that of the first account right beside it: what else the machine does
//! meanwhile slows both. All that a judgement reads is in the nearest caches; what it costs where
//! it is not is measured over many accounts (`judge/accounts` in `benches/decide.rs`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measuring tool")]

use std::hint::black_box;
use std::time::Instant;

use gatefold_benches::fills::{Folding as _, Ours, Trade};
use gatefold_benches::{account, advice, apply, market, now, receive};
use gatefold_core::decide::{Account, Addressed, Gates, Verdicts};
use gatefold_core::vocabulary::Calendar;

/// Positions, and fills that were folded before. All are compared with the first.
const CASES: [(usize, usize); 4] = [(1, 0), (100, 0), (1_000, 0), (100, 500_000)];
/// Judgements that are timed together.
const BATCH: u32 = 1_000;
/// Batches of each account.
const ROUNDS: usize = 1_000;

fn ready((positions, fills): (usize, usize)) -> Account {
    let mut account = account("large", positions);
    (0..fills).for_each(|n| apply(&mut account, &Ours::fill(Trade::new(n, positions))));
    let advice = advice(&account);
    receive(&mut account, advice);
    account
}

fn main() {
    let (calendar, gates) = (Calendar::nyse(), Gates::standard());
    let (market, now) = (market(&calendar), now());
    let accounts = CASES.map(ready);
    let mut verdicts = Verdicts::new();
    let intents = accounts.each_ref().map(|account| {
        let intent = Addressed::to(account, &advice(account)).unwrap().intent(&market, now);
        assert!(gates.verdicts(account, &intent, &market, now).headline().is_none());
        intent
    });
    let mut batch = |case: usize| {
        let started = Instant::now();
        for _ in 0..BATCH {
            gates.judge(black_box(&accounts[case]), &intents[case], &market, now, &mut verdicts);
            black_box(&verdicts);
        }
        started.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH)
    };
    println!("{ROUNDS} batches of {BATCH} judgements, in turn; medians\n");
    println!("| positions | fills before | a judgement | of the first |");
    println!("|---|---|---|---|");
    for (case, (positions, fills)) in CASES.into_iter().enumerate() {
        let pairs: Vec<(f64, f64)> = (0..ROUNDS)
            .map(|round| {
                // Whoever comes second finds the caches warmer: each does so half the time.
                if round.is_multiple_of(2) {
                    let first = batch(0);
                    (batch(case), first)
                } else {
                    let own = batch(case);
                    (own, batch(0))
                }
            })
            .collect();
        let own = median(pairs.iter().map(|pair| pair.0));
        let ratio = median(pairs.iter().map(|(own, first)| own / first));
        println!("| {positions} | {fills} | {own:.1} ns | {ratio:.2} |");
    }
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
