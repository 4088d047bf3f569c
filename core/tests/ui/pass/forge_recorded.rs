//! A proof of the log is given by a durable batch, and cannot be written down.
use gatefold_core::decide::Intent;
use gatefold_core::record::{Position, Recorded};
use gatefold_core::route::Effect;

fn release(effect: Effect) -> Option<Recorded<Intent>> {
    match effect {
        Effect::Submit(order) => Some(order),
        Effect::Cancel { .. }
        | Effect::LookUp { .. }
        | Effect::TakeSnapshot { .. }
        | Effect::Alert(_) => None,
    }
}

fn main() {
    let _ = (release, Position::ZERO);
}
