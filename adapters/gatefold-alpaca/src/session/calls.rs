//! What the engine asks of the broker about one order: sent once, canceled, looked up, replaced.

use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;
use gatefold_core::route::{CancelAnswer, LookUp, RejectClass, Submission};
use gatefold_core::vocabulary::{BrokerOrderId, OrderKey};

use crate::api::Unread;
use crate::budget::Urgency;
use crate::classify::{self, CancelOutcome, Cause, Outcome};
use crate::http::Lost;
use crate::order::Ticket;
use crate::replace::{self, Changes, ReplaceAnswer};
use crate::session::Session;

impl Session {
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
}
