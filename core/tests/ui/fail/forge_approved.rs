//! A proof of the gates is given by a decision, and cannot be written down.
use gatefold_core::decide::{Approved, Decision, Intent};
use gatefold_core::record::Version;

fn approve(decision: Decision) -> Option<Approved<Intent>> {
    match decision {
        Decision::Approved(order, _) => Some(Approved {
            inner: order.get().clone(),
            as_of: Version::ZERO,
        }),
        Decision::Refused(..) | Decision::Deferred(_) => None,
    }
}

fn main() {
    let _ = (approve, Version::ZERO);
}
