//! How the server is started and stopped is decided here.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gatefold_sim::core::vocabulary::{Calendar, Date, Span, Timestamp};
use gatefold_sim::{MarketError, MarketFiles, MarketFilter, Replay};
use serde_json::Value;

use crate::api::control;
use crate::desk::World;
use crate::desk::market::Market;
use crate::faults::Faults;
use crate::net::{Budget, Shared, Site, listen};
use crate::settings::{Clock, Environment, Settings};

/// How often the clock is looked at where it moves by itself.
const TICK: Duration = Duration::from_millis(20);
/// How long connections are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// **Handling:** correct the market folder, or its files as the error says.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// **Handling:** listen on 127.0.0.1 or ::1; whoever can reach this server can read its keys.
    #[error("{0} is not a loopback address: listen on 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// **Handling:** name an account; nobody could log in.
    #[error("there is no account: name one in the accounts file, or leave the file out")]
    NoAccount,
    /// **Handling:** choose another start, within the dates of the exchange's calendar.
    #[error("the market has no session in the dates of the calendar: choose other data or dates")]
    NoSession,
    /// **Handling:** free the port or choose another; 0 takes any that is free.
    #[error("{at} cannot be listened on: {source}")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// The keys of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Our name of it.
    pub name: String,
    /// `APCA-API-KEY-ID`.
    pub key_id: String,
    /// `APCA-API-SECRET-KEY`.
    pub secret_key: String,
    /// Paper or live.
    pub environment: Environment,
    /// The number that `GET /v2/account` tells.
    pub account_number: String,
}

/// The way to a running server.
pub struct FakeAlpaca;

impl FakeAlpaca {
    /// Reads the market, opens the ports and answers from then on.
    ///
    /// # Errors
    /// As [`StartError`] says.
    pub fn start(settings: Settings) -> Result<Running, StartError> {
        let at = settings.listen;
        if !at.ip().is_loopback() {
            return Err(StartError::NotLoopback(at));
        }
        if settings.accounts.is_empty() {
            return Err(StartError::NoAccount);
        }
        let market = market(&settings)?;
        let world = World::new(&settings, market);
        let mut budgets: Vec<Budget> =
            settings.accounts.iter().map(|it| Budget::new(it.requests_per_minute)).collect();
        budgets.push(Budget::new(settings.data_requests_per_minute));
        let accounts = keys(&world);
        let shared = Arc::new(Shared::new(world, budgets));
        let mut threads = Vec::new();
        let mut open = |site: Site, place: u16| {
            let port = if at.port() == 0 { 0 } else { at.port().saturating_add(place) };
            let at = SocketAddr::new(at.ip(), port);
            let opened = listen(at, site, &shared);
            let (address, thread) = opened.map_err(|source| StartError::Listen { at, source })?;
            threads.push((address, thread));
            Ok::<_, StartError>(address)
        };
        let paper = open(Site::Trading(Environment::Paper), 0)?;
        let live = open(Site::Trading(Environment::Live), 1)?;
        let data = open(Site::Data, 2)?;
        let ticker = ticker(&settings, &shared);
        Ok(Running {
            base_url: format!("http://{paper}"),
            stream_url: format!("ws://{paper}/stream"),
            live_url: format!("http://{live}"),
            live_stream_url: format!("ws://{live}/stream"),
            data_url: format!("http://{data}"),
            accounts,
            shared,
            threads,
            ticker,
        })
    }
}

/// A server that answers until it is stopped or dropped.
pub struct Running {
    /// The trading API of paper accounts.
    pub base_url: String,
    /// The order stream of paper accounts.
    pub stream_url: String,
    /// The trading API of live accounts.
    pub live_url: String,
    /// The order stream of live accounts.
    pub live_stream_url: String,
    /// Market data.
    pub data_url: String,
    /// The keys of each account, in the order of the settings.
    pub accounts: Vec<Keys>,
    shared: Arc<Shared>,
    threads: Vec<(SocketAddr, JoinHandle<()>)>,
    ticker: Option<JoinHandle<()>>,
}

