//! Which hosts belong to paper and which to real money, and that one is never taken for the other.

use std::fmt;

/// Paper or real money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Alpaca's paper accounts.
    Paper,
    /// Real money.
    Live,
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Paper => "paper",
            Self::Live => "live",
        })
    }
}

/// Where an account is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Trading calls, without `/v2`.
    pub trading: String,
    /// The trading stream.
    pub stream: String,
    /// Market data calls.
    pub data: String,
}

/// Why an address is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// **Handling:** correct the configuration; nothing was sent.
    #[error(
        "{address} belongs to {theirs} and the account is configured as {ours}: correct \
         the address or the mode"
    )]
    OtherEnvironment {
        /// The address.
        address: String,
        /// To what it belongs.
        theirs: Environment,
        /// What is configured.
        ours: Environment,
    },
    /// **Handling:** write https:// (wss://), or an address of this computer.
    #[error("{address} would send keys in the clear: write https:// or wss://")]
    Clear {
        /// The address.
        address: String,
    },
}

const PAPER_HOST: &str = "paper-api.alpaca.markets";
const LIVE_HOST: &str = "api.alpaca.markets";

impl Endpoints {
    /// Alpaca's own.
    #[must_use]
    pub fn of(environment: Environment) -> Self {
        let host = match environment {
            Environment::Paper => PAPER_HOST,
            Environment::Live => LIVE_HOST,
        };
        Self {
            trading: format!("https://{host}"),
            stream: format!("wss://{host}/stream"),
            data: "https://data.alpaca.markets".to_owned(),
        }
    }

    /// Whether they may be used for an environment: keys go encrypted or stay on this computer, and
    /// a host of the other environment is refused.
    ///
    /// # Errors
    /// As [`EndpointError`] says.
    pub fn checked(self, environment: Environment) -> Result<Self, EndpointError> {
        for address in [&self.trading, &self.stream, &self.data] {
            let host = host(address);
            let secure = address.starts_with("https://") || address.starts_with("wss://");
            if !secure && !is_loopback(host) {
                return Err(EndpointError::Clear { address: address.clone() });
            }
            let theirs = match host {
                PAPER_HOST => Environment::Paper,
                LIVE_HOST => Environment::Live,
                _ => continue,
            };
            if theirs != environment {
                let address = address.clone();
                return Err(EndpointError::OtherEnvironment { address, theirs, ours: environment });
            }
        }
        Ok(self)
    }

    /// Whether all of it stays on this computer.
    #[must_use]
    pub fn is_local(&self) -> bool {
        [&self.trading, &self.stream, &self.data].into_iter().all(|it| is_loopback(host(it)))
    }
}

/// The host of an address, without scheme, port and path.
pub(crate) fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // What stands before an @ is a user, not the host.
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => authority.split(':').next().unwrap_or(authority),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|it: std::net::IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_host_in_a_paper_account_is_refused() {
        let refused = Endpoints::of(Environment::Live).checked(Environment::Paper).unwrap_err();
        let text = refused.to_string();
        assert!(text.contains("belongs to live") && text.contains("configured as paper"), "{text}");
        assert!(Endpoints::of(Environment::Paper).checked(Environment::Live).is_err());
        assert!(Endpoints::of(Environment::Paper).checked(Environment::Paper).is_ok());
    }

    #[test]
    fn keys_never_go_in_the_clear_over_a_network() {
        let at = |host: &str| Endpoints {
            trading: format!("http://{host}"),
            stream: format!("ws://{host}/stream"),
            data: format!("http://{host}"),
        };
        assert!(at("127.0.0.1:4711").checked(Environment::Paper).is_ok());
        assert!(at("[::1]:4711").checked(Environment::Live).is_ok());
        for host in ["broker.example", "127.0.0.1@broker.example", "127.0.0.1.example:80"] {
            assert!(at(host).checked(Environment::Paper).is_err(), "{host}");
        }
    }
}
