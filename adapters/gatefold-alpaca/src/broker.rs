//! The broker of several accounts: each with keys, budget and stream of its own, and none of them
//! able to reach another's.

use std::collections::BTreeMap;

use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;
use gatefold_core::route::{
    Broker, BrokerFault, CancelAnswer, LookUp, RejectClass, Report, Snapshot, Submission,
};
use gatefold_core::vocabulary::{
    AccountId, BrokerOrderId, Calendar, Money, OrderKey, Span, Timestamp,
};

use crate::clock::{self, Now};
use crate::environment::{Endpoints, Environment};
use crate::guard::{self, DRIFT_MAX, Guarded, Objection};
use crate::http::Permit;
use crate::keys::Keys;
use crate::pace::Pace;
use crate::replace::{Changes, ReplaceAnswer};
use crate::session::{Session, Until};
use crate::{api::Unread, calendar};

/// Nothing of the broker's that happened before this is asked for: the account's opening, or what
/// its log knows already.
pub type Watermark = Timestamp;

/// One account, as it is configured.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Our name of it.
    pub account: AccountId,
    /// The broker's number of it.
    pub number: String,
    /// Paper or live.
    pub environment: Environment,
    /// Where it is reached.
    pub endpoints: Endpoints,
    /// Its keys.
    pub keys: Keys,
    /// Where to begin asking.
    pub watermark: Watermark,
    /// Cash it must hold now, where its books are new.
    pub cash: Option<Money>,
    /// Whether our clock is the broker's own, so that how far they differ says nothing.
    pub theirs_is_ours: bool,
    /// How often REST is asked.
    pub pace: Pace,
}

/// Alpaca.
pub struct AlpacaBroker {
    sessions: BTreeMap<AccountId, Session>,
}

impl AlpacaBroker {
    /// A broker of these accounts. Nothing is sent yet.
    #[must_use]
    pub fn new(accounts: Vec<AccountSettings>, now: Now, calendar: Calendar) -> Self {
        let session = |settings: AccountSettings| {
            (settings.account, Session::new(settings, now.clone(), calendar.clone()))
        };
        Self { sessions: accounts.into_iter().map(session).collect() }
    }

    /// The same, asking `permit` last before any order, replacement or cancel is sent.
    #[must_use]
    pub fn sending_while(mut self, permit: Permit) -> Self {
        for session in self.sessions.values_mut() {
            session.api.permitted_by(Permit::clone(&permit));
        }
        self
    }

    /// Examines every account before any order: number, environment, state, clock and calendar. One
    /// with an objection does not trade; one that could not be asked about is examined again.
    #[must_use]
    pub fn guard(&self) -> Vec<Guarded> {
        let mut found: Vec<Guarded> = self.sessions.values().map(Session::guard).collect();
        self.object_to_twins(&mut found);
        for guarded in &found {
            if let (Some(reason), Some(session)) =
                (guarded.reason(), self.sessions.get(&guarded.account))
            {
                let until =
                    if guarded.is_unexamined() { Until::Examined } else { Until::Corrected };
                session.lock_out(reason, until);
            }
        }
        found
    }

    /// Two of our accounts at one of the broker's would share cash and positions.
    fn object_to_twins(&self, found: &mut [Guarded]) {
        for guarded in found {
            let Some(own) = self.sessions.get(&guarded.account) else {
                continue;
            };
            let twin = self.sessions.values().find(|other| {
                other.settings.account != own.settings.account
                    && other.settings.number == own.settings.number
            });
            if let Some(twin) = twin {
                let theirs =
                    format!("{} of account {}", own.settings.number, twin.settings.account);
                let ours = "a number of its own".to_owned();
                guarded.objections.push(Objection::OtherAccount { theirs, ours });
            }
        }
    }

    /// Asks for a replacement of an order. What grows by it needs a verdict of its own first.
    pub fn replace(&self, account: &AccountId, key: OrderKey, changes: &Changes) -> ReplaceAnswer {
        match self.sessions.get(account) {
            Some(session) => session.replace(key, changes),
            None => ReplaceAnswer::Refused { reason: unknown(account) },
        }
    }

