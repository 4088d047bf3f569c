//! What was approved is not recorded by saying so.
use gatefold_core::decide::{Approved, Intent};
use gatefold_core::record::Recorded;

fn order(recorded: Recorded<Intent>, approved: Approved<Intent>) -> Recorded<Intent> {
    let _ = (&recorded, &approved);
    recorded
}

fn main() {
    let _ = order;
}
