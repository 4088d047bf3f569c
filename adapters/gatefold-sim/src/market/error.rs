//! What can be wrong with recorded market data is decided here.

use gatefold_core::vocabulary::Timestamp;

/// Why recorded market data cannot be used. Nothing is skipped: a replay on half of its data would
/// answer another question.
#[derive(Debug, thiserror::Error)]
pub enum MarketError {
    /// **Handling:** correct the path or the permissions, or fetch the file again.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// **Handling:** name the folder that holds the data.
    #[error(
        "{dir} holds no market data: expected quotes.csv, or equity/SYMBOL/DATE.quotes.csv and \
         options/ROOT/DATE.quotes.csv (.gz too)"
    )]
    NoFiles {
        /// The folder.
        dir: String,
    },
    /// **Handling:** widen the dates or instruments, or fetch the data that is missing.
    #[error("{dir} holds no quote of the dates and instruments that were asked for: {asked}")]
    NothingAskedFor {
        /// The folder.
        dir: String,
        /// What was asked for.
        asked: String,
    },
    /// **Handling:** repair the file's name: date or symbol cannot be read from it.
    #[error("{path}: {reason}")]
    Name {
        /// The file or folder.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// **Handling:** repair the file's first line, or convert the file.
    #[error("{file}:1: there is no column {column:?}: the header is {found:?}")]
    Column {
        /// The file.
        file: String,
        /// The column that is needed.
        column: &'static str,
        /// The header.
        found: String,
    },
    /// **Handling:** fetch the file again: it is cut off or not what its name says.
    #[error("{file}:{line}: {reason}")]
    Row {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// **Handling:** correct the value at its source.
    #[error("{file}:{line}: column {column}, value {value:?}: {remedy}")]
    Value {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What is wrong with it and what to write instead.
        remedy: String,
    },
    /// **Handling:** sort the file by time; out of order it may be two recordings in one.
    #[error("{file}:{line}: {at} is before {before}, the time of the line above: sort by time")]
    OutOfOrder {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// Its time.
        at: Timestamp,
        /// The time above it.
        before: Timestamp,
    },
}
