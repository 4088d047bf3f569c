//! The contract of every log, kept by the one in a database.

use gatefold_conformance::{log_contract, log_restart_contract};
use gatefold_postgres::{LogError, LogOptions, PostgresLog};
use throwaway_postgres::{Cluster, Setting};

use crate::kit::migrated;
use crate::log::{address, empty_log, open, synced};

#[test]
fn the_log_in_a_database_keeps_the_contract() {
    let cluster = synced();
    let mut opened = 0;
    log_contract(&mut || {
        opened += 1;
        Box::new(empty_log(cluster, &format!("contract{opened}")).1)
    });
}

#[test]
fn the_log_in_a_database_keeps_the_contract_across_restarts() {
    let cluster = synced();
    let (database, _) = migrated(cluster, "restarts");
    log_restart_contract(&mut || Box::new(open(&database)));
}

#[test]
fn a_server_that_may_lose_what_it_acknowledged_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let cluster = Cluster::start_with(&[Setting::new(setting, "off")]).unwrap();
        let (database, _) = migrated(&cluster, "log");
        let refused = PostgresLog::open(address(&database), LogOptions::default());
        let Err(LogError::NotDurable { setting: named, value, .. }) = refused else {
            panic!("opened with {setting} = off: {refused:?}")
        };
        assert_eq!((named, value.as_str()), (setting, "off"));
    }
}
