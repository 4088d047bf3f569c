//! How a crate's manifest and its place in the tree are read is decided here.

use crate::tidy::Finding;
use crate::tidy::tree::{File, Tree, parent};

/// Which layer a crate belongs to, by the folder it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Core,
    Adapter,
    /// `adapters/gatefold`: what users depend on.
    Facade,
    Bin,
    /// Benches, fuzz targets and whatever else stands beside.
    Beside,
}

/// Which list of a manifest a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Normal,
    Dev,
}

/// One dependency as a manifest names it.
pub(crate) struct Dependency {
    /// The package's name, also where the manifest renames it.
    pub(crate) name: String,
    pub(crate) section: Section,
    /// Version and source come from the root manifest.
    pub(crate) inherited: bool,
    pub(crate) line: usize,
}

/// One crate's manifest.
pub(crate) struct Manifest {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) layer: Layer,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) table: toml::Table,
}

impl Manifest {
    /// The crate's folder.
    pub(crate) fn folder(&self) -> &str {
        parent(&self.path)
    }
}

/// Every crate of the tree; a manifest that cannot be read is a finding.
pub(crate) fn read(tree: &Tree) -> (Vec<Manifest>, Vec<Finding>) {
    let (mut manifests, mut findings) = (Vec::new(), Vec::new());
    for file in &tree.files {
        if file.path != "Cargo.toml" && !file.path.ends_with("/Cargo.toml") {
            continue;
        }
        match file.text.parse::<toml::Table>() {
            Ok(table) => manifests.extend(manifest(file, table)),
            Err(error) => {
                let line = error.span().map_or(1, |span| {
                    file.text.bytes().take(span.start).filter(|it| *it == b'\n').count() + 1
                });
                let message = format!("not valid TOML ({})", error.message());
                findings.push(Finding::fault(&file.path, line, message, "repair the manifest"));
            }
        }
    }
    (manifests, findings)
}

/// The root manifest declares no package and yields none.
fn manifest(file: &File, table: toml::Table) -> Option<Manifest> {
    let name = table.get("package")?.get("name")?.as_str()?.to_owned();
    let mut dependencies = sections(file, &table);
    for platform in table.get("target").and_then(|it| it.as_table()).into_iter().flatten() {
        if let Some(table) = platform.1.as_table() {
            dependencies.extend(sections(file, table));
        }
    }
    let layer = layer(&file.path);
    Some(Manifest { path: file.path.clone(), name, layer, dependencies, table })
}

fn layer(path: &str) -> Layer {
    if path.starts_with("core/") {
        Layer::Core
    } else if path.starts_with("adapters/gatefold/") {
        Layer::Facade
    } else if path.starts_with("adapters/") {
        Layer::Adapter
    } else if path.starts_with("bins/") {
        Layer::Bin
    } else {
        Layer::Beside
    }
}

fn sections(file: &File, table: &toml::Table) -> Vec<Dependency> {
    let mut dependencies = Vec::new();
    for (title, section) in [
        ("dependencies", Section::Normal),
        ("build-dependencies", Section::Normal),
        ("dev-dependencies", Section::Dev),
    ] {
        let Some(listed) = table.get(title).and_then(|it| it.as_table()) else {
            continue;
        };
        for (key, value) in listed {
            let renamed = value.get("package").and_then(|it| it.as_str());
            dependencies.push(Dependency {
                name: renamed.unwrap_or(key).to_owned(),
                section,
                inherited: value.get("workspace").and_then(|it| it.as_bool()) == Some(true),
                line: line_of(&file.text, title, key),
            });
        }
    }
    dependencies
}

/// The line that names `key` below the heading `title`; the heading's line where none does.
pub(crate) fn line_of(text: &str, title: &str, key: &str) -> usize {
    let (mut inside, mut heading) = (false, 1);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            let heading_text = line.trim_matches(['[', ']']);
            if heading_text.ends_with(&format!("{title}.{key}")) {
                return index + 1;
            }
            inside = heading_text.ends_with(title);
            heading = if inside { index + 1 } else { heading };
        } else if inside && names(line, key) {
            return index + 1;
        }
    }
    heading
}

fn names(line: &str, key: &str) -> bool {
    let rest = line.strip_prefix(key).or_else(|| line.strip_prefix(&format!("\"{key}\"")));
    rest.is_some_and(|rest| rest.starts_with([' ', '.', '=']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree;

    #[test]
    fn a_renamed_and_a_platform_dependency_are_seen_with_their_lines() {
        let text = "[package]\nname = \"x\"\n[dependencies]\ncore = { package = \"gatefold-core\", \
                    workspace = true }\n[target.'cfg(unix)'.dev-dependencies]\nlibc = \"1\"\n";
        let (manifests, findings) = read(&tree(&[("bins/x/Cargo.toml", text)]));
        assert!(findings.is_empty());
        let seen: Vec<_> = manifests[0]
            .dependencies
            .iter()
            .map(|it| (it.name.as_str(), it.section, it.inherited, it.line))
            .collect();
        assert_eq!(
            seen,
            [("gatefold-core", Section::Normal, true, 4), ("libc", Section::Dev, false, 6)]
        );
        assert_eq!(manifests[0].layer, Layer::Bin);
    }

    #[test]
    fn a_broken_manifest_is_located() {
        let (manifests, findings) = read(&tree(&[("core/Cargo.toml", "[package]\nname = \n")]));
        assert!(manifests.is_empty());
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("core/Cargo.toml", 2));
    }
}
