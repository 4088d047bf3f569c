//! A run through Alpaca: every account examined first, then the inbox followed until somebody stops
//! it or the configured end is reached.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use gatefold::alpaca::{self, AlpacaBroker, AlpacaMarket, Guarded, Known};
use gatefold::config::{AlpacaPlace, Config};
use gatefold::core::advise::{Arrival, Inbox as _};
use gatefold::core::engine::Input;
use gatefold::core::route::Broker;
use gatefold::core::vocabulary::Timestamp;
use gatefold::feed;
use gatefold::inbox::AnyInbox;
use gatefold::logs::{self, Opened};
use gatefold::postgres::{Holding, NotHeld, Trouble};
use gatefold::runtime::{Clock, Ending, Options, Parts, Refused, Shard};
use gatefold::snapshots::{Started, start_engine};
use gatefold::wiring;

use crate::arguments::Run;
use crate::read_models;
use crate::run::{self, Outcome};
use crate::signals::Stop;
use crate::voice::{Counts, Voice};

/// The clock is looked at this often, and the inbox where it does not say by itself that there is
/// something new.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Advice whose instrument the broker is just being asked for is looked after this often.
const ASKED_EVERY: Duration = Duration::from_millis(2);

/// After a failure the inbox is left alone for so long.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// Trades until it is stopped or the configured end.
pub(crate) fn trade(
    config: &Config,
    place: &AlpacaPlace,
    arguments: &Run,
    stop: &Stop,
) -> anyhow::Result<Outcome> {
    let dir = logs::place(config);
    read_models::check(config)?;
    let lease = run::lead(config, stop)?;
    let mut waiting = Waiting::open(config)?;
    let Opened { log, holding, .. } =
        logs::open(config, lease).with_context(|| format!("log {dir}"))?;
    let Started { mut engine, refused, .. } =
        start_engine(config, log.as_ref()).with_context(|| format!("log {dir}"))?;
    refused.iter().for_each(|refused| tracing::warn!("{refused}"));
    alpaca::check_live(config, arguments.allow_live)?;
    let clock = alpaca::open_clock(place)?;
    let known = Known::of(log.as_ref(), &engine)?;
    let (live, led) = (arguments.allow_live, holding.as_ref());
    let broker = alpaca::open_broker(config, place, &known, &clock, live, led)?;
    admit(&broker)?;
    let broker = Arc::new(broker);
    let market = alpaca::open_market(place)?;
    for account in engine.accounts() {
        account.books().for_each(|(instrument, _)| market.watch(*instrument));
    }
    engine.await_contact();
    let projector = read_models::start(config)?;
    let resumes = engine.last_at().is_some();
    let counts = Arc::new(Counts::default());
    let brokers = run::accounts(config, &engine)
        .into_iter()
        .map(|account| (account, Arc::clone(&broker) as Arc<dyn Broker>))
        .collect();
    let parts = Parts {
        engine,
        log,
        brokers,
        market: Arc::new(market.clone()),
        clock: Arc::new(Shared(Arc::clone(&clock))),
        listener: Box::new(Voice { counts: Arc::clone(&counts) }),
    };
    let shard = Shard::start(parts, Options::live_at_speed(place.speed))?;
    let ending = begin(config, &shard, resumes)
        .and_then(|()| follow(config, &shard, (&clock, &market, led), &mut waiting, stop));
    let stopped = shard.stop();
    market.stop();
    let projected = read_models::Finish(projector);
    if let Some(fault) = stopped.fault {
        bail!("{fault}\nthe log is {dir}; run the same command again to continue from it");
    }
    let ending = ending?;
    let (Some(engine), Some(log)) = (stopped.engine, stopped.log) else {
        bail!("the shard left neither engine nor log; run the same command again");
    };
    let already = counts.already_decided.load(Ordering::Relaxed)
        + counts.already_failed.load(Ordering::Relaxed);
    let (report, events) = (run::report(log.as_ref())?, log.head().get());
    // Closed, so that a reader sees all of it.
    drop(log);
    drop(projected);
    Ok(Outcome {
        report,
        events,
        snapshots: run::leave_snapshots(config, &engine),
        engine,
        log: dir,
        arrivals: waiting.read,
        already,
        played: waiting.sent,
        ending,
    })
}

/// An account with an objection does not trade; without any other there is nothing to run.
fn admit(broker: &AlpacaBroker) -> anyhow::Result<()> {
    let guarded = broker.guard();
    let refused: Vec<String> = guarded.iter().filter_map(objection).collect();
    refused.iter().for_each(|text| tracing::error!("{text}"));
    if refused.len() == guarded.len() {
        bail!("no account may trade:\n  {}", refused.join("\n  "));
    }
    Ok(())
}

fn objection(guarded: &Guarded) -> Option<String> {
    guarded.reason().map(|reason| format!("account {} does not trade: {reason}", guarded.account))
}

struct Shared(Arc<dyn Clock>);

