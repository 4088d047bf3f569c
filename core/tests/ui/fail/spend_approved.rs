//! A proof of the gates is opened by the writer alone.
use gatefold_core::decide::{Approved, Intent};

fn open(order: Approved<Intent>) -> Intent {
    order.spend()
}

fn main() {
    let _ = open;
}
