//! Which stage of core may use what of another is decided here: nouns always, verbs only in the
//! engine. A noun is a name with a capital; a verb or a module is not.

use crate::source;
use crate::tidy::Finding;
use crate::tidy::manifests;
use crate::tidy::modules::{Use, reached};
use crate::tidy::tree::Tree;

/// The stages of the flow, and `view`. `vocabulary` is spoken by everybody, so it is no target.
const STAGES: &[&str] = &["advise", "decide", "record", "route", "settle", "unwind", "view"];

/// Names with a small first letter that a stage takes from another stage.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let (manifests, _) = manifests::read(tree);
    let core = manifests.iter().find(|manifest| manifest.folder() == "core");
    let reached = core.map(|manifest| reached(tree, manifest)).unwrap_or_default();
    let mut findings = Vec::new();
    for file in tree.rust() {
        let Some(path) = file.path.strip_prefix("core/src/") else {
            continue;
        };
        let exempt = matches!(path, "lib.rs" | "engine.rs") || path.starts_with("engine/");
        if exempt || reached.get(&file.path) == Some(&Use::Test) {
            continue;
        }
        let own = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        let code = file.shipped();
        for (at, name) in borrowed(&code, own) {
            findings.push(Finding::fault(
                &file.path,
                source::line_of(&code, at),
                format!("`{own}` uses `{name}`, which is not a type of that stage"),
                "let the engine call it, or import the type; only engine.rs calls two stages",
            ));
        }
    }
    findings
}

/// Each path into another stage that ends in no type, with its place.
fn borrowed(code: &str, own: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in source::words(code, "crate") {
        let Some(rest) = code[at..].strip_prefix("crate::") else {
            continue;
        };
        if code[..at].trim_end().ends_with("in") {
            // `pub(in crate::stage)` names who may look, not what is used.
            continue;
        }
        for leaf in leaves(rest) {
            let stage = leaf.path.first().copied().unwrap_or_default();
            let typed = leaf.path.iter().any(|part| part.starts_with(char::is_uppercase));
            if stage != own && STAGES.contains(&stage) && !typed {
                let place = at + "crate::".len() + leaf.at;
                found.push((place, format!("crate::{}", leaf.path.join("::"))));
            }
        }
    }
    found
}

struct Leaf<'a> {
    at: usize,
    path: Vec<&'a str>,
}

/// The paths of a `use` tree or of an expression, without their `crate::`.
fn leaves(text: &str) -> Vec<Leaf<'_>> {
    let bytes = text.as_bytes();
    let mut leaves = Vec::new();
    let mut groups: Vec<usize> = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    let (mut at, mut last, mut open) = (0, 0, true);
    let mut pending = false;
    while let Some(byte) = bytes.get(at) {
        if source::is_word(*byte) || *byte == b'*' {
            let end = at + word_length(&bytes[at..]);
            let alias = !open && &text[at..end] == "as";
            if alias {
                at = end + text[end..].len() - text[end..].trim_start().len();
                at += word_length(&bytes[at.min(bytes.len())..]);
                continue;
            }
            if !open {
                break;
            }
            path.push(&text[at..end]);
            (last, at, open, pending) = (at, end, false, true);
        } else if text[at..].starts_with("::") {
            (at, open) = (at + 2, true);
        } else if *byte == b'{' && open {
            groups.push(path.len());
            (at, pending) = (at + 1, false);
        } else if (*byte == b',' || *byte == b'}') && !groups.is_empty() {
            if std::mem::take(&mut pending) {
                leaves.push(Leaf { at: last, path: path.clone() });
            }
            path.truncate(groups.last().copied().unwrap_or_default());
            open = *byte == b',';
            at += 1;
            if *byte == b'}' {
                groups.pop();
                if groups.is_empty() {
                    return leaves;
                }
            }
        } else if byte.is_ascii_whitespace() && (open || !groups.is_empty()) {
            at += 1;
        } else {
            break;
        }
    }
    if !path.is_empty() && groups.is_empty() {
        leaves.push(Leaf { at: last, path });
    }
    leaves
}

fn word_length(bytes: &[u8]) -> usize {
    if bytes.first() == Some(&b'*') {
        return 1;
    }
    bytes.iter().take_while(|byte| source::is_word(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    fn stage(path: &str, text: &str, places: &[&str]) {
        finds(check, &[(path, text)], places);
    }

    #[test]
    fn types_constants_and_vocabulary_may_be_imported() {
        let text = "use crate::decide::{Account, gates::{GATES, Gate as G}};\n\
                    use crate::record::log::Log;\nuse crate::vocabulary::text::parse;\n\
                    use crate::route::order::State::*;\n\
                    use crate::settle::own_helper;\npub(in crate::decide) fn f() {}\n\
                    fn g() { crate::unwind::Plan::due(); crate::settle::fold(); }\n";
        stage("core/src/settle/fills.rs", text, &[]);
    }

    #[test]
    fn a_function_a_module_and_a_glob_of_another_stage_are_found() {
        let text = "use crate::decide::{\n    Account,\n    judge,\n};\nuse crate::record::codec;\n\
                    use crate::route::*;\nuse crate::record::{self, Event};\n\
                    fn f() { crate::settle::fold(x) }\n";
        let at = |line: u8| format!("core/src/advise/a.rs:{line}");
        let places = [at(3), at(5), at(6), at(7), at(8)];
        stage("core/src/advise/a.rs", text, &places.each_ref().map(String::as_str));
    }

    #[test]
    fn the_engine_the_guide_and_tests_are_free() {
        let text = "use crate::decide::judge;\n";
        stage("core/src/engine.rs", text, &[]);
        stage("core/src/engine/step.rs", text, &[]);
        stage("core/src/lib.rs", text, &[]);
        let test = "#[cfg(test)]\nmod tests { use crate::decide::judge; }\n";
        stage("core/src/route/key.rs", test, &[]);
        let files = [
            ("core/Cargo.toml", "[package]\nname = \"gatefold-core\"\n"),
            ("core/src/lib.rs", "mod route;"),
            ("core/src/route/mod.rs", "#[cfg(test)]\nmod helpers;"),
            ("core/src/route/helpers.rs", text),
        ];
        finds(check, &files, &[]);
    }
}
