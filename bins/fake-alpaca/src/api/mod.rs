//! Which call is answered by what is decided here.

pub(crate) mod auth;

mod account;
mod activities;
mod assets;
mod contracts;
mod events;
mod orders;
mod positions;
mod sessions;

mod bars;
mod data;
mod feeds;

pub(crate) mod control;

use serde_json::Value;

use crate::desk::World;
use crate::net::{Reply, Request, Shared, Site};
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

/// What a handler answers: a status and a body, or a refusal.
pub(crate) type Answer = Result<Reply, ApiError>;

/// 200 with a body.
pub(crate) fn ok(body: &Value) -> Answer {
    Ok(Reply::json(200, body))
}

/// Answers a request of the account at `index`.
pub(crate) fn answer(request: &Request, site: Site, index: usize, shared: &Shared) -> Reply {
    let mut world = shared.world.lock();
    let answer = match site {
        Site::Data => data::answer(request, index, &world),
        Site::Trading(_) => trading(request, index, &mut world),
    };
    answer.unwrap_or_else(Reply::from)
}

fn trading(request: &Request, index: usize, world: &mut World) -> Answer {
    let parts = request.parts();
    let method = request.method.as_str();
    let Some(("v2", rest)) = parts.split_first().map(|(first, rest)| (*first, rest)) else {
        return Err(ApiError::no_such_path());
    };
    match (method, rest) {
        (_, ["orders" | "orders:by_client_order_id", ..]) => {
            orders::answer(request, rest, index, world)
        }
        (_, ["positions", ..]) => positions::answer(request, rest, index, world),
        ("GET", ["account"]) => account::account(index, world),
        ("GET", ["account", "portfolio", "history"]) => account::portfolio(index, world),
        ("GET", ["account", "configurations"]) => account::configurations(index, world),
        ("PATCH", ["account", "configurations"]) => {
            account::configure(&Fields::of_json(&request.body)?, index, world)
        }
        ("GET", ["account", "activities"]) => activities::list(&request.query, None, index, world),
        ("GET", ["account", "activities", kind]) => {
            activities::list(&request.query, Some(kind), index, world)
        }
        ("GET", ["events", "trades"]) => events::replay(&request.query, index, world),
        ("GET", ["clock"]) => sessions::clock(world),
        ("GET", ["calendar"]) => sessions::calendar(&request.query, world),
        ("GET", ["assets"]) => assets::list(&request.query, world),
        ("GET", ["assets", name]) => assets::one(name, world),
        ("GET", ["options", "contracts"]) => contracts::list(&request.query, world),
        ("GET", ["options", "contracts", name]) => contracts::one(name, world),
        _ => Err(ApiError::no_such_path()),
    }
}

/// The symbol that a request names in its body or path; nothing where it names none.
pub(crate) fn named_symbol(request: &Request) -> String {
    let body = Fields::of_json(&request.body).ok();
    let symbol = body.and_then(|fields| fields.text("symbol"));
    let parts = request.parts();
    let path = match parts.as_slice() {
        ["v2", "positions" | "assets", name, ..] => Some((*name).to_owned()),
        _ => None,
    };
    symbol.or(path).unwrap_or_default()
}

/// The account at `index`, which was found by its keys.
pub(crate) fn account_at(
    index: usize,
    world: &World,
) -> Result<&crate::desk::account::Account, ApiError> {
    world.accounts.get(index).ok_or_else(ApiError::unauthorized)
}

/// The desk of the account at `index`.
pub(crate) fn desk_at(index: usize, world: &mut World) -> Result<crate::desk::Desk<'_>, ApiError> {
    world.desk(index).ok_or_else(ApiError::unauthorized)
}
