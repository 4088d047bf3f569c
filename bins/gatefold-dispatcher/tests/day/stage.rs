//! What a day is played on: a broker that replays it, two accounts, an inbox, and a clock that goes
//! through session and night.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fake_alpaca::{AccountSettings, FakeAlpaca, Running, Settings};
use gatefold::core::vocabulary::{Money, Span, Timestamp};
use serde_json::Value;

use crate::advice::{self, ACCOUNTS};
use crate::storm;

/// Seconds of the day in one of ours.
pub(crate) const SPEED: u32 = 300;
/// How often the clock moves.
const STEP: Duration = Duration::from_millis(15);
/// How often the books are looked at for [`Stage::settled_fills`].
const LOOK: Duration = Duration::from_millis(150);

const START: &str = "2015-12-24T14:31:30Z";
/// Half a minute after the early close of that day.
const CLOSED: &str = "2015-12-24T18:00:30Z";
/// The rows of what expired and was assigned are there.
const MORNING: &str = "2015-12-25T09:30:00Z";
const UNTIL: &str = "2015-12-25T10:05:00Z";
/// A step of the night.
const NIGHT: Span = Span::minutes(6);

const LIMITS: &str = r#"
max_positions = 9
max_exposure = "EXPOSURE"
max_order_notional = "EXPOSURE"
max_daily_loss = "50000"
max_entries_per_day = 300
orders_per_second = 2
time_to_live = "25m"
max_quote_age = "30m"
collar = "0.10"
close_collar = "0.20"
feed = "any"
confidence_min = "0.60"
max_link_silence = "10m"
"#;

/// When the books were looked at, and how many executions each account had then.
type Look = (Instant, Vec<usize>);

/// A day that can be played.
pub(crate) struct Stage {
    pub(crate) fake: Arc<Running>,
    pub(crate) folder: PathBuf,
    /// Whether somebody will ask for [`settled_fills`](Self::settled_fills).
    watched: bool,
    clock: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    looks: Arc<Mutex<Vec<Look>>>,
}

/// The recorded day that the quickstart has, too.
fn market() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quickstart/market")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a constant moment")
}

impl Stage {
    /// Sets everything up in a folder. The clock stands until [`begin`](Self::begin).
    pub(crate) fn set(seed: u64, folder: PathBuf, watched: bool) -> Self {
        let mut settings = Settings::new(market());
        settings.start = Some(at(START));
        settings.seed = seed;
        settings.faults = storm::of(seed);
        settings.random_partial_fills = true;
        settings.data_requests_per_minute = 1_000_000;
        settings.accounts = ACCOUNTS
            .iter()
            .map(|(name, cash)| {
                let mut account = AccountSettings::paper(name);
                account.cash = cash.parse::<Money>().expect("an amount");
                account.requests_per_minute = 1_000_000;
                account
            })
            .collect();
        let fake = Arc::new(FakeAlpaca::start(settings).unwrap());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("inbox.jsonl"), advice::of(seed, &market())).unwrap();
        configure(&fake, &folder);
        let (stop, looks) = (Arc::default(), Arc::default());
        Self { fake, folder, watched, clock: None, stop, looks }
    }

    /// Whether somebody listens to each account.
    pub(crate) fn is_heard(&self) -> bool {
        self.clock.is_some() || {
            let ledger = self.fake.ledger();
            let mut accounts = ledger["accounts"].as_array().expect("a list").iter();
            accounts.all(|it| it["stream"]["connections"].as_u64() > Some(0))
        }
    }

    /// Lets the day pass, from the first time that this is said.
    pub(crate) fn begin(&mut self) {
        if self.clock.is_some() {
            return;
        }
        let (fake, stop) = (Arc::clone(&self.fake), Arc::clone(&self.stop));
        let (looks, watched) = (Arc::clone(&self.looks), self.watched);
        self.clock = Some(thread::spawn(move || {
            let mut looked = Instant::now();
            let mut before = Instant::now();
            while !stop.load(Ordering::SeqCst) {
                thread::sleep(STEP);
                let passed = before.elapsed();
                before = Instant::now();
                fake.advance_to(next(fake.now(), passed));
                if watched && looked.elapsed() > LOOK {
                    looked = Instant::now();
                    let fills = fills(&fake);
                    looks.lock().expect("no look panics").push((looked, fills));
                }
            }
        }));
    }

    /// Whether the day is over for the dispatcher.
    pub(crate) fn is_over(&self) -> bool {
        self.fake.now() > at(UNTIL)
    }

    /// Whether a kill now still leaves the time to come level again.
    pub(crate) fn may_be_killed(&self) -> bool {
        self.fake.now() < at(MORNING)
    }

    /// How many executions each account had so long ago that nothing hides them any more.
    pub(crate) fn settled_fills(&self) -> Vec<usize> {
        let past = Duration::from_millis(storm::LATE_MILLIS + 100);
        let looks = self.looks.lock().expect("no look panics");
        let old = looks.iter().rev().find(|(at, _)| at.elapsed() > past);
        old.map_or_else(|| vec![0; ACCOUNTS.len()], |(_, fills)| fills.clone())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(clock) = self.clock.take() {
            // It panicked, or it did not: the day is over.
            let _ = clock.join();
        }
    }
}

