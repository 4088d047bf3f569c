//! What a command answers, and with which exit code, is decided here.

use std::io::Write;
use std::process::ExitCode;

/// Everything is as asked.
pub(crate) const OK: u8 = 0;
/// The answer is no: not found, or not in order.
pub(crate) const NEGATIVE: u8 = 1;
/// The question could not be understood or its subject not be read.
pub(crate) const UNREADABLE: u8 = 2;

/// What is printed, and the exit code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// For standard output.
    pub(crate) out: String,
    /// For standard error.
    pub(crate) err: String,
    /// The exit code.
    pub(crate) code: u8,
}

impl Answer {
    /// A text that answers the question.
    pub(crate) fn ok(out: String) -> Self {
        Self { out, err: String::new(), code: OK }
    }

    /// The answer is no.
    pub(crate) fn negative(err: String) -> Self {
        Self { out: String::new(), err, code: NEGATIVE }
    }

    /// A report with an exit code of its own.
    pub(crate) fn report(out: String, code: u8) -> Self {
        Self { out, err: String::new(), code }
    }

    /// JSON, laid out for people and programs alike.
    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self::ok(format!("{value:#}\n"))
    }

    /// The same answer with the exit code of a no.
    pub(crate) fn into_negative(mut self) -> Self {
        self.code = NEGATIVE;
        self
    }

    /// Prints it. Whoever closes the pipe early has read enough.
    pub(crate) fn give(self) -> ExitCode {
        let out = std::io::stdout().lock().write_all(self.out.as_bytes());
        if !self.err.is_empty() {
            eprintln!("{}", self.err.trim_end());
        }
        match out {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                eprintln!("error: standard output cannot be written: {error}");
                ExitCode::from(UNREADABLE)
            }
            Ok(()) | Err(_) => ExitCode::from(self.code),
        }
    }
}
