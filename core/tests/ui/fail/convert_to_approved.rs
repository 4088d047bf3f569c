//! What was not judged does not become approved.
use gatefold_core::decide::{Approved, Intent};

fn order(approved: Approved<Intent>, intent: Intent) -> Approved<Intent> {
    let _ = (&approved, &intent);
    intent.into()
}

fn main() {
    let _ = order;
}