/// Where the clock is after so much of our time: the session as it was, the night in leaps.
fn next(now: Timestamp, passed: Duration) -> Timestamp {
    let night = now > at(CLOSED) && now < at(MORNING);
    if night {
        return now.saturating_add(NIGHT);
    }
    let nanos = i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX);
    now.saturating_add(Span::from_nanos(nanos.saturating_mul(i64::from(SPEED))))
}

fn fills(fake: &Running) -> Vec<usize> {
    let ledger = fake.ledger();
    let accounts = ledger["accounts"].as_array().expect("a list").iter();
    accounts.map(|books| executions(books).count()).collect()
}

/// The rows of an account's executions, as they happened, whoever may see them already.
pub(crate) fn executions(books: &Value) -> impl Iterator<Item = &Value> {
    let rows = books["activities"].as_array().expect("a list");
    rows.iter().filter(|row| row["activity_type"] == "FILL")
}

fn configure(fake: &Running, folder: &Path) {
    let mut accounts = String::new();
    for (keys, (name, cash)) in fake.accounts.iter().zip(ACCOUNTS) {
        let (id, secret, number) = (&keys.key_id, &keys.secret_key, &keys.account_number);
        let file = folder.join(format!("{name}.keys"));
        fs::write(&file, format!("key_id = {id}\nsecret_key = {secret}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let limits = LIMITS.replace("EXPOSURE", if name == "large" { "350000" } else { "8000" });
        accounts += &format!(
            "[broker.accounts.{name}]\nnumber = \"{number}\"\nkeys_file = \"{name}.keys\"\n\
             trading = \"{}\"\nstream = \"{}\"\n\n\
             [accounts.{name}]\nmode = \"paper\"\ncash = \"{cash}\"\ncost_method = \"average\"\n\n\
             [accounts.{name}.limits]{limits}\n",
            fake.base_url, fake.stream_url
        );
    }
    let data = &fake.data_url;
    let text = format!(
        "[log]\ndir = \"log\"\n\n[inbox]\nformat = \"jsonl\"\npath = \"inbox.jsonl\"\n\n\
         [market]\nkind = \"alpaca\"\nstocks = \"sip\"\noptions = \"opra\"\ndata = \"{data}\"\n\
         until = \"{UNTIL}\"\n\n\
         [engine]\nsnapshot_every = \"2m\"\nlook_up_every = \"30s\"\nabsent_for = \"10m\"\n\
         exit_patience = \"4m\"\nexit_backoff = \"30s\"\n\n\
         [broker]\nkind = \"alpaca\"\nclock = \"broker\"\nspeed = {SPEED}\n\n{accounts}"
    );
    fs::write(folder.join("gatefold.toml"), text).unwrap();
}
