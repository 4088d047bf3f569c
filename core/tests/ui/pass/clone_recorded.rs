//! A proof of the log is one: it is moved, never copied.
use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;

fn keep(order: Recorded<Intent>) -> Recorded<Intent> {
    order
}

fn main() {
    let _ = keep;
}
