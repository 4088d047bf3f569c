//! What a reader may ask of the tables without a log: how far they are, and what still waits in the
//! inbox.

use gatefold_core::record::Position;

use crate::error::StoreError;
use crate::session::Session;

/// The checkpoint's name, as the projector writes it.
const NAME: &str = "read_models";

/// How far the tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The identity of the log that they follow.
    pub log: String,
    /// The last event that is in them.
    pub position: Position,
}

/// How far the tables are; `None` where nothing has followed a log into them yet. Needs no right
/// but to read.
///
/// # Errors
/// As [`StoreError`] says.
pub fn read_checkpoint(session: &mut Session) -> Result<Option<Checkpoint>, StoreError> {
    const SQL: &str = "SELECT log, position FROM projection_checkpoint WHERE name = $1";
    session.run("the reading of its checkpoint", |client| {
        let Some(row) = client.query_opt(SQL, &[&NAME])? else { return Ok(None) };
        let (log, position): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        let position = Position::new(u64::try_from(position).unwrap_or_default());
        Ok(Some(Checkpoint { log, position }))
    })
}

/// How many rows of the inbox no log has received yet. Needs no right but to read.
///
/// # Errors
/// As [`StoreError`] says.
pub fn count_waiting(session: &mut Session) -> Result<u64, StoreError> {
    const SQL: &str = "SELECT count(*) FROM dispatch_recommendations \
                       WHERE status = 'PENDING' AND received_at IS NULL";
    session.run("the counting of its inbox", |client| {
        let count: i64 = client.query_one(SQL, &[])?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or_default())
    })
}
