//! How often a proof may be minted is decided here: `Approved` and `Recorded` once each, and
//! neither may be copied, defaulted or read from bytes.

use crate::source;
use crate::tidy::Finding;
use crate::tidy::manifests;
use crate::tidy::modules::{Use, reached};
use crate::tidy::tree::{File, Tree};

/// The proofs, and below which path each has its one mint.
const PROOFS: &[(&str, &str)] =
    &[("Approved", "core/src/decide/"), ("Recorded", "core/src/record/writer.rs")];

/// Derives that would make a second proof out of one or out of nothing.
const LEAKS: &[&str] =
    &["Clone", "Copy", "Default", "Decode", "BorrowDecode", "Deserialize", "From", "Encode"];

/// Proofs that are minted elsewhere, more than once or never, or that leak.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let (manifests, _) = manifests::read(tree);
    let Some(core) = manifests.iter().find(|manifest| manifest.folder() == "core") else {
        return Vec::new();
    };
    let reached = reached(tree, core);
    let shipped = |file: &&File| {
        file.path.starts_with("core/src/") && reached.get(&file.path) != Some(&Use::Test)
    };
    let sources: Vec<(&File, String)> =
        tree.rust().filter(shipped).map(|file| (file, file.shipped())).collect();
    let mut findings = Vec::new();
    for (proof, home) in PROOFS {
        findings.extend(count(&sources, proof, home));
        for (file, code) in &sources {
            findings.extend(leaks(file, code, proof));
        }
    }
    findings
}

fn count(sources: &[(&File, String)], proof: &str, home: &str) -> Vec<Finding> {
    let mut mints = Vec::new();
    for (file, code) in sources {
        for at in literals(code, proof) {
            mints.push((file.path.as_str(), source::line_of(code, at)));
        }
    }
    if mints.is_empty() {
        let message = format!("`{proof} {{ .. }}` is minted nowhere in core/src");
        let remedy = format!("mint it once, below {home}");
        return vec![Finding::fault(home, 0, message, remedy)];
    }
    let mut findings = Vec::new();
    let mut first: Option<String> = None;
    for (path, line) in mints {
        if !path.starts_with(home) {
            let message = format!("`{proof}` is minted outside of {home}");
            findings.push(Finding::fault(path, line, message, "let its one mint make it"));
        } else if let Some(first) = &first {
            let message = format!("`{proof}` is minted a second time (first: {first})");
            findings.push(Finding::fault(path, line, message, "call the first mint"));
        } else {
            first = Some(format!("{path}:{line}"));
        }
    }
    findings
}

/// The places of struct literals `Name { .. }`, and of `Self { .. }` inside its own impl.
fn literals(code: &str, name: &str) -> Vec<usize> {
    let mut found: Vec<usize> =
        source::words(code, name).filter(|at| is_literal(code, *at, name)).collect();
    for at in source::words(code, "impl") {
        let Some(open) = code[at..].find('{').map(|it| at + it) else {
            continue;
        };
        let header = &code[at..open];
        let subject = header.rsplit(" for ").next().unwrap_or_default();
        if source::words(subject, name).next().is_none() {
            continue;
        }
        let end = source::closing(code.as_bytes(), open).unwrap_or(code.len());
        let body = &code[open..end];
        found.extend(
            source::words(body, "Self")
                .map(|it| open + it)
                .filter(|at| is_literal(code, *at, "Self")),
        );
    }
    found.sort_unstable();
    found
}

fn is_literal(code: &str, at: usize, name: &str) -> bool {
    let Some(open) = brace_after(code, at + name.len()) else {
        return false;
    };
    let before = code[..at].trim_end();
    if let Some(path) = before.strip_suffix("::") {
        let owner = path.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
        // `Decision::Approved { .. }` is a variant of an enum; `decision::Approved { .. }` is not.
        if owner.is_some_and(|it| it.starts_with(char::is_uppercase)) {
            return false;
        }
    }
    let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let declares = matches!(word, "struct" | "enum" | "union" | "impl" | "for" | "trait" | "let");
    if declares || before.ends_with("->") || in_impl_header(before) || in_enum(code, at) {
        return false;
    }
    let after = source::closing(code.as_bytes(), open).map_or("", |it| code[it + 1..].trim_start());
    let pattern = after.starts_with("=>")
        || after.starts_with(':')
        || (after.starts_with('=') && !after.starts_with("=="));
    !pattern
}

