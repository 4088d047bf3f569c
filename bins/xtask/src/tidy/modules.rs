//! Which files a crate's module tree reaches, and which of them only tests see, is decided here.

use std::collections::BTreeMap;

use crate::source;
use crate::tidy::manifests::Manifest;
use crate::tidy::tree::{File, Tree, join, parent};

/// Whether a file is part of what ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Shipped,
    Test,
}

/// The Rust files that a crate's targets reach, by path.
pub(crate) fn reached(tree: &Tree, manifest: &Manifest) -> BTreeMap<String, Use> {
    let mut reached = BTreeMap::new();
    let mut open: Vec<(String, Use, bool)> = roots(tree, manifest);
    while let Some((path, purpose, root)) = open.pop() {
        let Some(file) = tree.file(&path) else {
            continue;
        };
        match reached.get(&path) {
            Some(Use::Shipped) => continue,
            Some(known) if *known == purpose => continue,
            _ => reached.insert(path.clone(), purpose),
        };
        for module in declared(file, root) {
            let purpose = if module.test { Use::Test } else { purpose };
            let found = module.places.into_iter().find(|place| tree.file(place).is_some());
            open.extend(found.map(|place| (place, purpose, false)));
        }
    }
    reached
}

/// The files at which cargo starts, found as cargo finds them and as the manifest names them.
fn roots(tree: &Tree, manifest: &Manifest) -> Vec<(String, Use, bool)> {
    let folder = manifest.folder();
    let mut roots = Vec::new();
    for file in tree.rust() {
        let Some(path) = inside(&file.path, folder) else {
            continue;
        };
        let parts: Vec<&str> = path.split('/').collect();
        let purpose = match parts.as_slice() {
            ["build.rs"] | ["src", "lib.rs" | "main.rs"] => Use::Shipped,
            ["src", "bin", _] | ["src", "bin", _, "main.rs"] => Use::Shipped,
            ["tests" | "benches" | "examples", _] => Use::Test,
            ["tests" | "benches" | "examples", _, "main.rs"] => Use::Test,
            _ => continue,
        };
        roots.push((file.path.clone(), purpose, true));
    }
    for (title, purpose) in
        [("bin", Use::Shipped), ("test", Use::Test), ("bench", Use::Test), ("example", Use::Test)]
    {
        let targets = manifest.table.get(title).and_then(|it| it.as_array());
        for path in targets.into_iter().flatten().filter_map(|it| it.get("path")?.as_str()) {
            roots.push((join(folder, path), purpose, true));
        }
    }
    let library = manifest.table.get("lib").and_then(|it| it.get("path")?.as_str());
    roots.extend(library.map(|path| (join(folder, path), Use::Shipped, true)));
    roots
}

/// The part of `path` below `folder`.
pub(crate) fn inside<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

struct Module {
    /// Where its file may lie.
    places: Vec<String>,
    test: bool,
}

/// The `mod name;` lines of a file, inline modules included.
fn declared(file: &File, root: bool) -> Vec<Module> {
    let bytes = file.code.as_bytes();
    let stem = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let base =
        if root || stem == "mod" { file.folder().to_owned() } else { join(file.folder(), stem) };
    let mut modules = Vec::new();
    // Each open brace with the inline module that it opens, if it opens one.
    let mut braces: Vec<Option<(String, bool)>> = Vec::new();
    let mut item = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' => {
                let head = &file.code[item..at];
                braces.push(module_name(head).map(|name| (name.to_owned(), is_test(head))));
                item = at + 1;
            }
            b'}' => {
                braces.pop();
                item = at + 1;
            }
            b';' => {
                let head = &file.code[item..at];
                if let Some(name) = module_name(head) {
                    let test = is_test(head) || braces.iter().flatten().any(|it| it.1);
                    let names = braces.iter().flatten().map(|it| it.0.as_str());
                    let folder = names.fold(base.clone(), |path, name| join(&path, name));
                    let places = places(file, &file.text[item..at], &folder, name);
                    modules.push(Module { places, test });
                }
                item = at + 1;
            }
            _ => {}
        }
    }
    modules
}

fn is_test(head: &str) -> bool {
    head.contains("cfg(test)") || head.contains("cfg(any(test") || head.contains("cfg(all(test")
}

/// The name, if the item's last words are `mod NAME`.
fn module_name(head: &str) -> Option<&str> {
    let mut words = head.split_whitespace().rev();
    let name = words.next()?;
    let valid = name.bytes().all(source::is_word);
    (valid && words.next()? == "mod").then_some(name)
}

fn places(file: &File, head: &str, folder: &str, name: &str) -> Vec<String> {
    let named = head.split_once("#[path").and_then(|(_, rest)| rest.split('"').nth(1));
    if let Some(named) = named {
        let mut folder = file.folder();
        let mut rest = named;
        while let Some(below) = rest.strip_prefix("../") {
            (folder, rest) = (parent(folder), below);
        }
        return vec![join(folder, rest)];
    }
    vec![join(folder, &format!("{name}.rs")), join(folder, &format!("{name}/mod.rs"))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{manifests, tree};

    #[test]
    fn modules_are_followed_through_folders_inline_blocks_and_paths() {
        let tree = tree(&[
            ("c/Cargo.toml", "[package]\nname = \"c\"\n"),
            ("c/src/lib.rs", "//! C.\npub mod a;\n#[cfg(test)]\nmod help;\n// mod gone;\n"),
            ("c/src/a.rs", "mod b { pub(crate) mod d; }\n#[path = \"odd.rs\"] mod e;\n"),
            ("c/src/a/b/d.rs", ""),
            ("c/src/odd.rs", ""),
            ("c/src/help.rs", ""),
            ("c/src/gone.rs", ""),
            ("c/tests/it/main.rs", "mod x;"),
            ("c/tests/it/x/mod.rs", ""),
        ]);
        let (manifests, _) = manifests::read(&tree);
        let reached = reached(&tree, &manifests[0]);
        let seen: Vec<_> = reached.iter().map(|(path, it)| (path.as_str(), *it)).collect();
        assert_eq!(
            seen,
            [
                ("c/src/a.rs", Use::Shipped),
                ("c/src/a/b/d.rs", Use::Shipped),
                ("c/src/help.rs", Use::Test),
                ("c/src/lib.rs", Use::Shipped),
                ("c/src/odd.rs", Use::Shipped),
                ("c/tests/it/main.rs", Use::Test),
                ("c/tests/it/x/mod.rs", Use::Test),
            ]
        );
    }
}
