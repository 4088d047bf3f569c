//! There is no proof of nothing.
use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;

fn next(orders: &mut Vec<Recorded<Intent>>) -> Option<Recorded<Intent>> {
    orders.pop()
}

fn main() {
    let _ = next;
}
