//! What a line is, when bytes may be anything and without end, is decided here.

use std::io::{self, BufRead, ErrorKind};

/// One line without its end.
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Its bytes; the first of them where it is too long.
    pub(super) bytes: Vec<u8>,
    /// Whether it was too long to keep.
    pub(super) cut: bool,
}

/// The lines of a reader, each of at most `kept_max` bytes.
pub(super) struct Lines<R> {
    reader: R,
    kept_max: usize,
    number: u64,
    // What is read of the current line, kept here so that a failed read loses nothing.
    bytes: Vec<u8>,
    cut: bool,
    grows: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, kept_max: usize) -> Self {
        Self { reader, kept_max, number: 0, bytes: Vec::new(), cut: false, grows: false }
    }

    /// The end is not the end: what stands there without a line break is still being written.
    pub(super) fn growing(self) -> Self {
        Self { grows: true, ..self }
    }

    /// The next line; `None` at the end. A rest without a line end is a line.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let read = match self.reader.fill_buf() {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read.is_empty() {
                let some = !self.bytes.is_empty() && !self.grows;
                return Ok(some.then(|| self.line()));
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let part = read.get(..end.unwrap_or(read.len())).unwrap_or(read);
            let room = self.kept_max.saturating_sub(self.bytes.len()).min(part.len());
            self.cut |= room < part.len();
            self.bytes.extend_from_slice(part.get(..room).unwrap_or(part));
            let used = part.len().saturating_add(usize::from(end.is_some()));
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(self.line()));
            }
        }
    }

    fn line(&mut self) -> Line {
        self.number = self.number.saturating_add(1);
        Line {
            number: self.number,
            bytes: std::mem::take(&mut self.bytes),
            cut: std::mem::take(&mut self.cut),
        }
    }
}
