//! Waiting for what comes: woken by a notice, and looking again and again in case one is lost.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use gatefold_core::record::{Entry, Position, ReadError};
use postgres::fallible_iterator::FallibleIterator as _;

use crate::log::bell::CHANNEL;
use crate::log::reader::PostgresReader;
use crate::session::Session;

/// Without a notice the log is looked at this often, unless somebody sets it.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The events after a position, as they become durable, in order and without a gap, whoever
/// appends them. A slow subscriber holds nobody up.
#[derive(Debug)]
pub struct PostgresSubscription {
    reader: PostgresReader,
    ear: Session,
    /// Whether the ear's connection hears of what is new.
    listens: bool,
    after: Position,
    look_every: Duration,
}

impl PostgresSubscription {
    pub(crate) fn new(reader: PostgresReader, after: Position) -> Self {
        let ear = Session::new(reader.address().clone());
        Self { reader, ear, listens: false, after, look_every: LOOK_EVERY }
    }

    /// The same, looking this often where no notice comes (250 ms unless it is said). Events that
    /// are told of are visited at once, however long this is.
    #[must_use]
    pub fn looking_every(mut self, look_every: Duration) -> Self {
        self.look_every = look_every;
        self
    }

    /// Waits at most `timeout` until there are events, and calls `visit` for every one that is
    /// durable now. Returns how many were visited: 0 if none came in time.
    ///
    /// An event for which `visit` breaks counts as visited.
    ///
    /// # Errors
    /// As [`ReadError`] says. Events visited before the error were sound; the next call goes on
    /// behind them.
    pub fn next(
        &mut self,
        timeout: Duration,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<u64, ReadError> {
        let since = Instant::now();
        loop {
            let (from, mut seen, after) = (self.after, 0_u64, &mut self.after);
            self.reader.read(from, &mut |entry| {
                *after = entry.position;
                seen = seen.saturating_add(1);
                visit(entry)
            })?;
            let left = timeout.saturating_sub(since.elapsed());
            if seen > 0 || left.is_zero() {
                return Ok(seen);
            }
            self.listen(left.min(self.look_every));
        }
    }

    /// The position of the last event visited.
    #[must_use]
    pub fn after(&self) -> Position {
        self.after
    }

    /// Waits for a notice. Without a connection it only waits: looking is what finds events.
    fn listen(&mut self, within: Duration) {
        let since = Instant::now();
        let listens = self.listens && self.ear.is_connected();
        let listen = format!("LISTEN {CHANNEL}");
        let heard = self.ear.run("the wait for events", |client| {
            if !listens {
                // What was appended before this was not told of: the caller looks at once.
                return client.batch_execute(&listen);
            }
            client.notifications().timeout_iter(within).next().map(|_| ())
        });
        self.listens = heard.is_ok();
        if heard.is_err() {
            std::thread::sleep(within.saturating_sub(since.elapsed()));
        }
    }
}
