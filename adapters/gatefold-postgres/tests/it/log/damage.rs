//! Rows that somebody changed: every reading stops there and says where.

use std::ops::ControlFlow;

use gatefold_core::record::{Position, ReadError};
use gatefold_postgres::{LogError, PostgresReader};

use crate::kit::{owner, run};
use crate::log::{account, address, append, empty_log, event, synced};

/// A change of rows, and the place that is told.
const CHANGES: &[(&str, &str)] = &[
    ("UPDATE log_event SET body = body || '\\x00' WHERE position = 5", "event 5"),
    (
        "UPDATE log_event SET body = set_byte(body, 0, 255 - get_byte(body, 0)) WHERE position = 4",
        "event 4",
    ),
    ("UPDATE log_event SET tag = tag + 1 WHERE position = 6", "event 6"),
    ("UPDATE log_event SET tag = 70000 WHERE position = 6", "event 6"),
    ("UPDATE log_event SET at_nanos = 0 WHERE position = 6", "event 6"),
    ("UPDATE log_event SET epoch = epoch + 1 WHERE position = 6", "event 6"),
    ("UPDATE log_event SET event_id = gen_random_uuid() WHERE position = 6", "event 6"),
    ("UPDATE log_event SET checksum = checksum # 1 WHERE position = 2", "event 2"),
    ("UPDATE log_event SET chain = sha256(chain) WHERE position = 3", "event 3"),
    ("UPDATE log_event SET chain = NULL WHERE position = 3", "event 6"),
    ("UPDATE log_event SET chain = NULL WHERE position = 9", "event 9"),
    ("DELETE FROM log_event WHERE position = 5", "event 5"),
    ("DELETE FROM log_event WHERE position = 9", "event 8"),
    ("DELETE FROM log_event WHERE position > 6", "event 6"),
    ("DELETE FROM log_event", "event 0"),
    ("UPDATE log_stream SET version = version + 1 WHERE name = 'account:a'", "event 9"),
    ("UPDATE log_stream SET name = 'account:c' WHERE name = 'account:a'", "event 1"),
    ("UPDATE log_stream SET name = 'no stream' WHERE name = 'account:a'", "stream 1"),
    // Two batches change places, every sum of theirs with them.
    (
        "UPDATE log_event SET position = position + 100 WHERE position IN (4, 5, 6); \
      UPDATE log_event SET position = position - 3 WHERE position IN (7, 8, 9); \
      UPDATE log_event SET position = position - 97 WHERE position > 100",
        "event 6",
    ),
];

#[test]
fn a_changed_removed_or_moved_row_is_refused_with_its_place() {
    let cluster = synced();
    let (database, mut log) = empty_log(cluster, "damage1");
    for (batch, name) in [(0_u64, "a"), (1, "b"), (2, "a")] {
        let records: Vec<_> = (1..=3).map(|it| event(21 + batch * 3 + it)).collect();
        let version = if batch == 2 { 3 } else { 0 };
        append(&mut log, account(name), version, &records).unwrap();
    }
    drop(log);
    let mut session = owner(&database);
    let touched = session.run("a test", |client| client.batch_execute(CHANGES[0].0));
    assert!(touched.unwrap_err().to_string().contains("never changed"), "not even by the owner");
    let quiet = "ALTER TABLE log_event DISABLE TRIGGER log_event_immutable";
    let loud = "ALTER TABLE log_event ENABLE TRIGGER log_event_immutable";
    run(
        &mut session,
        "CREATE SCHEMA kept; CREATE TABLE kept.event AS TABLE log_event; \
         CREATE TABLE kept.stream AS TABLE log_stream",
    );
    for (change, place) in CHANGES {
        run(&mut session, &format!("{quiet}; {change}; {loud}"));
        let mut shown = 0;
        let read = PostgresReader::open(address(&database)).and_then(|reader| {
            let read = reader.read(Position::ZERO, &mut |_| {
                shown += 1;
                ControlFlow::Continue(())
            });
            read.and_then(|()| reader.verify()).map_err(LogError::from)
        });
        let Err(LogError::Read(ReadError::Corrupt { place: told, detail })) = read else {
            panic!("{change}: {read:?}")
        };
        assert!(told.starts_with(place), "{change}: {told}: {detail}");
        assert!(shown < 9, "{change}: {shown} events were shown");
        let back = "TRUNCATE log_event; INSERT INTO log_event TABLE kept.event; \
                    UPDATE log_stream AS it SET name = kept.name, version = kept.version \
                    FROM kept.stream AS kept WHERE it.id = kept.id";
        run(&mut session, &format!("{quiet}; {back}; {loud}"));
    }
}
