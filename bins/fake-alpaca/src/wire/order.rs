//! The order object as Alpaca writes it is decided here: 36 keys, decimals as strings.

use gatefold_sim::core::vocabulary::{Instrument, Side};
use serde_json::{Value, json};

use crate::desk::order::{Order, Trail};
use crate::uuid::Uuid;
use crate::wire::numbers::{plain, text, text_or_null};
use crate::wire::times::utc_or_null;

/// `us_equity` or `us_option`.
pub(crate) fn asset_class(instrument: &Instrument) -> &'static str {
    if instrument.is_option() { "us_option" } else { "us_equity" }
}

/// The id of an instrument: the same in every run.
pub(crate) fn asset_id(instrument: &Instrument) -> Uuid {
    Uuid::of_text(&instrument.to_string())
}

/// `buy` or `sell`.
pub(crate) const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// The whole object.
pub(crate) fn order(order: &Order) -> Value {
    let (ticket, moments) = (order.ticket(), &order.moments);
    let id_or_null = |id: Option<Uuid>| id.map_or(Value::Null, |id| Value::from(id.to_string()));
    let (trail_price, trail_percent) = match order.trail {
        None => (Value::Null, Value::Null),
        Some(Trail::Dollars(price)) => (text(price), Value::Null),
        Some(Trail::Percent(ratio)) => (Value::Null, Value::from(percent(ratio.ppm()))),
    };
    let quantity = if order.notional.is_some() { None } else { Some(ticket.quantity) };
    json!({
        "id": order.id.to_string(),
        "client_order_id": order.client_order_id,
        "created_at": moments.created.to_string(),
        "updated_at": moments.updated.to_string(),
        "submitted_at": moments.submitted.to_string(),
        "filled_at": utc_or_null(moments.filled),
        "expired_at": utc_or_null(moments.expired),
        "expires_at": utc_or_null(order.sim.expires_at),
        "canceled_at": utc_or_null(moments.canceled),
        "failed_at": utc_or_null(moments.failed),
        "replaced_at": utc_or_null(moments.replaced),
        "replaced_by": id_or_null(order.replaced_by),
        "replaces": id_or_null(order.replaces),
        "asset_id": asset_id(&ticket.instrument).to_string(),
        "symbol": ticket.instrument.to_string(),
        "asset_class": asset_class(&ticket.instrument),
        "notional": text_or_null(order.notional),
        "qty": text_or_null(quantity),
        "filled_qty": plain(order.sim.filled),
        "filled_avg_price": text_or_null(order.average_price()),
        "order_class": if ticket.instrument.is_option() { "simple" } else { "" },
        "order_type": order.kind.name(),
        "type": order.kind.name(),
        "side": side(ticket.side),
        "position_intent": order.purpose.name(),
        "time_in_force": order.lifetime.name(),
        "limit_price": text_or_null(order.limit),
        "stop_price": text_or_null(order.stop),
        "status": order.status.name(),
        "extended_hours": order.extended_hours,
        "legs": null,
        "trail_percent": trail_percent,
        "trail_price": trail_price,
        "hwm": text_or_null(order.best),
        "subtag": null,
        "source": null,
    })
}

/// Parts per million as percent: 15000 is `1.5`.
fn percent(ppm: u32) -> String {
    let (whole, rest) = (ppm.div_euclid(10_000), ppm.rem_euclid(10_000));
    plain(format!("{whole}.{rest:04}"))
}

/// The order of a stream event, which tells one moment more.
pub(crate) fn streamed(it: &Order) -> Value {
    let mut value = order(it);
    if let Value::Object(fields) = &mut value {
        let asked = utc_or_null(it.moments.cancel_requested);
        fields.insert("cancel_requested_at".to_owned(), asked);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_plain() {
        assert_eq!(percent(15_000), "1.5");
        assert_eq!(percent(100_000), "10");
    }
}
