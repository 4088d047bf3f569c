//! A row of the inbox on its way to a durable decision, as a dispatcher takes it: the notice, the
//! claim, the gates, the append to a log on a disk, with the read models following.

use std::fs::{self, Permissions};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gatefold::config::Config;
use gatefold::core::engine::Input;
use gatefold::core::record::{
    Append, AppendError, Appended, Durability, Entry, Epoch, Event, Log, Position, ReadError,
    Stream, Version, codec,
};
use gatefold::core::route::Broker;
use gatefold::core::vocabulary::Calendar;
use gatefold::log::EmbeddedLog;
use gatefold::runtime::{Options, Parts, ReplayClock, Shard, Silent};
use gatefold::sim::SimClock;
use gatefold::{databases, feed, wiring};
use gatefold_postgres::{Projector, Session};
use tempfile::TempDir;

use crate::case::{Case, Done, World};
use crate::rounds::median;

const AT: &str = "2026-02-03T17:29:10Z";
/// Between two rows, so that nothing of the one before is under way.
const PAUSE: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(30);

/// A decision became durable.
struct Decided {
    id: String,
    at: Instant,
    /// So long the log's append took, its sync included.
    append: Duration,
}

/// A log that tells when a recommendation's decision is durable.
struct Told {
    log: EmbeddedLog,
    tell: Sender<Decided>,
}

impl Log for Told {
    fn append(&mut self, append: &Append<'_>) -> Result<Appended, AppendError> {
        let since = Instant::now();
        let appended = self.log.append(append)?;
        let (at, append_took) = (Instant::now(), since.elapsed());
        for record in append.records {
            let event = codec::decode(record.tag, record.schema, &record.body);
            if let Ok(Event::RecommendationReceived(it)) = event {
                let id = it.recommendation.id.to_string();
                let _ = self.tell.send(Decided { id, at, append: append_took });
            }
        }
        Ok(appended)
    }

    fn read(
        &self,
        after: Position,
        visit: &mut dyn FnMut(&Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.log.read(after, visit)
    }

    fn head(&self) -> Position {
        self.log.head()
    }

    fn version(&self, stream: &Stream) -> Version {
        self.log.version(stream)
    }

    fn epoch(&self) -> Epoch {
        self.log.epoch()
    }

    fn durability(&self) -> Durability {
        self.log.durability()
    }
}

/// A running dispatcher, and a signal engine that gives it one row at a time.
pub(crate) struct Rows {
    signals: Session,
    decided: Receiver<Decided>,
    running: Option<(JoinHandle<()>, Projector)>,
    stop: Arc<AtomicBool>,
    given: u64,
    /// From the insert to the durable decision, without the append; and the appends.
    beyond: Vec<f64>,
    appends: Vec<f64>,
    _folder: TempDir,
}

impl Rows {
    pub(crate) fn new(world: &World) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = configured(&folder, world);
        let (tell, decided) = channel();
        let shard = start(&config, tell);
        let projector = databases::start_projector(&config, Box::new(|_| {})).expect("a projector");
        let stop = Arc::new(AtomicBool::new(false));
        let dispatching = dispatch(config, shard, Arc::clone(&stop));
        let mut signals = Session::new(world.address());
        // What the insert waits for on its disk is not the dispatcher's.
        let begin = "SET synchronous_commit = off";
        signals.run("a bench", |client| client.batch_execute(begin)).expect("a session");
        let running = projector.map(|projector| (dispatching, projector));
        let (beyond, appends) = (Vec::new(), Vec::new());
        Self { signals, decided, running, stop, given: 0, beyond, appends, _folder: folder }
    }

    fn give(&mut self) -> (Duration, Duration) {
        self.given += 1;
        let id = format!("row-{}", self.given);
        let row = format!(
            "INSERT INTO dispatch_recommendations (account_name, recommendation_id, strategy, \
             symbol, action, quantity, limit_price, created_at) VALUES ('large', '{id}', 'swing', \
             'MSFT260320P00400000', 'buy_to_open', 1, 6.00, '{AT}')"
        );
        let since = Instant::now();
        self.signals.run("a bench", |client| client.batch_execute(&row)).expect("a row");
        loop {
            let it = self.decided.recv_timeout(LONG).expect("a decision");
            if it.id == id {
                return (it.at - since, it.append);
            }
        }
    }
}

