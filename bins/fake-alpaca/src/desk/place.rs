//! How an order is taken is decided here: judged, answered as pending, and only then worked.

use gatefold_sim::broker::{SimOrder, Ticket};
use gatefold_sim::core::advise::{Effect, Hours, OrderPrice, TimeInForce};
use gatefold_sim::core::vocabulary::{
    Calendar, Instrument, OrderKey, Quantity, Side, Span, Timestamp,
};
use serde_json::Value;

use crate::desk::draft::Draft;
use crate::desk::order::{Lifetime, Moments, Order, Origin, Purpose, Quirks, Status};
use crate::desk::rules::{self, Judged};
use crate::desk::{Desk, funds, unix_ms};
use crate::faults::{Fault, Scene};
use crate::uuid::Uuid;
use crate::wire;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

/// Orders that are good till canceled end after so many days.
const GTC_DAYS: i64 = 90;

impl Desk<'_> {
    /// `POST /v2/orders`: the order as it stands before anything became of it.
    pub(crate) fn submit(&mut self, fields: &Fields) -> Result<Value, ApiError> {
        let draft = Draft::read(fields, self.market)?;
        self.unique(draft.client_order_id.as_deref())?;
        let judged = rules::judge(self, &draft, None)?;
        let id = self.take(&draft, judged, Origin::Client);
        let answer = self.account.order(id).map_or(Value::Null, wire::order::order);
        self.arrange_quirks(id);
        self.begin(id);
        Ok(answer)
    }

    /// Whether a client order id was never used in this account.
    pub(crate) fn unique(&self, client_order_id: Option<&str>) -> Result<(), ApiError> {
        match client_order_id.and_then(|id| self.account.order_of_client(id)) {
            Some(_) => Err(ApiError::malformed("client_order_id must be unique")),
            None => Ok(()),
        }
    }

    /// Takes an order in, without anything becoming of it yet.
    pub(crate) fn take(&mut self, draft: &Draft, judged: Judged, origin: Origin) -> Uuid {
        let (id, now) = (self.ids.uuid(), self.market.stamp());
        let unnamed = self.ids.uuid().to_string();
        let ticket = ticket(id, draft, judged);
        let at = self.market.now();
        let mut sim = SimOrder::accepted(ticket, at, &self.market.calendar);
        if draft.lifetime == Lifetime::Gtc {
            let end = now.saturating_add(Span::hours(24 * GTC_DAYS));
            sim.expires_at = sim.expires_at.map_or(Some(end), |it| Some(it.min(end)));
        }
        let opened = self.market.is_open()
            || (draft.extended_hours && is_traded(&ticket, &self.market.calendar, at));
        self.account.add(Order {
            id,
            client_order_id: draft.client_order_id.clone().unwrap_or(unnamed),
            sim,
            kind: draft.kind,
            lifetime: draft.lifetime,
            purpose: judged.purpose,
            limit: draft.limit,
            stop: draft.stop,
            trail: draft.trail,
            best: None,
            triggered: !draft.kind.is_stop(),
            notional: draft.notional,
            extended_hours: draft.extended_hours,
            status: if opened { Status::PendingNew } else { Status::Accepted },
            moments: Moments::at(now),
            replaced_by: None,
            replaces: None,
            origin,
            quirks: Quirks::default(),
        });
        id
    }

    /// Decides what will go wrong with an order.
    fn arrange_quirks(&mut self, id: Uuid) {
        let symbol = self.account.order(id).map(|it| it.instrument().to_string());
        let Some((fault, millis)) = self.meet(Scene::Submit, &symbol.unwrap_or_default()) else {
            return;
        };
        // What spoils a cancel counts when one comes.
        if matches!(fault, Fault::RejectedLater | Fault::HiddenAtFirst | Fault::NeverFills) {
            self.faults.took(fault);
        }
        if fault == Fault::RejectedLater {
            return self.reject(id);
        }
        let Some(order) = self.account.order_mut(id) else {
            return;
        };
        let until = unix_ms().saturating_add(millis);
        order.quirks = Quirks {
            hidden_until: (fault == Fault::HiddenAtFirst).then_some(until),
            never_fills: fault == Fault::NeverFills,
            ignores_cancels: fault == Fault::IgnoresCancels,
            cancels_for_ever: fault == Fault::CancelsForEver,
            fills_after_cancel: fault == Fault::FillsAfterCancel,
        };
    }

    /// Brings an order to the market, if there is one now.
    pub(crate) fn begin(&mut self, id: Uuid) {
        let Some(order) = self.account.order(id).filter(|order| order.status.is_open()) else {
            return;
        };
        let event = if order.status == Status::PendingNew { "pending_new" } else { "accepted" };
        self.tell(event, id);
        self.work(id);
    }

    /// Rejects an order that was taken.
    pub(crate) fn reject(&mut self, id: Uuid) {
        let now = self.market.stamp();
        if let Some(order) = self.account.order_mut(id) {
            order.status = Status::Rejected;
            order.moments.failed = Some(now);
            order.moments.updated = now;
        }
        self.tell("rejected", id);
    }

    /// What the broker sends by itself, as it would for a client.
    pub(crate) fn send_as_broker(&mut self, instrument: Instrument, side: Side, all: Quantity) {
        let draft = Draft::market(instrument, side, all);
        let price = funds::judged_price(&draft, self.market).unwrap_or_default();
        let purpose = Purpose::of(side, Effect::Close);
        let id = self.take(&draft, Judged { purpose, price }, Origin::Broker);
        self.begin(id);
    }
}

/// The simulator's ticket for a draft.
fn ticket(id: Uuid, draft: &Draft, judged: Judged) -> Ticket {
    Ticket {
        key: OrderKey::from_raw(id.raw()),
        instrument: draft.instrument,
        side: draft.side,
        effect: if funds::opens(judged.purpose) { Effect::Open } else { Effect::Close },
        quantity: draft.quantity.unwrap_or_default(),
        terms: draft.limit.map_or(OrderPrice::Market, OrderPrice::Limit),
        price: judged.price,
        time_in_force: match draft.lifetime {
            Lifetime::Gtc => TimeInForce::Gtc,
            // What does not wait ends with the session all the same, should it ever be left.
            Lifetime::Day | Lifetime::Opg | Lifetime::Cls | Lifetime::Ioc | Lifetime::Fok => {
                TimeInForce::Day
            }
        },
        hours: if draft.extended_hours { Hours::Extended } else { Hours::Regular },
    }
}

/// Whether orders of these terms trade at this moment.
pub(crate) fn is_traded(ticket: &Ticket, calendar: &Calendar, now: Timestamp) -> bool {
    gatefold_sim::broker::matching::may_trade(ticket, calendar, now)
}
