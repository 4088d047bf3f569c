//! How an event stands as one line of JSON is decided here.

use gatefold::core::record::{Entry, Event, Stream};
use gatefold::core::vocabulary::AccountId;

use crate::books::event_name;
use crate::log::facts::Facts;
use crate::log::json::{Json, Object};

/// Whether a line also has the columns of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// Where the event stands, and its body.
    Plain,
    /// Also what the event says of a recommendation, an order, an instrument and an amount.
    Columns,
}

/// The account of a stream; `None` for the stream of what belongs to no account.
pub(crate) fn account(entry: &Entry<'_>) -> Option<AccountId> {
    match entry.stream {
        Stream::System => None,
        Stream::Account(account) => Some(account),
    }
}

/// Writes an event as one JSON object on one line.
pub(crate) fn line(out: &mut String, entry: &Entry<'_>, event: &Event, width: Width) {
    let object = Object::begin(out)
        .field("position", &entry.position.get())
        .field("account", &account(entry))
        .field("version", &entry.version)
        .field("event_id", &entry.id)
        .field("time", &entry.at)
        .field("kind", &event_name(entry.tag))
        .field("schema", &entry.schema);
    let object = match width {
        Width::Plain => object,
        Width::Columns => {
            let facts = Facts::of(event);
            object
                .field("recommendation_id", &facts.recommendation)
                .field("order_key", &facts.order)
                .field("symbol", &facts.instrument)
                .field("side", &facts.side)
                .field("quantity", &facts.quantity)
                .field("price", &facts.price)
                .field("amount", &facts.amount)
                .field("fee", &facts.fee)
                .field("code", &facts.code)
        }
    };
    object.field("body", event).end();
    out.push('\n');
}

/// An event's fields as one JSON object.
pub(crate) fn body(event: &Event) -> String {
    let mut out = String::new();
    event.json(&mut out);
    out
}
