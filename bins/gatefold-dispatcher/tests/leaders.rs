//! Two dispatchers over one log in a database and one account at one broker: whoever leads is
//! killed or stands still at random, the other takes over, and of all recommendations exactly as
//! many are approved as there are slots.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fake_alpaca::{AccountSettings, FakeAlpaca, Running, Settings};
use gatefold::core::record::{Event, Position, codec, decode_entry};
use gatefold::core::vocabulary::{Span, Timestamp};
use gatefold::postgres::{Address, PostgresReader, Session, migrate};
use tempfile::TempDir;
use throwaway_postgres::Cluster;

const SLOTS: usize = 5;
const LEASE: Duration = Duration::from_millis(2_000);

fn at(time: &str) -> Timestamp {
    format!("2015-12-24T{time}Z").parse().unwrap()
}

/// As many as a campaign asks for, and otherwise some.
fn asked(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

struct Floor {
    fake: Running,
    folder: TempDir,
    session: Session,
    address: Address,
    // Last, so that everything else lets go of it first.
    _cluster: Cluster,
}

impl Floor {
    fn begin(recommendations: usize) -> Self {
        let cluster = Cluster::start_with(&[]).unwrap();
        let database = cluster.database("floor").unwrap();
        let url = database.url("postgres");
        let address = Address::parse(&url).unwrap();
        let mut session = Session::new(address.clone());
        migrate(&mut session).unwrap();
        let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quickstart/market");
        let mut settings = Settings::new(market);
        settings.dates = vec!["2015-12-24".parse().unwrap()];
        settings.start = Some(at("14:45:00"));
        let mut account = AccountSettings::paper("large");
        account.requests_per_minute = 1_000_000;
        settings.accounts = vec![account];
        let fake = FakeAlpaca::start(settings).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let floor = Self { fake, folder, session, address, _cluster: cluster };
        floor.write("postgres.url", &url);
        let keys = &floor.fake.accounts[0];
        let keys = format!("key_id = {}\nsecret_key = {}\n", keys.key_id, keys.secret_key);
        floor.write("large.keys", &keys);
        let advice = |number: usize| {
            format!(
                "{{\"recommendation_id\": \"r-{number}\", \"account\": \"large\", \
                 \"symbol\": \"GOOG\", \"action\": \"buy_to_open\", \"quantity\": \"1\", \
                 \"limit_price\": \"760.00\", \"strategy\": \"swing-{number}\", \
                 \"created_at\": \"2015-12-24T14:44:00Z\"}}\n"
            )
        };
        let lines: String = (0..recommendations).map(advice).collect();
        floor.write("inbox.jsonl", &lines);
        floor.configure();
        floor
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.folder.path().join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn configure(&self) {
        let fake = &self.fake;
        let text = format!(
            "[log]\nkind = \"postgres\"\nlease = \"{}ms\"\n\n\
             [postgres]\nurl_file = \"postgres.url\"\n\n\
             [inbox]\nformat = \"jsonl\"\npath = \"inbox.jsonl\"\n\n\
             [market]\nkind = \"alpaca\"\nstocks = \"sip\"\noptions = \"opra\"\n\
             data = \"{}\"\nuntil = \"2015-12-24T15:45:00Z\"\n\n\
             [broker]\nkind = \"alpaca\"\nclock = \"broker\"\n\n\
             [broker.accounts.large]\nnumber = \"{}\"\nkeys_file = \"large.keys\"\n\
             trading = \"{}\"\nstream = \"{}\"\n\n\
             [accounts.large]\nmode = \"paper\"\ncash = \"100000\"\ncost_method = \"average\"\n\n\
             [accounts.large.limits]\nmax_positions = 5\nmax_exposure = \"50000\"\n\
             max_order_notional = \"5000\"\nmax_daily_loss = \"10000\"\n\
             max_entries_per_day = {SLOTS}\norders_per_second = 1000\norder_burst = 1000\ntime_to_live = \"2h\"\n\
             max_quote_age = \"2h\"\ncollar = \"0.50\"\nclose_collar = \"0.50\"\nfeed = \"any\"\n\n\
             [engine]\nlook_up_every = \"1s\"\n",
            LEASE.as_millis(),
            fake.data_url,
            fake.accounts[0].account_number,
            fake.base_url,
            fake.stream_url
        );
        self.write("gatefold.toml", &text);
    }

    fn spawn(&self) -> Child {
        let file = self.folder.path().join("errors.txt");
        let errors = fs::File::options().create(true).append(true).open(file).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold-dispatcher"));
        command.arg("run").arg(self.folder.path().join("gatefold.toml"));
        command.args(["--json", "--quiet"]).stdout(Stdio::null()).stderr(errors);
        command.spawn().unwrap()
    }

    fn ask(&mut self, sql: &str) -> String {
        let sql = format!("SELECT coalesce((SELECT it::text FROM ({sql}) AS t(it)), '')");
        self.session.run("a test", |client| client.query_one(&sql, &[])).unwrap().get(0)
    }

    /// The process that leads now, by the lease.
    fn leader(&mut self) -> Option<u32> {
        let sql = "SELECT split_part(holder, ' ', 2) FROM log_lease \
                   WHERE held_until > clock_timestamp()";
        self.ask(sql).parse().ok()
    }

    fn received(&mut self) -> usize {
        let mut shapes = codec::SHAPES.iter();
        let tag = shapes.find(|(_, _, name)| *name == "RecommendationReceived").unwrap().0;
        self.ask(&format!("SELECT count(*) FROM log_event WHERE tag = {tag}")).parse().unwrap()
    }

    fn errors(&self) -> String {
        fs::read_to_string(self.folder.path().join("errors.txt")).unwrap_or_default()
    }
}

/// Says whether there was such a process: the lease of one that ended is held a while longer.
fn signal(name: &str, process: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args([format!("-{name}"), process.to_string()]).stderr(Stdio::null());
    kill.status().unwrap().success()
}

/// Ended processes are started again, as whoever supervises them does.
fn keep_up(floor: &Floor, dispatchers: &mut [Child]) -> usize {
    let mut ended = 0;
    for dispatcher in dispatchers {
        if dispatcher.try_wait().unwrap().is_some() {
            *dispatcher = floor.spawn();
            ended += 1;
        }
    }
    ended
}

#[test]
fn two_dispatchers_never_take_the_same_slot() {
    let recommendations = asked("GATEFOLD_RECOMMENDATIONS", 400);
    let mut floor = Floor::begin(recommendations);
    let mut dispatchers = [floor.spawn(), floor.spawn()];
    let (began, mut seed) = (Instant::now(), 11_u64 + u64::from(std::process::id()));
    let patience = Duration::from_secs(120 + u64::try_from(recommendations / 20).unwrap());
    let (mut kills, mut stops) = (0, 0);
    let mut before = 0;
    while floor.received() < recommendations || kills + stops < 6 || kills == 0 || stops == 0 {
        let errors = floor.errors();
        assert!(began.elapsed() < patience, "{} received\n{errors}", floor.received());
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        floor.fake.advance_to(floor.fake.now().saturating_add(Span::seconds(1)));
        sleep(Duration::from_millis(50 + (seed >> 40) % 700));
        // Who leads decides something before it is disturbed, so that the day gets on.
        let received = floor.received();
        let is_due = received >= recommendations || received >= before + recommendations / 12;
        if is_due && let Some(leader) = floor.leader() {
            before = received;
            if (seed >> 33) & 1 == 0 {
                kills += usize::from(signal("KILL", leader));
            } else {
                // Longer than its lease: the other leads meanwhile, and it does not know.
                stops += usize::from(signal("STOP", leader));
                sleep(LEASE + Duration::from_millis((seed >> 50) % 800));
                signal("CONT", leader);
            }
        }
        keep_up(&floor, &mut dispatchers);
    }
    // The rest of the day, undisturbed: what was on its way is found.
    for _ in 0..40 {
        floor.fake.advance_to(floor.fake.now().saturating_add(Span::seconds(5)));
        sleep(Duration::from_millis(100));
        keep_up(&floor, &mut dispatchers);
    }
    floor.fake.advance_to(at("15:45:01"));
    for dispatcher in &mut dispatchers {
        let since = Instant::now();
        while dispatcher.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < Duration::from_secs(60), "no end\n{}", floor.errors());
            sleep(Duration::from_millis(50));
        }
    }
    judge(&mut floor, recommendations);
}

