//! Whether an account is the one that is configured, before any order: its number, its environment,
//! its state, its clock and its calendar. What differs is named with both sides.

use std::fmt;

use gatefold_core::vocabulary::{AccountId, Money, Span};

use crate::environment::Environment;
use crate::wire;

/// So far may the broker's clock be from ours.
pub const DRIFT_MAX: Span = Span::seconds(2);

/// One thing that differs from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// The keys open another account.
    OtherAccount {
        /// The account number at the broker.
        theirs: String,
        /// The configured one.
        ours: String,
    },
    /// The keys belong to the other environment.
    OtherEnvironment {
        /// What the keys' first letters say.
        theirs: Environment,
        /// What is configured.
        ours: Environment,
    },
    /// The broker does not know the keys.
    Keys {
        /// The broker's words.
        words: String,
    },
    /// The account is not active.
    Status {
        /// What it is.
        status: String,
    },
    /// The account is blocked.
    Blocked {
        /// By which flag.
        flag: &'static str,
    },
    /// The clocks differ.
    Clock {
        /// How far the broker's is ahead of ours.
        ahead: Span,
        /// The most that is allowed.
        most: Span,
    },
    /// The calendars differ.
    Calendar {
        /// Every day that does.
        days: Vec<String>,
    },
    /// The books begin with another amount of cash than is configured.
    Cash {
        /// At the broker.
        theirs: Money,
        /// As configured.
        ours: Money,
    },
    /// The broker could not be asked.
    Unreachable {
        /// What was observed.
        reason: String,
    },
}

impl fmt::Display for Objection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherAccount { theirs, ours } => write!(
                formatter,
                "the keys open account number {theirs} and {ours} is configured: were keys swapped?"
            ),
            Self::OtherEnvironment { theirs, ours } => write!(
                formatter,
                "the keys are {theirs} keys and the account is configured as {ours}: give it keys \
                 of its own"
            ),
            Self::Keys { words } => write!(
                formatter,
                "the broker refuses the keys ({words}): they are of another environment, or were \
                 replaced"
            ),
            Self::Status { status } => {
                write!(formatter, "the account is {status} at the broker, not ACTIVE")
            }
            Self::Blocked { flag } => {
                write!(formatter, "the broker says {flag}: ask its support, or lift it there")
            }
            Self::Clock { ahead, most } => write!(
                formatter,
                "the broker's clock is {} ahead of ours (at most {most}): set this computer's \
                 clock",
                to_millis(*ahead)
            ),
            Self::Calendar { days } => write!(
                formatter,
                "the calendars differ: {}; update gatefold, or ask the broker",
                days.join("; ")
            ),
            Self::Cash { theirs, ours } => write!(
                formatter,
                "the account holds {theirs} in cash and is configured with {ours}: write cash = \
                 \"{theirs}\""
            ),
            Self::Unreachable { reason } => {
                write!(formatter, "the broker could not be asked: {reason}")
            }
        }
    }
}

/// What lies below a millisecond is the network's.
fn to_millis(span: Span) -> Span {
    Span::millis(span.nanos().checked_div(1_000_000).unwrap_or(0))
}

/// What an account of the broker was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// Our name of it.
    pub account: AccountId,
    /// Everything that is in the way of trading. Empty: it may trade.
    pub objections: Vec<Objection>,
    /// Its cash at the broker, where it could be read.
    pub cash: Option<Money>,
    /// How far the broker's clock is ahead of ours, where it could be measured.
    pub drift: Option<Span>,
}

impl Guarded {
    /// Everything in the way, as one sentence; `None` where nothing is.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let all: Vec<String> = self.objections.iter().map(ToString::to_string).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Whether nothing speaks against it but that the broker could not be asked.
    #[must_use]
    pub fn is_unexamined(&self) -> bool {
        let unreachable = |it: &Objection| matches!(it, Objection::Unreachable { .. });
        !self.objections.is_empty() && self.objections.iter().all(unreachable)
    }
}

/// What speaks against trading with an account as the broker describes it.
#[must_use]
pub fn examine(account: &wire::Account, number: &str) -> Vec<Objection> {
    let mut found = Vec::new();
    if account.account_number != number {
        let (theirs, ours) = (account.account_number.clone(), number.to_owned());
        found.push(Objection::OtherAccount { theirs, ours });
    }
    if account.status != "ACTIVE" {
        found.push(Objection::Status { status: account.status.clone() });
    }
    let flags = [
        (account.account_blocked, "account_blocked"),
        (account.trading_blocked, "trading_blocked"),
        (account.transfers_blocked, "transfers_blocked"),
        (account.trade_suspended_by_user, "trade_suspended_by_user"),
    ];
    let raised = flags.into_iter().filter(|(raised, _)| *raised);
    found.extend(raised.map(|(_, flag)| Objection::Blocked { flag }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> wire::Account {
        wire::Account {
            account_number: "PA1".to_owned(),
            status: "ACTIVE".to_owned(),
            ..wire::Account::default()
        }
    }

    #[test]
    fn an_account_as_configured_passes() {
        assert_eq!(examine(&account(), "PA1"), []);
    }

    #[test]
    fn swapped_keys_name_both_accounts() {
        let found = examine(&account(), "PA2");
        let text = found[0].to_string();
        assert!(text.contains("PA1") && text.contains("PA2") && text.contains("swapped"), "{text}");
    }

    #[test]
    fn every_block_and_status_stops_it() {
        let blocked = wire::Account {
            status: "ACCOUNT_CLOSED".to_owned(),
            account_blocked: true,
            trading_blocked: true,
            transfers_blocked: true,
            trade_suspended_by_user: true,
            ..account()
        };
        let found = examine(&blocked, "PA1");
        assert_eq!(found.len(), 5);
        assert_eq!(found[0].to_string(), "the account is ACCOUNT_CLOSED at the broker, not ACTIVE");
        assert!(found[1].to_string().contains("account_blocked"));
        // What is not said is not taken for well.
        assert!(!examine(&wire::Account::default(), "PA1").is_empty());
    }
}
