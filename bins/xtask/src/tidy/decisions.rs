//! What a decision record looks like is decided here: `NNNN-name.md`, short enough to be read.

use crate::tidy::Finding;
use crate::tidy::tree::Tree;

const FOLDER: &str = "docs/decisions/";
const LINES_MAX: usize = 40;

/// Records that are too long, badly named, or that share a number.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbers: Vec<(&str, &str)> = Vec::new();
    for file in &tree.files {
        let Some(name) = file.path.strip_prefix(FOLDER) else {
            continue;
        };
        if name == "README.md" || !name.ends_with(".md") {
            continue;
        }
        let number = name.split('-').next().unwrap_or_default();
        if number.len() != 4 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = "a decision's name does not begin with four digits";
            findings.push(Finding::fault(
                &file.path,
                0,
                message,
                "name it NNNN-what-was-decided.md",
            ));
        } else if let Some((_, first)) = numbers.iter().find(|it| it.0 == number) {
            let message = format!("the number {number} is taken by {first}");
            findings.push(Finding::fault(&file.path, 0, message, "take the next free number"));
        } else {
            numbers.push((number, &file.path));
        }
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            let message = format!("{lines} lines, a decision has at most {LINES_MAX}");
            let remedy = "keep status, context, options and outcome; move the rest to docs";
            findings.push(Finding::fault(&file.path, LINES_MAX + 1, message, remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    #[test]
    fn short_and_numbered_passes() {
        let text = "x\n".repeat(40);
        let files = [("docs/decisions/0001-a.md", text.as_str()), ("docs/tour.md", &text)];
        finds(check, &files, &[]);
    }

    #[test]
    fn long_unnumbered_and_doubled_are_found() {
        let long = "x\n".repeat(41);
        let files = [
            ("docs/decisions/0001-a.md", long.as_str()),
            ("docs/decisions/0001-b.md", "x"),
            ("docs/decisions/c.md", "x"),
        ];
        let places =
            ["docs/decisions/0001-a.md:41", "docs/decisions/0001-b.md:0", "docs/decisions/c.md:0"];
        finds(check, &files, &places);
    }
}
