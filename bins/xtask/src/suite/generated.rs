//! Which documents are written by a program, and must be what it writes, is decided here.

use std::path::Path;

use anyhow::{Context, Result};

use crate::suite::part::{Outcome, Run, Wish};

/// Each document and the command that prints it.
const DOCUMENTS: &[(&str, &[&str])] =
    &[("docs/gates.md", &["run", "--quiet", "--package", "gatefold-cli", "--", "docs", "gates"])];

/// Compare every generated document, or write it.
pub(crate) fn run(run: &Run<'_>) -> Result<Outcome> {
    let mut failures = Vec::new();
    for (path, arguments) in DOCUMENTS {
        run.progress.set_message(format!("cargo {}", arguments.join(" ")));
        let output = run
            .workspace
            .cargo(arguments.iter().copied())
            .output()
            .context("cargo cannot be started")?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            failures.push(format!("`cargo {}` failed:\n{errors}", arguments.join(" ")));
            continue;
        }
        let printed = String::from_utf8_lossy(&output.stdout);
        failures.extend(hold(&run.workspace.root, path, &printed, run.wish)?);
    }
    if failures.is_empty() {
        return Ok(Outcome::Passed(String::new()));
    }
    Ok(Outcome::Failed(failures.join("\n")))
}

/// What is wrong with one document; nothing once it is blessed.
fn hold(root: &Path, path: &str, printed: &str, wish: Wish) -> Result<Option<String>> {
    if printed.trim().is_empty() {
        return Ok(Some(format!("{path}: its command printed nothing")));
    }
    let file = root.join(path);
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    if written == printed {
        return Ok(None);
    }
    if wish == Wish::Bless {
        std::fs::write(&file, printed).with_context(|| format!("{path} cannot be written"))?;
        return Ok(None);
    }
    let pairs = written.lines().zip(printed.lines());
    let same = pairs.take_while(|(left, right)| left == right).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(the end)").to_owned();
    Ok(Some(format!(
        "{path}:{}: differs from what its command prints\n-- written: {}\n-- printed: {}\n\
         rewrite it with `cargo xtask test --only generated --bless`",
        same + 1,
        line(&written),
        line(printed)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_located_and_blessed() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a.md"), "one\ntwo\n").unwrap();
        let held = |printed, wish| hold(root.path(), "a.md", printed, wish).unwrap();
        assert_eq!(held("one\ntwo\n", Wish::Compare), None);
        let found = held("one\nthree\n", Wish::Compare).unwrap();
        assert!(found.starts_with("a.md:2: differs"), "{found}");
        assert_eq!(held("one\nthree\n", Wish::Bless), None);
        assert_eq!(held("one\nthree\n", Wish::Compare), None);
        assert!(held("\n", Wish::Bless).unwrap().contains("printed nothing"));
    }
}
