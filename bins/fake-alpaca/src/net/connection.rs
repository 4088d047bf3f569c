//! What becomes of one request is decided here: faults first, then keys and budget, then the
//! answer, and faults again.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::api;
use crate::desk::unix_ms;
use crate::faults::{Fault, Met, Occasion, On, Scene};
use crate::net::http::Wire;
use crate::net::listen::{PATIENCE, Shared, Site};
use crate::net::{Reply, Request, stream};
use crate::uuid::Uuid;
use crate::wire::error::ApiError;

/// Serves one connection to its end.
pub(super) fn run(stream: TcpStream, site: Site, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut wire = Wire::new(stream);
    while let Some(request) = wire.read(&shared.stop)? {
        if request.wants_websocket() {
            return stream::run(wire, &request, site, shared);
        }
        let answered = answer(&request, site, shared);
        match answered {
            Answer::Whole(reply) => wire.write(&request, &reply, false)?,
            Answer::Cut(reply) => wire.write(&request, &reply, true)?,
            Answer::Late(reply, millis) => {
                wait(millis, shared);
                wire.write(&request, &reply, false)?;
            }
            Answer::Never(millis) => {
                wait(millis, shared);
                let (stream, _) = wire.into_parts();
                return stream.shutdown(Shutdown::Both);
            }
        }
    }
    Ok(())
}

/// How a request is answered.
enum Answer {
    Whole(Reply),
    Cut(Reply),
    Late(Reply, u64),
    Never(u64),
}

fn wait(millis: u64, shared: &Shared) {
    let until = Instant::now() + Duration::from_millis(millis);
    while Instant::now() < until && !shared.stop.load(Ordering::Acquire) {
        thread::sleep(PATIENCE.min(until.saturating_duration_since(Instant::now())));
    }
}

fn answer(request: &Request, site: Site, shared: &Shared) -> Answer {
    if request.path.starts_with("/_fake/") {
        return Answer::Whole(api::control::answer(request, shared));
    }
    let owner = api::auth::owner(request, site, shared);
    let who = owner.as_ref().ok().copied();
    let met = who.and_then(|index| meet(request, site, index, shared));
    let (fault, millis) = met.unzip();
    let millis = millis.unwrap_or(0);
    let carried_out = !matches!(
        fault,
        Some(
            Fault::TimeoutBefore
                | Fault::ResetBefore
                | Fault::RateLimited
                | Fault::ServerError
                | Fault::GatewayHtml
        )
    );
    let reply = if carried_out {
        let mut reply = match owner {
            Ok(index) => limited(request, site, index, shared),
            Err(error) => error.into(),
        };
        label(&mut reply, shared);
        reply
    } else {
        Reply::nothing()
    };
    let failed = || json!({ "code": 50_010_000, "message": "internal server error" });
    let dressed = |mut reply: Reply| {
        label(&mut reply, shared);
        if let Some(index) = who {
            budget(site, index, shared, &mut reply);
        }
        Answer::Whole(reply)
    };
    match fault {
        Some(Fault::TimeoutBefore | Fault::TimeoutAfter) => Answer::Never(millis),
        Some(Fault::ResetBefore | Fault::ResetAfter) => Answer::Never(0),
        Some(Fault::RateLimited) => {
            if let Some(index) = who {
                shut(site, index, shared, millis);
            }
            dressed(limit_reached(site))
        }
        Some(Fault::ServerError | Fault::ServerErrorAfter) => dressed(Reply::json(500, &failed())),
        Some(Fault::GatewayHtml | Fault::GatewayHtmlAfter) => Answer::Whole(Reply::gateway_html()),
        Some(Fault::CutBody) => Answer::Cut(reply),
        Some(Fault::Slow) => Answer::Late(reply, millis),
        _ => Answer::Whole(reply),
    }
}

/// Answers within the budget of the key.
fn limited(request: &Request, site: Site, index: usize, shared: &Shared) -> Reply {
    let allowed = {
        let mut budgets = shared.budgets.lock();
        let place = place(site, index, budgets.len());
        budgets.get_mut(place).is_none_or(|budget| budget.take(unix_ms()))
    };
    let mut reply =
        if allowed { api::answer(request, site, index, shared) } else { limit_reached(site) };
    budget(site, index, shared, &mut reply);
    reply
}

fn limit_reached(site: Site) -> Reply {
    let message = match site {
        Site::Trading(_) => "rate limit exceeded",
        Site::Data => "too many requests.",
    };
    match site {
        Site::Trading(_) => ApiError::new(429, 42_910_000, message).into(),
        Site::Data => Reply::json(429, &json!({ "message": message })),
    }
}

fn place(site: Site, index: usize, budgets: usize) -> usize {
    match site {
        Site::Trading(_) => index,
        Site::Data => budgets.saturating_sub(1),
    }
}

fn budget(site: Site, index: usize, shared: &Shared, reply: &mut Reply) {
    let mut budgets = shared.budgets.lock();
    let place = place(site, index, budgets.len());
    if let Some(budget) = budgets.get_mut(place) {
        budget.tell(reply, unix_ms());
    }
}

fn shut(site: Site, index: usize, shared: &Shared, millis: u64) {
    let mut budgets = shared.budgets.lock();
    let place = place(site, index, budgets.len());
    if let Some(budget) = budgets.get_mut(place) {
        budget.shut(unix_ms(), millis);
    }
}

/// Every answer has an id that a client can quote.
fn label(reply: &mut Reply, shared: &Shared) {
    let number = u64::try_from(shared.next_request()).unwrap_or(u64::MAX);
    let id = format!("{:032x}", Uuid::of(&[number, 0x1d]).raw());
    reply.headers.push(("X-Request-ID", id));
}

fn meet(request: &Request, site: Site, index: usize, shared: &Shared) -> Option<Met> {
    let on = kind(request, site);
    let symbol = api::named_symbol(request);
    let mut world = shared.world.lock();
    let world = &mut *world;
    let account = world.accounts.get(index).map(|it| it.settings.name.as_str());
    let occasion = Occasion {
        scene: Scene::Request,
        account: account.unwrap_or_default(),
        symbol: &symbol,
        on: Some(on),
    };
    let met = world.faults.meet(occasion);
    if let Some((fault, _)) = met {
        world.faults.took(fault);
    }
    met
}

fn kind(request: &Request, site: Site) -> On {
    if site == Site::Data {
        return On::Data;
    }
    let parts = request.parts();
    let noun = parts.get(1).copied().unwrap_or_default();
    match (request.method.as_str(), noun) {
        ("POST", "orders") => On::Submit,
        ("DELETE", "orders") => On::Cancel,
        ("PATCH", "orders") => On::Replace,
        ("DELETE" | "POST", "positions") => On::Close,
        _ => On::Read,
    }
}
