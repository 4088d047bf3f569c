//! Where the server's programs lie is decided here.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ClusterError;

/// The oldest server that is used.
pub const VERSION_MIN: u32 = 15;
/// The package of Debian and its relatives that holds the server.
pub const PACKAGE: &str = "postgresql";

/// Where distributions put the programs of each version.
const FOLDERS: &[&str] = &["/usr/lib/postgresql", "/usr/pgsql"];

/// What a cluster is made and asked with; a folder that lacks one of them is passed over.
const PROGRAMS: &[&str] = &["postgres", "initdb", "createdb", "pg_isready"];

/// A server's programs.
#[derive(Clone, Debug)]
pub struct Installation {
    programs: PathBuf,
    version: u32,
}

impl Installation {
    /// The newest server that is installed: beside the distributions' folders, that of the path.
    ///
    /// # Errors
    /// [`ClusterError::NotInstalled`] when none is, or only such as are too old.
    pub fn find() -> Result<Self, ClusterError> {
        let mut found: Vec<Self> = folders().iter().filter_map(|folder| Self::at(folder)).collect();
        found.sort_by_key(|it| it.version);
        found.pop().filter(|it| it.version >= VERSION_MIN).ok_or_else(|| {
            let looked = folders().iter().map(|it| it.display().to_string()).collect::<Vec<_>>();
            ClusterError::NotInstalled { looked: looked.join(", "), package: PACKAGE }
        })
    }

    /// Its major version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    fn at(folder: &Path) -> Option<Self> {
        if !PROGRAMS.iter().all(|program| folder.join(program).is_file()) {
            return None;
        }
        let told = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let version = told.split_whitespace().find_map(|word| {
            word.split('.').next()?.trim_end_matches(char::is_alphabetic).parse().ok()
        })?;
        Some(Self { programs: folder.to_owned(), version })
    }
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in FOLDERS {
        for version in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            folders.push(version.path().join("bin"));
        }
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders
}
