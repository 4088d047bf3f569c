//! The database's commands, asked as people ask: the built `gatefold`, a real server, and the log of
//! `docs/incident`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
// One of several programs that play the incident; each asks in some of the ways.
#![allow(dead_code, reason = "shared by the test programs")]

mod played;

mod database {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;

    use gatefold::postgres::{Address, Session, migrate};
    use serde_json::Value;
    use throwaway_postgres::{Cluster, Database};

    use crate::played::Incident;

    const POSTGRES: &str = "\n[postgres]\nurl_file = \"postgres.url\"\n";

    fn write_url(folder: &Path, database: &Database) {
        let url = folder.join("postgres.url");
        fs::write(&url, database.url("postgres")).unwrap();
        fs::set_permissions(&url, Permissions::from_mode(0o600)).unwrap();
    }

    /// The incident with a database beside it.
    fn beside(database: &Database) -> Incident {
        Incident::play_with(|folder, text| {
            write_url(folder, database);
            format!("{text}{POSTGRES}\n[read_models]\nkind = \"postgres\"\n")
        })
    }

    /// The incident with its log in a database.
    fn inside(database: &Database) -> Incident {
        let mut session = Session::new(Address::parse(&database.url("postgres")).unwrap());
        migrate(&mut session).unwrap();
        Incident::play_with(|folder, text| {
            write_url(folder, database);
            let directory = "dir = \"gatefold-data\"";
            assert!(text.contains(directory), "{text}");
            text.replacen(directory, "kind = \"postgres\"", 1) + POSTGRES
        })
    }

    fn ask(database: &Database, sql: &str) -> String {
        let url = database.url("postgres");
        let told = Command::new("psql").args([&url, "-XAtc", sql]).output().unwrap();
        assert!(told.status.success(), "{sql}: {}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8(told.stdout).unwrap().trim().to_owned()
    }

    fn answer(incident: &Incident, question: &str) -> (i32, String) {
        let output = incident.ask(question);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code().unwrap(), out + &String::from_utf8_lossy(&output.stderr))
    }

    #[test]
    fn a_schema_is_migrated_checked_filled_and_made_anew() {
        let mut cluster = Cluster::start().unwrap();
        let database = cluster.database("day").unwrap();
        let incident = beside(&database);
        let (code, told) = answer(&incident, "check CONFIG");
        assert_eq!(code, 1, "{told}");
        assert!(told.contains("WRONG  database") && told.contains("gatefold migrate"), "{told}");
        assert!(incident.told("migrate CONFIG").starts_with("applied V1__inbox\napplied V2__"));
        assert!(incident.told("migrate CONFIG").contains("up to date"));
        assert!(incident.told("check CONFIG").contains("ok     database: day at 127.0.0.1"));
        let position = incident.json("project --json CONFIG")["position"].as_u64().unwrap();
        let checkpoint = "SELECT position FROM projection_checkpoint";
        assert_eq!(ask(&database, checkpoint), position.to_string());
        let open = "SELECT account || ' ' || open_positions || ' ' || gross_exposure \
                    FROM account_state ORDER BY account";
        let before = ask(&database, open);
        assert_eq!(before, "large 2 8840.00\ntiny 0 0.00");
        ask(&database, "UPDATE account_state SET gross_exposure = 0");
        let told = incident.told("project --rebuild CONFIG");
        assert!(told.contains("made anew"), "{told}");
        assert_eq!(ask(&database, open), before);
        ask(&database, "ALTER TABLE active_positions DROP COLUMN mark");
        let named = "column active_positions.mark is missing: it must be numeric";
        for question in ["check CONFIG", "project CONFIG", "project --rebuild CONFIG"] {
            let (code, told) = answer(&incident, question);
            assert!(code > 0 && told.contains(named), "{question}: {told}");
        }
        cluster.stop();
        let (code, told) = answer(&incident, "migrate CONFIG");
        assert!(code == 2 && told.contains("start the server"), "{told}");
    }

    /// What is answered, but for where the log is.
    fn without_place(incident: &Incident, question: &str) -> Value {
        let mut answer = incident.json(question);
        answer.as_object_mut().unwrap().remove("log");
        answer
    }

    #[test]
    fn a_log_in_a_database_answers_as_one_in_a_directory() {
        let cluster = Cluster::start_with(&[]).unwrap();
        let database = cluster.database("shared").unwrap();
        let (beside, inside) = (Incident::play(), inside(&database));
        for question in ["log cat --config CONFIG", "log cat --raw --config CONFIG"] {
            let (file, shared) = (beside.told(question), inside.told(question));
            assert!(file.lines().count() > 50, "{file}");
            assert_eq!(file, shared, "{question}");
        }
        for question in [
            "explain 5873 --config CONFIG --json",
            "status --config CONFIG --json",
            "status --account tiny --config CONFIG --json",
        ] {
            let answers = [&beside, &inside].map(|it| without_place(it, question));
            assert_eq!(answers[0], answers[1], "{question}");
        }
        let anchor = inside.told("log anchor --config CONFIG");
        let told = inside.told("log verify --config CONFIG");
        assert!(told.contains("sound"), "{told}");
        let events = beside.json("log anchor --json --config CONFIG")["position"].clone();
        assert_eq!(
            inside.json("log anchor --json --config CONFIG")["position"],
            events,
            "{anchor}"
        );
        ask(&database, "ALTER TABLE log_event DISABLE TRIGGER USER");
        ask(&database, "UPDATE log_event SET body = body || '\\x00'::bytea WHERE position = 7");
        ask(&database, "ALTER TABLE log_event ENABLE TRIGGER USER");
        let (code, told) = answer(&inside, "log verify --config CONFIG");
        assert!(code == 2 && told.contains('7'), "{code}: {told}");
        let (code, told) = answer(&inside, "explain 5873 --config CONFIG");
        assert!(code == 2 && told.contains("damaged"), "{code}: {told}");
        for question in
            ["log backup --config CONFIG --to HERE/copy", "log snapshot --config CONFIG"]
        {
            let (code, told) = answer(&inside, question);
            assert!(code > 0 && told.contains("the server's own tools"), "{question}: {told}");
        }
    }
}
