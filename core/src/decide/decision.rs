//! The decision: all gates' verdicts on one recommendation, and the one mint of [`Approved`].

use alloc::vec::Vec;

use crate::advise::Recommendation;
use crate::decide::account::Account;
use crate::decide::code::Code;
use crate::decide::gate::Gates;
use crate::decide::intent::Intent;
use crate::decide::market::Market;
use crate::decide::verdict::{Outcome, Verdict, Verdicts};
use crate::record::Version;
use crate::record::event::Judgement;
use crate::vocabulary::{AccountId, OrderKey, RecommendationId, Timestamp};

/// Proof that every gate passed on an account's state.
///
/// There is one way to get one, [`decide`], and one way to spend it: to have it recorded. It
/// cannot be made, copied or stored otherwise:
///
/// ```compile_fail,E0451
/// use gatefold_core::decide::{Approved, Intent};
/// fn forge(intent: Intent) -> Approved<Intent> {
///     Approved { inner: intent, as_of: gatefold_core::record::Version::ZERO }
/// }
/// ```
#[derive(Debug)]
#[must_use = "an approved intent that is not recorded is an order that is never sent"]
pub struct Approved<T> {
    inner: T,
    as_of: Version,
}

impl<T> Approved<T> {
    /// The account's version that the gates saw.
    #[must_use]
    pub fn as_of(&self) -> Version {
        self.as_of
    }

    /// What was approved, to look at.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.inner
    }

    /// Spends the proof. Only the writer calls this, to mint the next one.
    pub(crate) fn spend(self) -> T {
        self.inner
    }
}

/// Advice for an account that is not the one asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "recommendation {recommendation} is for account {found}, not for {account}: \
     it can only be decided by its own account"
)]
pub struct NotAddressed {
    /// The advice.
    pub recommendation: RecommendationId,
    /// The account asked.
    pub account: AccountId,
    /// The account it is for.
    pub found: AccountId,
}

/// Advice together with the account it is for: they can only be judged as this pair, so that no
/// account's state can ever be read for another's advice.
#[derive(Clone, Copy, Debug)]
pub struct Addressed<'a> {
    account: &'a Account,
    recommendation: &'a Recommendation,
}

impl<'a> Addressed<'a> {
    /// Pairs advice with its account.
    ///
    /// # Errors
    /// [`NotAddressed`] when the advice names another account.
    pub fn to(
        account: &'a Account,
        recommendation: &'a Recommendation,
    ) -> Result<Self, NotAddressed> {
        if account.id() != recommendation.account {
            return Err(NotAddressed {
                recommendation: recommendation.id,
                account: account.id(),
                found: recommendation.account,
            });
        }
        Ok(Self { account, recommendation })
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &'a Account {
        self.account
    }

    /// Sizes and normalizes the advice.
    #[must_use]
    pub fn intent(&self, market: &Market<'_>, now: Timestamp) -> Intent {
        Intent::form(self.account, self.recommendation, market, now)
    }
}

/// What became of advice.
#[derive(Debug)]
pub enum Decision {
    /// Every gate passed.
    Approved(Approved<Intent>, Judgement),
    /// A gate refused. Carries the working orders that hold what was to be closed.
    Refused(Judgement, Vec<OrderKey>),
    /// A gate about the environment said "not now", and none refused.
    Deferred(Judgement),
}

/// Judges advice by every gate on the account's state. Writes nothing.
#[must_use]
pub fn decide(
    addressed: &Addressed<'_>,
    gates: &Gates,
    market: &Market<'_>,
    now: Timestamp,
) -> Decision {
    let account = addressed.account;
    let intent = addressed.intent(market, now);
    // Judged where the verdicts will stand: they are more than a kilobyte to move.
    let mut judgement = Judgement {
        as_of: account.version(),
        grounds: account.grounds(),
        quote: market.quote,
        quantity: intent.quantity(),
        price: intent.price(),
        notional: intent.notional(),
        verdicts: Verdicts::new(),
    };
    gates.judge(account, &intent, market, now, &mut judgement.verdicts);
    match judgement.verdicts.headline() {
        None => {
            let as_of = account.version();
            Decision::Approved(Approved { inner: intent, as_of }, judgement)
        }
        Some((_, verdict)) if verdict.outcome == Outcome::Defer => Decision::Deferred(judgement),
        Some(_) => {
            let too_large = |it: Verdict| it.code == Code::CloseTooLarge;
            let holders = if judgement.verdicts.iter().any(too_large) {
                intent.book(account).holders()
            } else {
                Vec::new()
            };
            Decision::Refused(judgement, holders)
        }
    }
}
