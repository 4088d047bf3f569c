//! The lease of some accounts: one writer at a time, by an epoch that rises whenever it is given.
//!
//! The lease keeps order; what keeps the log safe is that `log_append` compares the epoch in the
//! transaction of every append.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use gatefold_core::record::{Epoch, Stream};
use gatefold_core::vocabulary::AccountId;
use postgres::{Client, Error, GenericClient};

use crate::address::Address;
use crate::log::batch::{column, number};
use crate::log::error::LeaseError;
use crate::log::holding::Holding;
use crate::log::keeper::Keeper;
use crate::log::page;
use crate::session::Session;

/// How often a lease that somebody else has is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A lease is no shorter.
const TTL_MIN: Duration = Duration::from_millis(100);

/// How long a lease runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTerms {
    /// From a renewal on it runs so long, by the server's clock.
    pub ttl: Duration,
    /// It is renewed this often.
    pub renew_every: Duration,
    /// So long before it runs out, by this machine's clock, nothing is sent any more: a request
    /// that is under way, and the difference of two clocks' pace, must fit into it.
    pub margin: Duration,
}

impl LeaseTerms {
    /// Renewed every three tenths of it, with a margin of two tenths.
    #[must_use]
    pub fn lasting(ttl: Duration) -> Self {
        let tenth = ttl / 10;
        let (renew_every, margin) = (tenth.saturating_mul(3), tenth.saturating_mul(2));
        Self { ttl, renew_every, margin }
    }

    fn check(&self) -> Result<(), LeaseError> {
        if self.ttl >= TTL_MIN && self.renew_every.saturating_add(self.margin) < self.ttl {
            return Ok(());
        }
        let whole = |it: Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        Err(LeaseError::TooShort { ttl_ms: whole(self.ttl), margin_ms: whole(self.margin) })
    }

    /// Until when a lease may be relied on that was asked for at `asked`.
    pub(crate) fn until(&self, asked: Instant) -> Instant {
        asked.checked_add(self.ttl.saturating_sub(self.margin)).unwrap_or(asked)
    }
}

/// An account that another writer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The account.
    pub account: String,
    /// Who has it.
    pub holder: String,
    /// How long its lease runs if it is not renewed.
    pub left: Duration,
}

/// A lease, renewed by a thread as long as it is held. Dropped, it is given back at once.
#[derive(Debug)]
pub struct Lease {
    epoch: Epoch,
    streams: Vec<i32>,
    holding: Holding,
    keeper: Keeper,
}

impl Lease {
    /// Takes the lease of all these accounts, or waits for those who have some of them; `waiting`
    /// hears of one, again and again, and ends the wait with a break.
    ///
    /// # Errors
    /// As [`LeaseError`] says.
    pub fn take(
        address: &Address,
        holder: &str,
        accounts: &[AccountId],
        terms: LeaseTerms,
        waiting: &mut dyn FnMut(&Held) -> ControlFlow<()>,
    ) -> Result<Self, LeaseError> {
        terms.check()?;
        let streams = accounts.iter().map(|it| Stream::Account(*it).to_string());
        let mut names: Vec<String> = streams.collect();
        names.sort_unstable();
        names.dedup();
        let mut session = Session::new(address.clone());
        loop {
            let asked = Instant::now();
            let answer = session.run("a lease", |client| ask(client, holder, &names, terms.ttl))?;
            match answer {
                Answer::Given { epoch, streams } => {
                    let holding = Holding::until(terms.until(asked));
                    let mut ids = streams.clone();
                    ids.sort_unstable();
                    let given = Given { epoch, streams };
                    let keeper = Keeper::start(session, given, terms, holding.clone())?;
                    let epoch = Epoch::new(number(epoch));
                    return Ok(Self { epoch, streams: ids, holding, keeper });
                }
                Answer::Held(held) => {
                    if waiting(&held).is_break() {
                        let Held { account, holder, left } = held;
                        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
                        return Err(LeaseError::Held { account, holder, left_ms });
                    }
                    std::thread::sleep(LOOK_EVERY.min(held.left));
                }
            }
        }
    }

    /// The writer's epoch: higher than any before.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether it is held, to be asked before anything is sent.
    #[must_use]
    pub fn holding(&self) -> Holding {
        self.holding.clone()
    }