    fn session(&self, account: &AccountId) -> Result<&Session, BrokerFault> {
        let refused = || BrokerFault::Refused { account: *account, reason: unknown(account) };
        self.sessions.get(account).ok_or_else(refused)
    }
}

fn unknown(account: &AccountId) -> String {
    format!("account {account} has no keys here: configure it under [broker.accounts.{account}]")
}

impl Session {
    /// What speaks against trading with this account.
    pub(crate) fn guard(&self) -> Guarded {
        let settings = &self.settings;
        let mut guarded =
            Guarded { account: settings.account, objections: Vec::new(), cash: None, drift: None };
        if let Some(theirs) = settings.keys.environment()
            && theirs != settings.environment
        {
            // Keys are not shown to a host that they do not belong to.
            let ours = settings.environment;
            guarded.objections.push(Objection::OtherEnvironment { theirs, ours });
            return guarded;
        }
        match self.api.account() {
            Ok(account) => {
                guarded.objections.extend(guard::examine(&account, &settings.number));
                guarded.cash = account.cash.as_ref().and_then(|it| it.money().ok());
            }
            Err(Unread::Refused(refusal)) => {
                guarded.objections.push(Objection::Keys { words: refusal.to_string() });
                return guarded;
            }
            Err(error) => {
                guarded.objections.push(Objection::Unreachable { reason: error.to_string() });
                return guarded;
            }
        }
        if let (Some(ours), Some(theirs)) = (settings.cash, guarded.cash)
            && ours != theirs
        {
            guarded.objections.push(Objection::Cash { theirs, ours });
        }
        match clock::measure(&self.api, &self.now) {
            Ok(drift) => {
                guarded.drift = Some(drift.ahead);
                if !settings.theirs_is_ours && drift.exceeds(DRIFT_MAX) {
                    let (ahead, most) = (drift.ahead, DRIFT_MAX);
                    guarded.objections.push(Objection::Clock { ahead, most });
                }
            }
            Err(error) => {
                guarded.objections.push(Objection::Unreachable { reason: error.to_string() });
            }
        }
        guarded.objections.extend(self.compare_calendars());
        guarded
    }

    fn compare_calendars(&self) -> Option<Objection> {
        let now = self.time();
        let from = self.calendar.date_of(now)?;
        let to = self.calendar.date_of(now.saturating_add(calendar::AHEAD))?;
        match self.api.calendar(from, to) {
            Ok(theirs) => {
                let days = calendar::differences(&self.calendar, &theirs.rows, (from, to));
                (!days.is_empty()).then_some(Objection::Calendar { days })
            }
            Err(error) => Some(Objection::Unreachable { reason: error.to_string() }),
        }
    }
}

impl Broker for AlpacaBroker {
    fn submit(&self, order: Recorded<Intent>) -> Submission {
        match self.sessions.get(order.get().account()) {
            Some(session) => session.submit(&order),
            None => Submission::Rejected {
                class: RejectClass::Authentication,
                reason: unknown(order.get().account()),
            },
        }
    }

    fn cancel(
        &self,
        account: &AccountId,
        key: OrderKey,
        id: Option<&BrokerOrderId>,
    ) -> CancelAnswer {
        match self.sessions.get(account) {
            Some(session) => session.cancel(key, id),
            None => CancelAnswer::Refused { reason: unknown(account) },
        }
    }

    fn look_up(&self, account: &AccountId, key: OrderKey) -> LookUp {
        match self.sessions.get(account) {
            Some(session) => session.look_up(key),
            None => LookUp::Unavailable { reason: unknown(account) },
        }
    }

    fn snapshot(&self, account: &AccountId) -> Result<Snapshot, BrokerFault> {
        self.session(account)?.snapshot()
    }

    fn reports(&self, account: &AccountId) -> Result<Vec<Report>, BrokerFault> {
        self.session(account)?.reports()
    }
}

/// How far before the last recorded moment reports are asked for again at a start: what the broker
/// entered late, or only half of it, may be days older.
pub const START_OVERLAP: Span = Span::hours(24 * 4);
