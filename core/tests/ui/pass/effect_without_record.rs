//! Nothing is released for sending that is not recorded.
use gatefold_core::decide::{Approved, Intent};
use gatefold_core::record::Recorded;
use gatefold_core::route::Effect;

fn release(order: Recorded<Intent>) -> Effect {
    Effect::Submit(order)
}

fn main() {
    let _ = release;
    let _ = |_: Recorded<Intent>, _: Approved<Intent>| ();
}
