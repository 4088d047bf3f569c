//! The calls about positions are answered here.

use serde_json::Value;

use crate::api::{Answer, desk_at, ok};
use crate::desk::{World, unix_ms};
use crate::net::{Reply, Request};
use crate::wire;
use crate::wire::error::ApiError;

pub(super) fn answer(request: &Request, rest: &[&str], index: usize, world: &mut World) -> Answer {
    match (request.method.as_str(), rest) {
        ("GET", ["positions"]) => ok(&Value::Array(shown(index, world)?)),
        ("GET", ["positions", name]) => {
            let instrument = crate::desk::draft::named(name, &world.market);
            let symbol = instrument.map(|it| it.to_string()).unwrap_or_default();
            let mut all = shown(index, world)?.into_iter();
            let one = all.find(|it| it.get("symbol").and_then(Value::as_str) == Some(&symbol));
            ok(&one.ok_or_else(|| ApiError::not_found("position does not exist"))?)
        }
        ("DELETE", ["positions"]) => {
            let all = desk_at(index, world)?.close_all(&request.query);
            Ok(Reply::json(207, &all))
        }
        ("DELETE", ["positions", name]) => ok(&desk_at(index, world)?.close(name, &request.query)?),
        ("POST", ["positions", name, "exercise"]) => {
            desk_at(index, world)?.exercise(name)?;
            Ok(Reply::nothing())
        }
        ("POST", ["positions", name, "do-not-exercise"]) => {
            desk_at(index, world)?.do_not_exercise(name)?;
            Ok(Reply::nothing())
        }
        _ => Err(ApiError::no_such_path()),
    }
}

/// The positions as they are shown, which may be behind.
fn shown(index: usize, world: &mut World) -> Result<Vec<Value>, ApiError> {
    let desk = desk_at(index, world)?;
    let ledger = desk.account.shown(unix_ms()).clone();
    let (account, market) = (&*desk.account, &*desk.market);
    let positions = ledger.positions();
    let objects = positions.iter();
    let objects =
        objects.map(|(it, net)| wire::position::position(account, &ledger, market, it, *net));
    Ok(objects.collect())
}