/// The brace that follows a name, past `::<..>` or `<..>`.
fn brace_after(code: &str, at: usize) -> Option<usize> {
    let bytes = code.as_bytes();
    let mut depth = 0_usize;
    for (index, byte) in bytes.iter().enumerate().skip(at) {
        match byte {
            b'<' => depth += 1,
            b'>' => depth = depth.checked_sub(1)?,
            b':' | b' ' | b'\n' => {}
            b'{' if depth == 0 => return Some(index),
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Whether the text ends inside `impl<..> ..`, where a brace opens the impl.
fn in_impl_header(before: &str) -> bool {
    let from = before.rfind(['{', '}', ';']).map_or(0, |at| at + 1);
    source::words(&before[from..], "impl").next().is_some()
}

/// Whether the place is a variant in the declaration of an enum.
fn in_enum(code: &str, at: usize) -> bool {
    source::words(code, "enum").filter(|start| *start < at).any(|start| {
        let Some(open) = code[start..].find('{').map(|it| start + it) else {
            return false;
        };
        let end = source::closing(code.as_bytes(), open).unwrap_or(code.len());
        open < at && at < end
    })
}

/// Derives and impls that would copy a proof or make one of nothing.
fn leaks(file: &File, code: &str, proof: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |at: usize, leak: &str| {
        let message =
            format!("the proof `{proof}` has `{leak}`, which makes proofs without a mint");
        let line = source::line_of(code, at);
        findings.push(Finding::fault(&file.path, line, message, "remove it"));
    };
    for at in source::words(code, "struct") {
        let declared = source::words(&code[at..], proof).next() == Some("struct ".len());
        if !declared {
            continue;
        }
        let head = &code[code[..at].rfind(['}', ';']).map_or(0, |it| it + 1)..at];
        for leak in LEAKS {
            if source::words(head, leak).next().is_some() {
                report(at, leak);
            }
        }
    }
    for at in source::words(code, "impl") {
        let Some(open) = code[at..].find('{').map(|it| at + it) else {
            continue;
        };
        let Some((what, subject)) = code[at..open].split_once(" for ") else {
            continue;
        };
        let whose = source::words(subject, proof).next() == Some(0);
        for leak in LEAKS {
            if whose && source::words(what, leak).next().is_some() {
                report(at, leak);
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    const GOOD: &str = "#[derive(Debug)]\npub struct Approved<T> {\n    inner: T,\n}\n\
        impl<T> Approved<T> {\n    fn end(self) -> T { let Approved { inner } = self; inner }\n}\n\
        enum Life { Approved { by: u8 } }\n\
        fn judge(it: T) -> Approved<T> {\n    Approved { inner: it }\n}\n\
        fn seen(life: Life) -> u8 { match life { Life::Approved { by } => by } }\n\
        #[cfg(test)]\nmod tests { fn t() { Approved { inner: 1 } } }\n";
    const WRITER: &str = "pub struct Recorded<T> { inner: T }\nfn w() { Recorded { inner } }\n";

    fn core(approved: &str, recorded: &str, places: &[&str]) {
        let files = [
            ("core/Cargo.toml", "[package]\nname = \"gatefold-core\"\n"),
            ("core/src/lib.rs", "mod decide;\nmod record;"),
            ("core/src/decide/decision.rs", approved),
            ("core/src/record/writer.rs", recorded),
        ];
        finds(check, &files, places);
    }

    #[test]
    fn one_mint_each_passes() {
        core(GOOD, WRITER, &[]);
    }

    #[test]
    fn a_second_mint_is_found_also_as_self_and_by_module_path() {
        let twice = format!("{GOOD}fn again() {{ decide::Approved {{ inner: 2 }} }}\n");
        core(&twice, WRITER, &["core/src/decide/decision.rs:15"]);
        let own = format!(
            "{GOOD}impl<T> Approved<T> {{ fn new(inner: T) -> Self {{ Self {{ inner }} }} }}\n"
        );
        core(&own, WRITER, &["core/src/decide/decision.rs:15"]);
    }

    #[test]
    fn a_mint_outside_of_its_home_or_none_at_all_is_found() {
        let stray = format!("{GOOD}fn forge() {{ Recorded {{ inner: 2 }} }}\n");
        core(&stray, WRITER, &["core/src/decide/decision.rs:15"]);
        core(GOOD, "pub struct Recorded<T> { inner: T }\n", &["core/src/record/writer.rs:0"]);
    }

    #[test]
    fn a_copyable_proof_is_found() {
        let derived = format!("#[derive(Debug, Clone)]\n{WRITER}");
        core(GOOD, &derived, &["core/src/record/writer.rs:2"]);
        let written = format!("{WRITER}impl<T> Default for Recorded<T> {{ }}\n");
        core(GOOD, &written, &["core/src/record/writer.rs:3"]);
    }
}
