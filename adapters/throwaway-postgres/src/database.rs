//! How a database of a cluster is reached.

use std::path::PathBuf;

/// One database of a cluster.
#[derive(Clone, Debug)]
pub struct Database {
    pub(crate) socket: PathBuf,
    pub(crate) port: u16,
    pub(crate) name: String,
}

impl Database {
    /// The connection string of a role, over 127.0.0.1.
    #[must_use]
    pub fn url(&self, role: &str) -> String {
        format!("host=127.0.0.1 port={} user={role} dbname={}", self.port, self.name)
    }

    /// The connection string of a role, over the unix socket.
    #[must_use]
    pub fn socket_url(&self, role: &str) -> String {
        let socket = self.socket.display();
        format!("host={socket} port={} user={role} dbname={}", self.port, self.name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
