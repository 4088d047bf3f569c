//! The old service's tables, in a real database: those of `docs/incident/legacy`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use throwaway_postgres::{Cluster, Database};

const TABLES: &str = "
    CREATE TABLE recommendations (
        recommendation_id bigint, account_name text, ticker text, symbol text, action text,
        quantity numeric(18, 4), limit_price numeric(18, 4), confidence double precision,
        strategy text, stop_price numeric(18, 6), target_price numeric(18, 6), status text,
        failure_reason text, created_at timestamptz, updated_at timestamptz);
    CREATE TABLE dispatch_executions (
        execution_id bigint, recommendation_id bigint, account_name text, ticker text, symbol text,
        action text, quantity integer, price numeric(18, 4), notional numeric(18, 2),
        execution_mode text, executed_at timestamptz);
    CREATE TABLE active_positions (
        id bigint, account_name text, ticker text, symbol text, side text, quantity integer,
        entry_price double precision, stop_loss double precision, take_profit double precision,
        execution_id bigint, status text, opened_at timestamptz, closed_at timestamptz,
        exit_price double precision)";

/// The old database, and a folder with the configuration of the new one.
pub(crate) struct Old {
    folder: tempfile::TempDir,
    database: Database,
    cluster: Cluster,
}

pub(crate) fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/incident/legacy")
}

/// What a statement answers.
pub(crate) fn ask(database: &Database, sql: &str) -> String {
    let url = database.url("postgres");
    let told = Command::new("psql").args([&url, "-XAtqc", sql]).output().unwrap();
    assert!(told.status.success(), "{sql}: {}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

impl Old {
    pub(crate) fn filled() -> Self {
        let cluster = Cluster::start().unwrap();
        let database = cluster.database("old").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("paper.toml");
        std::fs::copy(documents().join("paper.toml"), config).unwrap();
        let old = Self { folder, database, cluster };
        old.sql(TABLES);
        for table in ["recommendations", "dispatch_executions", "active_positions"] {
            let file = documents().join(format!("{table}.csv"));
            old.sql(&format!("\\copy {table} FROM '{}' CSV HEADER", file.display()));
        }
        old
    }

    /// Another database beside it, which the configuration names from now on.
    pub(crate) fn add_read_models(&self) -> Database {
        let database = self.cluster.database("new").unwrap();
        let config = self.file("paper.toml");
        let mut text = std::fs::read_to_string(&config).unwrap();
        text.push_str("\n[postgres]\nurl_env = \"NEW\"\n\n[read_models]\nkind = \"postgres\"\n");
        std::fs::write(&config, text).unwrap();
        database
    }

    pub(crate) fn sql(&self, sql: &str) -> String {
        ask(&self.database, sql)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, question: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold"));
        let old = self.database.url("postgres");
        command.env("NEW", old.replace("dbname=old", "dbname=new")).env("OLD", old);
        command.args(question.split_whitespace().map(|word| match word {
            "CONFIG" => self.file("paper.toml"),
            "LEGACY" => documents(),
            word => match word.strip_prefix("HERE/") {
                Some(name) => self.file(name),
                None => PathBuf::from(word),
            },
        }));
        command
    }

    pub(crate) fn ask(&self, question: &str) -> Output {
        self.command(question).output().unwrap()
    }

    /// Exit code, standard output, standard error.
    pub(crate) fn answer(&self, question: &str) -> (i32, String, String) {
        let output = self.ask(question);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    pub(crate) fn json(&self, question: &str, expected: i32) -> Value {
        let (code, out, err) = self.answer(question);
        assert_eq!(code, expected, "{question}: {err}\n{out}");
        serde_json::from_str(&out).unwrap()
    }

    pub(crate) fn begin(&self, question: &str) -> Child {
        let mut command = self.command(question);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The import that every account of the incident is adopted by.
    pub(crate) fn import_all(&self) -> Value {
        let decided = "table,id,decision\nrecommendations,8011,account=large\n\
                       recommendations,8012,account=large\nrecommendations,8013,account=tiny\n";
        std::fs::write(self.file("decided.csv"), decided).unwrap();
        self.json(
            "import postgres --legacy --url-env OLD --config CONFIG --account large-default=large \
             --decisions HERE/decided.csv --without-contradictory --json",
            0,
        )
    }
}
