//! What keeps core pure is decided here: it declares `no_std` and nobody brings std back.

use crate::source;
use crate::tidy::Finding;
use crate::tidy::tree::Tree;

/// A core without `#![no_std]`, and `extern crate std` outside of tests.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with("core/src/")) {
        let code = file.shipped();
        if file.path == "core/src/lib.rs" && !code.contains("#![no_std]") {
            let message = "core does not declare `#![no_std]`";
            let remedy = "declare it: without std there is no clock, file or thread to call";
            findings.push(Finding::fault(&file.path, 1, message, remedy));
        }
        for at in source::words(&code, "extern") {
            let words: Vec<&str> = code[at..].split_whitespace().take(3).collect();
            if matches!(words.as_slice(), [_, "crate", name] if name.starts_with("std")) {
                let line = source::line_of(&code, at);
                let message = "`extern crate std` brings clock, files and threads into core";
                let remedy = "take what is needed as an argument (in tests: under #[cfg(test)])";
                findings.push(Finding::fault(&file.path, line, message, remedy));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    #[test]
    fn no_std_with_std_in_tests_only_passes() {
        let text = "//! Core.\n#![no_std]\nextern crate alloc;\n#[cfg(test)]\nextern crate std;\n";
        finds(check, &[("core/src/lib.rs", text)], &[]);
    }

    #[test]
    fn std_coming_back_is_found() {
        let text = "//! Core.\nextern crate alloc;\nextern crate std;\n";
        finds(check, &[("core/src/lib.rs", text)], &["core/src/lib.rs:1", "core/src/lib.rs:3"]);
    }
}
