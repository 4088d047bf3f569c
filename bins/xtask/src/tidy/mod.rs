//! Which rules the tree is held to is decided here: one list, one file per rule.

pub(crate) mod tree;

mod manifests;

mod modules;

mod crates;

mod stages;

mod mints;

mod pure;

mod orphans;

mod leftovers;

mod opening;

mod lengths;

mod words;

mod dependencies;

mod decisions;

use std::fmt;
use std::path::Path;

use anyhow::Result;

use crate::tidy::tree::Tree;

/// One rule, and how to find where it is broken.
pub(crate) struct Check {
    name: &'static str,
    run: fn(&Tree) -> Vec<Finding>,
}

/// The rules, in the order in which they are reported.
const CHECKS: &[Check] = &[
    Check { name: "crates", run: crates::check },
    Check { name: "stages", run: stages::check },
    Check { name: "mints", run: mints::check },
    Check { name: "pure", run: pure::check },
    Check { name: "orphans", run: orphans::check },
    Check { name: "leftovers", run: leftovers::check },
    Check { name: "opening", run: opening::check },
    Check { name: "lengths", run: lengths::check },
    Check { name: "words", run: words::check },
    Check { name: "dependencies", run: dependencies::check },
    Check { name: "decisions", run: decisions::check },
];

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The rule is broken: tidy fails.
    Fault,
    /// An aim is missed: worth a look.
    Hint,
}

/// One place where a rule is broken, and what to do about it.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    /// From 1; 0 speaks of the whole file.
    line: usize,
    message: String,
    remedy: String,
    weight: Weight,
}

impl Finding {
    /// A broken rule.
    pub(crate) fn fault(
        path: impl Into<String>,
        line: usize,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        let (path, message, remedy) = (path.into(), message.into(), remedy.into());
        assert!(!remedy.is_empty(), "a finding says what to do: {message}");
        Finding { path, line, message, remedy, weight: Weight::Fault }
    }

    /// The same place as an aim that is missed.
    pub(crate) fn into_hint(self) -> Finding {
        Finding { weight: Weight::Hint, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.max(1);
        write!(f, "{}:{line}: {}; {}", self.path, self.message, self.remedy)
    }
}

/// What tidy found, ready to print.
pub(crate) struct Report {
    /// One line per finding, faults first.
    pub(crate) lines: Vec<String>,
    pub(crate) faults: usize,
    pub(crate) hints: usize,
    pub(crate) files: usize,
}

impl Report {
    /// "11 checks, 90 files, 0 faults, 2 hints".
    pub(crate) fn summary(&self) -> String {
        let (checks, files) = (CHECKS.len(), self.files);
        format!("{checks} checks, {files} files, {} faults, {} hints", self.faults, self.hints)
    }
}

/// Hold the tree at `root` to every rule.
pub(crate) fn report(root: &Path) -> Result<Report> {
    let tree = Tree::read(root)?;
    let (mut faults, mut hints) = (Vec::new(), Vec::new());
    for check in CHECKS {
        for finding in (check.run)(&tree) {
            match finding.weight {
                Weight::Fault => faults.push(format!("{}: {finding}", check.name)),
                Weight::Hint => hints.push(format!("{} (hint): {finding}", check.name)),
            }
        }
    }
    let (files, faults_found, hints_found) = (tree.files.len(), faults.len(), hints.len());
    faults.append(&mut hints);
    Ok(Report { lines: faults, faults: faults_found, hints: hints_found, files })
}

/// `cargo xtask tidy`: print what was found; true if no rule is broken.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let report = report(root)?;
    for line in &report.lines {
        println!("{line}");
    }
    println!("tidy: {}", report.summary());
    Ok(report.faults == 0)
}

/// A tree written down in a test.
#[cfg(test)]
pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
    let files = files.iter().map(|(path, text)| tree::File::new(path, text)).collect();
    Tree { files }
}

/// The check finds exactly this, one `path:line` per finding.
#[cfg(test)]
#[track_caller]
pub(crate) fn finds(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], places: &[&str]) {
    let found = check(&tree(files));
    let at: Vec<String> = found.iter().map(|it| format!("{}:{}", it.path, it.line)).collect();
    assert_eq!(at, places, "{found:#?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_on_disk_is_read_checked_and_counted() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a.rs"), "fn main() {}\n").unwrap();
        let report = report(root.path()).unwrap();
        assert_eq!((report.faults, report.hints, report.files), (1, 0, 1));
        assert!(report.lines[0].starts_with("opening: a.rs:1: "), "{:?}", report.lines);
        assert!(!run(root.path()).unwrap());
    }

    #[test]
    fn a_hint_alone_does_not_fail() {
        let root = tempfile::tempdir().unwrap();
        let long = format!("//! Long.\n{}", "const _: u8 = 0;\n".repeat(350));
        std::fs::create_dir(root.path().join("src")).unwrap();
        std::fs::write(root.path().join("src/a.rs"), long).unwrap();
        assert!(run(root.path()).unwrap());
        assert_eq!(report(root.path()).unwrap().hints, 1);
    }
}
