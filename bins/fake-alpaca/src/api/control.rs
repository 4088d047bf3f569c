//! What can be asked of the fake itself is decided here: its time, its faults, its true books.

use gatefold_sim::core::vocabulary::{Money, Span, Timestamp};
use serde_json::{Map, Value, json};

use crate::desk::World;
use crate::desk::account::Account;
use crate::desk::order::Origin;
use crate::net::{Reply, Request, Shared};
use crate::wire;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;
use crate::wire::numbers::{plain, text};

/// Answers a request below `/_fake/`. No keys are needed.
pub(crate) fn answer(request: &Request, shared: &Shared) -> Reply {
    let mut world = shared.world.lock();
    let answer = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/_fake/clock") => Ok(clock(&world)),
        ("POST", "/_fake/clock") => advance(request, &mut world),
        ("GET", "/_fake/faults") => Ok(faults(&world)),
        ("POST" | "PUT", "/_fake/faults") => set_faults(request, &mut world),
        ("GET", "/_fake/ledger") => Ok(ledger(&world)),
        ("POST", "/_fake/cut") => {
            world.accounts.iter_mut().for_each(|account| account.watchers.cut());
            Ok(json!({}))
        }
        ("POST", "/_fake/cash") => move_cash(request, &mut world),
        _ => Err(ApiError::no_such_path()),
    };
    match answer {
        Ok(body) => Reply::json(200, &body),
        Err(error) => error.into(),
    }
}

fn clock(world: &World) -> Value {
    let next = world.market.next_moment();
    json!({ "now": world.market.now().to_string(), "next": next.map(|it| it.to_string()) })
}

/// `{"to": "2015-12-24T15:00:00Z"}`, `{"by": "5m"}`, or `{}` for the next moment at which anything
/// can happen.
fn advance(request: &Request, world: &mut World) -> Result<Value, ApiError> {
    let fields = Fields::of_json(&request.body)?;
    let now = world.market.now();
    let to: Option<Timestamp> = fields.parsed("to")?;
    let by: Option<Span> = fields.parsed("by")?;
    let moment = match (to, by) {
        (Some(to), _) => Some(to),
        (None, Some(by)) => Some(now.saturating_add(by)),
        (None, None) => world.market.next_moment(),
    };
    if let Some(moment) = moment {
        world.advance_to(moment);
    }
    Ok(clock(world))
}

fn faults(world: &World) -> Value {
    let (faults, met) = world.faults.told();
    json!({ "faults": faults, "met": met })
}

/// A whole new set of faults, in the shape of the file.
fn set_faults(request: &Request, world: &mut World) -> Result<Value, ApiError> {
    let faults = serde_json::from_slice(&request.body)
        .map_err(|error| ApiError::malformed(format!("no faults: {error}")))?;
    world.set_faults(faults);
    Ok(self::faults(world))
}

/// `{"account": "main", "amount": "-25", "activity": "FEE"}`: money comes or goes without a trade.
fn move_cash(request: &Request, world: &mut World) -> Result<Value, ApiError> {
    let fields = Fields::of_json(&request.body)?;
    let amount: Money = fields.parsed("amount")?.unwrap_or_default();
    let name = fields.text("account").unwrap_or_default();
    let index = world.accounts.iter().position(|it| it.settings.name == name);
    let desk = index.and_then(|index| world.desk(index));
    let mut desk = desk.ok_or_else(|| ApiError::not_found(format!("no account {name:?}")))?;
    if let Some(activity) = fields.text("activity") {
        desk.record_cash(&activity, amount)?;
    }
    desk.account.ledger.cash = desk.account.ledger.cash.saturating_add(amount);
    Ok(json!({ "cash": text(desk.account.ledger.cash) }))
}

/// The true books of every account.
pub(crate) fn ledger(world: &World) -> Value {
    let accounts = world.accounts.iter().map(|account| books(account, world));
    let took = world.faults.effects().iter();
    let took: Map<String, Value> =
        took.map(|(fault, count)| (fault.name(), Value::from(*count))).collect();
    json!({
        "now": world.market.now().to_string(),
        "accounts": accounts.collect::<Vec<_>>(),
        "faults": took,
    })
}

fn books(account: &Account, world: &World) -> Value {
    let ledger = &account.ledger;
    let positions = ledger.held().filter(|(_, position)| !position.net().is_zero());
    let positions = positions.map(|(it, position)| {
        json!({
            "symbol": it.to_string(),
            "qty": plain(position.net()),
            "cost": text(position.cost()),
            "average_price": text(position.average_price(it.multiplier())),
            "realized": text(position.realized()),
        })
    });
    let realized = ledger.held().map(|(_, position)| position.realized());
    let realized = realized.fold(Money::ZERO, Money::saturating_add);
    let fills = account.orders().flat_map(|order| &order.sim.executions).map(|it| {
        json!({
            "execution_id": it.id.to_string(),
            "symbol": it.instrument.to_string(),
            "side": wire::order::side(it.side),
            "qty": plain(it.quantity),
            "price": plain(it.price),
            "at": it.at.to_string(),
        })
    });
    let orders = account.orders().map(|order| {
        let mut body = wire::order::order(order);
        if let Value::Object(fields) = &mut body {
            let by = if order.origin == Origin::Broker { "broker" } else { "client" };
            fields.insert("sent_by".to_owned(), Value::from(by));
        }
        body
    });
    json!({
        "name": account.settings.name,
        "account_number": account.settings.account_number,
        "cash": text(ledger.cash),
        "equity": text(account.equity(ledger, &world.market)),
        "realized": text(realized),
        "positions": positions.collect::<Vec<_>>(),
        "orders": orders.collect::<Vec<_>>(),
        "fills": fills.collect::<Vec<_>>(),
        "activities": account.activities.iter().map(|it| it.row.clone()).collect::<Vec<_>>(),
        "stream": {
            "connections": account.watchers.count(),
            "published": account.watchers.published,
        },
    })
}
