//! An inbox that is a file: that every line becomes exactly one arrival, and no line stops the
//! next, is decided here.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use gatefold_core::advise::{Arrival, Inbox, InboxError};

use crate::config::ExitDefaults;
use crate::inbox::advice;
use crate::inbox::lines::{Line, Lines};

/// The longest line that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 65_536;

/// The most bytes of a failed line that are recorded.
pub const TEXT_BYTES_MAX: usize = 4_096;

/// JSON Lines: one recommendation per line.
///
/// A line that is none becomes [`Arrival::Failed`] with its number and text; blank lines are
/// passed over; the last line needs no line end. At the end [`Inbox::next`] gives `None`, and
/// looks again when it is asked again, so a file may grow, as long as whole lines are written.
///
/// ```
/// use gatefold::core::advise::{Arrival, Inbox};
/// use gatefold::inbox::JsonLines;
///
/// let line = r#"{"recommendation_id": "r-1", "account": "large", "strategy": "swing",
///     "symbol": "AAPL", "action": "buy", "quantity": 3, "created_at": "2015-12-24T15:00:00Z"}"#;
/// let text = line.replace('\n', "");
/// let mut inbox = JsonLines::new("example", text.as_bytes());
/// let Some(Arrival::Failed { line: 1, reason, .. }) = inbox.next()? else { unreachable!() };
/// assert!(reason.contains("write buy_to_open or buy_to_close"));
/// assert_eq!(inbox.next()?, None);
/// # Ok::<(), gatefold::core::advise::InboxError>(())
/// ```
pub struct JsonLines<R = BufReader<File>> {
    name: String,
    lines: Lines<R>,
    exits: ExitDefaults,
}

impl JsonLines {
    /// Opens a file; failed lines are recorded under `name`.
    ///
    /// # Errors
    /// [`InboxError`] when the file cannot be opened.
    pub fn open(path: &Path, name: impl Into<String>) -> Result<Self, InboxError> {
        let name = name.into();
        match File::open(path) {
            Ok(file) => Ok(Self::new(name, BufReader::new(file))),
            Err(error) => Err(InboxError {
                reason: format!("{}: {error}; correct the path of the inbox", path.display()),
                name,
            }),
        }
    }
}

impl<R: BufRead> JsonLines<R> {
    /// Reads lines from anywhere; failed ones are recorded under `name`.
    pub fn new(name: impl Into<String>, reader: R) -> Self {
        let lines = Lines::new(reader, LINE_BYTES_MAX);
        Self { name: name.into(), lines, exits: ExitDefaults::default() }
    }

    /// The same inbox, whose opening advice gets these exits where it names none.
    #[must_use]
    pub fn with_exits(self, exits: ExitDefaults) -> Self {
        Self { exits, ..self }
    }

    /// The same inbox followed as it grows: a line without its line break is still being written
    /// and is read once it has one. After `None` there may be more.
    #[must_use]
    pub fn growing(self) -> Self {
        Self { lines: self.lines.growing(), ..self }
    }

    fn arrival(&self, line: &Line) -> Arrival {
        let read = match (line.cut, std::str::from_utf8(&line.bytes)) {
            (true, _) => Err(format!("the line is longer than {LINE_BYTES_MAX} bytes: shorten it")),
            (false, Err(error)) => {
                let at = error.valid_up_to().saturating_add(1);
                Err(format!("byte {at} is not UTF-8: write the file as UTF-8"))
            }
            (false, Ok(text)) => advice::read(trimmed(text, line.number), &self.exits),
        };
        match read {
            Ok(advice) => Arrival::Recommendation(advice),
            Err(reason) => Arrival::Failed {
                source: self.name.clone(),
                line: line.number,
                text: bounded(&line.bytes),
                reason,
            },
        }
    }
}

impl<R: BufRead + Send> Inbox for JsonLines<R> {
    fn next(&mut self) -> Result<Option<Arrival>, InboxError> {
        loop {
            let line = self.lines.next().map_err(|error| InboxError {
                name: self.name.clone(),
                reason: error.to_string(),
            })?;
            let Some(line) = line else { return Ok(None) };
            if line.cut || !line.bytes.trim_ascii().is_empty() {
                return Ok(Some(self.arrival(&line)));
            }
        }
    }
}

/// A line without the mark that some editors put before the first.
fn trimmed(text: &str, number: u64) -> &str {
    match text.strip_prefix('\u{feff}') {
        Some(rest) if number == 1 => rest,
        Some(_) | None => text,
    }
}

/// As much of a line as is recorded; bytes that are no text are shown as U+FFFD.
fn bounded(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).trim_ascii().to_owned();
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text
}
