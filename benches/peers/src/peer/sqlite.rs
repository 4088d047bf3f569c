//! SQLite: write-ahead log, `synchronous=FULL`, one connection, one cached INSERT.

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Result, anyhow};
use rusqlite::{Connection, params};

use crate::event::{Event, Tally};
use crate::peer::{Peer, Reading, Store};

pub(crate) struct Sqlite;

const SET_UP: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS event(
        position INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE(stream, seq)
    );";
const INSERT: &str = "INSERT INTO event(stream, seq, body) VALUES (?1, ?2, ?3)";

struct Open {
    connection: Mutex<Connection>,
}

impl Store for Open {
    fn append(&self, batch: &[Event]) -> Result<()> {
        let mut connection = self.connection.lock().map_err(|_| anyhow!("a writer panicked"))?;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(INSERT)?;
            for event in batch {
                let (stream, seq) = (i64::try_from(event.stream)?, i64::try_from(event.seq)?);
                insert.execute(params![stream, seq, event.bytes.as_slice()])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

fn connect(directory: &Path) -> Result<Connection> {
    std::fs::create_dir_all(directory)?;
    let connection = Connection::open(directory.join("events.db"))?;
    connection.execute_batch(SET_UP)?;
    // The first look at the table is what recovers the log.
    connection
        .query_row("SELECT max(position) FROM event", [], |row| row.get::<_, Option<i64>>(0))?;
    Ok(connection)
}

impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn settings(&self) -> &'static str {
        "rusqlite 0.41 bundled, WAL, `synchronous=FULL`, UNIQUE(stream, seq), one connection; no \
         sums in its database file"
    }

    fn open(&self, directory: &Path) -> Result<Box<dyn Store>> {
        Ok(Box::new(Open { connection: Mutex::new(connect(directory)?) }))
    }

    fn read(&self, directory: &Path, tally: &mut Tally) -> Result<Reading> {
        let connection = connect(directory)?;
        let started = Instant::now();
        let mut select = connection.prepare("SELECT body FROM event ORDER BY position")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            tally.see(row.get_ref(0)?.as_blob()?);
        }
        Ok(Reading { took: started.elapsed(), warning: None })
    }
}
