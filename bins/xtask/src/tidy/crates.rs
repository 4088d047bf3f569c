//! Which crate may name which is decided here: bins -> gatefold -> adapters -> core.

use crate::tidy::Finding;
use crate::tidy::manifests::{self, Dependency, Layer, Manifest, Section};
use crate::tidy::tree::Tree;

/// What adapters may use in tests beyond what they may name.
const SHARED_IN_TESTS: &[&str] = &["gatefold-conformance", "gatefold-sim"];

/// Dependencies that point the wrong way, and versions written outside of the root manifest.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let (manifests, mut findings) = manifests::read(tree);
    for manifest in &manifests {
        for dependency in &manifest.dependencies {
            findings.extend(direction(manifest, dependency));
            let own_workspace = manifest.table.contains_key("workspace");
            if !dependency.inherited && !own_workspace {
                findings.push(Finding::fault(
                    &manifest.path,
                    dependency.line,
                    format!("the version of `{}` is written in a member", dependency.name),
                    format!(
                        "write it once in the root's [workspace.dependencies] and \
                         `{}.workspace = true` here",
                        dependency.name
                    ),
                ));
            }
        }
    }
    findings
}

fn direction(manifest: &Manifest, dependency: &Dependency) -> Option<Finding> {
    let name = dependency.name.as_str();
    let ours = name == "gatefold" || name.starts_with("gatefold-");
    if !ours || allowed(manifest, name, dependency.section) {
        return None;
    }
    let (who, remedy) = match manifest.layer {
        Layer::Core => {
            ("core", "core depends on nothing of ours: pass what it needs as an argument")
        }
        Layer::Adapter => (
            "an adapter",
            "an adapter names gatefold-core alone (in tests also gatefold-conformance and \
             gatefold-sim): move the wiring to adapters/gatefold",
        ),
        Layer::Facade => ("gatefold", "name the adapters and gatefold-core only"),
        Layer::Bin => ("a program", "name `gatefold` only and use what it re-exports"),
        Layer::Beside => return None,
    };
    let message = format!("{who} (`{}`) depends on `{name}`", manifest.name);
    Some(Finding::fault(&manifest.path, dependency.line, message, remedy))
}

fn allowed(manifest: &Manifest, name: &str, section: Section) -> bool {
    match manifest.layer {
        Layer::Core => false,
        Layer::Adapter => {
            name == "gatefold-core" || (section == Section::Dev && SHARED_IN_TESTS.contains(&name))
        }
        Layer::Facade => name != "gatefold" && !name.starts_with("gatefold-benches"),
        Layer::Bin => {
            let fake_broker = manifest.name == "fake-alpaca" && name == "gatefold-sim";
            name == "gatefold" || manifest.name == "xtask" || fake_broker
        }
        Layer::Beside => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finds;

    fn one(path: &str, dependencies: &str, places: &[&str]) {
        let text = format!("[package]\nname = \"x\"\n{dependencies}");
        finds(check, &[(path, &text)], places);
    }

    #[test]
    fn the_allowed_directions_pass() {
        let core = "[dependencies]\nthiserror.workspace = true\n";
        one("core/Cargo.toml", core, &[]);
        let adapter = "[dependencies]\ngatefold-core.workspace = true\n[dev-dependencies]\n\
                       gatefold-sim.workspace = true\ngatefold-conformance.workspace = true\n";
        one("adapters/gatefold-log/Cargo.toml", adapter, &[]);
        let facade =
            "[dependencies]\ngatefold-core.workspace = true\ngatefold-log.workspace = true\n";
        one("adapters/gatefold/Cargo.toml", facade, &[]);
        one("bins/x/Cargo.toml", "[dependencies]\ngatefold.workspace = true\n", &[]);
        one("benches/Cargo.toml", "[dependencies]\ngatefold-log.workspace = true\n", &[]);
    }

    #[test]
    fn core_names_nobody() {
        let text = "[dev-dependencies]\ngatefold-sim.workspace = true\n";
        one("core/Cargo.toml", text, &["core/Cargo.toml:4"]);
    }

    #[test]
    fn adapters_do_not_name_each_other() {
        let text =
            "[dependencies]\ngatefold-core.workspace = true\ngatefold-sim.workspace = true\n";
        one("adapters/gatefold-log/Cargo.toml", text, &["adapters/gatefold-log/Cargo.toml:5"]);
        let text = "[dev-dependencies]\ngatefold-log.workspace = true\n";
        one(
            "adapters/gatefold-runtime/Cargo.toml",
            text,
            &["adapters/gatefold-runtime/Cargo.toml:4"],
        );
    }

    #[test]
    fn a_program_names_only_the_facade() {
        let text = "[dependencies]\ngatefold-core.workspace = true\n";
        one("bins/x/Cargo.toml", text, &["bins/x/Cargo.toml:4"]);
    }

    #[test]
    fn a_version_in_a_member_is_found() {
        one("bins/x/Cargo.toml", "[dependencies]\nclap = \"4\"\n", &["bins/x/Cargo.toml:4"]);
    }
}
