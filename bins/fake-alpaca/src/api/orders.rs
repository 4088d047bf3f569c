//! The calls about orders are answered here.

use gatefold_sim::core::vocabulary::Timestamp;
use serde_json::Value;

use crate::api::{Answer, account_at, desk_at, ok};
use crate::desk::account::Account;
use crate::desk::order::Order;
use crate::desk::{World, unix_ms};
use crate::net::{Reply, Request};
use crate::uuid::Uuid;
use crate::wire;
use crate::wire::body::Fields;
use crate::wire::error::ApiError;

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 500;

pub(super) fn answer(request: &Request, rest: &[&str], index: usize, world: &mut World) -> Answer {
    let method = request.method.as_str();
    match (method, rest) {
        ("POST", ["orders"]) => {
            let fields = Fields::of_json(&request.body)?;
            ok(&desk_at(index, world)?.submit(&fields)?)
        }
        ("GET", ["orders"]) => list(&request.query, account_at(index, world)?),
        ("GET", ["orders:by_client_order_id"]) => {
            let id = request.query.text("client_order_id").unwrap_or_default();
            one(account_at(index, world)?.order_of_client(&id))
        }
        ("GET", ["orders", id]) => {
            let id = id.parse().map_err(|()| not_found())?;
            one(account_at(index, world)?.order(id))
        }
        ("PATCH", ["orders", id]) => {
            let fields = Fields::of_json(&request.body)?;
            ok(&desk_at(index, world)?.replace(id, &fields)?)
        }
        ("DELETE", ["orders"]) => Ok(Reply::json(207, &desk_at(index, world)?.cancel_all())),
        ("DELETE", ["orders", id]) => {
            desk_at(index, world)?.cancel(id)?;
            Ok(Reply::nothing())
        }
        _ => Err(ApiError::no_such_path()),
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("order not found")
}

fn is_hidden(order: &Order) -> bool {
    order.quirks.hidden_until.is_some_and(|until| unix_ms() < until)
}

fn one(order: Option<&Order>) -> Answer {
    let order = order.filter(|order| !is_hidden(order)).ok_or_else(not_found)?;
    ok(&wire::order::order(order))
}

/// Which orders a list is to have.
struct Wanted {
    status: String,
    symbols: Option<Vec<String>>,
    side: Option<String>,
    class: Option<String>,
    after: Option<Timestamp>,
    until: Option<Timestamp>,
    /// Places in the order of submission, exclusive.
    from: Option<usize>,
    to: Option<usize>,
}

fn list(query: &Fields, account: &Account) -> Answer {
    let limit: usize = query.parsed("limit")?.unwrap_or(LIMIT);
    let wanted = wanted(query, account)?;
    let fit = account
        .orders()
        .enumerate()
        .filter(|(place, order)| !is_hidden(order) && wanted.has(*place, order));
    let mut fit: Vec<&Order> = fit.map(|(_, order)| order).collect();
    if query.text("direction").as_deref() != Some("asc") {
        fit.reverse();
    }
    let page = fit.into_iter().take(limit.min(LIMIT_MAX)).map(wire::order::order);
    ok(&Value::Array(page.collect()))
}

fn wanted(query: &Fields, account: &Account) -> Result<Wanted, ApiError> {
    let place = |name: &str| -> Result<Option<usize>, ApiError> {
        let Some(text) = query.text(name) else {
            return Ok(None);
        };
        let id: Option<Uuid> = text.parse().ok();
        let found = account.orders().position(|order| Some(order.id) == id);
        found.map(Some).ok_or_else(not_found)
    };
    let (from, to) = (place("after_order_id")?, place("before_order_id")?);
    let times = query.has("after") || query.has("until");
    if (from.is_some() && to.is_some()) || (times && (from.is_some() || to.is_some())) {
        let message = "before_order_id, after_order_id and after/until are mutually exclusive";
        return Err(ApiError::unprocessable(message));
    }
    Ok(Wanted {
        status: query.text("status").unwrap_or_else(|| "open".to_owned()),
        symbols: query.list("symbols"),
        side: query.text("side"),
        class: query.text("asset_class"),
        after: moment(query, "after")?,
        until: moment(query, "until")?,
        from,
        to,
    })
}

/// A moment, or a date that begins at midnight UTC.
pub(super) fn moment(query: &Fields, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = query.text(name) else {
        return Ok(None);
    };
    // A plus sign that was not escaped has become a space.
    let text = text.replace(' ', "+");
    let midnight = format!("{text}T00:00:00Z");
    let utc = format!("{text}Z");
    let read = text.parse().or_else(|_| utc.parse()).or_else(|_| midnight.parse());
    read.map(Some).map_err(|_| ApiError::malformed(format!("invalid {name}: {text}")))
}

impl Wanted {
    fn has(&self, place: usize, order: &Order) -> bool {
        let open = order.status.is_open();
        let status = match self.status.as_str() {
            "all" => true,
            "closed" => !open,
            _ => open,
        };
        let symbol = order.instrument().to_string();
        let underlying = order.instrument().underlying().to_string();
        let options = self.class.as_deref() == Some("us_option");
        let symbols = self
            .symbols
            .as_ref()
            .is_none_or(|all| all.iter().any(|it| *it == symbol || (options && *it == underlying)));
        let class = self.class.as_deref();
        let side = self.side.as_deref();
        let submitted = order.moments.submitted;
        status
            && symbols
            && side.is_none_or(|it| it == wire::order::side(order.side()))
            && class.is_none_or(|it| {
                it.split(',').any(|it| it == wire::order::asset_class(order.instrument()))
            })
            && self.after.is_none_or(|after| submitted > after)
            && self.until.is_none_or(|until| submitted < until)
            && self.from.is_none_or(|from| place > from)
            && self.to.is_none_or(|to| place < to)
    }
}
