//! What can be wrong with a database while it is used, and whose fault it is.

use postgres::error::{ErrorPosition, SqlState};

use crate::address::Address;

/// Why the database did not do what was asked of it. None of it is about a recommendation: it is
/// the connection, the schema, the rights or the disk.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// **Handling:** start the server, or correct host, port, user and password.
    #[error("no connection to {address}: {reason}; start the server or correct the address")]
    Unreachable {
        /// The database, without its password.
        address: String,
        /// What was observed.
        reason: String,
    },
    /// **Handling:** give a PEM file of certificates, or repair the system's.
    #[error("no certificate can be verified ({reason}): name a PEM file of root certificates")]
    Certificates {
        /// What was observed.
        reason: String,
    },
    /// **Handling:** as the server says. The transaction is rolled back and the connection given
    /// up, so the next statement starts afresh.
    #[error("{address} refused {action}: {reason} ({code})")]
    Refused {
        /// The database, without its password.
        address: String,
        /// What was tried.
        action: &'static str,
        /// The server's words.
        reason: String,
        /// The server's five-letter code; empty where the connection broke.
        code: String,
    },
}

impl StoreError {
    pub(crate) fn unreachable(address: &Address, error: &postgres::Error) -> Self {
        Self::Unreachable { address: address.to_string(), reason: told(error) }
    }

    pub(crate) fn refused(
        address: &Address,
        action: &'static str,
        error: &postgres::Error,
    ) -> Self {
        let code = error.code().map_or("", SqlState::code).to_owned();
        Self::Refused { address: address.to_string(), action, reason: told(error), code }
    }

    /// What kind of failure it is: equal failures in a row have equal causes.
    #[must_use]
    pub fn cause(&self) -> &str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Certificates { .. } => "certificates",
            Self::Refused { code, .. } if code.is_empty() => "connection lost",
            Self::Refused { code, .. } => code,
        }
    }
}

/// The server's words with their place, or the whole chain of causes.
fn told(error: &postgres::Error) -> String {
    let Some(said) = error.as_db_error() else {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(next) = cause {
            text.push_str(": ");
            text.push_str(&next.to_string());
            cause = next.source();
        }
        return text;
    };
    let mut text = said.message().to_owned();
    let table = said.table().map(|it| format!(" table {it}"));
    let constraint = said.constraint().map(|it| format!(" constraint {it}"));
    let place = match said.position() {
        Some(ErrorPosition::Original(at)) => Some(format!(" at character {at}")),
        Some(ErrorPosition::Internal { .. }) | None => None,
    };
    text.extend([table, constraint, place].into_iter().flatten());
    text
}
