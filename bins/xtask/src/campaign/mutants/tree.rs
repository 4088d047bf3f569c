//! Where the mutations are made is decided here: in a copy of the repository with a target folder
//! of its own, which holds every mutation that one build can hold.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::switches::{Function, Numbered, switched};
use crate::workspace::{self, Workspace};

const PACKAGE: &str = "gatefold-log";
/// What the log's tests are built from.
const SOURCES: &[&str] = &[
    "Cargo.",
    "core/",
    "adapters/gatefold-log/",
    "adapters/gatefold-sim/",
    "adapters/gatefold-conformance/",
    "rust-toolchain.toml",
];
/// How often a build may name mutations that do not compile beside the others.
const ROUNDS_MAX: usize = 20;

/// A program of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// As cargo names it, and `lib` for the package's own.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// A copy of the repository that may be changed.
pub(super) struct Tree {
    root: PathBuf,
    target: PathBuf,
    /// A number for the sources: what was judged at the same one need not be judged again.
    pub(super) fingerprint: u64,
    mutants: Vec<Numbered>,
    /// The files that hold mutations, as they are in the repository.
    before: BTreeMap<&'static str, String>,
    /// Of each file.
    functions: BTreeMap<&'static str, Vec<Function>>,
}

impl Tree {
    /// Copies the repository to `folder`.
    pub(super) fn copy(workspace: &Workspace, folder: &Path, all: &[Numbered]) -> Result<Self> {
        let root = folder.join("tree");
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        let mut hasher = DefaultHasher::new();
        for path in workspace::files(&workspace.root)? {
            let to = root.join(&path);
            fs::create_dir_all(to.parent().context("a file is in a folder")?)?;
            // Keeps the times, so that an unchanged crate is not built again.
            fs::copy(workspace.root.join(&path), &to)?;
            let modified = fs::metadata(workspace.root.join(&path))?.modified()?;
            fs::File::options().write(true).open(&to)?.set_modified(modified)?;
            if SOURCES.iter().any(|source| path.starts_with(source)) {
                path.hash(&mut hasher);
                fs::read(&to)?.hash(&mut hasher);
            }
        }
        let mut before = BTreeMap::new();
        for (_, mutant) in all {
            let text = fs::read_to_string(root.join(mutant.file))
                .with_context(|| mutant.file.to_owned())?;
            mutant.apply(&text)?;
            before.insert(mutant.file, text);
        }
        let (target, mutants) = (folder.join("build"), all.to_vec());
        let (fingerprint, functions) = (hasher.finish(), BTreeMap::new());
        Ok(Self { root, target, fingerprint, mutants, before, functions })
    }

    /// Builds the tests with every mutation that can be chosen at run time. Those that do not
    /// compile beside the others are left out, and found by [`Tree::alone`].
    pub(super) fn build(&mut self) -> Result<Vec<Program>> {
        let mut alone = Vec::new();
        for _ in 0..ROUNDS_MAX {
            self.switch(&alone)?;
            let said = self.cargo(&["check", "-p", PACKAGE, "--message-format=json"])?;
            if said.success {
                return self.programs()?.context("the tests do not compile");
            }
            let known = alone.len();
            for error in said.errors() {
                alone.extend(self.blamed(&error));
            }
            alone.sort_unstable();
            alone.dedup();
            if alone.len() == known {
                bail!("the log does not compile:\n{}", said.rendered());
            }
        }
        bail!("after {ROUNDS_MAX} rounds there are still mutations that do not compile together")
    }

    /// Writes the files, each with its mutations but for those in `alone`.
    fn switch(&mut self, alone: &[usize]) -> Result<()> {
        let mut first = 0;
        for (file, text) in &self.before {
            let here: Vec<Numbered> =
                self.mutants.iter().filter(|(_, mutant)| mutant.file == *file).copied().collect();
            let switched = switched(text, &here, alone, first);
            first += switched.functions.len();
            write(&self.root.join(file), &switched.text)?;
            self.functions.insert(file, switched.functions);
        }
        Ok(())
    }

