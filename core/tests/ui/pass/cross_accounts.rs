//! Advice is paired with an account by its own name for it, or not at all.
use gatefold_core::advise::Recommendation;
use gatefold_core::decide::{Account, Addressed, NotAddressed};

fn address<'a>(
    account: &'a Account,
    recommendation: &'a Recommendation,
) -> Result<Addressed<'a>, NotAddressed> {
    Addressed::to(account, recommendation)
}

fn main() {
    let _ = address;
}
