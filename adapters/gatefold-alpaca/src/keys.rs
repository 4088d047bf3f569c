//! How keys come in and that they never come out: not in a log line, an error or an event.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// A key pair of one account. It has no way to be shown.
#[derive(Clone)]
pub struct Keys {
    id: String,
    secret: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys(hidden)")
    }
}

/// Why there are no keys. What was read is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// **Handling:** set the variable in the environment of the process.
    #[error("environment variable {name} is not set: it must hold the account's {what}")]
    NoVariable {
        /// The variable.
        name: String,
        /// What it must hold.
        what: &'static str,
    },
    /// **Handling:** correct the path or the rights.
    #[error("key file {} cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// **Handling:** run `chmod 600` on it, and think of who may have read it.
    #[error(
        "key file {} may be read or written by others (mode {mode:03o}): run chmod 600 {}",
        file.display(),
        file.display()
    )]
    Open {
        /// The file.
        file: PathBuf,
        /// Its rights.
        mode: u32,
    },
    /// **Handling:** write the two lines.
    #[error(
        "key file {} must hold the lines `key_id = ...` and `secret_key = ...`: {missing} is \
         missing",
        file.display()
    )]
    Incomplete {
        /// The file.
        file: PathBuf,
        /// What is not there.
        missing: &'static str,
    },
    /// **Handling:** copy the keys again; they are letters, digits, `/` and `+`.
    #[error(
        "the {what} of {place} holds spaces or other characters that no key has: copy it again"
    )]
    Garbled {
        /// Where it came from.
        place: String,
        /// Which of the two.
        what: &'static str,
    },
}

impl Keys {
    /// A pair that is known to the program.
    ///
    /// # Errors
    /// [`KeyError::Garbled`] where it cannot be one.
    pub fn new(id: &str, secret: &str, place: &str) -> Result<Self, KeyError> {
        for (what, text) in [("key id", id), ("secret key", secret)] {
            let plain = |byte: u8| byte.is_ascii_graphic();
            if text.is_empty() || !text.bytes().all(plain) {
                return Err(KeyError::Garbled { place: place.to_owned(), what });
            }
        }
        Ok(Self { id: id.to_owned(), secret: secret.to_owned() })
    }

    /// The pair in two environment variables.
    ///
    /// # Errors
    /// As [`KeyError`] says.
    pub fn from_environment(id_name: &str, secret_name: &str) -> Result<Self, KeyError> {
        let read = |name: &str, what| {
            std::env::var(name).map_err(|_| KeyError::NoVariable { name: name.to_owned(), what })
        };
        let (id, secret) = (read(id_name, "key id")?, read(secret_name, "secret key")?);
        Self::new(id.trim(), secret.trim(), &format!("{id_name} and {secret_name}"))
    }

    /// The pair in a file of the lines `key_id = ...` and `secret_key = ...`, which nobody but its
    /// owner may read.
    ///
    /// # Errors
    /// As [`KeyError`] says.
    pub fn from_file(file: &Path) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::Unreadable { file: file.to_owned(), source };
        let mode = fs::metadata(file).map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { file: file.to_owned(), mode });
        }
        let text = fs::read_to_string(file).map_err(unreadable)?;
        let find = |name: &'static str| {
            let value = text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
            });
            value.ok_or_else(|| KeyError::Incomplete { file: file.to_owned(), missing: name })
        };
        Self::new(&find("key_id")?, &find("secret_key")?, &format!("key file {}", file.display()))
    }

    /// The environment that the id's first letters belong to, as far as that is known: `PK` is
    /// paper, `AK` is live.
    #[must_use]
    pub fn environment(&self) -> Option<Environment> {
        match self.id.get(..2) {
            Some("PK") => Some(Environment::Paper),
            Some("AK") => Some(Environment::Live),
            Some(_) | None => None,
        }
    }

    /// For the header of a request only.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// For the header of a request only.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    const TEXT: &str = "key_id = PKTEST\nsecret_key = \"s3cr3t/+\"\n";

    #[test]
    fn a_private_file_gives_its_keys_and_nobody_sees_them() {
        let keys = Keys::from_file(file(TEXT, 0o600).path()).unwrap();
        assert_eq!((keys.id(), keys.secret()), ("PKTEST", "s3cr3t/+"));
        assert_eq!(keys.environment(), Some(Environment::Paper));
        let shown = format!("{keys:?} {keys:#?}");
        assert!(!shown.contains("PKTEST") && !shown.contains("s3cr3t"), "{shown}");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let text = Keys::from_file(file(TEXT, mode).path()).unwrap_err().to_string();
            assert!(text.contains("chmod 600") && !text.contains("s3cr3t"), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_there_is_not_shown() {
        let text = Keys::from_file(file("key_id = PKTEST", 0o600).path()).unwrap_err().to_string();
        assert!(text.contains("secret_key is missing") && !text.contains("PKTEST"), "{text}");
        let garbled = file("key_id = PK TEST\nsecret_key = x", 0o600);
        let text = Keys::from_file(garbled.path()).unwrap_err().to_string();
        assert!(text.contains("copy it again") && !text.contains("PK TEST"), "{text}");
        let missing = Keys::from_environment("GATEFOLD_NO_SUCH_ID", "GATEFOLD_NO_SUCH_SECRET");
        assert!(missing.unwrap_err().to_string().contains("GATEFOLD_NO_SUCH_ID is not set"));
    }
}
