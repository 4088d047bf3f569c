//! What `cargo xtask test` runs, in which order, and how it reports is decided here.

mod part;

mod cargo;

mod console;

mod sandbox;

mod readme;

mod quickstart;

mod generated;

mod python;

mod export;

mod sdk;

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

pub(crate) use crate::suite::part::Wish;

use crate::suite::part::{Outcome, PARTS, Part, Run};
use crate::workspace::Workspace;

/// The names of all parts, in order.
pub(crate) fn names() -> Vec<&'static str> {
    PARTS.iter().map(|part| part.name).collect()
}

/// Run the parts (all, or those in `only`); true if none failed.
pub(crate) fn run(workspace: &Workspace, only: &[String], wish: Wish) -> Result<bool> {
    let skips =
        if std::env::var("CI").is_ok_and(|ci| ci == "true") { Skips::Fail } else { Skips::Pass };
    let chosen = |part: &&Part| only.is_empty() || only.iter().any(|name| name == part.name);
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for part in PARTS.iter().filter(chosen) {
        let progress = spinner(part.name);
        let started = Instant::now();
        let run = Run { workspace, progress: &progress, wish };
        let outcome =
            (part.run)(&run).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        progress.finish_and_clear();
        let (line, failure) = tally.count(part.name, started.elapsed(), outcome, skips);
        println!("{line}");
        failures.extend(failure.map(|output| (part.name, output)));
    }
    for (name, output) in &failures {
        println!("\n---- {name} ----\n{}", output.trim_end());
    }
    println!("{}{}", if failures.is_empty() { "" } else { "\n" }, tally.closing());
    Ok(tally.failed == 0)
}

/// A line that shows what a part is doing, where somebody watches.
fn spinner(name: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let progress = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{prefix:<12} {elapsed:>5}  {wide_msg}") {
        progress.set_style(style);
    }
    progress.set_prefix(name.to_owned());
    progress.enable_steady_tick(Duration::from_millis(200));
    progress
}

/// What a part that cannot run counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Skips {
    Pass,
    /// Under CI=true: a machine that checks for everybody must be able to run everything.
    Fail,
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Tally {
    /// The part's line, and what to print below if it failed.
    fn count(
        &mut self,
        name: &str,
        took: Duration,
        outcome: Outcome,
        skips: Skips,
    ) -> (String, Option<String>) {
        let line = |said: &str| format!("{name:<12} {:>7.1} s  {said}", took.as_secs_f64());
        match outcome {
            Outcome::Passed(note) if note.is_empty() => {
                self.passed += 1;
                (line("ok"), None)
            }
            Outcome::Passed(note) => {
                self.passed += 1;
                (line(&format!("ok ({note})")), None)
            }
            Outcome::Failed(output) => {
                self.failed += 1;
                (line("FAILED"), Some(output))
            }
            Outcome::Skipped(why) if skips == Skips::Fail => {
                self.failed += 1;
                let output = format!("skipped: {why}\nCI=true is set, and CI skips nothing.");
                (line(&format!("FAILED (skipped: {why})")), Some(output))
            }
            Outcome::Skipped(why) => {
                self.skipped += 1;
                (line(&format!("skipped: {why}")), None)
            }
        }
    }

    fn closing(&self) -> String {
        let counted = format!("{} passed, {} failed", self.passed, self.failed);
        if self.skipped == 0 { counted } else { format!("{counted}, {} skipped", self.skipped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_and_a_failure_keeps_its_output() {
        let mut tally = Tally::default();
        let took = Duration::from_millis(1250);
        let passed = Outcome::Passed("12 tests".to_owned());
        assert_eq!(
            tally.count("test", took, passed, Skips::Pass).0,
            "test             1.2 s  ok (12 tests)"
        );
        let (line, output) = tally.count("fmt", took, Outcome::Failed("diff".into()), Skips::Pass);
        assert!(line.ends_with("  FAILED"));
        assert_eq!(output.unwrap(), "diff");
        assert_eq!(tally.closing(), "1 passed, 1 failed");
    }

    #[test]
    fn a_skip_is_said_and_fails_in_ci() {
        let mut tally = Tally::default();
        let skip = || Outcome::Skipped("no clippy".to_owned());
        let (line, output) = tally.count("clippy", Duration::ZERO, skip(), Skips::Pass);
        assert!(line.ends_with("skipped: no clippy"));
        assert!(output.is_none());
        assert_eq!(tally.closing(), "0 passed, 0 failed, 1 skipped");
        let (_, output) = tally.count("clippy", Duration::ZERO, skip(), Skips::Fail);
        assert!(output.unwrap().contains("no clippy"));
        assert_eq!(tally.failed, 1);
    }
}
