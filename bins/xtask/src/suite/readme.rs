//! What the README and the pages of commands must keep is decided here: each command of their
//! console sessions runs, and prints what is written below it.

use std::process::Output;

use anyhow::{Context, Result};

use crate::suite::console::{Step, compare, normalize, steps};
use crate::suite::part::{Outcome, Run};
use crate::suite::sandbox::Sandbox;

/// This very suite, which the README names, too.
const ITSELF: &str = "cargo xtask test";

/// The documents whose sessions are run.
const PAGES: &[&str] =
    &["README.md", "docs/operating-the-log.md", "docs/import.md", "docs/morning-report.md"];

/// Run every session of every page, a page's in order and in one folder.
pub(crate) fn run(run: &Run<'_>) -> Result<Outcome> {
    let mut failures = Vec::new();
    let mut count = 0;
    for page in PAGES {
        let text = std::fs::read_to_string(run.workspace.root.join(page))
            .with_context(|| format!("{page} cannot be read"))?;
        let sandbox = Sandbox::new(run.workspace)?;
        let steps: Vec<Step> = steps(&text).into_iter().filter(|it| !is_itself(it)).collect();
        if steps.is_empty() {
            let why = "shows no command: write one in a ```console fence, after `$ `";
            failures.push(format!("{page} {why}"));
        }
        count += steps.len();
        for step in &steps {
            run.progress.set_message(step.command.clone());
            let output = sandbox.run(&step.command)?;
            let folders = [sandbox.path(), run.workspace.root.as_path()];
            let folders = folders.map(|it| it.to_string_lossy().into_owned());
            failures.extend(judge(page, step, &output, &folders.each_ref().map(String::as_str)));
        }
    }
    if failures.is_empty() {
        return Ok(Outcome::Passed(format!("{count} commands")));
    }
    Ok(Outcome::Failed(failures.join("\n")))
}

fn is_itself(step: &Step) -> bool {
    step.command.starts_with(ITSELF)
}

/// What is wrong with a step, if anything: its exit first, then its output (standard output
/// only, since logs and cargo's progress go to the other).
fn judge(page: &str, step: &Step, output: &Output, folders: &[&str]) -> Option<String> {
    let Step { line, command, expected } = step;
    let printed = normalize(&String::from_utf8_lossy(&output.stdout), folders);
    let place = format!("{page}:{line}: `{command}`");
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let printed = printed.join("\n");
        return Some(format!("{place} failed ({})\n{printed}\n{errors}", output.status));
    }
    if expected.is_empty() {
        return None;
    }
    let difference = compare(expected, &printed).err()?;
    Some(format!(
        "{place} prints something else: {difference}\n-- shown\n{}\n-- printed (put this there, \
         with `...` for lines and `[..]` for parts that vary)\n{}\n",
        expected.join("\n"),
        printed.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn verdict(script: &str, expected: &[&str]) -> Option<String> {
        let step = Step {
            line: 7,
            command: script.to_owned(),
            expected: expected.iter().map(|line| (*line).to_owned()).collect(),
        };
        let output = Command::new("sh").args(["-c", script]).output().unwrap();
        judge("README.md", &step, &output, &["/nowhere"])
    }

    #[test]
    fn the_shown_output_passes_and_errors_are_not_compared() {
        assert_eq!(verdict("echo a; echo log >&2", &["a"]), None);
        assert_eq!(verdict("echo anything", &[]), None);
    }

    #[test]
    fn another_output_or_exit_is_told_with_its_place() {
        let other = verdict("echo b", &["a"]).unwrap();
        assert!(other.starts_with("README.md:7: `echo b` prints something else"), "{other}");
        let failed = verdict("echo why >&2; exit 2", &[]).unwrap();
        assert!(failed.contains("exit status: 2"), "{failed}");
        assert!(failed.contains("why"), "{failed}");
    }

    #[test]
    fn the_suite_does_not_run_itself() {
        let text = "```console\n$ cargo xtask test\n$ cargo xtask tidy\n```\n";
        let steps = steps(text);
        assert_eq!(steps.iter().filter(|step| !is_itself(step)).count(), 1);
    }
}
