//! Who follows a log from another process.

use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use gatefold_core::record::Position;
use gatefold_postgres::PostgresReader;

use crate::log::{account, address, append, empty_log, event, own_synced};

#[test]
fn a_subscriber_is_woken_and_goes_on_after_the_server_was_killed() {
    const NEVER: Duration = Duration::from_secs(3_600);
    let mut cluster = own_synced();
    let (database, mut log) = empty_log(&cluster, "subscribers1");
    let reader = PostgresReader::open(address(&database)).unwrap();
    // Only a notice can wake it.
    let mut subscription = reader.subscribe(Position::ZERO).looking_every(NEVER);
    let nothing = subscription.next(Duration::from_millis(300), &mut |_| ControlFlow::Continue(()));
    assert_eq!(nothing.unwrap(), 0);
    for number in 1..=5 {
        let writer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            let done = append(&mut log, account("a"), number - 1, &[event(number)]);
            (log, done.unwrap())
        });
        let mut seen = Vec::new();
        subscription
            .next(Duration::from_secs(30), &mut |entry| {
                seen.push(entry.position.get());
                ControlFlow::Continue(())
            })
            .unwrap();
        let (back, done) = writer.join().unwrap();
        log = back;
        assert_eq!(seen, [done.position.get()]);
    }
    let mut subscription = subscription.looking_every(Duration::from_millis(50));
    cluster.kill();
    cluster.restart().unwrap();
    append(&mut log, account("a"), 5, &[event(6)]).unwrap();
    let mut seen = 0;
    while seen == 0 {
        match subscription.next(Duration::from_secs(30), &mut |_| ControlFlow::Continue(())) {
            Ok(came) => seen = came,
            // The connection that the server's death ended.
            Err(error) => assert!(error.to_string().contains("cannot be read"), "{error}"),
        }
    }
    assert_eq!(subscription.after(), Position::new(6));
}