    /// The stream by whose lease one is appended to that belongs to no account.
    pub(crate) fn any_stream(&self) -> Option<i32> {
        self.streams.first().copied()
    }

    /// Gives it back.
    pub fn release(mut self) {
        self.keeper.stop();
    }
}

/// What was given.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) epoch: i64,
    pub(crate) streams: Vec<i32>,
}

impl Given {
    /// Lets it run anew; false where somebody else has one of the streams by now.
    pub(crate) fn renew(&self, client: &mut Client, ttl: Duration) -> Result<bool, Error> {
        let sql = "UPDATE log_lease \
                   SET held_until = clock_timestamp() + make_interval(secs => $3::bigint / 1e6) \
                   WHERE stream = ANY ($1) AND epoch = $2";
        let renewed = client.execute(sql, &[&self.streams, &self.epoch, &micros(ttl)])?;
        Ok(usize::try_from(renewed).is_ok_and(|it| it == self.streams.len()))
    }

    /// Lets it end now.
    pub(crate) fn end(&self, client: &mut Client) -> Result<(), Error> {
        let sql = "UPDATE log_lease SET held_until = clock_timestamp() \
                   WHERE stream = ANY ($1) AND epoch = $2";
        client.execute(sql, &[&self.streams, &self.epoch]).map(|_| ())
    }
}

enum Answer {
    Given { epoch: i64, streams: Vec<i32> },
    Held(Held),
}

fn micros(time: Duration) -> i64 {
    column(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// Asks for all of these streams: first without the lock of the appends, so that who waits is in
/// nobody's way, and then under it. Whoever is given them sees all that was appended before, and
/// nothing is appended in between.
fn ask(
    client: &mut Client,
    holder: &str,
    names: &[String],
    ttl: Duration,
) -> Result<Answer, Error> {
    if let Some(held) = held(client, names)? {
        return Ok(Answer::Held(held));
    }
    let known = "INSERT INTO log_stream (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING";
    client.execute(known, &[&names])?;
    let mut transaction = client.transaction()?;
    // A machine that stops in the middle must not stop everybody's appends with it.
    transaction.batch_execute("SET LOCAL idle_in_transaction_session_timeout = '1s'")?;
    let lock = "SELECT pg_advisory_xact_lock(1735158119, 'log_event'::regclass::oid::integer)";
    transaction.execute(lock, &[])?;
    if let Some(held) = held(&mut transaction, names)? {
        return Ok(Answer::Held(held));
    }
    let epoch = page::epoch(&mut transaction)?.saturating_add(1);
    let give = "INSERT INTO log_lease AS it (stream, epoch, holder, held_until) \
                SELECT id, $2, $3, clock_timestamp() + make_interval(secs => $4::bigint / 1e6) \
                FROM log_stream WHERE name = ANY ($1) ORDER BY id \
                ON CONFLICT (stream) DO UPDATE SET epoch = excluded.epoch, \
                    holder = excluded.holder, held_until = excluded.held_until \
                    WHERE it.held_until <= clock_timestamp() \
                RETURNING stream";
    let rows = transaction.query(give, &[&names, &epoch, &holder, &micros(ttl)])?;
    let streams = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i32>, _>>()?;
    if streams.len() < names.len() {
        // Renewed at this moment: nothing is taken, and it is looked at again.
        let (account, holder) = (names.join(", "), "a writer that renewed just now".to_owned());
        return Ok(Answer::Held(Held { account, holder, left: LOOK_EVERY }));
    }
    transaction.commit()?;
    Ok(Answer::Given { epoch, streams })
}

/// Who has one of these streams, if somebody has: the one whose lease runs longest.
fn held(client: &mut impl GenericClient, names: &[String]) -> Result<Option<Held>, Error> {
    let sql = "SELECT name, holder, \
                   ceil(extract(epoch FROM held_until - clock_timestamp()) * 1e3)::bigint \
               FROM log_lease JOIN log_stream ON id = stream \
               WHERE name = ANY ($1) AND held_until > clock_timestamp() \
               ORDER BY held_until DESC, name LIMIT 1";
    let Some(row) = client.query_opt(sql, &[&names])? else { return Ok(None) };
    let (name, holder): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let account = name.strip_prefix("account:").unwrap_or(&name).to_owned();
    let left = Duration::from_millis(number(row.try_get(2)?));
    Ok(Some(Held { account, holder, left }))
}
