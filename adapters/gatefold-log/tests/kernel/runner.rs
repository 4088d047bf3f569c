//! Runs the cases two at a time and says how each ended, as the test harness would.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;

/// A name and what it runs.
pub(crate) type Case = (&'static str, fn());

/// Runs the cases whose name contains one of the arguments, or all.
pub(crate) fn run(cases: &[Case], arguments: &[String]) -> ExitCode {
    let filters: Vec<&String> = arguments.iter().filter(|it| !it.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|it| name.contains(*it));
    let left: Vec<&Case> = cases.iter().filter(|(name, _)| wanted(name)).rev().collect();
    if arguments.iter().any(|it| it == "--list") {
        left.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    println!("running {} tests", left.len());
    let (left, results) = (Mutex::new(left), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some((name, case)) = next else { break };
                    let passed = catch_unwind(AssertUnwindSafe(case)).is_ok();
                    println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
                    results.lock().unwrap().push(passed);
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    let failed = results.iter().filter(|passed| !**passed).count();
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {} passed; {failed} failed", results.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
