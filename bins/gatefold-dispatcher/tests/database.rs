//! The dispatcher with a database beside it, as people run it: the incident's recommendations are
//! rows, and what burned them then changes no row now.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

/// Left out where no server is installed.
mod database {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use gatefold::postgres::{Address, Session, migrate};
    use serde_json::Value;
    use tempfile::TempDir;
    use throwaway_postgres::{Cluster, Database, PARTS};

    /// The incident in a folder of its own, its recommendations in a table.
    struct Incident {
        folder: TempDir,
        database: Database,
        owner: Session,
    }

    impl Incident {
        fn begin(database: Database) -> Self {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/incident");
            let folder = tempfile::tempdir().unwrap();
            fs::copy(source.join("quotes.csv"), folder.path().join("quotes.csv")).unwrap();
            let text = fs::read_to_string(source.join("gatefold.toml")).unwrap();
            let text = text.replace(
                "format = \"jsonl\"\npath = \"recommendations.jsonl\"",
                "kind = \"postgres\"\n\n[postgres]\nurl_file = \"postgres.url\"\n\n\
                 [read_models]\nkind = \"postgres\"",
            );
            fs::write(folder.path().join("gatefold.toml"), text).unwrap();
            let url = folder.path().join("postgres.url");
            fs::write(&url, database.url("postgres")).unwrap();
            fs::set_permissions(&url, Permissions::from_mode(0o600)).unwrap();
            let owner = Session::new(Address::parse(&database.url("postgres")).unwrap());
            Self { folder, database, owner }
        }

        /// A database with the whole schema and the incident's twenty-four rows.
        fn filled(cluster: &Cluster, name: &str) -> Self {
            let mut incident = Self::begin(cluster.database(name).unwrap());
            migrate(&mut incident.owner).unwrap();
            let source = Path::new(env!("CARGO_MANIFEST_DIR"));
            let source = source.join("../../docs/incident/recommendations.jsonl");
            for line in fs::read_to_string(source).unwrap().lines() {
                let it: Value = serde_json::from_str(line).unwrap();
                let field = |name: &str| it[name].as_str().unwrap().to_owned();
                incident.run(&format!(
                    "INSERT INTO dispatch_recommendations (account_name, recommendation_id, \
                     strategy, symbol, action, quantity, limit_price, confidence, stop_price, \
                     target_price, created_at) VALUES ('{}', '{}', '{}', '{}', '{}', {}, {}, {}, \
                     {}, {}, '{}')",
                    field("account"),
                    field("recommendation_id"),
                    field("strategy"),
                    field("symbol"),
                    field("action"),
                    field("quantity"),
                    field("limit_price"),
                    field("confidence"),
                    field("stop_price"),
                    field("target_price"),
                    field("created_at"),
                ));
            }
            incident
        }

        fn run(&mut self, sql: &str) {
            self.owner.run("a test", |client| client.batch_execute(sql)).expect(sql);
        }

        fn ask(&mut self, sql: &str) -> String {
            let sql = format!("SELECT coalesce((SELECT it::text FROM ({sql}) AS t(it)), 'null')");
            self.owner.run("a test", |client| client.query_one(&sql, &[])).expect(&sql).get(0)
        }

        /// Every byte of the inbox but the columns' names.
        fn rows(&mut self) -> String {
            let rows = "SELECT md5(string_agg(it::text, ' ' ORDER BY it::text)) \
                        FROM dispatch_recommendations AS it";
            self.ask(rows)
        }

        fn statuses(&mut self) -> String {
            let counts = "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM \
                          (SELECT status, count(*) AS n FROM dispatch_recommendations \
                          GROUP BY status) AS it";
            self.ask(counts)
        }

        fn dispatcher(&self) -> Vec<String> {
            let config = self.folder.path().join("gatefold.toml");
            let program = env!("CARGO_BIN_EXE_gatefold-dispatcher");
            [program, "run", config.to_str().unwrap(), "--json", "--quiet"].map(String::from).into()
        }

        fn log(&self) -> PathBuf {
            self.folder.path().join("gatefold-data")
        }
    }

    fn execute(command: &[String]) -> Output {
        Command::new(&command[0]).args(&command[1..]).output().unwrap()
    }

