//! How everything that is wrong with a configuration is told, all at once, is decided here.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there, or is no text. **Handling:** correct the path, or the rights.
    #[error(
        "configuration {} cannot be read: {source}; give the path of a TOML file",
        file.display()
    )]
    Unreadable {
        /// The file as it was named.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in it is wrong. **Handling:** correct every problem; each says how. Nothing was
    /// started.
    #[error("{}", Listed(file, problems))]
    Refused {
        /// The file as it was named.
        file: PathBuf,
        /// All that is wrong, in the order of the file. Never empty.
        problems: Vec<Problem>,
    },
}

/// One thing that is wrong, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, with the key and its value.
    pub message: String,
    /// What to write instead.
    pub help: String,
    excerpt: String,
    width: usize,
}

impl Problem {
    fn new(text: &str, span: Range<usize>, message: String, help: String) -> Self {
        let start = text.floor_char_boundary(span.start);
        let end = text.floor_char_boundary(span.end.max(start));
        let (before, after) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let length = text.get(start..end).unwrap_or("").lines().next().unwrap_or("");
        let opening = before.get(line_start..).unwrap_or("");
        let closing = after.lines().next().unwrap_or("");
        Self {
            line: before.matches('\n').count().saturating_add(1),
            column: opening.chars().count().saturating_add(1),
            message,
            help,
            excerpt: format!("{opening}{closing}"),
            width: length.chars().count().max(1),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(self.column.saturating_sub(1));
        writeln!(formatter, "{}:{}: {}", self.line, self.column, self.message)?;
        writeln!(formatter, "{margin} |")?;
        writeln!(formatter, "{number} | {}", self.excerpt)?;
        writeln!(formatter, "{margin} | {indent}{}", "^".repeat(self.width))?;
        write!(formatter, "{margin} = {}", self.help)
    }
}

struct Listed<'a>(&'a Path, &'a [Problem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(file, problems) = self;
        for problem in *problems {
            writeln!(formatter, "{}:{problem}\n", file.display())?;
        }
        let count = problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(formatter, "{count} {noun} in {}; nothing was started", file.display())
    }
}

/// The text of a file, and what was found wrong with it so far.
pub(super) struct Source<'a> {
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, problems: RefCell::default() }
    }

    /// Notes that something is wrong; reading goes on, so that all of it is told.
    pub(super) fn refuse(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let problem = Problem::new(self.text, span, message.into(), help.into());
        self.problems.borrow_mut().push(problem);
    }

    /// The words of the file at a place, short enough for a message.
    pub(super) fn words(&self, span: Range<usize>) -> String {
        const WORDS_MAX: usize = 60;
        self.text.get(span).unwrap_or("").chars().take(WORDS_MAX).collect()
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, place: usize) -> usize {
        let before = self.text.get(..place).unwrap_or("");
        before.matches('\n').count().saturating_add(1)
    }

    /// All that was found, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }
}
