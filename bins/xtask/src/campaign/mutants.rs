//! How a mutant is made, run and judged is decided here: one change in a copy of the tree, the
//! log's tests over it, and one of them has to fail.

use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::campaign::list::{Mutant, all};
use crate::workspace::{self, Workspace};

/// A mutant may hang; that is noticed, too.
const PATIENCE: Duration = Duration::from_secs(300);
/// The same for the few tests that a mutant names.
const SHORT_PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What notices most mutants within seconds.
const QUICK: &[&str] = &[
    "--lib", "--test", "it", "--test", "contract", "--", "--skip", "row_04", "--skip", "bit",
    "--skip", "any_byte",
];
/// What has to notice the others.
const ALL: &[&str] =
    &["--lib", "--test", "it", "--test", "contract", "--test", "turns", "--test", "kernel"];

/// What the tests said about a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// This test failed.
    Caught(String),
    Hung,
    /// It does not compile, which proves nothing.
    Broken,
    Survived,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caught(test) => write!(f, "caught by {test}"),
            Self::Hung => f.write_str("caught: the tests hang"),
            Self::Broken => f.write_str("does not compile"),
            Self::Survived => f.write_str("SURVIVED"),
        }
    }
}

/// Runs the mutants whose name contains `name`, or all; true if none survives. `named`: only the
/// tests that a mutant names are asked.
pub(crate) fn run(workspace: &Workspace, name: Option<&str>, named: bool) -> Result<bool> {
    let wanted = |mutant: &&Mutant| name.is_none_or(|name| mutant.name.contains(name));
    let chosen: Vec<&Mutant> = all().filter(wanted).collect();
    if chosen.is_empty() {
        bail!("no mutant has {name:?} in its name: see bins/xtask/src/campaign/list");
    }
    let tree = Tree::copy(workspace)?;
    println!("{:<48} must pass", "unchanged");
    match tree.test(if named { QUICK } else { ALL }, PATIENCE * 4)? {
        Verdict::Survived => (),
        other @ (Verdict::Caught(_) | Verdict::Hung | Verdict::Broken) => {
            bail!("without any mutation: {other}; run `cargo test -p gatefold-log`")
        }
    }
    let mut survivors = Vec::new();
    for mutant in &chosen {
        let started = Instant::now();
        let verdict = tree.with(mutant, |tree| tree.judge(mutant, named))?;
        println!("{:<48} {verdict}, {} s", mutant.name, started.elapsed().as_secs());
        if matches!(verdict, Verdict::Survived | Verdict::Broken) {
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

    fn judge(&self, mutant: &Mutant, named: bool) -> Result<Verdict> {
        let verdict = self.test(mutant.by, SHORT_PATIENCE)?;
        if named || verdict != Verdict::Survived {
            return Ok(verdict);
        }
        match self.test(QUICK, PATIENCE)? {
            Verdict::Survived => self.test(ALL, PATIENCE),
            noticed @ (Verdict::Caught(_) | Verdict::Hung | Verdict::Broken) => Ok(noticed),
        }
    }

    /// Builds and runs tests, up to the first that fails.
    fn test(&self, tests: &[&str], patience: Duration) -> Result<Verdict> {
        let targets: Vec<&str> = tests.iter().take_while(|it| **it != "--").copied().collect();
        let mut build = vec!["--no-run"];
        build.extend(targets);
        if !self.cargo(&build).status()?.success() {
            return Ok(Verdict::Broken);
        }
        let mut child = self.cargo(tests).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the output is piped")?;
        let failed = thread::spawn(move || first_failed(output));
        let started = Instant::now();
        while started.elapsed() < patience && !failed.is_finished() {
            thread::sleep(LOOK_EVERY);
        }
        let ended = failed.is_finished();
        // The group holds cargo and the tests that it started; most have ended.
        let group = format!("-{}", child.id());
        let failed = match ended {
            false => None,
            true => failed.join().unwrap_or_default(),
        };
        if !ended || failed.is_some() {
            Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status()?;
        }
        let success = child.wait()?.success();
        Ok(match failed {
            Some(test) => Verdict::Caught(test),
            None if !ended => Verdict::Hung,
            None if success => Verdict::Survived,
            None => Verdict::Caught("a test program that ended early".to_owned()),
        })
    }
}

/// The name of the first test that is said to have failed.
fn first_failed(output: impl Read) -> Option<String> {
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    lines.filter_map(|line| failed_in(&line)).next()
}

/// The test that failed, if the line says so.
fn failed_in(line: &str) -> Option<String> {
    let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
    Some(name.to_owned())
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
    fn a_failed_test_is_told_from_others() {
        let output = "running 2 tests\ntest a::b ... ok\ntest a::c ... FAILED\n";
        assert_eq!(first_failed(output.as_bytes()).as_deref(), Some("a::c"));
        assert_eq!(first_failed(&b"test result: FAILED. 1 passed\n"[..]), None);
    }

    #[test]
    fn a_stale_mutant_is_named() {
        let mutant = Mutant { name: "n", file: "f", find: "a", replace: "b", by: &[] };
        assert!(mutant.apply("aa").unwrap_err().to_string().contains("stands 2 times in f"));
        assert_eq!(mutant.apply("xay").unwrap(), "xby");
    }
}
