//! How an imported account comes into being: as the configuration names it, just before its first
//! old fact.

use gatefold::core::record::event::{AccountOpened, LimitsSet};
use gatefold::core::record::{Event, Stream};
use gatefold::core::vocabulary::{AccountId, EventId, Timestamp};

use crate::import::accounts::Accounts;
use crate::import::plan::Fact;

/// The account's first events. The dispatcher adds its list of gates when it starts.
pub(crate) fn of(accounts: &Accounts, account: AccountId, at: Timestamp) -> Vec<Fact> {
    let known = accounts.known.get(&account);
    let Some(opening) = known.and_then(|known| known.opening.as_ref()) else {
        return Vec::new();
    };
    let opened = Event::AccountOpened(AccountOpened {
        account,
        mode: opening.mode,
        cash: opening.cash,
        cost_method: opening.cost_method,
    });
    let limited = Event::LimitsSet(LimitsSet {
        limits: opening.limits.clone(),
        actor: opening.actor,
        reason: opening.reason.clone(),
    });
    let stream = Stream::Account(account);
    let cause = EventId::of(&format!("legacy opening {account}"), 0, 0).raw();
    let fact = |(event, ordinal)| {
        let id = EventId::of(&stream.to_string(), cause, ordinal);
        Fact { at, stream, id, event }
    };
    [(opened, 0), (limited, 1)].into_iter().map(fact).collect()
}
