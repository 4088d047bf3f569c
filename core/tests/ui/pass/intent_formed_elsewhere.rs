//! An intent is formed for the pair of an account and its own advice.
use gatefold_core::advise::Recommendation;
use gatefold_core::decide::{Account, Addressed, Intent, Market};
use gatefold_core::vocabulary::Timestamp;

fn size(
    account: &Account,
    advice: &Recommendation,
    market: &Market<'_>,
    now: Timestamp,
) -> Option<Intent> {
    Addressed::to(account, advice)
        .ok()
        .map(|it| it.intent(market, now))
}

fn main() {
    let _ = size;
    let _ = |_: Addressed<'_>| ();
}