impl Clock for Shared {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

fn begin(config: &Config, shard: &Shard, resumes: bool) -> anyhow::Result<()> {
    for opening in config.openings() {
        shard.send(Input::Open(opening))?;
    }
    if resumes {
        // What was on its way is of unknown fate and is looked up before anything else.
        shard.send(Input::Resume)?;
    }
    Ok(())
}

/// Hands advice on as its time comes.
fn follow(
    config: &Config,
    shard: &Shard,
    (clock, market, led): (&Arc<dyn Clock>, &AlpacaMarket, Option<&Holding>),
    waiting: &mut Waiting,
    stop: &Stop,
) -> anyhow::Result<Ending> {
    let mut unquoted = false;
    loop {
        if stop.asked.load(Ordering::SeqCst) {
            return Ok(Ending::Interrupted);
        }
        if let Some(Err(lost @ NotHeld::Lost { .. })) = led.map(Holding::check) {
            bail!("{lost}; run the same command again to stand by");
        }
        let now = clock.now();
        if config.market.until.is_some_and(|until| now > until) {
            return Ok(Ending::Done);
        }
        if let Some(trouble) = waiting.read_on(market)? {
            tracing::error!("entries are halted until somebody resumes them: {}", trouble.reason);
            let accounts: Vec<_> = config.accounts.iter().map(|account| account.id).collect();
            feed::pauses(&accounts, &trouble).try_for_each(|halt| give(shard, halt))?;
        }
        tell_quotes(market, &mut unquoted);
        for arrival in waiting.due(now, market) {
            give(shard, Input::Arrival(arrival))?;
        }
        if let Err(fault) = shard.view(|_| ()) {
            bail!("{fault}");
        }
        waiting.rest(now);
    }
}

/// Says once that quotes cannot be read, and that they can be again: without them everything waits.
fn tell_quotes(market: &AlpacaMarket, unquoted: &mut bool) {
    let fault = market.fault();
    if fault.is_some() == *unquoted {
        return;
    }
    *unquoted = fault.is_some();
    match fault {
        Some(fault) => tracing::error!("quotes cannot be read: {fault}"),
        None => tracing::warn!("quotes are read again"),
    }
}

/// Waits while the shard has no room.
fn give(shard: &Shard, mut input: Input) -> anyhow::Result<()> {
    loop {
        match shard.send(input) {
            Ok(()) => return Ok(()),
            Err(Refused::Full { input: back, .. }) => {
                input = *back;
                std::thread::sleep(LOOK_EVERY);
            }
            Err(error) => bail!("{error}"),
        }
    }
}

/// What was read of the inbox and whose time has not come.
struct Waiting {
    inbox: AnyInbox,
    /// Whether there may be something new.
    look: bool,
    /// Where the database failed: when it may be asked again.
    look_at: Option<Instant>,
    waiting: BTreeMap<(Timestamp, usize), Arrival>,
    read: usize,
    sent: usize,
}

impl Waiting {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let inbox = wiring::open_inbox(config)?.growing();
        let waiting = BTreeMap::new();
        Ok(Self { inbox, look: true, look_at: None, waiting, read: 0, sent: 0 })
    }

    /// Reads what was written to the inbox since. A database that fails leaves every row pending;
    /// answers what is wrong with it once it failed so often in one way that entries must halt.
    fn read_on(&mut self, market: &AlpacaMarket) -> anyhow::Result<Option<Trouble>> {
        if !self.look || self.look_at.is_some_and(|at| Instant::now() < at) {
            return Ok(None);
        }
        self.look_at = None;
        loop {
            let arrival = match self.inbox.next() {
                Ok(Some(arrival)) => arrival,
                Ok(None) => {
                    self.look = false;
                    return Ok(None);
                }
                Err(fault) => {
                    let Some(trouble) = self.inbox.trouble() else { return Err(fault.into()) };
                    tracing::warn!("{fault}");
                    self.look_at = Instant::now().checked_add(LEFT_ALONE);
                    return Ok(Some(trouble).filter(|it| it.must_pause()).cloned());
                }
            };
            let at = match &arrival {
                Arrival::Recommendation(advice) => advice.created_at,
                Arrival::Failed { .. } => Timestamp::EPOCH,
            };
            if let Arrival::Recommendation(advice) = &arrival {
                market.watch(advice.instrument);
            }
            self.waiting.insert((at, self.read), arrival);
            self.read += 1;
        }
    }

    /// Waits for something to do: new rows of a table are heard of at once. What was read before
    /// `now` and still waits, waits for the broker to be asked.
    fn rest(&mut self, now: Timestamp) {
        let is_asked = self.waiting.keys().any(|(at, _)| *at <= now);
        let within = if is_asked { ASKED_EVERY } else { LOOK_EVERY };
        if self.look_at.is_some() {
            std::thread::sleep(within);
        } else {
            // A connection that is lost is found out, and told, by the look that follows.
            self.look |= self.inbox.wait(within).unwrap_or(true);
        }
    }

    /// What has arrived by `now`. Advice waits here until the broker was asked for its instrument:
    /// an instrument that nobody has asked for yet is not one that does not exist.
    fn due(&mut self, now: Timestamp, market: &AlpacaMarket) -> Vec<Arrival> {
        let ripe = |(at, _): &(Timestamp, usize), arrival: &Arrival| match arrival {
            Arrival::Recommendation(advice) => *at <= now && market.has_asked(&advice.instrument),
            Arrival::Failed { .. } => true,
        };
        let due: Vec<_> = self.waiting.extract_if(.., |key, it| ripe(key, it)).collect();
        self.sent += due.len();
        due.into_iter().map(|(_, arrival)| arrival).collect()
    }
}
