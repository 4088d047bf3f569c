//! Where documented commands run is decided here: in a folder of their own with a copy of the
//! documents, so that no log of an earlier run answers for them and none is left behind.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::workspace::{self, Workspace};

/// What documented commands read.
const COPIED: &[&str] = &["docs/", "adapters/gatefold-log/tests/fixtures/"];

/// What a documented `--release` leaves out here: whole-program optimization takes minutes, and the
/// commands print the same without it.
const QUICKER: &[(&str, &str)] =
    &[("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")];

/// A temporary folder that looks like the repository to a program that is run in it.
pub(crate) struct Sandbox<'a> {
    workspace: &'a Workspace,
    folder: TempDir,
}

impl<'a> Sandbox<'a> {
    /// Copy `docs/` (without the logs of earlier runs) and the sample logs into a new folder.
    pub(crate) fn new(workspace: &'a Workspace) -> Result<Sandbox<'a>> {
        let folder = tempfile::tempdir().context("no temporary folder could be made")?;
        for path in workspace::files(&workspace.root)? {
            let wanted = COPIED.iter().any(|folder| path.starts_with(folder));
            if !wanted || path.split('/').any(|part| part == "gatefold-data") {
                continue;
            }
            let to = folder.path().join(&path);
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::copy(workspace.root.join(&path), &to)
                .with_context(|| format!("{path} could not be copied"))?;
        }
        Ok(Sandbox { workspace, folder })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Run one documented command line. `cargo run` builds in the workspace and starts the
    /// program here; other cargo commands are about the workspace and run in its root.
    pub(crate) fn run(&self, line: &str) -> Result<Output> {
        let manifest = self.workspace.root.join("Cargo.toml");
        let script = here(line, &manifest.to_string_lossy());
        let mut command = self.workspace.command("sh");
        command.args(["-c", &script]).envs(QUICKER.iter().copied());
        if !line.starts_with("cargo ") || line.starts_with("cargo run ") {
            command.current_dir(self.path());
            self.add_built_programs(&mut command)?;
        }
        command.output().with_context(|| format!("`{line}` cannot be started: no `sh` found"))
    }

    /// A documented `gatefold status` means the program that was built here.
    fn add_built_programs(&self, command: &mut Command) -> Result<()> {
        let mut folders = vec![self.workspace.target()?.join("release")];
        if let Some(path) = std::env::var_os("PATH") {
            folders.extend(std::env::split_paths(&path));
        }
        command.env("PATH", std::env::join_paths(folders)?);
        Ok(())
    }
}

/// The line with the workspace's manifest named, where it runs a program of it.
fn here(line: &str, manifest: &str) -> String {
    match line.strip_prefix("cargo run ") {
        Some(rest) => format!("cargo run --manifest-path '{manifest}' {rest}"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documents_are_copied_and_commands_run_beside_them() {
        let root = tempfile::tempdir().unwrap();
        for path in ["docs/quickstart/a.toml", "docs/gatefold-data/0.log", "core/b.rs"] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::fs::create_dir(root.path().join("src")).unwrap();
        std::fs::write(root.path().join("src/lib.rs"), "").unwrap();
        let manifest = "[package]\nname = \"alone\"\n[workspace]\n";
        std::fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
        let workspace = Workspace { root: root.path().to_path_buf() };
        let sandbox = Sandbox::new(&workspace).unwrap();
        let output = sandbox.run("find . -type f; exit 3").unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "./docs/quickstart/a.toml\n");
        assert_eq!(output.status.code(), Some(3));
    }

    #[test]
    fn a_program_of_the_workspace_is_run_by_its_manifest() {
        let line = here("cargo run --release --bin x -- run docs/a.toml", "/r/Cargo.toml");
        let expected =
            "cargo run --manifest-path '/r/Cargo.toml' --release --bin x -- run docs/a.toml";
        assert_eq!(line, expected);
        assert_eq!(here("gatefold status", "/r/Cargo.toml"), "gatefold status");
    }
}
