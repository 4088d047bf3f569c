//! What is asked of REST and when: everything after a connection, what is known to be missing at
//! once, and what is open in any case every few seconds.

use std::time::{Duration, Instant};

use gatefold_core::record::event::FindingKind;
use gatefold_core::route::{Report, Severity};
use gatefold_core::vocabulary::{Span, Timestamp};

use crate::api::Unread;
use crate::clock;
use crate::events::{self, Replay};
use crate::guard::DRIFT_MAX;
use crate::session::{Session, Until};
use crate::wire::{Activity, Order, Rows};

/// Rows are asked for from so long before the last one: they are not entered in order.
const FILLS_OVERLAP: Span = Span::minutes(15);
/// Assignments and expiries are entered up to days later than they are dated.
const OTHERS_OVERLAP: Span = Span::hours(24 * 4);
/// So often is the broker's clock compared with ours.
const CLOCK_EVERY: Duration = Duration::from_secs(600);
/// A cancel that changes nothing is asked for again after this.
const CANCEL_AGAIN: Span = Span::seconds(10);
/// What waits for longer is told to a person.
const PATIENCE: Span = Span::minutes(1);
/// What REST tells first, and the stream should have told so long ago, the stream withholds.
const STREAM_LAG_MAX: Span = Span::seconds(10);
/// Orders that name each other are followed so far in one go.
const CHAIN_MAX: usize = 16;

impl Session {
    /// Asks for what may be missing, and says whether the gap is closed.
    pub(crate) fn catch_up(&self) {
        let everything = self.state.lock().due.everything;
        let done = if everything { self.ask_everything() } else { self.ask_open() };
        let mut state = self.state.lock();
        let now = Instant::now();
        let pace = self.settings.pace;
        match done {
            Ok(()) => {
                state.due.failures = 0;
                state.due.everything = false;
                if everything && state.listening {
                    state.linked = true;
                }
                let wait = if state.follower.misses_fills() {
                    pace.missing
                } else if state.follower.has_open_orders() {
                    pace.open
                } else {
                    pace.idle
                };
                state.due.next = now.checked_add(wait);
            }
            Err(error) => {
                let failures = state.due.failures;
                state.due.failures = failures.saturating_add(1).min(5);
                let doubled = pace.missing.saturating_mul(1_u32 << failures);
                let wait = self.closed_for().unwrap_or(doubled);
                state.due.next = now.checked_add(wait);
                // After a failure nobody knows what was missed.
                state.due.everything = true;
                state.linked = false;
                drop(state);
                match error {
                    Unread::Refused(refusal) => self.lock_out(refusal.to_string(), Until::InOrder),
                    Unread::Missing | Unread::Unavailable(_) => {
                        let reason = format!("the broker cannot be asked: {error}");
                        self.link_lost(reason);
                    }
                }
            }
        }
    }

    /// REST failed; the stream may well go on, so it stays and is caught up with later.
    fn link_lost(&self, reason: String) {
        let listening = self.state.lock().listening;
        self.link_down(reason);
        self.state.lock().listening = listening;
    }

    /// After a connection: orders that are open, orders since the watermark, fills, everything
    /// else, and the books.
    fn ask_everything(&self) -> Result<(), Unread> {
        let since = self.begin_round().0;
        let open = self.api.open_orders()?;
        let recent = self.api.orders_since(since)?;
        self.replay_events(since);
        self.see(&open);
        self.see(&recent);
        self.state.lock().follower.tell_strangers();
        self.ask_silent()?;
        self.read_fills(None)?;
        self.fill_gaps()?;
        self.read_others()?;
        self.watch_clock();
        let books = self.read_books()?;
        let mut state = self.state.lock();
        state.follower.tell(Report::Books(books));
        // Orders are followed one by one from here on; what came in between is in the overlap.
        let now = self.time();
        state.due.orders_since = now.saturating_sub(FILLS_OVERLAP).max(state.due.orders_since);
        Ok(())
    }

    /// In between: what is open, what ended unheard, and what is known to be missing.
    fn ask_open(&self) -> Result<(), Unread> {
        let before = self.begin_round().1;
        let open = self.api.open_orders()?;
        self.see(&open);
        self.state.lock().follower.tell_strangers();
        self.ask_silent()?;
        let (fills_at, others_at) = {
            let due = &self.state.lock().due;
            (due.fills_at, due.others_at)
        };
        // Of an order that is none of ours, and ended between two rounds, only these tell.
        if fills_at.is_none_or(|at| at.elapsed() >= self.settings.pace.idle) {
            self.read_fills(None)?;
        }
        self.fill_gaps()?;
        self.cancel_again();
        if others_at.is_none_or(|at| at.elapsed() >= self.settings.pace.others) {
            self.read_others()?;
        }
        self.watch_clock();
        self.watch_stream(before);
        let now = self.time();
        self.state.lock().follower.watch(now, PATIENCE);
        Ok(())
    }

    /// The watermark of orders, and how many reports wait.
    fn begin_round(&self) -> (Timestamp, usize) {
        let mut state = self.state.lock();
        state.follower.begin_round();
        (state.due.orders_since, state.follower.waiting())
    }

