//! How long lines and files may be is decided here; the tests of a file are not counted.

use crate::tidy::Finding;
use crate::tidy::tree::{File, Tree};

/// Columns of a line, in characters.
const LINE_COLUMNS_MAX: usize = 100;
/// Lines of a file without its tests: more is a hint.
const FILE_LINES_AIM: usize = 300;
/// Lines of a file without its tests: more is a fault.
const FILE_LINES_MAX: usize = 500;

/// Lines that are too wide and source files that are too long.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (index, line) in file.text.lines().enumerate() {
            let columns = line.chars().count();
            // An address cannot be broken, and golden texts stand as people see them.
            let golden = file.path.contains("/tests/");
            if !golden && columns > LINE_COLUMNS_MAX && !line.contains("://") {
                let message = format!("{columns} columns, at most {LINE_COLUMNS_MAX} are allowed");
                findings.push(Finding::fault(&file.path, index + 1, message, "break the line"));
            }
        }
        findings.extend(length(file));
    }
    findings
}

fn length(file: &File) -> Option<Finding> {
    let source = file.path.starts_with("src/") || file.path.contains("/src/");
    let lines = lines_without_tests(file);
    if !source || lines <= FILE_LINES_AIM {
        return None;
    }
    let message = format!("{lines} lines without its tests, the aim is {FILE_LINES_AIM}");
    let remedy = "give its second idea a file of its own";
    let finding = Finding::fault(&file.path, 0, message, remedy);
    Some(if lines > FILE_LINES_MAX { finding } else { finding.into_hint() })
}

/// The lines before the closing test module.
fn lines_without_tests(file: &File) -> usize {
    let lines: Vec<&str> = file.code.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        let [attribute, item] = pair else {
            return false;
        };
        let item = item.trim_start_matches("pub(crate) ");
        attribute.starts_with("#[cfg(test)]") && item.starts_with("mod ") && item.contains('{')
    });
    tests.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{Weight, finds, tree};

    #[test]
    fn a_wide_line_is_found_and_an_address_is_not() {
        let text = format!("//! {}\n// https://{}\n", "x".repeat(97), "y".repeat(100));
        finds(check, &[("a.rs", &text)], &["a.rs:1"]);
        finds(check, &[("a.rs", &format!("//! {}\n", "é".repeat(96)))], &[]);
    }

    fn weigh(lines: usize, tests: usize) -> Vec<Weight> {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(tests));
        let text = format!("{}{tests}", "\n".repeat(lines));
        check(&tree(&[("core/src/a.rs", &text)])).iter().map(|it| it.weight).collect()
    }

    #[test]
    fn a_long_file_is_a_hint_and_a_very_long_one_a_fault() {
        assert_eq!(weigh(300, 900), []);
        assert_eq!(weigh(301, 0), [Weight::Hint]);
        assert_eq!(weigh(501, 0), [Weight::Fault]);
    }
}
