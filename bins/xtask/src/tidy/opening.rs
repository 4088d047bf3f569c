//! How a source file begins is decided here: with one sentence on what is decided in it.

use crate::tidy::Finding;
use crate::tidy::tree::Tree;

/// Rust files whose first line is not `//!`.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let first = file.text.lines().next().unwrap_or_default();
        let said = first.strip_prefix("//!").is_some_and(|rest| !rest.trim().is_empty());
        if !said {
            let message = "the file does not open with a `//!` sentence";
            let remedy = "say in its first line what is decided here";
            findings.push(Finding::fault(&file.path, 1, message, remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    #[test]
    fn a_file_opens_with_its_sentence() {
        finds(check, &[("a.rs", "//! What a is.\n")], &[]);
        finds(check, &[("a.rs", "//!\nfn f() {}\n"), ("b.rs", "use c;\n")], &["a.rs:1", "b.rs:1"]);
    }
}