impl Case for Rows {
    fn name(&self) -> &'static str {
        "inbox: row by row to the durable decision, without the append"
    }

    fn per_second_min(&self) -> Option<f64> {
        // Five milliseconds each.
        Some(200.0)
    }

    fn remark(&self) -> Option<String> {
        let mut sorted = self.beyond.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let slow = sorted.get(sorted.len().saturating_mul(99) / 100).copied().unwrap_or(0.0);
        Some(format!(
            "from the insert to the durable decision {:.2} ms at the median and {slow:.2} ms at \
             the 99th percentile of {} rows, and {:.2} ms more for the log's append",
            median(&self.beyond),
            self.beyond.len(),
            median(&self.appends),
        ))
    }

    fn run(&mut self, each: Duration) -> Done {
        let since = Instant::now();
        let mut beyond = Vec::new();
        while since.elapsed() < each || beyond.is_empty() {
            let (all, append) = self.give();
            beyond.push(all.saturating_sub(append).as_secs_f64());
            self.appends.push(append.as_secs_f64() * 1_000.0);
            std::thread::sleep(PAUSE);
        }
        self.beyond.extend(beyond.iter().map(|it| it * 1_000.0));
        // As many a second as there would be if each took what the middle one took.
        Done { count: 1_000, within: Duration::from_secs_f64(median(&beyond) * 1_000.0) }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some((dispatching, projector)) = self.running.take() {
            dispatching.join().expect("the dispatcher ends");
            let _ = projector.finish(LONG);
        }
    }
}

/// The incident's configuration, its recommendations in the bench's database.
fn configured(folder: &TempDir, world: &World) -> Config {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/incident");
    let text = fs::read_to_string(source.join("gatefold.toml")).expect("the configuration");
    let text = text.replace(
        "format = \"jsonl\"\npath = \"recommendations.jsonl\"",
        "kind = \"postgres\"\n\n[postgres]\nurl_file = \"postgres.url\"\n\n[read_models]\n\
         kind = \"postgres\"",
    );
    let (file, url) = (folder.path().join("gatefold.toml"), folder.path().join("postgres.url"));
    fs::copy(source.join("quotes.csv"), folder.path().join("quotes.csv")).expect("quotes");
    fs::write(&file, text).expect("a configuration");
    fs::write(&url, world.database.socket_url("postgres")).expect("a connection string");
    fs::set_permissions(&url, Permissions::from_mode(0o600)).expect("its rights");
    Config::load(&file).expect("a valid configuration")
}

/// The engine with its threads, at the moment of the incident's first recommendation.
fn start(config: &Config, tell: Sender<Decided>) -> Shard {
    let (log, _) = wiring::open_log(&config.log.dir).expect("a log");
    let engine = wiring::open_engine(config, &log).expect("an engine");
    let calendar = Calendar::nyse();
    let mut market = wiring::open_market(&config.market, &calendar).expect("quotes");
    let now = AT.parse().expect("a time");
    market.advance_to(now);
    let prices = market.market();
    let (clock, time) = (ReplayClock::at(now), SimClock::at(now));
    let broker = wiring::open_broker(config, &log, prices.clone(), time, calendar);
    let broker = Arc::new(broker.expect("a broker"));
    let served = |id| (id, Arc::clone(&broker) as Arc<dyn Broker>);
    let parts = Parts {
        engine,
        log: Box::new(Told { log, tell }),
        brokers: config.accounts.iter().map(|it| served(it.id)).collect(),
        market: Arc::new(prices),
        clock: Arc::new(clock),
        listener: Box::new(Silent),
    };
    let shard = Shard::start(parts, Options::live()).expect("a shard");
    for opening in config.openings() {
        shard.send(Input::Open(opening)).expect("an account");
    }
    shard
}

/// Follows the table as the dispatcher does, until it is told to stop.
fn dispatch(config: Config, shard: Shard, stop: Arc<AtomicBool>) -> JoinHandle<()> {
    let mut inbox = databases::open_inbox(&config).expect("an inbox");
    let accounts: Vec<_> = config.accounts.iter().map(|account| account.id).collect();
    std::thread::spawn(move || {
        while !stop.load(Ordering::SeqCst) {
            if inbox.wait(Duration::from_millis(50)).expect("a database") {
                let mut send = |input| shard.send(input);
                let round = feed::pump(&mut inbox, &accounts, &mut send).expect("room");
                assert!(round.paused.is_none(), "the database fails");
            }
        }
        let stopped = shard.stop();
        assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    })
}
