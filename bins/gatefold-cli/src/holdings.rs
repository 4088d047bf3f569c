//! How positions and working orders are shown is decided here.

use gatefold::core::decide::{Account, Book};
use gatefold::core::route::Order;
use gatefold::core::vocabulary::{Instrument, Money};
use serde_json::{Value, json};

use crate::human;
use crate::table::{Side, Table};

fn held(account: &Account) -> impl Iterator<Item = (&Instrument, &Book)> {
    account.books().filter(|(_, book)| !book.position().net().is_zero())
}

fn value(book: &Book) -> Option<Money> {
    book.mark().map(|mark| book.position().value_at(mark, book.multiplier()))
}

fn unrealized(book: &Book) -> Option<Money> {
    book.mark().map(|mark| book.position().unrealized_at(mark, book.multiplier()))
}

/// The positions with their plans.
pub(crate) fn positions(account: &Account) -> String {
    let mut table = Table::new(&[
        ("position", Side::Left),
        ("quantity", Side::Right),
        ("average", Side::Right),
        ("mark", Side::Right),
        ("value", Side::Right),
        ("unrealized", Side::Right),
        ("marked by", Side::Left),
    ]);
    let mut plans = Table::plain(&[Side::Left, Side::Left]);
    for (instrument, book) in held(account) {
        let mark = book.mark().map_or_else(|| "none".to_owned(), human::price);
        table.row([
            instrument.to_string(),
            human::grouped(&book.position().net().to_string()),
            human::price(book.position().average_price(book.multiplier())),
            mark,
            human::money_or(value(book), "unknown"),
            human::money_or(unrealized(book), "unknown"),
            book.last_mark().map_or("none", human::marked_by).to_owned(),
        ]);
        plans.row([format!("plan for {instrument}"), human::plan(book.exit())]);
    }
    if table.is_empty() {
        return "  no positions\n".to_owned();
    }
    table.render(2) + &plans.render(2)
}

/// The orders that may still trade.
pub(crate) fn orders(account: &Account) -> String {
    let mut table = Table::new(&[
        ("working order", Side::Left),
        ("of", Side::Left),
        ("state", Side::Left),
        ("filled", Side::Right),
        ("order", Side::Left),
    ]);
    for order in account.orders() {
        table.row([
            order.key.to_string(),
            order.recommendation.to_string(),
            order.state.to_string(),
            human::quantity(order.filled),
            format!(
                "{} to {} {} {} at {}, since {}",
                order.side,
                order.effect.to_string().to_lowercase(),
                human::quantity(order.quantity),
                order.instrument,
                human::terms(order.terms),
                order.approved_at
            ),
        ]);
    }
    if table.is_empty() { "  no working orders\n".to_owned() } else { table.render(2) }
}

/// The positions for JSON.
pub(crate) fn positions_json(account: &Account) -> Value {
    let row = |(instrument, book): (&Instrument, &Book)| {
        let text = |money: Option<Money>| money.map(|money| money.to_string());
        let source = book.last_mark().and_then(|mark| mark.source);
        json!({
            "instrument": instrument.to_string(),
            "quantity": book.position().net().to_string(),
            "average_price": book.position().average_price(book.multiplier()).to_string(),
            "cost": book.position().cost().to_string(),
            "mark": book.mark().map(|mark| mark.to_string()),
            "mark_feed": source.map(|source| source.feed.name()),
            "mark_quoted_at": source.map(|source| source.at.to_string()),
            "value": text(value(book)),
            "unrealized_pnl": text(unrealized(book)),
            "plan": human::plan(book.exit()),
        })
    };
    held(account).map(row).collect()
}

/// The working orders for JSON.
pub(crate) fn orders_json(account: &Account) -> Value {
    let row = |order: &Order| {
        json!({
            "key": order.key.to_string(),
            "recommendation": order.recommendation.to_string(),
            "instrument": order.instrument.to_string(),
            "side": order.side.to_string(),
            "effect": order.effect.to_string(),
            "quantity": order.quantity.to_string(),
            "filled": order.filled.to_string(),
            "price": order.price.to_string(),
            "state": order.state.to_string(),
            "approved_at": order.approved_at.to_string(),
        })
    };
    account.orders().map(row).collect()
}