    /// The mutations at which a compiler's error points: one copy, or all of a function.
    fn blamed(&self, error: &serde_json::Value) -> Vec<usize> {
        let mut blamed = Vec::new();
        for span in error["spans"].as_array().into_iter().flatten() {
            let name = span["file_name"].as_str().unwrap_or_default();
            let at = span["byte_start"].as_u64().and_then(|at| usize::try_from(at).ok());
            let file = self.functions.iter().find(|(file, _)| name.ends_with(*file));
            let (Some((_, functions)), Some(at)) = (file, at) else { continue };
            for function in functions.iter().filter(|function| function.body.contains(&at)) {
                let copy = function.copies.iter().find(|(_, copy)| copy.contains(&at));
                match copy {
                    Some((number, _)) => blamed.push(*number),
                    None if span["is_primary"] == true => {
                        blamed.extend(function.copies.iter().map(|(number, _)| *number));
                    }
                    None => (),
                }
            }
        }
        blamed
    }

    /// The function that holds a mutation; none where its calls cannot be noted.
    pub(super) fn function(&self, number: usize) -> Option<usize> {
        let holds = |function: &&Function| {
            let copies = function.copies.iter().map(|(copy, _)| copy);
            copies.chain(&function.alone).any(|it| *it == number)
        };
        self.functions.values().flatten().find(holds).map(|function| function.number)
    }

    /// The mutations that need a build of their own.
    pub(super) fn alone(&self, number: usize) -> bool {
        let switched = |function: &Function| function.copies.iter().any(|(it, _)| *it == number);
        !self.functions.values().flatten().any(switched)
    }

    /// Builds the tests with one mutation in the text; none if it does not compile.
    pub(super) fn build_alone(&self, (_, mutant): Numbered) -> Result<Option<Vec<Program>>> {
        let text = self.before.get(mutant.file).context("its file was read")?;
        let path = self.root.join(mutant.file);
        let switched = fs::read_to_string(&path)?;
        write(&path, &mutant.apply(text)?)?;
        let built = self.programs();
        write(&path, &switched)?;
        built
    }

    /// A number for what the noted functions are.
    pub(super) fn shape(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (file, functions) in &self.functions {
            let numbers = functions.iter().map(|function| function.number);
            (file, numbers.collect::<Vec<_>>()).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Where cargo runs the tests.
    pub(super) fn package(&self) -> PathBuf {
        self.root.join("adapters").join(PACKAGE)
    }

    fn programs(&self) -> Result<Option<Vec<Program>>> {
        let said = self.cargo(&["test", "-p", PACKAGE, "--no-run", "--message-format=json"])?;
        if !said.success {
            return Ok(None);
        }
        let mut programs = Vec::new();
        for message in &said.messages {
            let (target, path) = (&message["target"], message["executable"].as_str());
            let Some(path) = path.filter(|_| message["profile"]["test"] == true) else { continue };
            let library = target["kind"][0] == "lib";
            let name = if library { "lib" } else { target["name"].as_str().unwrap_or_default() };
            programs.push(Program { name: name.to_owned(), path: PathBuf::from(path) });
        }
        Ok(Some(programs))
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Said> {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // A mutation leaves things unused.
        command.env("RUSTFLAGS", "--cap-lints allow").env_remove("CARGO_BUILD_JOBS");
        let output = command.output().context("cargo cannot be started: is it on the PATH?")?;
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let messages = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        Ok(Said { success: output.status.success(), messages })
    }
}

/// What cargo said, a message a line.
struct Said {
    success: bool,
    messages: Vec<serde_json::Value>,
}

impl Said {
    fn errors(&self) -> Vec<serde_json::Value> {
        let messages = self.messages.iter().map(|message| &message["message"]);
        messages.filter(|message| message["level"] == "error").cloned().collect()
    }

    fn rendered(&self) -> String {
        self.errors().iter().filter_map(|error| error["rendered"].as_str()).collect()
    }
}

/// Writes a file, and leaves alone one that holds the text already, so that it is not built again.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|held| held == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}