    /// REST told something that the stream should have told long ago: the stream is renewed.
    fn watch_stream(&self, before: usize) {
        let (now, lag) = (self.time(), self.settings.pace.apart(STREAM_LAG_MAX));
        let mut state = self.state.lock();
        if state.listening && state.follower.told_late(before, now, lag) {
            let text = "the order stream is connected and withheld a fill or an order's end";
            state.follower.alarm(Severity::Warning, text.to_owned());
            drop(state);
            self.renew_stream();
        }
    }

    /// What the broker replays of its stream, where it does: hints like those of the stream.
    fn replay_events(&self, since: Timestamp) {
        if self.state.lock().due.replay == Some(Replay::Absent) {
            return;
        }
        let now = self.time();
        let Some((replay, updates)) = events::probe(&self.api, since, now) else {
            return;
        };
        let mut state = self.state.lock();
        state.due.replay = Some(replay);
        for update in &updates {
            state.follower.hear(update, now);
        }
    }

    fn see(&self, page: &Rows<Order>) {
        let now = self.time();
        let mut state = self.state.lock();
        for order in &page.rows {
            state.follower.see(order, now);
        }
        for parked in &page.parked {
            state.follower.alarm(Severity::Warning, parked.to_string());
        }
    }

    /// Orders of ours that no list tells of any more, one by one.
    fn ask_silent(&self) -> Result<(), Unread> {
        let now = self.time();
        let silent = self.state.lock().follower.unheard();
        for id in silent {
            self.ask_order(&id, now)?;
        }
        Ok(())
    }

    fn ask_order(&self, id: &str, now: Timestamp) -> Result<(), Unread> {
        match self.api.order(id) {
            Ok(order) => self.state.lock().follower.see(&order, now),
            // A read that lags behind a write; the next round asks again.
            Err(Unread::Missing) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Orders and executions that are known to be missing.
    pub(crate) fn fill_gaps(&self) -> Result<(), Unread> {
        for _ in 0..CHAIN_MAX {
            let wanted = self.state.lock().follower.wanted_orders();
            if wanted.is_empty() {
                break;
            }
            let now = self.time();
            for id in wanted {
                self.ask_order(&id, now)?;
            }
        }
        let (wants, since) = {
            let state = self.state.lock();
            (state.follower.wants_fills(), state.follower.fills_missing_since())
        };
        if wants { self.read_fills(since) } else { Ok(()) }
    }

    /// Executions since the watermark, or since the order that misses some.
    fn read_fills(&self, since: Option<Timestamp>) -> Result<(), Unread> {
        let watermark = self.state.lock().due.fills_since;
        let from = since.map_or(watermark, |it| it.saturating_sub(FILLS_OVERLAP).min(watermark));
        let page = self.api.fills_since(from)?;
        let now = self.time();
        let mut state = self.state.lock();
        state.follower.fills_were_asked_for();
        for row in &page.rows {
            state.follower.read_fill(row, now);
        }
        park(&mut state.follower, &page);
        let last = page.rows.iter().filter_map(Activity::at).max();
        let overlapped = last.map(|last| last.saturating_sub(FILLS_OVERLAP));
        state.due.fills_since = overlapped.unwrap_or(watermark).max(watermark);
        state.due.fills_at = Some(Instant::now());
        Ok(())
    }

    /// Activities besides fills.
    fn read_others(&self) -> Result<(), Unread> {
        let watermark = self.state.lock().due.others_since;
        let page = self.api.others_since(watermark)?;
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.activities.read(&page.rows, &mut state.follower);
        park(&mut state.follower, &page);
        let last = page.rows.iter().filter_map(Activity::at).max();
        let overlapped = last.map(|last| last.saturating_sub(OTHERS_OVERLAP));
        state.due.others_since = overlapped.unwrap_or(watermark).max(watermark);
        state.due.others_at = Some(Instant::now());
        Ok(())
    }

    /// Cancels that were answered and changed nothing.
    fn cancel_again(&self) {
        let now = self.time();
        let since = now.saturating_sub(self.settings.pace.apart(CANCEL_AGAIN));
        let ignored = self.state.lock().follower.ignored_cancels(since);
        for (key, id) in ignored {
            // Whatever is answered: only the order's own state is evidence.
            let _ = self.api.cancel(&id);
            self.state.lock().follower.cancel_asked(key, now);
        }
    }

    fn watch_clock(&self) {
        let due = self.state.lock().due.clock_at;
        if self.settings.theirs_is_ours || due.is_some_and(|at| at.elapsed() < CLOCK_EVERY) {
            return;
        }
        // A clock that cannot be asked now is asked with the next round.
        if let Ok(drift) = clock::measure(&self.api, &self.now) {
            let mut state = self.state.lock();
            state.due.clock_at = Some(Instant::now());
            if drift.exceeds(DRIFT_MAX) {
                let (ours, theirs) = (drift.ours, drift.theirs);
                let text = format!("our clock says {ours} and the broker's {theirs}: set ours");
                state.follower.alarm(Severity::Critical, text);
            }
        }
    }
}

fn park(follower: &mut crate::follow::Follower, page: &Rows<Activity>) {
    for parked in &page.parked {
        follower.differ(FindingKind::UnknownActivity, None, parked.to_string());
    }
}
