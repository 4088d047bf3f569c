//! An approved order stays with the account that approved it.
use gatefold_core::decide::{Approved, Intent};
use gatefold_core::vocabulary::AccountId;

fn whose(order: &mut Approved<Intent>, other: AccountId) -> AccountId {
    let _ = other;
    order.inner.recommendation.account = other;
    other
}

fn main() {
    let _ = whose;
}
