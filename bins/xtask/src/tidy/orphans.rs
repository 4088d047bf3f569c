//! Which source files nobody compiles is decided here.

use crate::tidy::Finding;
use crate::tidy::manifests;
use crate::tidy::modules::{inside, reached};
use crate::tidy::tree::{File, Tree};

/// Files below `src` and `tests` that no `mod` line and no quoted path reaches.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let (manifests, mut findings) = manifests::read(tree);
    for manifest in &manifests {
        let folder = manifest.folder();
        let nested = |path: &str| {
            manifests.iter().any(|other| {
                other.folder().len() > folder.len() && inside(path, other.folder()).is_some()
            })
        };
        let mine: Vec<&File> = tree
            .rust()
            .filter(|file| inside(&file.path, folder).is_some() && !nested(&file.path))
            .collect();
        let reached = reached(tree, manifest);
        let quoted = quoted(&mine);
        for file in &mine {
            let Some(path) = inside(&file.path, folder) else {
                continue;
            };
            let watched = path.starts_with("src/") || path.starts_with("tests/");
            let sample = quoted.iter().any(|it| is_sample(it, path));
            if watched && !sample && !reached.contains_key(&file.path) {
                findings.push(Finding::fault(
                    &file.path,
                    0,
                    "no `mod` line reaches this file, so it is never compiled",
                    "declare it in its parent, or delete it",
                ));
            }
        }
    }
    findings
}

/// Every quoted path to Rust files, as trybuild and `include!` name their samples.
fn quoted(files: &[&File]) -> Vec<String> {
    let mut paths = Vec::new();
    for file in files {
        for (end, _) in file.text.match_indices(".rs\"") {
            let before = file.text.get(..end).unwrap_or_default();
            let start = before.rfind('"').map_or(0, |at| at + 1);
            paths.push(format!("{}.rs", &before[start..]));
        }
    }
    paths
}

/// Whether a quoted path, perhaps with one star in its last part, names this file.
fn is_sample(quoted: &str, path: &str) -> bool {
    match quoted.split_once('*') {
        None => path == quoted || (quoted.contains('/') && path.ends_with(&format!("/{quoted}"))),
        Some((start, end)) => {
            let middle = path.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
            !start.is_empty() && middle.is_some_and(|name| !name.contains('/'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    const MANIFEST: (&str, &str) = ("core/Cargo.toml", "[package]\nname = \"gatefold-core\"\n");

    #[test]
    fn a_file_without_a_mod_line_is_found() {
        let files = [
            MANIFEST,
            ("core/src/lib.rs", "mod a;"),
            ("core/src/a.rs", ""),
            ("core/src/b.rs", ""),
            ("core/tests/it/main.rs", ""),
            ("core/tests/it/c.rs", ""),
        ];
        finds(check, &files, &["core/src/b.rs:0", "core/tests/it/c.rs:0"]);
    }

    #[test]
    fn samples_that_a_test_quotes_are_not_orphans() {
        let test =
            "fn t() { cases.compile_fail(\"tests/it/proofs/*.rs\"); pass(\"tests/p/x.rs\"); }";
        let files = [
            MANIFEST,
            ("core/src/lib.rs", ""),
            ("core/tests/it/main.rs", test),
            ("core/tests/it/proofs/forge.rs", ""),
            ("core/tests/p/x.rs", ""),
        ];
        finds(check, &files, &[]);
    }

    #[test]
    fn a_crate_inside_a_crate_keeps_its_own_files() {
        let files = [
            MANIFEST,
            ("core/src/lib.rs", ""),
            ("core/tests/own/Cargo.toml", "[package]\nname = \"own\"\n"),
            ("core/tests/own/src/main.rs", ""),
        ];
        finds(check, &files, &[]);
    }
}
