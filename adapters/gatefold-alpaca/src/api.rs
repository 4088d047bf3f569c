//! The calls that are made, with their paths, pages and repetitions. Only reads are repeated.

use std::time::Duration;

use gatefold_core::vocabulary::{Date, OrderKey, Timestamp};
use serde::de::DeserializeOwned;

use crate::budget::Urgency;
use crate::classify::{ReadFault, Refusal, read_fault};
use crate::http::{Http, Lost, Permit, Reply, Verb};
use crate::keys::Keys;
use crate::pace::Pace;
use crate::wire::{
    Account, Activity, Asset, CalendarDay, Clock, OptionContract, Order, Position, Rows, decode,
    decode_rows,
};

/// Rows of a page of orders.
const ORDERS_PAGE: usize = 500;
/// Rows of a page of activities.
const ACTIVITIES_PAGE: usize = 100;
/// No listing is longer: more is a loop.
const PAGES_MAX: usize = 1_000;
/// So long a read may wait for the request budget: meanwhile no exit of the account can go.
const READ_PATIENCE: Duration = Duration::from_secs(2);
/// So long a request that cannot wait may wait.
const EXIT_PATIENCE: Duration = Duration::from_secs(5);
/// So long an order that opens may wait: what it would be judged by grows old.
const ENTRY_PATIENCE: Duration = Duration::from_secs(2);

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    /// **Handling:** it does not exist there, or not yet.
    #[error("the broker does not know it")]
    Missing,
    /// **Handling:** the account does not trade until its keys are corrected.
    #[error("the broker refuses our keys: {0}")]
    Refused(Refusal),
    /// **Handling:** ask again later.
    #[error("{0}")]
    Unavailable(String),
}

/// One account's calls.
pub(crate) struct Api {
    http: Http,
    again: Duration,
}

impl Api {
    pub(crate) fn new(base: &str, keys: &Keys, pace: &Pace) -> Self {
        Self { http: Http::new(base, keys.clone(), pace), again: pace.again }
    }

    /// Asks first, from now on, whether anything may be sent.
    pub(crate) fn permitted_by(&mut self, permit: Permit) {
        self.http.permitted_by(permit);
    }

    /// How long the broker refuses everything, if it does.
    pub(crate) fn closed_for(&self) -> Option<Duration> {
        self.http.closed_for()
    }

    /// Sends an order, once.
    pub(crate) fn submit(&self, body: &[u8], urgency: Urgency) -> Result<Reply, Lost> {
        let patience = if urgency == Urgency::Exit { EXIT_PATIENCE } else { ENTRY_PATIENCE };
        self.http.call(Verb::Post, "/v2/orders", Some(body), (urgency, patience))
    }

    /// Asks for a replacement, once.
    pub(crate) fn replace(&self, id: &str, body: &[u8]) -> Result<Reply, Lost> {
        let path = format!("/v2/orders/{id}");
        self.http.call(Verb::Patch, &path, Some(body), (Urgency::Entry, ENTRY_PATIENCE))
    }

    /// Asks for a cancel, once.
    pub(crate) fn cancel(&self, id: &str) -> Result<Reply, Lost> {
        let path = format!("/v2/orders/{id}");
        self.http.call(Verb::Delete, &path, None, (Urgency::Exit, EXIT_PATIENCE))
    }

    /// The order with our id.
    pub(crate) fn order_by_key(&self, key: OrderKey) -> Result<Order, Unread> {
        let path = format!("/v2/orders:by_client_order_id?client_order_id={key}");
        self.one("an order", &path, Urgency::Exit)
    }

    /// The order with the broker's id.
    pub(crate) fn order(&self, id: &str) -> Result<Order, Unread> {
        self.one("an order", &format!("/v2/orders/{id}"), Urgency::Exit)
    }

    /// Every order that is open.
    pub(crate) fn open_orders(&self) -> Result<Rows<Order>, Unread> {
        self.orders("status=open", None)
    }

    /// Every order submitted after a time.
    pub(crate) fn orders_since(&self, after: Timestamp) -> Result<Rows<Order>, Unread> {
        self.orders("status=all", Some(after))
    }

    fn orders(&self, filter: &str, after: Option<Timestamp>) -> Result<Rows<Order>, Unread> {
        let base = format!("/v2/orders?{filter}&limit={ORDERS_PAGE}&direction=asc&nested=false");
        let mut from = after.map_or(String::new(), |after| format!("&after={after}"));
        let mut all = Rows { rows: Vec::new(), count: 0, parked: Vec::new() };
        for _ in 0..PAGES_MAX {
            let page: Rows<Order> = self.rows("orders", &format!("{base}{from}"))?;
            let last = page.rows.last().map(|order| order.id.clone());
            let full = page.count >= ORDERS_PAGE;
            all.take(page);
            // The ids page beyond orders of the same instant, which times cannot.
            match last {
                Some(last) if full => from = format!("&after_order_id={last}"),
                Some(_) | None => return Ok(all),
            }
        }
        Err(Unread::Unavailable(format!("more than {PAGES_MAX} pages of orders")))
    }

