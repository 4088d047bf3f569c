//! Logs on a real disk, as text: those that are kept in `tests/fixtures` are read by every later
//! version, and a reader that shares no code with this one says the same of fresh ones.

// A test's helpers report by panicking, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fixtures;
mod making;
mod python;
mod text;
