//! What is said of a database in a configuration, and what is missing beside it.

use std::path::Path;

use expect_test::expect;
use gatefold::config::{Config, InboxKind, LogKind, UrlPlace};
use gatefold::core::vocabulary::Span;

use crate::config::{GOOD, check};

const FILE: &str = "[inbox]\nformat = \"jsonl\"\npath = \"advice.jsonl\"\n";
const TABLE: &str = "[inbox]\nkind = \"postgres\"\n";

#[test]
fn a_database_is_read_and_its_string_is_elsewhere() {
    let text = format!(
        "{}\n[postgres]\nurl_file = \"pg.url\"\nroot_certificates = \"ca.pem\"\n\n[read_models]\n\
         kind = \"postgres\"\nmax_lag = \"3s\"\n",
        GOOD.replace(FILE, TABLE)
    );
    let config = Config::parse(&text, Path::new("day/gatefold.toml")).unwrap();
    assert_eq!(config.inbox.kind, InboxKind::Postgres);
    let postgres = config.postgres.unwrap();
    assert_eq!(postgres.url, UrlPlace::File("day/pg.url".into()));
    assert_eq!(postgres.root_certificates.as_deref(), Some(Path::new("day/ca.pem")));
    assert_eq!(config.read_models.unwrap().max_lag, Span::seconds(3));
    let without = Config::parse(GOOD, Path::new("day/gatefold.toml")).unwrap();
    assert_eq!((without.postgres, without.read_models), (None, None));
}

#[test]
fn a_table_without_a_database_and_without_answers_is_refused() {
    check(
        &[(FILE, TABLE)],
        expect![[r#"
        day/gatefold.toml:4:2: [inbox] is a table and there is no database
          |
        4 | [inbox]
          |  ^^^^^
          = write [postgres] with url_env = "GATEFOLD_POSTGRES": the variable that holds the connection string

        day/gatefold.toml:4:2: [inbox] is a table whose rows nobody answers
          |
        4 | [inbox]
          |  ^^^^^
          = write [read_models] with kind = "postgres": it writes statuses back

        2 problems in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn a_password_in_the_file_and_two_places_are_refused() {
    let database = format!(
        "{FILE}\n[postgres]\nurl = \"postgres://u:p@h/d\"\nurl_env = \"A\"\nurl_file = \"b\"\n"
    );
    check(
        &[(FILE, &database)],
        expect![[r#"
            day/gatefold.toml:8:2: url = ... in [postgres] may hold a password, and others read this file
              |
            8 | [postgres]
              |  ^^^^^^^^
              = write url_env = "GATEFOLD_POSTGRES", or url_file = "postgres.url"

            day/gatefold.toml:11:1: url_file = ... beside url_env = ...: only one can hold the string
               |
            11 | url_file = "b"
               | ^^^^^^^^
               = remove one of the two

            2 problems in day/gatefold.toml; nothing was started"#]],
    );
}

#[test]
fn read_models_need_a_database_that_says_where_it_is() {
    let models = format!("{FILE}\n[read_models]\nkind = \"postgres\"\n");
    check(
        &[(FILE, &models)],
        expect![[r#"
        day/gatefold.toml:8:2: [read_models] has no database
          |
        8 | [read_models]
          |  ^^^^^^^^^^^
          = write [postgres] with url_env = "GATEFOLD_POSTGRES": the variable that holds the connection string

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
    let nowhere = format!("{FILE}\n[postgres]\nroot_certificates = \"ca.pem\"\n");
    check(
        &[(FILE, &nowhere)],
        expect![[r#"
        day/gatefold.toml:8:2: [postgres] does not say where the connection string is
          |
        8 | [postgres]
          |  ^^^^^^^^
          = write url_env = "GATEFOLD_POSTGRES", or url_file = "postgres.url"

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}

const DIRECTORY: &str = "[log]\ndir = \"data/log\"\n";

#[test]
fn a_log_in_a_database_needs_one_and_nothing_of_a_directory() {
    assert!(GOOD.contains(DIRECTORY));
    let database = "\n[postgres]\nurl_env = \"A\"\n";
    let text = GOOD.replace(DIRECTORY, "[log]\nkind = \"postgres\"\nlease = \"2s\"\n") + database;
    let config = Config::parse(&text, Path::new("day/gatefold.toml")).unwrap();
    assert_eq!(config.log.kind, LogKind::Postgres);
    assert_eq!((config.log.lease, config.log.snapshots), (Span::seconds(2), false));
    let without = Config::parse(GOOD, Path::new("day/gatefold.toml")).unwrap();
    assert_eq!(without.log.kind, LogKind::Directory);
    let wrong = "[log]\nkind = \"postgres\"\ndir = \"log\"\nsnapshots = true\nlease = \"20ms\"\n";
    check(
        &[(DIRECTORY, wrong)],
        expect![[r#"
        day/gatefold.toml:1:2: [log] is in a database and there is none
          |
        1 | [log]
          |  ^^^
          = write [postgres] with url_env = "GATEFOLD_POSTGRES": the variable that holds the connection string

        day/gatefold.toml:3:1: dir = ... beside kind = "postgres"
          |
        3 | dir = "log"
          | ^^^
          = remove it: the log is in the database of [postgres]

        day/gatefold.toml:4:1: snapshots = ... beside kind = "postgres"
          |
        4 | snapshots = true
          | ^^^^^^^^^
          = remove it: a log in a database is folded from its beginning

        day/gatefold.toml:5:9: lease = "20ms" is too short to be renewed
          |
        5 | lease = "20ms"
          |         ^^^^^^
          = write at least lease = "100ms"

        4 problems in day/gatefold.toml; nothing was started"#]],
    );
    check(
        &[(DIRECTORY, "[log]\ndir = \"data/log\"\nlease = \"2h\"\n")],
        expect![[r#"
        day/gatefold.toml:3:1: lease = ... without kind = "postgres"
          |
        3 | lease = "2h"
          | ^^^^^
          = remove it: one process alone writes to a log in a directory

        1 problem in day/gatefold.toml; nothing was started"#]],
    );
}