fn judge(floor: &mut Floor, recommendations: usize) {
    let reader = PostgresReader::open(floor.address.clone()).unwrap();
    let (mut received, mut approved) = (BTreeSet::new(), BTreeSet::new());
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    reader
        .read(Position::ZERO, &mut |entry| {
            let event = decode_entry(entry).unwrap();
            if let Event::RecommendationReceived(it) = &event {
                assert!(received.insert(it.recommendation.id), "received twice");
            } else if let Event::IntentApproved(it) = &event {
                assert!(approved.insert(it.key.to_string()), "approved twice");
            } else if let Event::IntentRefused(it) = &event {
                let code = it.judgement.verdicts.headline().map_or("", |it| it.1.code.text());
                *refused.entry(code).or_default() += 1;
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    reader.verify().unwrap();
    let errors = floor.errors();
    assert_eq!(received.len(), recommendations, "{errors}");
    assert_eq!(approved.len(), SLOTS, "{refused:?}\n{errors}");
    let ledger = floor.fake.ledger();
    let orders = ledger["accounts"][0]["orders"].as_array().unwrap();
    let keys: BTreeSet<_> =
        orders.iter().map(|it| it["client_order_id"].as_str().unwrap().to_owned()).collect();
    assert!(orders.len() <= SLOTS, "{} orders at the broker\n{errors}", orders.len());
    assert_eq!(keys.len(), orders.len(), "one order, twice");
    assert!(keys.is_subset(&approved), "an order that nobody approved\n{errors}");
    let epochs: u64 = floor.ask("SELECT max(epoch) FROM log_event").parse().unwrap();
    assert!(epochs >= 3, "nobody took over: epoch {epochs}");
}
