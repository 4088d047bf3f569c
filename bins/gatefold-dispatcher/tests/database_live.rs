//! The dispatcher through a local Alpaca, its recommendations in a table: what happens when the
//! database fails under way, and when the dispatcher dies before a status is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

/// Left out where no server is installed.
mod database {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use fake_alpaca::{AccountSettings, FakeAlpaca, Running, Settings};
    use gatefold::core::vocabulary::Span;
    use gatefold::postgres::{Address, Session, migrate};
    use tempfile::TempDir;
    use throwaway_postgres::{Cluster, Database};

    const LIMITS: &str = r#"
max_positions = 4
max_exposure = "12000"
max_order_notional = "5000"
max_daily_loss = "1000"
max_entries_per_day = 20
orders_per_second = 2
time_to_live = "30m"
max_quote_age = "10m"
collar = "0.50"
close_collar = "0.50"
feed = "any"
"#;

    /// A morning, a table of recommendations, and a dispatcher between them.
    struct Morning {
        fake: Running,
        folder: TempDir,
        owner: Session,
        _cluster: Cluster,
    }

    impl Morning {
        fn begin() -> Self {
            let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/quickstart/market");
            let mut settings = Settings::new(market);
            settings.dates = vec!["2015-12-24".parse().unwrap()];
            settings.start = Some("2015-12-24T14:40:00Z".parse().unwrap());
            let mut account = AccountSettings::paper("large");
            account.requests_per_minute = 1_000_000;
            settings.accounts = vec![account];
            let fake = FakeAlpaca::start(settings).unwrap();
            let cluster = Cluster::start().unwrap();
            let database = cluster.database("morning").unwrap();
            let mut owner = Session::new(Address::parse(&database.url("postgres")).unwrap());
            migrate(&mut owner).unwrap();
            let folder = tempfile::tempdir().unwrap();
            configure(&folder, &fake, &database);
            Self { fake, folder, owner, _cluster: cluster }
        }

        fn start(&self) -> Child {
            let told = self.folder.path().join("told");
            let told = File::options().create(true).append(true).open(told).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold-dispatcher"));
            command.arg("run").arg(self.folder.path().join("gatefold.toml"));
            command.args(["--json", "--quiet"]).stdout(Stdio::null()).stderr(told);
            command.spawn().unwrap()
        }

        /// All that the dispatchers said.
        fn told(&self) -> String {
            fs::read_to_string(self.folder.path().join("told")).unwrap_or_default()
        }

        fn run(&mut self, sql: &str) {
            self.owner.run("a test", |client| client.batch_execute(sql)).expect(sql);
        }

        fn ask(&mut self, sql: &str) -> String {
            let sql = format!("SELECT coalesce((SELECT it::text FROM ({sql}) AS t(it)), 'null')");
            self.owner.run("a test", |client| client.query_one(&sql, &[])).expect(&sql).get(0)
        }

        fn status(&mut self, id: &str) -> String {
            let status = "SELECT status FROM dispatch_recommendations WHERE recommendation_id";
            self.ask(&format!("{status} = '{id}'"))
        }

        /// Advises to buy; `column` is what the account's column is called just now.
        fn advise(&mut self, id: &str, column: &str) {
            let now = self.fake.now();
            self.run(&format!(
                "INSERT INTO dispatch_recommendations ({column}, recommendation_id, strategy, \
                 symbol, action, quantity, limit_price, created_at) VALUES ('large', '{id}', \
                 'swing', 'GOOG', 'buy_to_open', 1, 760.00, '{now}')"
            ));
        }

        /// Lets the morning pass until something is so.
        fn until(&mut self, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
            let since = Instant::now();
            while !done(self) {
                let (waited, told) = (since.elapsed(), self.told());
                assert!(waited < Duration::from_secs(120), "{what}\n{told}");
                self.fake.advance_to(self.fake.now().saturating_add(Span::seconds(1)));
                std::thread::sleep(Duration::from_millis(50));
            }
        }

        /// So many orders are at the broker.
        fn orders(&self) -> usize {
            self.fake.ledger()["accounts"][0]["orders"].as_array().unwrap().len()
        }
    }

