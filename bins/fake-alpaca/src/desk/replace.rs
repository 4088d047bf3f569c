//! How one order takes the place of another is decided here: a chain of two.

use gatefold_sim::core::vocabulary::{Instrument, Quantity};
use serde_json::Value;

use crate::desk::draft::Draft;
use crate::desk::order::{Order, Origin, Status, Trail};
use crate::desk::{Desk, rules};
use crate::faults::{Fault, Scene};
use crate::uuid::Uuid;
use crate::wire;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

impl Desk<'_> {
    /// `PATCH /v2/orders/{id}`: the new order, which may still come to nothing.
    pub(crate) fn replace(&mut self, id: &str, fields: &Fields) -> Result<Value, ApiError> {
        let order = id.parse().ok().and_then(|id: Uuid| self.account.order(id));
        let order = order.ok_or_else(|| ApiError::not_found("order not found"))?;
        replaceable(order)?;
        let (old, filled) = (order.id, order.sim.filled);
        let draft = changed(order, fields)?;
        self.unique(draft.client_order_id.as_deref())?;
        let symbol = draft.instrument.to_string();
        let rest = Draft { quantity: draft.quantity.map(|it| it.saturating_sub(filled)), ..draft };
        let judged = rules::judge(self, &rest, Some(old))?;
        let met = self.meet(Scene::Replace, &symbol).map(|(fault, _)| fault);
        if let Some(fault) = met {
            self.faults.took(fault);
        }
        let new = self.take(&rest, judged, Origin::Client);
        if let Some(order) = self.account.order_mut(new) {
            order.replaces = Some(old);
        }
        let answer = self.account.order(new).map_or(Value::Null, wire::order::order);
        if met == Some(Fault::ReplaceRejected) {
            self.reject_replacement(old, new);
            return Ok(answer);
        }
        self.put_in_place(old, new);
        if met == Some(Fault::ReplaceErrorAfter) {
            let message = "unable to replace order, order isn't sent to exchange yet";
            return Err(ApiError::unprocessable(message));
        }
        Ok(answer)
    }

    /// The old order ends and names the new one, which begins to work.
    fn put_in_place(&mut self, old: Uuid, new: Uuid) {
        let now = self.market.stamp();
        if let Some(order) = self.account.order_mut(old) {
            order.status = Status::Replaced;
            order.replaced_by = Some(new);
            order.moments.replaced = Some(now);
            order.moments.updated = now;
        }
        // The event carries the old order.
        self.tell("replaced", old);
        self.begin(new);
    }

    /// The old order stays, the new one never was.
    fn reject_replacement(&mut self, old: Uuid, new: Uuid) {
        let now = self.market.stamp();
        if let Some(order) = self.account.order_mut(new) {
            order.status = Status::Rejected;
            order.moments.failed = Some(now);
            order.moments.updated = now;
        }
        self.tell("order_replace_rejected", old);
    }
}

fn replaceable(order: &Order) -> Result<(), ApiError> {
    let refused = |message: String| Err(ApiError::unprocessable(message));
    match order.status {
        Status::New | Status::PartiallyFilled => {}
        Status::Replaced => return refused("order already replaced".to_owned()),
        Status::Filled | Status::Canceled | Status::Expired | Status::Rejected => {
            return refused(format!("order is already in \"{}\" state", order.status.name()));
        }
        Status::PendingNew | Status::Accepted | Status::PendingCancel | Status::PendingReplace => {
            return refused(format!("cannot replace order in {} status", order.status.name()));
        }
    }
    if order.notional.is_some() {
        return refused("notional orders cannot be replaced".to_owned());
    }
    Ok(())
}

/// The order with the changes that are asked for.
fn changed(order: &Order, fields: &Fields) -> Result<Draft, ApiError> {
    let old = Draft {
        client_order_id: fields.text("client_order_id"),
        instrument: *order.instrument(),
        side: order.side(),
        kind: order.kind,
        lifetime: order.lifetime,
        purpose: Some(order.purpose),
        quantity: Some(order.ticket().quantity),
        notional: None,
        limit: order.limit,
        stop: if order.trail.is_some() { None } else { order.stop },
        trail: order.trail,
        extended_hours: order.extended_hours,
    };
    let mut new = old.clone();
    new.quantity = fields.parsed("qty")?.or(new.quantity);
    new.limit = fields.parsed("limit_price")?.or(new.limit);
    new.stop = fields.parsed("stop_price")?.or(new.stop);
    if let Some(text) = fields.text("time_in_force") {
        let unknown = || ApiError::malformed(format!("invalid time_in_force: {text}"));
        new.lifetime = text.parse().map_err(|()| unknown())?;
    }
    if let Some(trail) = fields.parsed("trail")? {
        new.trail = Some(Trail::Dollars(trail));
    }
    let same = (old.quantity, old.limit, old.stop) == (new.quantity, new.limit, new.stop)
        && (old.lifetime, old.trail) == (new.lifetime, new.trail);
    if same {
        return Err(ApiError::unprocessable("order parameters are not changed"));
    }
    quantity(order, &old.instrument, new.quantity.unwrap_or_default())?;
    new.complete()?;
    Ok(new)
}

fn quantity(order: &Order, instrument: &Instrument, new: Quantity) -> Result<(), ApiError> {
    if new <= order.sim.filled {
        return Err(ApiError::unprocessable("qty must be > filled_qty"));
    }
    let changed = new != order.ticket().quantity;
    let one = Quantity::whole(1);
    let fractional = !instrument.is_option() && !order.ticket().quantity.is_multiple_of(one);
    if changed && fractional {
        let message = "qty of fractional orders cannot be replaced";
        return Err(ApiError::unprocessable(message));
    }
    Ok(())
}
