//! The inbox over `dispatch_recommendations`: delivery at least once; the log decides once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use gatefold_core::advise::{Arrival, Inbox, InboxError, Recommendation};
use gatefold_core::vocabulary::AccountId;

use postgres::fallible_iterator::FallibleIterator as _;

use crate::address::Address;
use crate::error::StoreError;
use crate::inbox::claim::{self, Claimed};
use crate::inbox::{SOURCE, Trouble};
use crate::schema::{SchemaError, check_schema};
use crate::session::Session;

/// Reads a line of JSON as advice, or says what is wrong with it.
pub type Reader = Box<dyn Fn(&str) -> Result<Recommendation, String> + Send>;

/// How an inbox is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxSettings {
    /// The dispatcher's name, which no other dispatcher of the table has; what it had claimed when
    /// it ended is due again as soon as it looks.
    pub name: String,
    /// The configured accounts. A row of any other is failed.
    pub accounts: Vec<AccountId>,
    /// So many rows are claimed at a time.
    pub claim_rows: u16,
    /// A claim that was not answered by then is due again.
    pub claim_for: Duration,
    /// Rows are looked for this often where no notice of them arrives.
    pub poll_every: Duration,
    /// So many equal failures in a row pause the accounts.
    pub failures_max: u32,
}

impl InboxSettings {
    /// Settings for these accounts.
    #[must_use]
    pub fn new(name: impl Into<String>, accounts: Vec<AccountId>) -> Self {
        Self {
            name: name.into(),
            accounts,
            claim_rows: 256,
            claim_for: Duration::from_secs(30),
            poll_every: Duration::from_secs(1),
            failures_max: 5,
        }
    }
}

/// The inbox. Every row that is due becomes exactly one arrival of this process, unless its claim
/// ran out before it was answered; then it comes again, and the log knows it.
pub struct PostgresInbox {
    session: Session,
    settings: InboxSettings,
    read: Reader,
    claimed: VecDeque<Claimed>,
    trouble: Option<Trouble>,
    /// Whether the session's connection hears of new rows.
    listens: bool,
    /// When rows were looked for last.
    looked: Option<Instant>,
}

impl PostgresInbox {
    /// Opens the inbox. The schema is compared first: where it differs, no row is touched.
    ///
    /// # Errors
    /// [`SchemaError`] when the database is not there or has another schema.
    pub fn open(
        address: Address,
        settings: InboxSettings,
        read: Reader,
    ) -> Result<Self, SchemaError> {
        let mut session = Session::new(address);
        check_schema(&mut session)?;
        let (claimed, trouble) = (VecDeque::new(), None);
        Ok(Self { session, settings, read, claimed, trouble, listens: false, looked: None })
    }

    /// Failures in a row up to now; `None` while all is well.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Waits until rows are inserted, for so long at most, and says whether it is time to look: a
    /// notice came, or none did for as long as [`InboxSettings::poll_every`].
    ///
    /// # Errors
    /// [`InboxError`] when the connection is lost.
    pub fn wait(&mut self, within: Duration) -> Result<bool, InboxError> {
        let due = self.looked.map(|at| self.settings.poll_every.saturating_sub(at.elapsed()));
        let until_due = due.unwrap_or(Duration::ZERO);
        let within = within.min(until_due);
        if !self.listens || !self.session.is_connected() {
            // Whoever looks next connects and listens.
            std::thread::sleep(within);
            return Ok(within == until_due);
        }
        let heard = self.attempt("the wait for rows", |client| {
            let mut notices = client.notifications();
            let mut heard = notices.timeout_iter(within);
            let first = heard.next()?;
            Ok(first.is_some())
        });
        let heard = heard.map_err(|error| self.refused(&error))?;
        // A server that is gone says nothing, at once; the next look finds out.
        self.listens &= self.session.is_connected();
        Ok(heard || within == until_due || !self.listens)
    }

    fn claim(&mut self) -> Result<(), StoreError> {
        let InboxSettings { name, claim_rows, claim_for, .. } = self.settings.clone();
        let rows = i64::from(claim_rows.max(1));
        let for_ms = i64::try_from(claim_for.as_millis()).unwrap_or(i64::MAX);
        let listens = self.listens && self.session.is_connected();
        self.looked = Some(Instant::now());
        let claimed = self.attempt("a claim of rows", |client| {
            if !listens {
                claim::begin(client, &name)?;
            }
            claim::claim(client, &name, rows, for_ms)
        })?;
        self.listens = true;
        self.claimed.extend(claimed);
        Ok(())
    }

    fn attempt<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&mut postgres::Client) -> Result<T, postgres::Error>,
    ) -> Result<T, StoreError> {
        let done = self.session.run(action, work);
        match &done {
            Ok(_) => self.trouble = None,
            Err(failure) => {
                self.listens = false;
                let before = self.trouble.take();
                self.trouble = Some(Trouble::after(before, failure, self.settings.failures_max));
            }
        }
        done
    }

    fn refused(&self, error: &StoreError) -> InboxError {
        InboxError { name: SOURCE.to_owned(), reason: error.to_string() }
    }

    fn arrival(&self, row: Claimed) -> Arrival {
        let known = self.settings.accounts.iter().any(|it| it.as_str() == row.account);
        let read = if known { (self.read)(&row.line) } else { Err(self.unknown(&row.account)) };
        match read {
            Ok(advice) => Arrival::Recommendation(advice),
            Err(reason) => Arrival::Failed {
                source: SOURCE.to_owned(),
                line: u64::try_from(row.id).unwrap_or_default(),
                text: row.line,
                reason,
            },
        }
    }

    fn unknown(&self, account: &str) -> String {
        let known: Vec<_> = self.settings.accounts.iter().map(ToString::to_string).collect();
        format!(
            "account_name {account:?} is not configured (configured: {}); there is no default \
             account",
            known.join(", ")
        )
    }
}

impl Inbox for PostgresInbox {
    fn next(&mut self) -> Result<Option<Arrival>, InboxError> {
        if self.claimed.is_empty() {
            self.claim().map_err(|error| self.refused(&error))?;
        }
        let row = self.claimed.pop_front();
        Ok(row.map(|row| self.arrival(row)))
    }
}
