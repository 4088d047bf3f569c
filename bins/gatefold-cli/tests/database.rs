//! The database's commands, asked as people ask: the built `gatefold`, a real server, and the log of
//! `docs/incident`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
// One of several programs that play the incident; each asks in some of the ways.
#![allow(dead_code, reason = "shared by the test programs")]

mod played;

mod database {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use throwaway_postgres::{Cluster, Database};

    use crate::played::Incident;

    /// The incident with a database beside it.
    fn beside(database: &Database) -> Incident {
        let incident = Incident::play();
        let config = incident.file("gatefold.toml");
        let mut text = fs::read_to_string(&config).unwrap();
        text.push_str("\n[postgres]\nurl_file = \"postgres.url\"\n");
        text.push_str("\n[read_models]\nkind = \"postgres\"\n");
        fs::write(&config, text).unwrap();
        let url = incident.file("postgres.url");
        fs::write(&url, database.url("postgres")).unwrap();
        fs::set_permissions(&url, Permissions::from_mode(0o600)).unwrap();
        incident
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
}
