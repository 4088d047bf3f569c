//! A connection that never outlives an error, so that nothing that went wrong can poison what comes
//! next.

use postgres::{Client, NoTls};

use crate::address::Address;
use crate::error::StoreError;
use crate::tls;

/// What every connection begins with: a statement that hangs, a lock that is never given and a
/// transaction that nobody ends are errors, not waits. Times are UTC.
const BEGIN: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; \
                     SET idle_in_transaction_session_timeout = '60s'; SET TIME ZONE 'UTC'; \
                     SET extra_float_digits = 1";

/// A database that is connected to when it is needed.
///
/// After any error the connection is given up and the next use makes a new one: an aborted
/// transaction cannot be spoken into.
#[derive(Debug)]
pub struct Session {
    address: Address,
    /// The schema whose tables are meant; `None`: the one that the address leads to.
    schema: Option<String>,
    client: Option<Held>,
}

struct Held(Client);

impl std::fmt::Debug for Held {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("connected")
    }
}

impl Session {
    /// A session that has not connected yet.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self { address, schema: None, client: None }
    }

    /// The same database, meaning the tables of another schema.
    #[must_use]
    pub(crate) fn beside(&self, schema: &str) -> Self {
        let schema = Some(schema.to_owned());
        Self { address: self.address.clone(), schema, client: None }
    }

    /// Where it leads.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether a connection is held, as far as is known without asking the server.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.as_ref().is_some_and(|held| !held.0.is_closed())
    }

    /// Gives the connection up, as after an error.
    pub fn disconnect(&mut self) {
        self.client = None;
    }

    /// Does something over the connection, which is made first where there is none.
    ///
    /// # Errors
    /// [`StoreError`]; the connection is given up then.
    pub fn run<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, StoreError> {
        let mut held = match self.client.take() {
            Some(held) if !held.0.is_closed() => held,
            Some(_) | None => Held(connect(&self.address, self.schema.as_deref())?),
        };
        match work(&mut held.0) {
            Ok(done) => {
                self.client = Some(held);
                Ok(done)
            }
            Err(error) => Err(StoreError::refused(&self.address, action, &error)),
        }
    }
}

/// Opens a connection.
fn connect(address: &Address, schema: Option<&str>) -> Result<Client, StoreError> {
    let opened = if address.is_encrypted() {
        address.config().connect(tls::connector(address.roots())?)
    } else {
        address.config().connect(NoTls)
    };
    let mut client = opened.map_err(|error| StoreError::unreachable(address, &error))?;
    let begun = client.batch_execute(BEGIN).and_then(|()| match schema {
        Some(schema) => {
            let set = "SELECT set_config('search_path', quote_ident($1), false)";
            client.execute(set, &[&schema]).map(|_| ())
        }
        None => Ok(()),
    });
    begun.map_err(|error| StoreError::refused(address, "the settings of a session", &error))?;
    Ok(client)
}
