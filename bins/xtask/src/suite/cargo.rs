//! Which cargo commands the suite runs, and what to do when one is not installed, is decided here.

use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::suite::part::{Outcome, Run};
use crate::tools;
use crate::workspace::Workspace;

/// `cargo fmt --all --check`.
pub(crate) fn fmt(run: &Run<'_>) -> Result<Outcome> {
    if let Err(why) = component(run.workspace, "fmt", "rustfmt") {
        return Ok(Outcome::Skipped(why));
    }
    plain(run, run.workspace.cargo(["fmt", "--all", "--check", "--", "--color", "never"]))
}

/// Clippy over every target, warnings denied.
pub(crate) fn clippy(run: &Run<'_>) -> Result<Outcome> {
    if let Err(why) = component(run.workspace, "clippy", "clippy") {
        return Ok(Outcome::Skipped(why));
    }
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    plain(run, run.workspace.cargo(arguments))
}

/// Unit, scenario, golden, property, compile-fail and doc tests.
pub(crate) fn test(run: &Run<'_>) -> Result<Outcome> {
    // With it the dispatcher is killed at every sync; without it that test says so, or fails in CI.
    let lacking = tools::provide(run.workspace, "strace").err();
    let mut command = run.workspace.cargo(["test", "--workspace", "--no-fail-fast"]);
    let without = tools::provide_postgres(run.workspace).err();
    if let Some(why) = &without {
        if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            return Ok(Outcome::Failed(format!("{why}\nCI=true is set, and CI skips nothing.")));
        }
        // Everything that makes a cluster is left out, and the part says so.
        command.args(["--exclude", "gatefold-postgres", "--exclude", "throwaway-postgres"]);
        command.args(["--", "--skip", "database::"]);
    }
    let said = process::watch(command, run.progress)?;
    let count = count(&said.text);
    if !said.success {
        return Ok(Outcome::Failed(said.text));
    }
    if count.passed == 0 {
        return Ok(Outcome::Failed(format!("{}\nno test ran", said.text)));
    }
    let ignored =
        if count.ignored == 0 { String::new() } else { format!(", {} ignored", count.ignored) };
    let lacking: String =
        [lacking, without].into_iter().flatten().map(|why| format!("; {why}")).collect();
    Ok(Outcome::Passed(format!("{} tests{ignored}{lacking}", count.passed)))
}

/// The reference, warnings (broken links among them) denied.
pub(crate) fn docs(run: &Run<'_>) -> Result<Outcome> {
    let mut command = run.workspace.cargo(["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    plain(run, command)
}

/// Every bench runs once, unoptimized: that is what criterion does where nothing is measured. The
/// peers are not built, but what their lock file says must still hold.
pub(crate) fn benches(run: &Run<'_>) -> Result<Outcome> {
    let mut peers = run.workspace.cargo(["update", "--workspace", "--locked", "--manifest-path"]);
    peers.arg(crate::peers::MANIFEST);
    if let Outcome::Failed(said) = plain(run, peers)? {
        let remedy = "build benches/peers without --locked, and commit its Cargo.lock";
        return Ok(Outcome::Failed(format!("{said}\n{remedy}")));
    }
    plain(run, run.workspace.cargo(["test", "--workspace", "--bench", "*"]))
}

fn plain(run: &Run<'_>, command: Command) -> Result<Outcome> {
    let said = process::watch(command, run.progress)?;
    Ok(if said.success { Outcome::Passed(String::new()) } else { Outcome::Failed(said.text) })
}

/// Make sure that `cargo NAME` is there; else why it is not.
fn component(workspace: &Workspace, name: &str, component: &str) -> Result<(), String> {
    if process::answers(workspace.cargo([name, "--version"])) {
        return Ok(());
    }
    let mut rustup = workspace.command("rustup");
    rustup.args(["component", "add", component]);
    if process::answers(rustup) && process::answers(workspace.cargo([name, "--version"])) {
        return Ok(());
    }
    Err(format!("{component} is missing and `rustup component add {component}` did not help"))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    ignored: usize,
}

/// The sums over all `test result:` lines.
fn count(text: &str) -> Count {
    let mut count = Count::default();
    for line in text.lines().filter(|line| line.starts_with("test result:")) {
        for part in line.split([';', '.']) {
            match part.split_whitespace().collect::<Vec<_>>().as_slice() {
                [number, "passed"] => count.passed += number.parse().unwrap_or(0),
                [number, "ignored"] => count.ignored += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_binaries_are_added() {
        let text = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                    running 3 tests\n\
                    test result: ok. 3 passed; 0 failed; 0 ignored; finished in 0.01s\n";
        assert_eq!(count(text), Count { passed: 15, ignored: 1 });
    }
}