impl Running {
    /// The time that the market is at.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.world.lock().market.now()
    }

    /// The next moment at which something can happen by itself; `None` after the calendar's end.
    #[must_use]
    pub fn next_moment(&self) -> Option<Timestamp> {
        self.shared.world.lock().market.next_moment()
    }

    /// Lets time pass, with everything that it brings about. A time that has passed changes
    /// nothing.
    pub fn advance_to(&self, now: Timestamp) {
        self.shared.world.lock().advance_to(now);
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.world.lock().set_faults(faults);
    }

    /// The true books of every account, as `GET /_fake/ledger` tells them.
    #[must_use]
    pub fn ledger(&self) -> Value {
        control::ledger(&self.shared.world.lock())
    }

    /// Closes everything and waits for it.
    pub fn stop(self) {
        drop(self);
    }

    fn end(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        for (address, thread) in self.threads.drain(..) {
            // A connection wakes the thread that waits for one.
            let _ = TcpStream::connect(address);
            let _ = thread.join();
        }
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
        let until = Instant::now() + FAREWELL;
        let open = || self.shared.connections.load(Ordering::Acquire) > 0;
        while open() && Instant::now() < until {
            thread::sleep(TICK);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn keys(world: &World) -> Vec<Keys> {
    let settings = world.accounts.iter().map(|account| &account.settings);
    let keys = settings.map(|it| Keys {
        name: it.name.clone(),
        key_id: it.key_id.clone().unwrap_or_default(),
        secret_key: it.secret_key.clone().unwrap_or_default(),
        environment: it.environment,
        account_number: it.account_number.clone().unwrap_or_default(),
    });
    keys.collect()
}

/// Reads the recording and sets its clock.
fn market(settings: &Settings) -> Result<Market, StartError> {
    let calendar = Calendar::nyse();
    let dates = settings.dates.iter().copied().collect();
    let dates = (!settings.dates.is_empty()).then_some(dates);
    let filter = MarketFilter { dates, instruments: None };
    let replay = MarketFiles::open(&settings.market)?.load(&filter, &calendar)?;
    let first = first_session(&replay, &calendar).ok_or(StartError::NoSession)?;
    let open = calendar.session(first).map(|session| session.open);
    let start = open.map(|open| open.saturating_add(Span::minutes(1)));
    let start = settings.start.or(start).ok_or(StartError::NoSession)?;
    let (shift, now) = match settings.clock {
        Clock::Replay => (Span::from_nanos(0), start),
        Clock::Wall => {
            let now = wall();
            let midnight = calendar.date_of(now).and_then(|date| calendar.midnight(date));
            let recorded = calendar.midnight(first);
            let shift = midnight.zip(recorded).map(|(now, then)| now.saturating_since(then));
            (shift.ok_or(StartError::NoSession)?, now)
        }
    };
    Ok(Market::new(replay, calendar, shift, now))
}

/// The first date of the recording on which the exchange was open.
fn first_session(replay: &Replay, calendar: &Calendar) -> Option<Date> {
    let times = replay.changes().iter().map(|change| change.known_at);
    let mut dates = times.filter_map(|at| calendar.date_of(at));
    dates.find(|date| calendar.session(*date).is_some())
}

/// Moves the clock where it moves by itself.
fn ticker(settings: &Settings, shared: &Arc<Shared>) -> Option<JoinHandle<()>> {
    let (clock, pace) = (settings.clock, i64::from(settings.pace));
    if clock == Clock::Replay && pace == 0 {
        return None;
    }
    let shared = Arc::clone(shared);
    let (began, start) = (Instant::now(), shared.world.lock().market.now());
    let named = thread::Builder::new().name("fake-alpaca clock".to_owned());
    let ticking = move || {
        while !shared.stop.load(Ordering::Acquire) {
            let nanos = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
            let now = match clock {
                Clock::Wall => wall(),
                Clock::Replay => start.saturating_add(Span::from_nanos(nanos.saturating_mul(pace))),
            };
            shared.world.lock().advance_to(now);
            thread::sleep(TICK);
        }
    };
    named.spawn(ticking).ok()
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
