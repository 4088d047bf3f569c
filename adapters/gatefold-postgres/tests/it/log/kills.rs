//! The server is killed while several accounts append: nothing is lost, nothing is there twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gatefold_postgres::{Lease, LeaseTerms};

use crate::log::{account, address, all, append, empty_log, event, own_synced};

const ACCOUNTS: u64 = 4;

/// As many as a campaign asks for, and otherwise a few.
fn kills() -> u64 {
    std::env::var("GATEFOLD_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(4)
}

#[test]
fn killed_at_any_moment_the_server_loses_nothing_and_has_nothing_twice() {
    let mut cluster = own_synced();
    let (database, log) = empty_log(&cluster, "kills1");
    let names: Vec<String> = (0..ACCOUNTS).map(|it| format!("a{it}")).collect();
    let ids: Vec<_> =
        names.iter().map(|it| gatefold_core::vocabulary::AccountId::new(it).unwrap()).collect();
    let terms = LeaseTerms::lasting(Duration::from_secs(20));
    let lease =
        Lease::take(&address(&database), "test", &ids, terms, &mut |_| unreachable!()).unwrap();
    let log = log.under(lease).unwrap();
    let (over, appended) = (AtomicBool::new(false), AtomicU64::new(0));
    let acknowledged: Vec<Vec<u64>> = thread::scope(|scope| {
        let writer = |number: u64| {
            let (mut log, over, appended) = (log.clone(), &over, &appended);
            scope.spawn(move || {
                let (stream, mut version) = (account(&format!("a{number}")), 0);
                let mut acknowledged = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let first = 1 + number * 1_000_000 + version;
                    let records: Vec<_> = (first..=first + version % 3).map(event).collect();
                    let done = append(&mut log, stream, version, &records).unwrap();
                    version = done.version.get();
                    acknowledged.push(done.position.get());
                    appended.fetch_add(1, Ordering::Relaxed);
                }
                acknowledged
            })
        };
        let writers: Vec<_> = (0..ACCOUNTS).map(writer).collect();
        let mut seed = 20_u64;
        for _ in 0..kills() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let before = appended.load(Ordering::Relaxed);
            let since = Instant::now();
            while appended.load(Ordering::Relaxed) < before + 8 {
                assert!(since.elapsed() < Duration::from_secs(60), "nothing is appended any more");
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_micros(seed >> 50));
            cluster.kill();
            cluster.restart().unwrap();
        }
        over.store(true, Ordering::Relaxed);
        writers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let mut last: BTreeMap<_, u64> = BTreeMap::new();
    let all = all(&database);
    for (position, stream, version, id) in &all {
        let before = last.insert(*stream, *version).unwrap_or(0);
        assert_eq!(*version, before + 1, "{stream} at {position}");
        let number = u64::try_from(id.raw() >> 64).unwrap();
        assert_eq!((number - 1) % 1_000_000 + 1, *version, "{stream} at {position}");
    }
    for (number, acknowledged) in acknowledged.iter().enumerate() {
        let stream = account(&format!("a{number}"));
        for position in acknowledged {
            let found = all.get(usize::try_from(position - 1).unwrap());
            assert_eq!(found.map(|it| it.1), Some(stream), "{position} was acknowledged");
        }
    }
}
