//! Why a cluster is not there.

use std::path::PathBuf;

/// Why a cluster could not be made, started or asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// **Handling:** install the package; on Debian `apt-get install postgresql`.
    #[error("no PostgreSQL server of version 15 or newer was found ({looked}): install {package}")]
    NotInstalled {
        /// Where it was looked for.
        looked: String,
        /// The package of Debian that holds it.
        package: &'static str,
    },
    /// **Handling:** run the tests as a user that is not root, or add the user `postgres`.
    #[error("a server may not run as root, and neither `postgres` nor `nobody` is in /etc/passwd")]
    NoUser,
    /// **Handling:** as the system says: space, rights, processes.
    #[error("{action} ({}): {source}", place.display())]
    System {
        /// What was tried.
        action: &'static str,
        /// Where.
        place: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// **Handling:** read what the program said.
    #[error("{program} failed: {said}")]
    Failed {
        /// The program.
        program: &'static str,
        /// The end of what it said.
        said: String,
    },
    /// **Handling:** read the end of the server's log.
    #[error("the server did not answer within {seconds} s; the end of its log: {log}")]
    Silent {
        /// How long was waited.
        seconds: u64,
        /// The end of its log.
        log: String,
    },
}

impl ClusterError {
    pub(crate) fn system(
        action: &'static str,
        place: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let place = place.into();
        move |source| Self::System { action, place, source }
    }
}
