//! How a mutant is made, run and judged is decided here: one change in a copy of the tree, the
//! log's tests over it, and one of them has to fail.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::campaign::list::{Mutant, all};
use crate::workspace::{self, Workspace};

/// A mutant may hang; that is noticed, too.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What notices most mutants within seconds.
const QUICK: &[&str] = &[
    "--lib", "--test", "it", "--test", "contract", "--", "--skip", "row_04", "--skip", "bit",
    "--skip", "any_byte",
];
/// What has to notice the others.
const ALL: &[&str] = &["--lib", "--test", "it", "--test", "contract", "--test", "kernel"];
const BUILD: &[&str] =
    &["--no-run", "--lib", "--test", "it", "--test", "contract", "--test", "kernel"];

/// What the tests said about a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Caught,
    Hung,
    Survived,
}

/// Runs the mutants whose name contains `name`, or all; true if none survives.
pub(crate) fn run(workspace: &Workspace, name: Option<&str>) -> Result<bool> {
    let wanted = |mutant: &&Mutant| name.is_none_or(|name| mutant.name.contains(name));
    let chosen: Vec<&Mutant> = all().filter(wanted).collect();
    if chosen.is_empty() {
        bail!("no mutant has {name:?} in its name: see bins/xtask/src/campaign/list");
    }
    let tree = Tree::copy(workspace)?;
    println!("{:<44} must pass", "unchanged");
    if tree.judge()? != Verdict::Survived {
        bail!("the tests fail without any mutation: run `cargo test -p gatefold-log`");
    }
    let mut survivors = Vec::new();
    for mutant in &chosen {
        let started = Instant::now();
        let verdict = tree.with(mutant, Tree::judge)?;
        println!("{:<44} {verdict:?} after {} s", mutant.name, started.elapsed().as_secs());
        if verdict == Verdict::Survived {
            survivors.push(mutant.name);
        }
    }
    println!("\n{} mutants, {} survived {survivors:?}", chosen.len(), survivors.len());
    Ok(survivors.is_empty())
}

/// A copy of the repository that may be changed.
struct Tree {
    root: PathBuf,
    target: PathBuf,
}

impl Tree {
    fn copy(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.target()?.join("mutants");
        let root = folder.join("tree");
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        for path in workspace::files(&workspace.root)? {
            let to = root.join(&path);
            fs::create_dir_all(to.parent().context("a file is in a folder")?)?;
            // Keeps the times, so that an unchanged crate is not built again.
            fs::copy(workspace.root.join(&path), &to)?;
            let modified = fs::metadata(workspace.root.join(&path))?.modified()?;
            fs::File::options().write(true).open(&to)?.set_modified(modified)?;
        }
        Ok(Self { root, target: folder.join("build") })
    }

    /// Does something while one mutation is in place.
    fn with<T>(&self, mutant: &Mutant, act: impl Fn(&Self) -> Result<T>) -> Result<T> {
        let path = self.root.join(mutant.file);
        let before = fs::read_to_string(&path).with_context(|| mutant.file.to_owned())?;
        fs::write(&path, mutant.apply(&before)?)?;
        let done = act(self);
        fs::write(&path, before)?;
        done.with_context(|| format!("mutant {}", mutant.name))
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(["test", "-p", "gatefold-log"]).args(arguments);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command.env("RUST_BACKTRACE", "0").env("CI", "true");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.process_group(0);
        command
    }

    fn judge(&self) -> Result<Verdict> {
        // What does not compile fails every test and proves nothing.
        if !self.cargo(BUILD).status()?.success() {
            bail!("it does not compile");
        }
        match self.test(QUICK)? {
            Verdict::Survived => self.test(ALL),
            noticed @ (Verdict::Caught | Verdict::Hung) => Ok(noticed),
        }
    }

    fn test(&self, tests: &[&str]) -> Result<Verdict> {
        let mut child = self.cargo(tests).spawn()?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = child.try_wait()? {
                return Ok(if status.success() { Verdict::Survived } else { Verdict::Caught });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        // The group holds cargo and the tests that it started.
        Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).status()?;
        child.wait()?;
        Ok(Verdict::Hung)
    }
}

impl Mutant {
    /// The file's text with the mutation in it.
    fn apply(&self, text: &str) -> Result<String> {
        match text.matches(self.find).count() {
            1 => Ok(text.replacen(self.find, self.replace, 1)),
            count => bail!(
                "the mutant {} is stale: its text stands {count} times in {}, not once; \
                 correct it in bins/xtask/src/campaign/list",
                self.name,
                self.file
            ),
        }
    }
}

/// Every mutant still fits the tree.
#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    #[test]
    fn every_mutant_still_finds_its_text_once() {
        for mutant in all() {
            let text = fs::read_to_string(root().join(mutant.file)).unwrap();
            let changed = mutant.apply(&text).unwrap();
            assert_ne!(changed, text, "{} changes nothing", mutant.name);
        }
    }

    #[test]
    fn no_two_mutants_have_one_name() {
        let mut names: Vec<_> = all().map(|mutant| mutant.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().count());
    }

    #[test]
    fn a_stale_mutant_is_named() {
        let mutant = Mutant { name: "n", file: "f", find: "a", replace: "b" };
        assert!(mutant.apply("aa").unwrap_err().to_string().contains("stands 2 times in f"));
        assert_eq!(mutant.apply("xay").unwrap(), "xby");
    }
}
