//! One account at the broker: its orders, its stream, and the calls that the engine asks for.
//!
//! State is held under a lock that is never held across a call. Calls of one account come one after
//! the other, from its own thread.

mod books;
mod calls;

use std::time::{Duration, Instant};

use gatefold_core::record::event::{Link, LinkChanged};
use gatefold_core::route::{BrokerFault, Report, Severity};
use gatefold_core::vocabulary::{Calendar, Timestamp};
use parking_lot::Mutex;

use crate::activities::Activities;
use crate::api::Api;
use crate::broker::AccountSettings;
use crate::clock::Now;
use crate::due::Due;
use crate::follow::Follower;
use crate::stream::{Item, Stream};

/// What is known of the account at the broker.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) follower: Follower,
    pub(crate) activities: Activities,
    pub(crate) due: Due,
    /// Why the account must not trade.
    locked: Option<Locked>,
    /// The stream is there and its gap is closed.
    pub(crate) linked: bool,
    /// Updates arrive.
    pub(crate) listening: bool,
    told_link: Option<Link>,
    why_down: String,
}

/// Why an account must not trade, and whether that may pass.
struct Locked {
    reason: String,
    examined: Instant,
    until: Until,
}

/// How long an account stays locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// It is not the configured one: as long as the process runs.
    Corrected,
    /// The broker blocked it: until it is in order again.
    InOrder,
    /// Nobody could be asked whether it is the configured one: until all of that is examined.
    Examined,
}

/// One account.
pub(crate) struct Session {
    pub(crate) settings: AccountSettings,
    pub(crate) api: Api,
    pub(crate) now: Now,
    pub(crate) calendar: Calendar,
    pub(crate) state: Mutex<State>,
    stream: Mutex<Option<Stream>>,
}

impl Session {
    pub(crate) fn new(settings: AccountSettings, now: Now, calendar: Calendar) -> Self {
        let api = Api::new(&settings.endpoints.trading, &settings.keys, &settings.pace);
        let due = Due::since(settings.watermark);
        let why_down = "the broker has not been asked yet".to_owned();
        let state = Mutex::new(State { due, why_down, ..State::default() });
        Self { settings, api, now, calendar, state, stream: Mutex::default() }
    }

    /// Keeps the account from trading, until it is found in order or for good.
    pub(crate) fn lock_out(&self, reason: String, until: Until) {
        let mut state = self.state.lock();
        state.follower.alarm(Severity::Critical, format!("the account does not trade: {reason}"));
        let examined = Instant::now();
        state.locked = Some(Locked { reason, examined, until });
        state.linked = false;
    }

    fn locked(&self) -> Option<String> {
        self.state.lock().locked.as_ref().map(|locked| locked.reason.clone())
    }

    /// Looks again whether a locked account is in order now.
    fn examine_again(&self) {
        let every = self.settings.pace.examine;
        let due = |it: &&Locked| it.until != Until::Corrected && it.examined.elapsed() > every;
        let Some(until) = self.state.lock().locked.as_ref().filter(due).map(|it| it.until) else {
            return;
        };
        let in_order = match until {
            Until::Examined => {
                let guarded = self.guard();
                if let Some(reason) = guarded.reason().filter(|_| !guarded.is_unexamined()) {
                    return self.lock_out(reason, Until::Corrected);
                }
                guarded.objections.is_empty()
            }
            Until::InOrder | Until::Corrected => self.read_books().is_ok(),
        };
        if in_order {
            let mut state = self.state.lock();
            state.locked = None;
            state.due.ask_everything();
            let text = "the account is in order again at the broker".to_owned();
            state.follower.tell(Report::Alarm { severity: Severity::Warning, text });
        } else if let Some(locked) = &mut self.state.lock().locked {
            locked.examined = Instant::now();
        }
    }

    fn refused(&self, reason: String) -> BrokerFault {
        BrokerFault::Refused { account: self.settings.account, reason }
    }

    /// What happened since it was asked last.
    pub(crate) fn reports(&self) -> Result<Vec<Report>, BrokerFault> {
        self.examine_again();
        if let Some(reason) = self.locked() {
            let mut state = self.state.lock();
            state.told_link = None;
            let told = state.follower.take_reports();
            return if told.is_empty() { Err(self.refused(reason)) } else { Ok(told) };
        }
        self.ensure_stream();
        self.drain_stream();
        if self.state.lock().due.is_due(Instant::now()) {
            self.catch_up();
        }
        let mut state = self.state.lock();
        let link = if state.linked { Link::Up } else { Link::Down };
        let mut told = state.follower.take_reports();
        if state.told_link != Some(link) {
            state.told_link = Some(link);
            let evidence = match link {
                Link::Up => "order updates arrive and what was missed is read".to_owned(),
                Link::Down => state.why_down.clone(),
            };
            // Nothing is judged on a link that is up before all that it brought is booked, nor on
            // one that is down by what it brought last.
            let at = if link == Link::Up { told.len() } else { 0 };
            told.insert(at, Report::Link(LinkChanged { link, evidence }));
        }
        Ok(told)
    }

    fn ensure_stream(&self) {
        let mut stream = self.stream.lock();
        if stream.is_none() {
            let settings = &self.settings;
            let (name, address) = (settings.account.as_str(), &settings.endpoints.stream);
            match Stream::start(name, address, settings.keys.clone(), settings.pace) {
                Ok(started) => *stream = Some(started),
                Err(error) => self.link_down(format!("no thread for the stream: {error}")),
            }
        }
    }

    fn drain_stream(&self) {
        let items: Vec<Item> = match &*self.stream.lock() {
            Some(stream) => stream.items.try_iter().collect(),
            None => Vec::new(),
        };
        let now = (self.now)();
        for item in items {
            let mut state = self.state.lock();
            match item {
                Item::Listening => {
                    state.listening = true;
                    state.due.ask_everything();
                }
                Item::Update(update) => {
                    state.follower.hear(&update, now);
                    if state.follower.wants_fills() {
                        state.due.soon();
                    }
                }
                Item::Parked(text) => {
                    state.follower.alarm(Severity::Warning, text);
                    state.due.soon();
                }
                Item::Lost(reason) => {
                    drop(state);
                    self.link_down(format!("the order stream: {reason}"));
                }
                Item::Unauthorized => {
                    drop(state);
                    self.link_down("the order stream refuses our keys".to_owned());
                }
            }
        }
    }

    pub(crate) fn link_down(&self, reason: String) {
        let mut state = self.state.lock();
        state.listening = false;
        state.linked = false;
        state.why_down = reason;
    }

    /// The stream withholds something: another connection may not.
    pub(crate) fn renew_stream(&self) {
        if let Some(stream) = &*self.stream.lock() {
            stream.renew();
        }
    }

    /// How long the broker refuses everything, if it does.
    pub(crate) fn closed_for(&self) -> Option<Duration> {
        self.api.closed_for()
    }

    /// The time, as the engine has it.
    pub(crate) fn time(&self) -> Timestamp {
        (self.now)()
    }
}
