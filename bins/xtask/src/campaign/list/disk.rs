//! The mutations of the operating system's disk.

use super::{Mutant, by, mutant};

const OS_DISK: &str = "adapters/gatefold-log/src/os_disk.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "disk: sync of a file", OS_DISK,
        "file.file.sync_data().map_err(|error| fault(&file.path, \"sync\", &error))",
        "let _ = &file.file;\n        Ok(())",
        by::KERNEL,
    ),
    mutant(
        "disk: sync of a directory", OS_DISK,
        concat!(
            "let synced = File::open(self.full(path)).and_then(|directory| directory.sync_all());",
            "\n",
            "        synced.map_err(|error| fault(path",
        ),
        concat!(
            "let synced = File::open(self.full(path)).map(|_| ());\n",
            "        synced.map_err(|error| fault(path",
        ),
        by::KERNEL,
    ),
    mutant(
        "disk: interrupted reads", OS_DISK,
        "Err(error) if error.kind() == ErrorKind::Interrupted => (),",
        "Err(error) if error.kind() == ErrorKind::Interrupted => break,",
        by::KERNEL,
    ),
    mutant(
        "disk: the lock", OS_DISK,
        concat!(
            "Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => {\n",
            "                    thread::sleep(LOCK_PAUSE);\n",
            "                }",
        ),
        concat!(
            "Err(TryLockError::WouldBlock) if attempt < LOCK_ATTEMPTS => {\n",
            "                    thread::sleep(LOCK_PAUSE);\n",
            "                    break;\n",
            "                }",
        ),
        by::KERNEL,
    ),
];
