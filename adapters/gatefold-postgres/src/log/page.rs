//! How events and what goes with them are fetched.

use postgres::{Client, Error, GenericClient, Row};

use crate::log::batch::Uuid;
use crate::log::checker::RawEvent;

/// So many events are fetched at a time.
pub(crate) const PAGE_EVENTS_MAX: i64 = 1_000;

/// Where a log stands, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// The last event.
    pub(crate) position: i64,
    /// Every stream: its number, name and version.
    pub(crate) streams: Vec<(i32, String, i64)>,
}

/// Which log it is.
pub(crate) fn identity(client: &mut Client) -> Result<u128, Error> {
    let row = client.query_one("SELECT id FROM log_identity", &[])?;
    Ok(row.try_get::<_, Uuid>(0)?.0)
}

/// Where it stands. One statement, so that all of it is of one moment.
pub(crate) fn level(client: &mut Client) -> Result<Level, Error> {
    let sql = "SELECT (SELECT coalesce(max(position), 0) FROM log_event), NULL, NULL, NULL \
               UNION ALL SELECT NULL, id, name, version FROM log_stream";
    let mut level = Level { position: 0, streams: Vec::new() };
    for row in client.query(sql, &[])? {
        match row.try_get::<_, Option<i64>>(0)? {
            Some(position) => level.position = position,
            None => {
                level.streams.push((row.try_get(1)?, row.try_get(2)?, row.try_get(3)?));
            }
        }
    }
    Ok(level)
}

/// The highest epoch that was given or wrote.
pub(crate) fn epoch(client: &mut impl GenericClient) -> Result<i64, Error> {
    let sql = "SELECT greatest((SELECT coalesce(max(epoch), 0) FROM log_stream), \
                   (SELECT coalesce(max(epoch), 0) FROM log_lease))";
    client.query_one(sql, &[])?.try_get(0)
}

/// The end of the last group that ends at or before a position; `None` before the first.
pub(crate) fn link(client: &mut Client, position: i64) -> Result<Option<(i64, Vec<u8>)>, Error> {
    let sql = "SELECT position, chain FROM log_event \
               WHERE position <= $1 AND chain IS NOT NULL ORDER BY position DESC LIMIT 1";
    let row = client.query_opt(sql, &[&position])?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// The next events after a position.
pub(crate) fn events(client: &mut Client, after: i64) -> Result<Vec<RawEvent>, Error> {
    let sql = "SELECT position, stream, version, event_id, tag, schema_version, at_nanos, epoch, \
               checksum, body, chain FROM log_event WHERE position > $1 ORDER BY position LIMIT $2";
    let rows = client.query(sql, &[&after, &PAGE_EVENTS_MAX])?;
    rows.iter().map(event).collect()
}

fn event(row: &Row) -> Result<RawEvent, Error> {
    Ok(RawEvent {
        position: row.try_get(0)?,
        stream: row.try_get(1)?,
        version: row.try_get(2)?,
        id: row.try_get::<_, Uuid>(3)?.0,
        tag: row.try_get(4)?,
        schema: row.try_get(5)?,
        at_nanos: row.try_get(6)?,
        epoch: row.try_get(7)?,
        checksum: row.try_get(8)?,
        body: row.try_get(9)?,
        chain: row.try_get(10)?,
    })
}
