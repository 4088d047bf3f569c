//! What a dependency owes is decided here: a reason in docs/dependencies.md, and a user.

use crate::source;
use crate::tidy::Finding;
use crate::tidy::manifests::{self, line_of};
use crate::tidy::tree::Tree;

const REASONS: &str = "docs/dependencies.md";

/// Dependencies without a reason, and such that no member uses.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(root) = tree.file("Cargo.toml") else {
        return Vec::new();
    };
    let Ok(table) = root.text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let listed = table.get("workspace").and_then(|it| it.get("dependencies")?.as_table());
    let reasons = tree.file(REASONS).map_or("", |file| file.text.as_str());
    let (manifests, _) = manifests::read(tree);
    let mut findings = Vec::new();
    for (name, value) in listed.into_iter().flatten() {
        // What lies in this repository owes no reason.
        if value.get("path").is_some() {
            continue;
        }
        let line = line_of(&root.text, "dependencies", name);
        if !is_named(reasons, name) {
            let message = format!("`{name}` has no reason in {REASONS}");
            let remedy = "write a line there: what it is for, and why not without it";
            findings.push(Finding::fault("Cargo.toml", line, message, remedy));
        }
        let used = manifests.iter().flat_map(|it| &it.dependencies).any(|it| it.name == *name);
        if !used {
            let message = format!("no member uses `{name}`");
            findings.push(Finding::fault("Cargo.toml", line, message, "remove it").into_hint());
        }
    }
    findings
}

/// Whether a line names the crate as a whole word; `-` belongs to a crate's name.
fn is_named(reasons: &str, name: &str) -> bool {
    source::words(reasons, name).any(|at| {
        let before = at.checked_sub(1).and_then(|it| reasons.as_bytes().get(it));
        let after = reasons.as_bytes().get(at + name.len());
        before != Some(&b'-') && after != Some(&b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{Weight, finds, tree};

    const ROOT: &str = "[workspace.dependencies]\ngatefold-core = { path = \"core\" }\n\
                        tracing = \"0.1\"\ntracing-subscriber = \"0.3\"\n";
    const MEMBER: &str = "[package]\nname = \"x\"\n[dependencies]\ntracing.workspace = true\n\
                          tracing-subscriber.workspace = true\n";

    #[test]
    fn each_dependency_needs_its_own_line() {
        let files = [
            ("Cargo.toml", ROOT),
            ("bins/x/Cargo.toml", MEMBER),
            (REASONS, "- `tracing-subscriber`: prints the logs.\n"),
        ];
        finds(check, &files, &["Cargo.toml:3"]);
        let files = [files[0], files[1], (REASONS, "tracing, and tracing-subscriber for it\n")];
        finds(check, &files, &[]);
    }

    #[test]
    fn a_dependency_without_a_user_is_a_hint() {
        let found = check(&tree(&[("Cargo.toml", ROOT), (REASONS, "tracing tracing-subscriber")]));
        assert_eq!(found.iter().map(|it| it.weight).collect::<Vec<_>>(), [Weight::Hint; 2]);
    }
}
