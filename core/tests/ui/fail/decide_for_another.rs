//! A decision takes the pair, so it cannot be handed another account's state.
use gatefold_core::decide::{Account, Addressed, Decision, Gates, Market, decide};
use gatefold_core::vocabulary::Timestamp;

fn judge(
    account: &Account,
    advice: &Addressed<'_>,
    market: &Market<'_>,
    now: Timestamp,
) -> Decision {
    let _ = account;
    decide(account, &Gates::standard(), market, now)
}

fn main() {
    let _ = judge;
}
