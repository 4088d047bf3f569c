//! Which words may not stand in any file is decided here: paths of one machine and the words of
//! one workplace mean nothing to whoever reads the repository elsewhere.

use crate::source;
use crate::tidy::Finding;
use crate::tidy::tree::Tree;

/// The words, split so that this file does not find itself.
const BANNED: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/tmp/", "contract"),
    concat!("../", "shared"),
    concat!("sub", "agent"),
    concat!("/ro", "ot/"),
];

/// Where crates may come from; a lock file that names another registry cannot be used elsewhere.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Banned words in any text, and other registries in the lock file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for word in BANNED {
            for (at, _) in file.text.match_indices(word) {
                let line = source::line_of(&file.text, at);
                let message = format!("`{word}` speaks of one machine or workplace");
                let remedy = "name it relative to the repository, or leave it out";
                findings.push(Finding::fault(&file.path, line, message, remedy));
            }
        }
        if file.path == "Cargo.lock" {
            findings.extend(registries(&file.path, &file.text));
        }
    }
    findings
}

fn registries(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(source) = line.strip_prefix("source = ") else {
            continue;
        };
        if source.trim_matches('"') != REGISTRY {
            let message = format!("a crate comes from {source}");
            let remedy = "take it from crates.io and write the lock file again";
            findings.push(Finding::fault(path, index + 1, message, remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    #[test]
    fn a_machine_path_is_found_in_any_text() {
        let text = format!("A line.\nSee {}design.\n", BANNED[0]);
        finds(check, &[("docs/a.md", &text), ("b.rs", BANNED[2])], &["docs/a.md:2", "b.rs:1"]);
        finds(check, &[("docs/a.md", "network/ shared ../docs teamwork/x\n")], &[]);
    }

    #[test]
    fn a_foreign_registry_in_the_lock_file_is_found() {
        let text =
            format!("source = \"{REGISTRY}\"\nsource = \"sparse+https://mirror.example/\"\n");
        finds(check, &[("Cargo.lock", &text)], &["Cargo.lock:2"]);
    }
}
