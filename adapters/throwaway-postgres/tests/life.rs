//! A cluster starts, is killed, comes back with what it had, and is removed.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that finds nothing fails, as it should"
)]

use std::path::Path;
use std::process::Command;

use throwaway_postgres::Cluster;

fn ask(url: &str, sql: &str) -> Option<String> {
    let told = Command::new("psql").args([url, "-XAtc", sql]).output().unwrap();
    told.status.success().then(|| String::from_utf8(told.stdout).unwrap().trim().to_owned())
}

#[test]
fn what_was_committed_survives_a_kill_and_nothing_survives_a_drop() {
    let mut cluster = Cluster::start().unwrap();
    let data = cluster.data();
    let database = cluster.database("day").unwrap();
    let (tcp, socket) = (database.url("postgres"), database.socket_url("postgres"));
    assert!(ask(&tcp, "create table t (n int); insert into t values (7)").is_some());
    for _ in 0..3 {
        cluster.kill();
        assert_eq!(ask(&tcp, "select 1"), None);
        cluster.restart().unwrap();
        assert_eq!(ask(&socket, "select n from t").as_deref(), Some("7"));
    }
    cluster.stop();
    assert_eq!(ask(&tcp, "select 1"), None);
    cluster.restart().unwrap();
    assert_eq!(ask(&tcp, "select n from t").as_deref(), Some("7"));
    drop(cluster);
    assert_eq!(ask(&tcp, "select 1"), None);
    assert!(!Path::new(&data).exists());
}

#[test]
fn two_clusters_stand_side_by_side() {
    let (one, two) = (Cluster::start().unwrap(), Cluster::start().unwrap());
    let (first, second) = (one.database("a").unwrap(), two.database("a").unwrap());
    assert_ne!(first.url("postgres"), second.url("postgres"));
    assert_eq!(ask(&first.url("postgres"), "select 1").as_deref(), Some("1"));
    assert_eq!(ask(&second.url("postgres"), "select 1").as_deref(), Some("1"));
}