    /// A start that must be refused; what it says.
    fn refused(incident: &Incident, why: &str) -> String {
        let output = execute(&incident.dispatcher());
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "started in spite of: {why}");
        assert!(!incident.log().exists(), "{why}: a log was begun");
        told
    }

    /// A run that must succeed.
    fn succeed(incident: &Incident) -> Value {
        let output = execute(&incident.dispatcher());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}\n{told}", output.status);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[test]
    fn every_part_that_is_renamed_or_dropped_refuses_the_start_by_name_and_touches_no_row() {
        let cluster = Cluster::start().unwrap();
        let mut incident = Incident::filled(&cluster, "day");
        let before = incident.rows();
        let parts = incident.owner.run("a test", |client| client.query(PARTS, &[])).unwrap();
        assert!(parts.len() > 150, "{} parts", parts.len());
        for part in &parts {
            let (name, rename, back): (&str, &str, &str) = (part.get(0), part.get(1), part.get(2));
            incident.run(rename);
            let told = refused(&incident, rename);
            assert!(told.contains(&format!("{name} is missing")), "{rename}: {told}");
            incident.run(back);
            assert_eq!(incident.rows(), before, "{rename}");
        }
        // What is dropped is gone: each of these in a copy. All of them where somebody has the time.
        let every: usize = if std::env::var_os("GATEFOLD_EXHAUSTIVE").is_some() { 1 } else { 40 };
        incident.owner.disconnect();
        for part in parts.iter().step_by(every) {
            let (name, drop): (&str, Option<&str>) = (part.get(0), part.get(3));
            let Some(drop) = drop else { continue };
            let mut admin = Session::new(
                Address::parse(
                    &incident.database.url("postgres").replace("dbname=day", "dbname=postgres"),
                )
                .unwrap(),
            );
            let copied = "DROP DATABASE IF EXISTS copied";
            admin
                .run("a test", |client| {
                    client.batch_execute(copied)?;
                    client.batch_execute("CREATE DATABASE copied TEMPLATE day")
                })
                .unwrap();
            let mut copy = Incident::begin(cluster.existing("copied"));
            copy.run(drop);
            copy.owner.disconnect();
            let told = refused(&copy, drop);
            assert!(told.contains(&format!("{name} is missing")), "{drop}: {told}");
        }
        let report = succeed(&incident);
        assert_eq!(report["decided"], 24, "{report}");
    }

    #[test]
    fn half_the_migrations_and_a_newer_schema_refuse_the_start() {
        let cluster = Cluster::start().unwrap();
        let mut empty = Incident::begin(cluster.database("empty").unwrap());
        assert!(refused(&empty, "no schema").contains("run `gatefold migrate`"));
        gatefold::postgres::migrate_to(&mut empty.owner, 1).unwrap();
        let told = refused(&empty, "half of it");
        assert!(told.contains("at migration 1 of") && told.contains("account_state"), "{told}");
        migrate(&mut empty.owner).unwrap();
        empty.run(
            "INSERT INTO refinery_schema_history \
             SELECT 999, 'later', applied_on, '1' FROM refinery_schema_history LIMIT 1",
        );
        assert!(refused(&empty, "a newer one").contains("run a newer build"));
    }

    /// On 4 February 2026 a column was missing, and 617 of 727 recommendations were burned.
    #[test]
    fn a_column_that_is_missing_burns_none_of_727_rows() {
        let cluster = Cluster::start().unwrap();
        let mut incident = Incident::filled(&cluster, "day");
        incident.run(
            "INSERT INTO dispatch_recommendations (account_name, strategy, symbol, action, \
             quantity, limit_price, created_at) SELECT CASE WHEN n % 2 = 0 THEN 'large' ELSE \
             'large-default' END, 'swing', 'NVDA260320P00175000', 'buy_to_open', 1, 300.00, \
             '2026-02-03T17:30:00Z' FROM generate_series(1, 703) AS it(n)",
        );
        assert_eq!(incident.statuses(), "PENDING 727");
        let before = incident.rows();
        incident.run("ALTER TABLE dispatch_recommendations RENAME account_name TO account");
        for _ in 0..3 {
            let told = refused(&incident, "the missing column");
            let named = "column dispatch_recommendations.account_name is missing";
            assert!(told.contains(named), "{told}");
        }
        incident.run("ALTER TABLE dispatch_recommendations RENAME account TO account_name");
        assert_eq!((incident.rows(), incident.statuses()), (before, "PENDING 727".to_owned()));
        let report = succeed(&incident);
        // Those of nobody's account trade nowhere, and say why.
        let nobodys = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'FAILED' AND \
                       account_name = 'large-default' AND status_reason LIKE '%there is no default%'";
        assert_eq!(incident.ask(nobodys), "352", "{report}");
        let traded = "SELECT string_agg(DISTINCT account, ' ') FROM dispatch_executions";
        assert_eq!(incident.ask(traded), "large");
        assert_eq!(incident.statuses(), "FAILED 352, SIMULATED 2, SKIPPED 373");
    }

    /// SIGKILL at the n-th `fdatasync`: after a decision is durable, and before its status is.
    #[test]
    fn killed_at_every_sync_every_row_gets_its_status() {
        if Command::new("strace").arg("-V").output().is_err() {
            let ci = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!ci, "strace is missing: install it (`apt-get install strace`)");
            println!("skipped: strace is missing; install it to kill the dispatcher at every sync");
            return;
        }
        let cluster = Cluster::start().unwrap();
        let mut undisturbed = Incident::filled(&cluster, "undisturbed");
        succeed(&undisturbed);
        let expected = undisturbed.statuses();
        assert_eq!(expected, "SIMULATED 2, SKIPPED 22");
        let (mut killed, mut kept_back) = (0_usize, 0_usize);
        // All of them where somebody has the time.
        let every = if std::env::var_os("GATEFOLD_EXHAUSTIVE").is_some() { 1 } else { 5 };
        for when in (1..).step_by(every) {
            let mut incident = Incident::filled(&cluster, &format!("killed{when}"));
            let mut command: Vec<String> =
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e"]
                    .map(String::from)
                    .into();
            command.push(format!("inject=fdatasync:signal=KILL:when={when}"));
            command.extend(incident.dispatcher());
            let status = execute(&command).status;
            if status.success() {
                break;
            }
            let signal = status.signal().or(status.code().map(|code| code - 128));
            assert_eq!(signal, Some(9), "{status:?}");
            killed += 1;
            let pending = "SELECT count(*) FROM dispatch_recommendations WHERE status = 'PENDING'";
            kept_back += usize::from(incident.ask(pending) != "0");
            succeed(&incident);
            assert_eq!(incident.statuses(), expected, "killed at sync {when}");
            assert_eq!(incident.ask("SELECT count(*) FROM dispatch_executions"), "2");
        }
        assert!(
            killed >= 24 / every && kept_back >= 12 / every,
            "{killed} kills, {kept_back} before a status"
        );
    }
}
