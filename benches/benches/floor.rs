//! The floor: what four limits and the fold of a fill cost on plain structs, in the same run.
//!
//! It decides nothing that counts here: no reasons, no exact cents, no look-up, no memory of fills.
//! It tells how much of a figure is the machine's.

#![allow(missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

#[derive(Clone, Copy)]
struct Plain {
    positions: u32,
    exposure: i64,
    cash: i64,
    loss: i64,
    net: i64,
    cost: i64,
    realized: i64,
}

#[derive(Clone, Copy)]
struct Limits {
    positions: u32,
    exposure: i64,
    order: i64,
    loss: i64,
}

fn passes(account: &Plain, limits: &Limits, value: i64) -> bool {
    account.positions < limits.positions
        && account.exposure.saturating_add(value) <= limits.exposure
        && value <= limits.order.min(account.cash)
        && account.loss < limits.loss
}

fn fold(account: &mut Plain, quantity: i64, price: i64) {
    let value = quantity.saturating_mul(price);
    account.cash = account.cash.saturating_sub(value);
    if account.net.signum().saturating_mul(quantity.signum()) < 0 {
        let part = account.cost.saturating_mul(quantity).checked_div(account.net).unwrap_or(0);
        account.realized = account.realized.saturating_sub(value.saturating_sub(part));
        account.cost = account.cost.saturating_add(part);
    } else {
        account.cost = account.cost.saturating_add(value);
    }
    account.net = account.net.saturating_add(quantity);
}

fn floor(c: &mut Criterion) {
    let mut account = Plain {
        positions: 100,
        exposure: 1_000_000,
        cash: 100_000_000,
        loss: 0,
        net: 4,
        cost: 2_000,
        realized: 0,
    };
    let limits =
        Limits { positions: 2_000, exposure: 1_000_000_000, order: 1_000_000, loss: 1_000_000 };
    assert!(passes(&account, &limits, 1_200));
    c.bench_function("floor/four limits", |b| {
        b.iter(|| passes(black_box(&account), black_box(&limits), black_box(1_200)));
    });
    let mut quantity = 2;
    c.bench_function("floor/fold a fill", |b| {
        b.iter(|| {
            quantity = -quantity;
            fold(black_box(&mut account), black_box(quantity), black_box(500));
        });
    });
}

criterion_group!(benches, floor);
criterion_main!(benches);
