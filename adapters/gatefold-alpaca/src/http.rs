//! How a request goes out and what comes back: time-outs on everything, one attempt, and a reply
//! whose status is data.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use ureq::Agent;
use ureq::http::{HeaderMap, Request, Response};

use crate::budget::{Budget, LimitHeaders, Urgency};
use crate::keys::Keys;
use crate::pace::Pace;

/// So long may a connection take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is not used again: the broker may have closed it.
const IDLE: Duration = Duration::from_secs(10);
/// No body is longer.
const BODY_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// What a request does. Only reads are ever made twice, and then by who needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

/// A reply of the broker, or of something before it.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The broker's id of the request, for its support.
    pub(crate) request_id: Option<String>,
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    /// It may have arrived. **Handling:** find out what became of it.
    #[error("no answer: {0}")]
    Transport(String),
    /// Our own budget kept it back: it was never sent. **Handling:** later it may pass.
    #[error("not sent: the request budget is used up for {0:?}")]
    Budget(Duration),
    /// We may not send at this moment: it was never sent. **Handling:** later it may pass.
    #[error("not sent: {0}")]
    Forbidden(String),
}

/// Asked last before anything is sent that changes something at the broker.
pub type Permit = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// One account's line to one host.
pub(crate) struct Http {
    agent: Agent,
    base: String,
    keys: Keys,
    budget: Mutex<Budget>,
    permit: Option<Permit>,
}

impl Http {
    /// A line on which no call takes longer than the pace waits for an answer.
    pub(crate) fn new(base: &str, keys: Keys, pace: &Pace) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(pace.answer))
            .timeout_connect(Some(CONNECT.min(pace.answer)))
            .max_idle_age(IDLE)
            // A proxy of the environment would see what goes to this computer in the clear.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("gatefold/", env!("CARGO_PKG_VERSION")))
            .build();
        let base = base.trim_end_matches('/').to_owned();
        let budget = Mutex::new(Budget::new(Instant::now()));
        Self { agent: Agent::new_with_config(config), base, keys, budget, permit: None }
    }

    /// Asks `permit` from now on whether anything may be sent.
    pub(crate) fn permitted_by(&mut self, permit: Permit) {
        self.permit = Some(permit);
    }

    /// How long the broker has closed its door, if it has.
    pub(crate) fn closed_for(&self) -> Option<Duration> {
        self.budget.lock().closed_for(Instant::now())
    }

    /// Makes a call as soon as the budget allows, or not at all where that takes longer than
    /// `patience`.
    pub(crate) fn call(
        &self,
        verb: Verb,
        path: &str,
        body: Option<&[u8]>,
        (urgency, patience): (Urgency, Duration),
    ) -> Result<Reply, Lost> {
        self.wait(urgency, patience)?;
        // After the wait: what was allowed before it may not be any more.
        match (verb, &self.permit) {
            (Verb::Post | Verb::Patch | Verb::Delete, Some(permit)) => {
                permit().map_err(Lost::Forbidden)?;
            }
            (Verb::Post | Verb::Patch | Verb::Delete | Verb::Get, _) => {}
        }
        let uri = format!("{}{path}", self.base);
        let request = Request::builder()
            .uri(uri)
            .header("APCA-API-KEY-ID", self.keys.id())
            .header("APCA-API-SECRET-KEY", self.keys.secret())
            .header("Accept", "application/json");
        let request = match verb {
            Verb::Get => request.method("GET"),
            Verb::Post => request.method("POST"),
            Verb::Patch => request.method("PATCH"),
            Verb::Delete => request.method("DELETE"),
        };
        let answer = match body {
            None => request.body(()).map_err(lost).and_then(|it| self.agent.run(it).map_err(lost)),
            Some(body) => request
                .header("Content-Type", "application/json")
                .body(body)
                .map_err(lost)
                .and_then(|it| self.agent.run(it).map_err(lost)),
        };
        self.read(answer?)
    }

    fn read(&self, mut response: Response<ureq::Body>) -> Result<Reply, Lost> {
        let status = response.status().as_u16();
        let headers = limit_headers(response.headers());
        self.budget.lock().learn(status, headers, Instant::now());
        let request_id = text(response.headers(), "x-request-id").map(str::to_owned);
        let limited = response.body_mut().with_config().limit(BODY_BYTES_MAX);
        let body = limited.read_to_vec().map_err(lost)?;
        Ok(Reply { status, body, request_id })
    }

    /// Waits outside of the lock.
    fn wait(&self, urgency: Urgency, patience: Duration) -> Result<(), Lost> {
        let start = Instant::now();
        loop {
            let now = Instant::now();
            let Err(wait) = self.budget.lock().take(urgency, now) else {
                return Ok(());
            };
            if now.saturating_duration_since(start).saturating_add(wait) > patience {
                return Err(Lost::Budget(wait));
            }
            std::thread::sleep(wait);
        }
    }
}

/// What the library says. It holds the address at most, never a header.
fn lost(error: impl std::fmt::Display) -> Lost {
    Lost::Transport(error.to_string())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn limit_headers(headers: &HeaderMap) -> LimitHeaders {
    let number = |name: &str| text(headers, name).and_then(|it| it.trim().parse::<u64>().ok());
    let small = |name: &str| number(name).map(|it| u32::try_from(it).unwrap_or(u32::MAX));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    LimitHeaders {
        limit: small("x-ratelimit-limit"),
        remaining: small("x-ratelimit-remaining"),
        resets_in: number("x-ratelimit-reset")
            .map(|at| Duration::from_secs(at.saturating_sub(now))),
    }
}