    /// Executions entered after a time.
    pub(crate) fn fills_since(&self, after: Timestamp) -> Result<Rows<Activity>, Unread> {
        self.activities("/v2/account/activities/FILL?", after)
    }

    /// Everything else entered after a time.
    pub(crate) fn others_since(&self, after: Timestamp) -> Result<Rows<Activity>, Unread> {
        self.activities("/v2/account/activities?category=non_trade_activity&", after)
    }

    fn activities(&self, base: &str, after: Timestamp) -> Result<Rows<Activity>, Unread> {
        let base = format!("{base}after={after}&direction=asc&page_size={ACTIVITIES_PAGE}");
        let mut token = String::new();
        let mut all = Rows { rows: Vec::new(), count: 0, parked: Vec::new() };
        for _ in 0..PAGES_MAX {
            let page: Rows<Activity> = self.rows("activities", &format!("{base}{token}"))?;
            let last = page.rows.last().map(|row| row.id.clone());
            let full = page.count >= ACTIVITIES_PAGE;
            all.take(page);
            match last {
                Some(last) if full => token = format!("&page_token={}", last.replace(':', "%3A")),
                Some(_) | None => return Ok(all),
            }
        }
        Err(Unread::Unavailable(format!("more than {PAGES_MAX} pages of activities")))
    }

    /// The account.
    pub(crate) fn account(&self) -> Result<Account, Unread> {
        self.one("an account", "/v2/account", Urgency::Read)
    }

    /// All positions.
    pub(crate) fn positions(&self) -> Result<Rows<Position>, Unread> {
        self.rows("positions", "/v2/positions")
    }

    /// The broker's clock.
    pub(crate) fn clock(&self) -> Result<Clock, Unread> {
        self.one("a clock", "/v2/clock", Urgency::Read)
    }

    /// The broker's trading days.
    pub(crate) fn calendar(&self, from: Date, to: Date) -> Result<Rows<CalendarDay>, Unread> {
        self.rows("trading days", &format!("/v2/calendar?start={from}&end={to}"))
    }

    /// A stock.
    pub(crate) fn asset(&self, symbol: &str) -> Result<Asset, Unread> {
        self.one("an asset", &format!("/v2/assets/{symbol}"), Urgency::Read)
    }

    /// An option contract.
    pub(crate) fn contract(&self, symbol: &str) -> Result<OptionContract, Unread> {
        self.one("a contract", &format!("/v2/options/contracts/{symbol}"), Urgency::Read)
    }

    /// Any read whose meaning the caller knows, once.
    pub(crate) fn probe(&self, path: &str) -> Result<Reply, Lost> {
        self.http.call(Verb::Get, path, None, (Urgency::Read, READ_PATIENCE))
    }

    /// One object.
    pub(crate) fn one<T: DeserializeOwned>(
        &self,
        what: &'static str,
        path: &str,
        urgency: Urgency,
    ) -> Result<T, Unread> {
        let reply = self.read(path, urgency)?;
        decode(what, &reply.body).map_err(|error| Unread::Unavailable(error.to_string()))
    }

    fn rows<T: DeserializeOwned>(&self, what: &'static str, path: &str) -> Result<Rows<T>, Unread> {
        let reply = self.read(path, Urgency::Read)?;
        decode_rows(what, &reply.body).map_err(|error| Unread::Unavailable(error.to_string()))
    }

    fn read(&self, path: &str, urgency: Urgency) -> Result<Reply, Unread> {
        match self.read_once(path, urgency) {
            Err(Unread::Unavailable(_)) if self.closed_for().is_none() => {
                std::thread::sleep(self.again);
                self.read_once(path, urgency)
            }
            answer => answer,
        }
    }

    fn read_once(&self, path: &str, urgency: Urgency) -> Result<Reply, Unread> {
        let patience = if urgency == Urgency::Exit { EXIT_PATIENCE } else { READ_PATIENCE };
        let reply = self
            .http
            .call(Verb::Get, path, None, (urgency, patience))
            .map_err(|lost| Unread::Unavailable(lost.to_string()))?;
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        Err(match read_fault(reply.status, &reply.body) {
            ReadFault::Missing => Unread::Missing,
            ReadFault::Authentication(refusal) => Unread::Refused(refusal),
            ReadFault::Unavailable { evidence } => {
                let id = reply.request_id.map_or(String::new(), |id| format!(" (request {id})"));
                Unread::Unavailable(format!("{evidence}{id}"))
            }
        })
    }
}

impl<T> Rows<T> {
    fn take(&mut self, page: Self) {
        self.rows.extend(page.rows);
        self.parked.extend(page.parked);
        self.count = self.count.saturating_add(page.count);
    }
}
