//! One account at the broker: its orders, its stream, and the calls that the engine asks for.
//!
//! State is held under a lock that is never held across a call. Calls of one account come one after
//! the other, from its own thread.

use std::time::{Duration, Instant};

use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;
use gatefold_core::record::event::{FindingKind, Link, LinkChanged};
use gatefold_core::route::{
    BrokerFault, CancelAnswer, LookUp, RejectClass, Report, Severity, Snapshot, Submission,
};
use gatefold_core::vocabulary::{
    BrokerOrderId, Calendar, Instrument, Money, NetQuantity, OrderKey, Timestamp,
};
use parking_lot::Mutex;

use crate::activities::Activities;
use crate::api::{Api, Unread};
use crate::broker::AccountSettings;
use crate::budget::Urgency;
use crate::catch_up::Due;
use crate::classify::{self, CancelOutcome, Cause, Outcome};
use crate::clock::Now;
use crate::follow::Follower;
use crate::guard;
use crate::http::{Http, Lost};
use crate::order::Ticket;
use crate::replace::{self, Changes, ReplaceAnswer};
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
    for_good: bool,
}

/// A locked account is examined again this often: what the broker blocked it may release.
const EXAMINE_EVERY: Duration = Duration::from_secs(60);

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
        let api = Api::new(Http::new(&settings.endpoints.trading, settings.keys.clone()));
        let due = Due::since(settings.watermark);
        let why_down = "the broker has not been asked yet".to_owned();
        let state = Mutex::new(State { due, why_down, ..State::default() });
        Self { settings, api, now, calendar, state, stream: Mutex::default() }
    }

    /// Keeps the account from trading, until it is found in order or for good.
    pub(crate) fn lock_out(&self, reason: String, for_good: bool) {
        let mut state = self.state.lock();
        state.follower.alarm(Severity::Critical, format!("the account does not trade: {reason}"));
        let examined = Instant::now();
        state.locked = Some(Locked { reason, examined, for_good });
        state.linked = false;
    }

    fn locked(&self) -> Option<String> {
        self.state.lock().locked.as_ref().map(|locked| locked.reason.clone())
    }

    /// Looks again whether a locked account is in order now.
    fn examine_again(&self) {
        let due = |locked: &Locked| !locked.for_good && locked.examined.elapsed() > EXAMINE_EVERY;
        if !self.state.lock().locked.as_ref().is_some_and(due) {
            return;
        }
        if self.read_books().is_ok() {
            let mut state = self.state.lock();
            state.locked = None;
            state.due.everything();
            let text = "the broker takes the account's keys again".to_owned();
            state.follower.tell(Report::Alarm { severity: Severity::Warning, text });
        } else if let Some(locked) = &mut self.state.lock().locked {
            locked.examined = Instant::now();
        }
    }

    fn refused(&self, reason: String) -> BrokerFault {
        BrokerFault::Refused { account: self.settings.account, reason }
    }

    /// Sends an order, once, and says what the answer proves.
    pub(crate) fn submit(&self, order: &Recorded<Intent>) -> Submission {
        let ticket = Ticket::of(order.get());
        if let Some(reason) = self.locked() {
            let reason = format!("not sent: {reason}");
            return Submission::Rejected { class: RejectClass::Authentication, reason };
        }
        if let Err(illegal) = ticket.check(&self.calendar, (self.now)()) {
            let reason = illegal.to_string();
            return Submission::Rejected { class: RejectClass::Order, reason };
        }
        let urgency = if order.get().closes() { Urgency::Exit } else { Urgency::Entry };
        let reply = match self.api.submit(&ticket.body(), urgency) {
            Ok(reply) => reply,
            Err(lost @ (Lost::Budget(_) | Lost::Forbidden(_))) => {
                let reason = lost.to_string();
                return Submission::Rejected { class: RejectClass::Rate, reason };
            }
            Err(lost @ Lost::Transport(_)) => {
                return Submission::Unknown { reason: lost.to_string() };
            }
        };
        let of = reply.request_id.map_or(String::new(), |id| format!(" [request {id}]"));
        match classify::submission(reply.status, &reply.body, &ticket.key.to_string()) {
            Outcome::Accepted(order) => {
                let now = (self.now)();
                let Ok(broker_order_id) = BrokerOrderId::new(&order.id) else {
                    return Submission::Unknown { reason: format!("order id {:?}{of}", order.id) };
                };
                self.state.lock().follower.see(&order, now);
                Submission::Accepted { broker_order_id, at: order.taken_at().unwrap_or(now) }
            }
            Outcome::Refused(refusal) => {
                Submission::Rejected { class: refusal.class(), reason: format!("{refusal}{of}") }
            }
            Outcome::Duplicate(refusal) => Submission::Unknown { reason: format!("{refusal}{of}") },
            Outcome::Unknown { evidence } => Submission::Unknown { reason: evidence + &of },
        }
    }

    /// Asks for a cancel. Whatever is answered, the order counts until a report ends it.
    pub(crate) fn cancel(&self, key: OrderKey, id: Option<&BrokerOrderId>) -> CancelAnswer {
        let known = self.state.lock().follower.id_of(key).map(str::to_owned);
        let id = match known.or_else(|| id.map(|id| id.as_str().to_owned())) {
            Some(id) => id,
            None => match self.api.order_by_key(key) {
                Ok(order) => {
                    let id = order.id.clone();
                    self.state.lock().follower.see(&order, (self.now)());
                    id
                }
                Err(error) => return CancelAnswer::Unknown { reason: error.to_string() },
            },
        };
        let reply = self.api.cancel(&id);
        let now = (self.now)();
        let mut state = self.state.lock();
        state.follower.cancel_asked(key, now);
        state.due.soon();
        let reply = match reply {
            Ok(reply) => reply,
            Err(lost) => return CancelAnswer::Unknown { reason: lost.to_string() },
        };
        match classify::cancel(reply.status, &reply.body) {
            CancelOutcome::Requested => CancelAnswer::Requested,
            CancelOutcome::Refused(refusal) if refusal.cause == Cause::NotFound => {
                CancelAnswer::Unknown { reason: refusal.to_string() }
            }
            CancelOutcome::Refused(refusal) => {
                CancelAnswer::Refused { reason: refusal.to_string() }
            }
            CancelOutcome::Unknown { evidence } => CancelAnswer::Unknown { reason: evidence },
        }
    }

    /// Finds out what became of an order, with all of its chain and all of its executions.
    pub(crate) fn look_up(&self, key: OrderKey) -> LookUp {
        match self.api.order_by_key(key) {
            Ok(order) => self.state.lock().follower.see(&order, (self.now)()),
            Err(Unread::Missing) => {
                return match self.state.lock().follower.answer(key) {
                    // It was there: a read that lags behind does not take it back.
                    Some(report) => LookUp::Found(report),
                    None => LookUp::Missing,
                };
            }
            Err(error) => return LookUp::Unavailable { reason: error.to_string() },
        }
        if let Err(error) = self.fill_gaps() {
            return LookUp::Unavailable { reason: error.to_string() };
        }
        match self.state.lock().follower.answer(key) {
            Some(report) => LookUp::Found(report),
            None => LookUp::Unavailable { reason: format!("{key}: its order cannot be read") },
        }
    }

    /// Asks for a replacement of the order that stands for `key` now.
    pub(crate) fn replace(&self, key: OrderKey, changes: &Changes) -> ReplaceAnswer {
        let Some(id) = self.state.lock().follower.id_of(key).map(str::to_owned) else {
            return ReplaceAnswer::Refused { reason: format!("{key} is not known to be working") };
        };
        let reply = match self.api.replace(&id, &changes.body()) {
            Ok(reply) => reply,
            Err(lost) => return ReplaceAnswer::Unknown { reason: lost.to_string() },
        };
        let (answer, order) = replace::classify(reply.status, &reply.body);
        let mut state = self.state.lock();
        if let Some(order) = order {
            state.follower.see(&order, (self.now)());
        }
        state.due.soon();
        answer
    }

    /// Reads the books, and whether the account is still the one that is configured.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, BrokerFault> {
        if let Some(reason) = self.locked() {
            return Err(self.refused(reason));
        }
        self.read_books().map_err(|error| match error {
            Unread::Refused(refusal) => self.refused(refusal.to_string()),
            Unread::Missing | Unread::Unavailable(_) => match self.locked() {
                Some(reason) => self.refused(reason),
                None => BrokerFault::Unreachable { reason: error.to_string() },
            },
        })
    }

    pub(crate) fn read_books(&self) -> Result<Snapshot, Unread> {
        let requested_at = (self.now)();
        let account = self.api.account()?;
        let objections = guard::examine(&account, &self.settings.number);
        if let Some(first) = objections.first() {
            self.lock_out(first.to_string(), false);
            return Err(Unread::Unavailable(first.to_string()));
        }
        let rows = self.api.positions()?;
        let mut positions: Vec<(Instrument, NetQuantity)> = Vec::new();
        let mut parked = rows.parked.iter().map(ToString::to_string).collect::<Vec<_>>();
        for row in &rows.rows {
            match (Instrument::parse(&row.symbol), row.qty.net()) {
                (Ok(instrument), Ok(net)) => positions.push((instrument, net)),
                (Err(error), _) => parked.push(format!("position {}: {error}", row.symbol)),
                (_, Err(error)) => parked.push(format!("position {}: {error}", row.symbol)),
            }
        }
        let mut state = self.state.lock();
        for text in parked {
            // It is no instrument of ours, and yet it is in the account.
            state.follower.differ(FindingKind::Missing, None, text);
        }
        let money = |number: &Option<crate::wire::Number>| number.as_ref()?.money().ok();
        let (Some(cash), Some(buying_power)) = (money(&account.cash), money(&account.buying_power))
        else {
            return Err(Unread::Unavailable("the account says no cash or buying power".to_owned()));
        };
        // Options are paid in full whatever the margin: the smaller one holds for all.
        let options = money(&account.options_buying_power);
        let buying_power = buying_power.min(options.unwrap_or(Money::MAX_FACT));
        Ok(Snapshot { requested_at, buying_power, cash, positions })
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
        let mut told = Vec::new();
        if state.told_link != Some(link) {
            state.told_link = Some(link);
            let evidence = match link {
                Link::Up => "order updates arrive and what was missed is read".to_owned(),
                Link::Down => state.why_down.clone(),
            };
            told.push(Report::Link(LinkChanged { link, evidence }));
        }
        told.extend(state.follower.take_reports());
        Ok(told)
    }

    fn ensure_stream(&self) {
        let mut stream = self.stream.lock();
        if stream.is_none() {
            let settings = &self.settings;
            let keys = settings.keys.clone();
            match Stream::start(settings.account.as_str(), &settings.endpoints.stream, keys) {
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
                    state.due.everything();
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
