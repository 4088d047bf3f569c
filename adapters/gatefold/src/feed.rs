//! How the rows of a table reach a running engine, and what happens when the table fails again and
//! again.

use gatefold_core::advise::Inbox as _;
use gatefold_core::decide::{Scope, TradingState};
use gatefold_core::engine::{Command, Input};
use gatefold_core::vocabulary::{AccountId, Actor};
use gatefold_postgres::{PostgresInbox, Trouble};
use gatefold_runtime::Refused;

/// What one round brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// So many rows were handed on.
    pub arrivals: usize,
    /// The accounts were paused just now, for this: somebody must be called. They stay paused until
    /// an operator resumes them.
    pub paused: Option<Trouble>,
}

/// Hands on every row that is due. A failure of the database leaves all rows pending; after as many
/// equal ones in a row as the inbox allows, entries of these accounts are halted, on record.
///
/// # Errors
/// [`Refused`] when the engine takes nothing more; what was not handed on is due again when its
/// claim runs out.
pub fn pump(
    inbox: &mut PostgresInbox,
    accounts: &[AccountId],
    send: &mut dyn FnMut(Input) -> Result<(), Refused>,
) -> Result<Round, Refused> {
    let mut arrivals = 0_usize;
    loop {
        match inbox.next() {
            Ok(Some(arrival)) => {
                send(Input::Arrival(arrival))?;
                arrivals = arrivals.saturating_add(1);
            }
            Ok(None) => return Ok(Round { arrivals, paused: None }),
            Err(_) => {
                let paused = inbox.trouble().filter(|it| it.must_pause()).cloned();
                if let Some(trouble) = &paused {
                    pauses(accounts, trouble).try_for_each(&mut *send)?;
                }
                return Ok(Round { arrivals, paused });
            }
        }
    }
}

/// Halts the entries of accounts whose inbox fails in the same way again and again.
pub fn pauses(accounts: &[AccountId], trouble: &Trouble) -> impl Iterator<Item = Input> {
    let Ok(actor) = Actor::new("inbox") else { unreachable!("a constant name is valid") };
    let reason = format!("{} equal failures in a row: {}", trouble.count, trouble.reason);
    accounts.iter().map(move |account| {
        Input::Command(Command::SetState {
            account: Some(*account),
            scope: Scope::Account,
            state: TradingState::EntriesHalted,
            actor,
            reason: reason.clone(),
        })
    })
}
