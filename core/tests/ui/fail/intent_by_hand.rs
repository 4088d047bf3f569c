//! An intent is sized from its own account's state, never changed.
use gatefold_core::decide::{Addressed, Intent, Market};
use gatefold_core::vocabulary::{Quantity, Timestamp};

fn size(advice: &Addressed<'_>, market: &Market<'_>, now: Timestamp) -> Intent {
    let mut intent = advice.intent(market, now);
    intent.quantity = Quantity::whole(1_000);
    intent
}

fn main() {
    let _ = (size, Quantity::ZERO);
}
