//! A proof of the gates is one: it is moved, never copied.
use gatefold_core::decide::{Approved, Intent};

fn keep(order: Approved<Intent>) -> Approved<Intent> {
    order.clone()
}

fn main() {
    let _ = keep;
}
