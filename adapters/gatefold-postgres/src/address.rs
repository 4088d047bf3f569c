//! How a database is named, so that its password is never shown, is decided here.

use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::Config;
use postgres::config::{Host, SslMode};

/// A server that has not taken a connection by then is taken for gone.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Rights of a file that others than its owner may read.
const OTHERS_MAY: u32 = 0o077;

/// Where a database is and how to get in. Does not print what it holds.
#[derive(Clone)]
pub struct Address {
    config: Config,
    roots: Option<PathBuf>,
}

/// Why a connection string cannot be used. Never repeats the string: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// **Handling:** set the variable.
    #[error("environment variable {name} with the connection string is not set: set it")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// **Handling:** correct the path, or the rights.
    #[error("the file with the connection string {} cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// **Handling:** `chmod 600`, and change the password if somebody may have read it.
    #[error(
        "{} holds a connection string and others may read it (rights {mode:o}): chmod 600 it",
        file.display()
    )]
    Open {
        /// The file.
        file: PathBuf,
        /// Its rights.
        mode: u32,
    },
    /// **Handling:** write it as in `host=db.example port=5432 user=gatefold dbname=trading`.
    #[error(
        "the connection string is not valid ({reason}): write it as in \
         `host=db.example user=gatefold password=... dbname=trading`"
    )]
    Invalid {
        /// What is wrong; no part of the string.
        reason: String,
    },
    /// **Handling:** name them; nothing is guessed from the operating system's user.
    #[error("the connection string names no {part}: add {part}=...")]
    Missing {
        /// `host`, `user` or `dbname`.
        part: &'static str,
    },
}

impl Address {
    /// Reads a connection string: `key=value` pairs or a `postgres://` URL.
    ///
    /// Over a network TLS is required unless `sslmode=disable` says otherwise; the server's
    /// certificate is always verified, its name included.
    ///
    /// # Errors
    /// As [`AddressError`] says.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let mut config: Config = text.parse().map_err(|error: postgres::Error| {
            // The parser's own reason names a key, not a value; its cause may repeat one.
            AddressError::Invalid { reason: error.to_string() }
        })?;
        for (part, missing) in [
            ("host", config.get_hosts().is_empty()),
            ("user", config.get_user().is_none()),
            ("dbname", config.get_dbname().is_none()),
        ] {
            if missing {
                return Err(AddressError::Missing { part });
            }
        }
        if !text.contains("sslmode") {
            let mode = if near(&config) { SslMode::Disable } else { SslMode::Require };
            config.ssl_mode(mode);
        } else if config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Require);
        }
        config.connect_timeout(CONNECT_WITHIN);
        config.keepalives_idle(Duration::from_secs(30));
        config.tcp_user_timeout(Duration::from_secs(30));
        if config.get_application_name().is_none() {
            config.application_name("gatefold");
        }
        Ok(Self { config, roots: None })
    }

    /// Reads the connection string out of an environment variable.
    ///
    /// # Errors
    /// As [`AddressError`] says.
    pub fn from_env(name: &str) -> Result<Self, AddressError> {
        let text = std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        Self::parse(&text.ok_or_else(|| AddressError::NotSet { name: name.to_owned() })?)
    }

    /// Reads the connection string out of a file that only its owner may read.
    ///
    /// # Errors
    /// As [`AddressError`] says.
    pub fn from_file(file: &Path) -> Result<Self, AddressError> {
        let unreadable = |source| AddressError::Unreadable { file: file.to_owned(), source };
        let mode = std::fs::metadata(file).map_err(unreadable)?.mode();
        if mode & OTHERS_MAY != 0 {
            return Err(AddressError::Open { file: file.to_owned(), mode: mode & 0o777 });
        }
        Self::parse(&std::fs::read_to_string(file).map_err(unreadable)?)
    }

    /// The same, trusting the certificates of a PEM file instead of the system's.
    #[must_use]
    pub fn with_roots(self, file: Option<PathBuf>) -> Self {
        Self { roots: file, ..self }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn roots(&self) -> Option<&Path> {
        self.roots.as_deref()
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.config.get_ssl_mode() != SslMode::Disable
    }
}

/// Whether nothing of it leaves this machine.
fn near(config: &Config) -> bool {
    let loopback = |name: &str| name.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback());
    config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
        && config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => name == "localhost" || loopback(name),
            Host::Unix(_) => true,
        })
}

/// Host, port, database and user: what a message may show.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let user = self.config.get_user().unwrap_or_default();
        let database = self.config.get_dbname().unwrap_or_default();
        write!(formatter, "{database} at {host}:{port} as {user}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(text: &str) -> SslMode {
        Address::parse(text).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn a_wire_that_leaves_the_machine_is_encrypted_unless_it_is_said_otherwise() {
        assert_eq!(mode("host=db.example user=u dbname=d"), SslMode::Require);
        assert_eq!(mode("host=db.example user=u dbname=d sslmode=prefer"), SslMode::Require);
        assert_eq!(mode("host=db.example user=u dbname=d sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u@127.0.0.1/d"), SslMode::Disable);
        assert_eq!(mode("host=/run/postgresql user=u dbname=d"), SslMode::Disable);
        assert_eq!(mode("host=/run/postgresql,db user=u dbname=d"), SslMode::Require);
    }

    #[test]
    fn a_password_is_never_shown() {
        let address = Address::parse("postgres://u:tell-nobody@db.example/d").unwrap();
        assert_eq!(address.to_string(), "d at db.example:5432 as u");
        assert!(!format!("{address:?}").contains("tell-nobody"));
        let wrong = "host=h user=u dbname=d password=tell-nobody port=tell-nobody";
        let error = Address::parse(wrong).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("tell-nobody"), "{error:?}");
    }

    #[test]
    fn nothing_is_guessed() {
        for (text, part) in
            [("user=u dbname=d", "host"), ("host=h dbname=d", "user"), ("host=h user=u", "dbname")]
        {
            let error = Address::parse(text).unwrap_err();
            assert!(error.to_string().contains(&format!("names no {part}")), "{error}");
        }
    }
}