    fn configure(folder: &TempDir, fake: &Running, database: &Database) {
        let private = |name: &str, text: &str| {
            let file = folder.path().join(name);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        };
        let account = &fake.accounts[0];
        let (id, secret, number) = (&account.key_id, &account.secret_key, &account.account_number);
        private("large.keys", &format!("key_id = {id}\nsecret_key = {secret}\n"));
        private("postgres.url", &database.url("postgres"));
        let text = format!(
            "[log]\ndir = \"log\"\n\n[inbox]\nkind = \"postgres\"\n\n\
             [postgres]\nurl_file = \"postgres.url\"\n\n[read_models]\nkind = \"postgres\"\n\n\
             [market]\nkind = \"alpaca\"\nstocks = \"sip\"\noptions = \"opra\"\ndata = \"{}\"\n\n\
             [broker]\nkind = \"alpaca\"\nclock = \"broker\"\n\n\
             [broker.accounts.large]\nnumber = \"{number}\"\nkeys_file = \"large.keys\"\n\
             trading = \"{}\"\nstream = \"{}\"\n\n\
             [accounts.large]\nmode = \"paper\"\ncash = \"100000\"\n\
             cost_method = \"average\"\n\n[accounts.large.limits]{LIMITS}\n\
             [engine]\nlook_up_every = \"1s\"\n",
            fake.data_url, fake.base_url, fake.stream_url
        );
        fs::write(folder.path().join("gatefold.toml"), text).unwrap();
    }

    fn end(mut dispatcher: Child) {
        let id = dispatcher.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        dispatcher.wait().unwrap();
    }

    #[test]
    fn equal_failures_halt_the_account_call_somebody_and_leave_the_rows_pending() {
        let mut morning = Morning::begin();
        let dispatcher = morning.start();
        morning.advise("first", "account_name");
        morning.until("the first is not executed", |it| it.status("first") == "EXECUTED");
        morning.run("ALTER TABLE dispatch_recommendations RENAME account_name TO account");
        for id in ["a", "b", "c"] {
            morning.advise(id, "account");
        }
        let halted = "entries are halted until somebody resumes them";
        morning.until("nobody is called", |it| it.told().contains(halted));
        let untouched = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'PENDING' \
                         AND claimed_by IS NULL AND received_at IS NULL";
        assert_eq!(morning.ask(untouched), "3");
        let named = "account_name";
        assert!(morning.told().contains(named), "{}", morning.told());
        morning.run("ALTER TABLE dispatch_recommendations RENAME account TO account_name");
        let unread = "SELECT count(*) FROM dispatch_recommendations WHERE received_at IS NULL";
        morning.until("rows are left", |it| it.ask(unread) == "0");
        let state = "SELECT trading_state FROM account_state";
        assert_eq!(morning.ask(state), "EntriesHalted", "{}", morning.told());
        // Decided, and not traded: an operator has to resume.
        assert_eq!((morning.orders(), morning.status("first").as_str()), (1, "EXECUTED"));
        for id in ["a", "b", "c"] {
            assert_ne!(morning.status(id), "EXECUTED", "{id}");
        }
        assert_eq!(morning.told().matches(halted).count(), 1, "told once");
        end(dispatcher);
    }

    #[test]
    fn killed_between_an_execution_and_its_status_it_writes_the_status_and_trades_nothing_twice() {
        let mut morning = Morning::begin();
        // While the read models cannot be written, nothing is answered, and trading goes on.
        let mut dispatcher = morning.start();
        morning
            .until("it does not start", |it| it.ask("SELECT count(*) FROM account_state") == "1");
        morning.run("ALTER TABLE account_state RENAME cash TO money");
        morning.advise("kept-back", "account_name");
        morning.until("no order", |it| it.orders() == 1);
        assert_eq!(morning.status("kept-back"), "PENDING");
        dispatcher.kill().unwrap();
        dispatcher.wait().unwrap();
        assert_eq!(morning.status("kept-back"), "PENDING");
        morning.run("ALTER TABLE account_state RENAME money TO cash");
        let again = morning.start();
        morning.until("no status", |it| it.status("kept-back") == "EXECUTED");
        end(again);
        assert_eq!(morning.orders(), 1);
        assert_eq!(morning.ask("SELECT count(*) FROM dispatch_executions"), "1");
    }
}
