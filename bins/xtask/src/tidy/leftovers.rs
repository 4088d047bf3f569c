//! Which marks of unfinished work may not stay is decided here.

use crate::source;
use crate::tidy::Finding;
use crate::tidy::tree::Tree;

/// Words that mark work somebody meant to finish. Split so that this file does not find itself.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

/// Macros and attributes that stand in for work not done, and what to do instead.
const STAND_INS: &[(&str, &str)] = &[
    ("todo!", "write the code"),
    ("unimplemented!", "write the code, or refuse with a typed error"),
    ("dbg!", "remove it, or use tracing"),
    ("#[ignore", "make the test pass, or delete it"),
];

/// Notes in any text, and stand-ins in Rust code.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let prose = [".rs", ".md", ".toml", ".yml", ".yaml", ".sh"];
        if prose.iter().any(|ending| file.path.ends_with(ending)) {
            for note in NOTES {
                for at in source::words(&file.text, note) {
                    let line = source::line_of(&file.text, at);
                    let message = format!("leftover {note}");
                    let remedy = "do it now, or open an issue and delete the note";
                    findings.push(Finding::fault(&file.path, line, message, remedy));
                }
            }
        }
        for (stand_in, remedy) in STAND_INS {
            for (at, _) in file.code.match_indices(stand_in) {
                let before = at.checked_sub(1).and_then(|it| file.code.as_bytes().get(it));
                if before.is_none_or(|byte| !source::is_word(*byte)) {
                    let line = source::line_of(&file.code, at);
                    let message = format!("leftover `{stand_in}`");
                    findings.push(Finding::fault(&file.path, line, message, *remedy));
                }
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
    fn notes_and_stand_ins_are_found_where_they_stand() {
        let text = format!("//! A.\n// {}: later\nfn f() {{ {}() }}\n", NOTES[0], STAND_INS[0].0);
        finds(check, &[("a.rs", &text)], &["a.rs:2", "a.rs:3"]);
        finds(check, &[("docs/a.md", &format!("{} this", NOTES[1]))], &["docs/a.md:1"]);
        let ignored = "#[test]\n#[ignore = \"slow\"]\nfn t() {}\n";
        finds(check, &[("a.rs", ignored)], &["a.rs:2"]);
    }

    #[test]
    fn similar_words_and_quoted_macros_pass() {
        let text = "//! TODOS and XXXL.\nconst A: &str = \"todo!()\";\nmy_dbg!(1);\n";
        finds(check, &[("a.rs", text), ("data/x.csv", NOTES[2])], &[]);
    }
}
