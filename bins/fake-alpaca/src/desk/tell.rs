//! What the stream says of an order is decided here, and whether it arrives.

use gatefold_sim::core::settle::Execution;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::desk::account::Told;
use crate::desk::stream::Mishap;
use crate::faults::{Fault, Scene};
use crate::uuid::Uuid;
use crate::wire;
use crate::wire::numbers::plain;

impl Desk<'_> {
    /// Tells of a change that is no fill.
    pub(crate) fn tell(&mut self, event: &str, id: Uuid) {
        let execution_id = self.ids.uuid().to_string();
        let Some(order) = self.account.order(id) else {
            return;
        };
        let body = json!({
            "event": event,
            "execution_id": execution_id,
            "order": wire::order::streamed(order),
            "timestamp": order.moments.updated.to_string(),
        });
        self.publish(id, body);
    }

    /// Tells of a fill.
    pub(crate) fn tell_fill(&mut self, event: &str, id: Uuid, execution: &Execution) {
        let Some(order) = self.account.order(id) else {
            return;
        };
        let net = self.account.ledger.net(&execution.instrument);
        let body = json!({
            "event": event,
            "execution_id": execution.id.to_string(),
            "order": wire::order::streamed(order),
            "timestamp": execution.at.to_string(),
            "price": plain(execution.price),
            "qty": plain(execution.quantity),
            "position_qty": plain(net),
        });
        self.publish(id, body);
    }

    fn publish(&mut self, id: Uuid, data: Value) {
        let symbol = self.account.order(id).map(|it| it.instrument().to_string());
        let met = self.meet(Scene::Event, &symbol.unwrap_or_default());
        let mishap = met.and_then(|(fault, millis)| {
            let mishaps = [
                (Fault::EventDropped, Mishap::Dropped),
                (Fault::EventDoubled, Mishap::Doubled),
                (Fault::EventReordered, Mishap::Late(millis)),
                (Fault::EventLate, Mishap::Late(millis)),
                (Fault::StreamSilent, Mishap::Silence(millis)),
                (Fault::StreamCut, Mishap::Cut),
            ];
            mishaps.into_iter().find(|(it, _)| *it == fault).map(|(_, mishap)| mishap)
        });
        // An event that nobody would have heard is not lost.
        if let Some((fault, _)) = met.filter(|_| self.account.watchers.count() > 0) {
            self.faults.took(fault);
        }
        if self.account.settings.replays_events {
            self.keep(&data);
        }
        let body = json!({ "stream": "trade_updates", "data": data });
        self.account.watchers.publish(&body, mishap);
    }

    /// Keeps an event for whoever asks for those of the past.
    fn keep(&mut self, data: &Value) {
        let at = self.market.now();
        let unix_ms = u64::try_from(at.nanos().div_euclid(1_000_000)).unwrap_or_default();
        let id = self.ids.uuid().ulid(unix_ms);
        let mut data = data.clone();
        if let Some(fields) = data.as_object_mut() {
            fields.insert("at".to_owned(), at.to_string().into());
            fields.insert("event_id".to_owned(), id.clone().into());
        }
        self.account.told.push(Told { at, id, data });
    }
}
