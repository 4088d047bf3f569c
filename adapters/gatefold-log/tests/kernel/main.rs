//! The log on the real kernel: system calls that fail, lie or never return, a process killed at
//! each of them, a full file system, and a second writer.
//!
//! The program plays all parts: with the name of a part and a directory it is the process that
//! something happens to, otherwise it is the test. So it has no test harness.

// A test's helpers report by panicking, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod errors;
mod kills;
mod locks;
mod observer;
mod parts;
mod runner;
mod script;
mod tmpfs;

use std::path::Path;
use std::process::ExitCode;

const CASES: &[runner::Case] = &[
    ("row_11_a_sync_that_fails_at_any_call_poisons", errors::sync_fails),
    ("row_11_a_directory_sync_that_fails_loses_nothing", errors::directory_sync_fails),
    ("row_12_no_space_at_any_write_stores_nothing_half", errors::no_space),
    ("row_12_a_full_file_system_is_full_readable_and_goes_on", tmpfs::full),
    ("row_13_a_write_that_writes_nothing_poisons", errors::empty_writes),
    ("row_13_a_write_that_lies_about_its_length_is_found", errors::lying_writes),
    ("row_13_an_interrupted_call_is_made_again", errors::interrupted),
    ("row_13_a_read_that_fails_is_not_the_end_of_the_log", errors::reads_fail),
    ("row_13_a_read_that_ends_early_is_not_the_end_of_the_log", errors::short_reads),
    ("row_14_killed_at_any_call", kills::at_any_call),
    ("row_14_killed_at_any_call_of_the_opening_after_a_kill", kills::at_any_call_of_the_opening),
    ("row_18_a_second_process_is_told_who_writes", locks::second_process),
    ("row_18_a_killed_holder_leaves_no_lock", locks::killed_holder),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [part, directory] if part.starts_with("part-") => parts::play(part, Path::new(directory)),
        _ => runner::run(CASES, &arguments),
    }
}
