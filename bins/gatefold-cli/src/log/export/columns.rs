//! Which columns an export has, in which order and of which types, is decided here.
//!
//! Invariant: the order of [`COLUMNS`] and of [`cells`] is the same; `docs/log-export.md` lists
//! them as they are here.

use gatefold::core::record::{Entry, Event};
use gatefold::core::vocabulary::{Money, NetQuantity, Price, Timestamp};

use crate::books::event_name;
use crate::log::facts::Facts;
use crate::log::row;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// A count or place.
    Number,
    /// A small number.
    Small,
    /// UTC with nanoseconds.
    Time,
    /// Text that is always there.
    Text,
    /// Text that may be missing.
    MaybeText,
    /// Shares, contracts or dollars a share: nine decimals. May be missing.
    Nanos,
    /// Dollars: eighteen decimals. May be missing.
    Attos,
}

impl Type {
    /// Its name in Parquet.
    pub(crate) const fn parquet(self) -> &'static str {
        match self {
            Self::Number => "int64",
            Self::Small => "int32",
            Self::Time => "timestamp(ns, UTC)",
            Self::Text | Self::MaybeText => "string",
            Self::Nanos => "decimal(38, 9)",
            Self::Attos => "decimal(38, 18)",
        }
    }

    /// How it stands in JSON Lines and CSV.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Number | Self::Small => "number",
            Self::Time => "time, nine decimals",
            Self::Text | Self::MaybeText => "text",
            Self::Nanos | Self::Attos => "decimal text",
        }
    }
}

/// One column.
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) holds: Type,
    /// What it means.
    pub(crate) meaning: &'static str,
}

const fn column(name: &'static str, holds: Type, meaning: &'static str) -> Column {
    Column { name, holds, meaning }
}

/// How many columns there are.
pub(crate) const COUNT: usize = 17;

/// Every column, in order.
pub(crate) const COLUMNS: [Column; COUNT] = [
    column("position", Type::Number, "the event's number in the log: 1, 2, 3 without a gap"),
    column("account", Type::MaybeText, "the account; missing for what belongs to none"),
    column("version", Type::Number, "the event's number in its account: 1, 2, 3 without a gap"),
    column("event_id", Type::Text, "derived from what caused it; unique in the log"),
    column("time", Type::Time, "when it happened, by the engine's clock"),
    column("kind", Type::Text, "the event's name, as IntentApproved"),
    column("schema", Type::Small, "the version of the shape it was written in"),
    column("recommendation_id", Type::MaybeText, "the recommendation that the event names"),
    column("order_key", Type::MaybeText, "the client order id that the event names"),
    column("symbol", Type::MaybeText, "the instrument: ACME, or an option as MSFT260320P00400000"),
    column("side", Type::MaybeText, "buy or sell"),
    column("quantity", Type::Nanos, "shares or contracts; below zero only where they went out"),
    column("price", Type::Nanos, "US dollars a share; of advice and decisions, the order's"),
    column(
        "amount",
        Type::Attos,
        "US dollars: notional of decisions and executions, opening equity of a day, cash else",
    ),
    column("fee", Type::Attos, "commission and fees of an execution, US dollars"),
    column("code", Type::MaybeText, "the headline reason of a refusal or deferral"),
    column("body", Type::Text, "all fields of the event, as a JSON object"),
];

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Number(u64),
    Small(u16),
    Time(Timestamp),
    Text(Option<String>),
    Quantity(Option<NetQuantity>),
    Price(Option<Price>),
    Money(Option<Money>),
}

/// An event's cells, in the order of the columns.
pub(crate) fn cells(entry: &Entry<'_>, event: &Event) -> [Cell; COUNT] {
    let facts = Facts::of(event);
    let text = |value: Option<String>| Cell::Text(value);
    [
        Cell::Number(entry.position.get()),
        text(row::account(entry).map(|it| it.to_string())),
        Cell::Number(entry.version.get()),
        text(Some(entry.id.to_string())),
        Cell::Time(entry.at),
        text(Some(event_name(entry.tag).to_owned())),
        Cell::Small(entry.schema),
        text(facts.recommendation.map(|it| it.to_string())),
        text(facts.order.map(|it| it.to_string())),
        text(facts.instrument.map(|it| it.to_string())),
        text(facts.side.map(|it| it.to_string())),
        Cell::Quantity(facts.quantity),
        Cell::Price(facts.price),
        Cell::Money(facts.amount),
        Cell::Money(facts.fee),
        text(facts.code.map(str::to_owned)),
        text(Some(row::body(event))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_lists_every_column() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/log-export.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows = COLUMNS.iter().map(|it| {
            let (text, parquet) = (it.holds.text(), it.holds.parquet());
            format!("| `{}` | {text} | {parquet} | {} |", it.name, it.meaning)
        });
        let rows: Vec<String> = rows.collect();
        let listed = page.lines().filter(|line| line.starts_with("| `"));
        assert_eq!(listed.take(COUNT).collect::<Vec<_>>(), rows);
    }
}
