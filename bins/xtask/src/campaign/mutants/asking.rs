//! Which tests are asked about a mutation is decided here: those that call the mutated function,
//! the named ones first, then the quick ones, and nobody after the first that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::parallel::in_parallel;
use super::switches::{CHOSEN, REACHED};
use super::tree::Program;
use crate::campaign::list::By;

/// The programs that are asked. `kill` kills at moments of chance, and judges nothing twice alike.
const ASKED: &[&str] = &["lib", "it", "contract", "turns", "kept", "kernel"];
/// A test that ran longer than this is asked after the others.
const QUICK: Duration = Duration::from_secs(2);
/// A mutation may make tests hang; that is noticed, too: no test ends for so many times what the
/// slowest takes otherwise.
const PATIENCE_TIMES: u32 = 3;
const PATIENCE_MIN: Duration = Duration::from_secs(30);
/// For a single test, of which it is not asked how long it takes.
const PATIENCE_ALONE: Duration = Duration::from_secs(300);
/// How often a test that fails without any mutation is asked again.
const LEARNED_AGAIN: u32 = 3;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// One test of one program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Test {
    pub(super) program: String,
    pub(super) name: String,
    /// What it takes without a mutation.
    seconds: f64,
    /// The functions that it calls.
    calls: BTreeSet<usize>,
}

/// How a run of tests ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    /// The first test that failed; empty if the program ended early.
    Failed(String),
    /// The first test that had not passed when patience ended.
    Hung(String),
}

/// Tests in the order of asking.
pub(super) struct Order<'t> {
    /// Those that the mutant names, the quick ones and the slow ones.
    pub(super) first: Vec<&'t Test>,
    pub(super) second: Vec<&'t Test>,
    pub(super) quick: Vec<&'t Test>,
    pub(super) slow: Vec<&'t Test>,
}

impl Order<'_> {
    /// How many they are.
    pub(super) fn count(&self) -> usize {
        self.first.len() + self.second.len() + self.quick.len() + self.slow.len()
    }
}

/// All tests, and how they are started.
pub(super) struct Tests {
    pub(super) all: Vec<Test>,
    programs: BTreeMap<String, PathBuf>,
    package: PathBuf,
}

impl Tests {
    /// Takes tests that were learned before.
    pub(super) fn known(all: Vec<Test>, programs: &[Program], package: PathBuf) -> Self {
        let programs = programs.iter().map(|it| (it.name.clone(), it.path.clone())).collect();
        Self { all, programs, package }
    }

    /// Runs every test once, unchanged, and learns what each calls and how long it takes.
    ///
    /// # Errors
    ///
    /// A test fails, although nothing was changed.
    pub(super) fn learn(programs: &[Program], package: PathBuf, notes: &Path) -> Result<Self> {
        let mut tests = Self::known(Vec::new(), programs, package);
        let mut names = Vec::new();
        for program in ASKED {
            let listed = tests.listed(program)?;
            eprintln!("{program}: {} tests", listed.len());
            names.extend(listed.into_iter().map(|name| (*program, name)));
        }
        let numbered = (0_usize..).zip(names).collect();
        let learned = in_parallel(numbered, |(number, (program, name))| {
            tests.learn_one(program, name, &notes.with_extension(number.to_string()))
        })?;
        tests.all = learned;
        Ok(tests)
    }

    fn learn_one(&self, program: &str, name: String, notes: &Path) -> Result<Test> {
        let started = Instant::now();
        let mut command = self.command(program, &[&name])?;
        let noted = command.env(REACHED, notes).stdout(Stdio::null()).status()?;
        let seconds = started.elapsed().as_secs_f64();
        // The notes are written by system calls: a test that counts those is asked again. So is
        // one that was late because others were at work.
        let mut fails = !noted.success();
        for _ in 0..LEARNED_AGAIN {
            fails = fails && self.fails(program, &name, 0)?;
        }
        if fails {
            bail!("without any mutation: {program} {name} fails: see `cargo test`");
        }
        let text = fs::read_to_string(notes).unwrap_or_default();
        if notes.exists() {
            fs::remove_file(notes)?;
        }
        let calls = text.lines().filter_map(|line| line.parse().ok()).collect();
        Ok(Test { program: program.to_owned(), name, seconds, calls })
    }

    /// The tests that could notice a mutation in `function`. Without a function, all.
    pub(super) fn order(&self, function: Option<usize>, by: By) -> Order<'_> {
        let calls = |test: &&Test| function.is_none_or(|it| test.calls.contains(&it));
        let (named, rest): (Vec<_>, Vec<_>) =
            self.all.iter().filter(calls).partition(|test| is_named(test, by));
        let is_quick = |test: &&Test| test.seconds < QUICK.as_secs_f64();
        let (first, second) = named.into_iter().partition(is_quick);
        let (quick, slow) = rest.into_iter().partition(is_quick);
        Order { first, second, quick, slow }
    }

    /// The test that a verdict names: its program, then its name.
    pub(super) fn named(&self, by: &str) -> Option<&Test> {
        let mut words = by.trim_end_matches(", which hangs").split(' ');
        let (program, name) = (words.next()?, words.next()?);
        self.all.iter().find(|test| test.program == program && test.name == name)
    }

    /// Asks tests about a mutation, up to the first that fails, and names it.
    pub(super) fn ask(&self, tests: &[&Test], number: usize) -> Result<Option<(Outcome, String)>> {
        for program in ASKED {
            let here: Vec<&&Test> = tests.iter().filter(|it| it.program == *program).collect();
            if here.is_empty() {
                continue;
            }
            let slowest = here.iter().map(|it| it.seconds).fold(0.0, f64::max);
            let patience = Duration::from_secs_f64(slowest) * PATIENCE_TIMES + PATIENCE_MIN;
            let names: Vec<&str> = here.iter().map(|it| it.name.as_str()).collect();
            match self.run(program, &names, number, patience)? {
                Outcome::Passed => (),
                failed @ (Outcome::Failed(_) | Outcome::Hung(_)) => {
                    return Ok(Some((failed, (*program).to_owned())));
                }
            }
        }
        Ok(None)
    }

    /// Whether one test alone fails.
    pub(super) fn fails(&self, program: &str, test: &str, number: usize) -> Result<bool> {
        Ok(self.run(program, &[test], number, PATIENCE_ALONE)? != Outcome::Passed)
    }

    fn listed(&self, program: &str) -> Result<Vec<String>> {
        let output = self.command(program, &[])?.arg("--list").output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.lines().filter_map(|it| it.strip_suffix(": test")).map(str::to_owned).collect())
    }

    fn command(&self, program: &str, names: &[&str]) -> Result<Command> {
        let path = self.programs.get(program).with_context(|| format!("no program {program}"))?;
        let mut command = Command::new(path);
        command.args(names).current_dir(&self.package).env_remove(CHOSEN).env_remove(REACHED);
        if !names.is_empty() {
            command.arg("--exact");
        }
        command.env("RUST_BACKTRACE", "0").env("CI", "true");
        // A group of its own: a test's children end with it.
        command.stdin(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Ok(command)
    }

    /// Runs tests with a mutation, up to the first that fails, or until none has ended for `wait`.
    /// Without names, all of the program.
    fn run(&self, program: &str, names: &[&str], number: usize, wait: Duration) -> Result<Outcome> {
        let mut command = self.command(program, names)?;
        let mut child = command.env(CHOSEN, number.to_string()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the output is piped")?;
        let (tell, passed) = mpsc::channel();
        let failed = thread::spawn(move || first_failed(output, &tell));
        let (mut ended, mut done) = (Instant::now(), BTreeSet::new());
        while ended.elapsed() < wait && !failed.is_finished() {
            thread::sleep(LOOK_EVERY);
            let before = done.len();
            done.extend(passed.try_iter());
            if done.len() > before {
                ended = Instant::now();
            }
        }
        if !failed.is_finished() {
            end(&mut child)?;
            let left = names.iter().find(|name| !done.contains(**name));
            return Ok(Outcome::Hung(left.copied().unwrap_or_default().to_owned()));
        }
        if let Some(test) = failed.join().unwrap_or_default() {
            end(&mut child)?;
            return Ok(Outcome::Failed(test));
        }
        Ok(match child.wait()?.success() {
            true => Outcome::Passed,
            false => Outcome::Failed(String::new()),
        })
    }
}

/// Ends a program and all that it started.
fn end(child: &mut Child) -> Result<()> {
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status()?;
    child.wait()?;
    Ok(())
}

/// Whether a mutant names the test; [`By`] is written as the arguments of `cargo test`.
fn is_named(test: &Test, by: By) -> bool {
    let mut wanted = Vec::new();
    let mut arguments = by.iter();
    let program = match arguments.next() {
        Some(&"--test") => arguments.next().copied().unwrap_or_default(),
        Some(_) => "lib",
        None => return false,
    };
    let mut arguments = arguments.skip_while(|it| **it == "--");
    while let Some(argument) = arguments.next() {
        match *argument {
            "--skip" if arguments.next().is_some_and(|it| test.name.contains(it)) => return false,
            "--skip" => (),
            part => wanted.push(part),
        }
    }
    let fits = wanted.is_empty() || wanted.iter().any(|part| test.name.contains(part));
    test.program == program && fits
}

/// The name of the first test that is said to have failed; tells those that passed before.
fn first_failed(output: impl Read, passed: &Sender<String>) -> Option<String> {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        match line.strip_prefix("test ").and_then(|line| line.split_once(" ... ")) {
            Some((name, "FAILED")) => return Some(name.to_owned()),
            // Nobody listens once patience has ended.
            Some((name, _)) => drop(passed.send(name.to_owned())),
            None => (),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(program: &str, name: &str, seconds: f64, calls: &[usize]) -> Test {
        let calls = calls.iter().copied().collect();
        Test { program: program.to_owned(), name: name.to_owned(), seconds, calls }
    }

    #[test]
    fn a_failed_test_is_told_from_others() {
        let output = "running 2 tests\ntest a::b ... ok\ntest a::c ... FAILED\n";
        let (tell, passed) = mpsc::channel();
        assert_eq!(first_failed(output.as_bytes(), &tell).as_deref(), Some("a::c"));
        assert_eq!(passed.try_iter().collect::<Vec<_>>(), ["a::b"]);
        assert_eq!(first_failed(&b"test result: FAILED. 1 passed\n"[..], &tell), None);
    }

    #[test]
    fn who_calls_is_asked_the_named_and_the_quick_first() {
        let all = vec![
            test("it", "crash::slow", 9.0, &[1]),
            test("it", "tail::slow", 9.0, &[1, 2]),
            test("it", "tail::quick", 0.1, &[1]),
            test("lib", "tail::of_the_library", 0.1, &[1]),
            test("it", "crash::elsewhere", 0.1, &[2]),
        ];
        let tests = Tests::known(all, &[], PathBuf::new());
        let by: By = &["--test", "it", "--", "crash::", "--skip", "elsewhere"];
        let names =
            |tests: Vec<&Test>| -> Vec<String> { tests.iter().map(|it| it.name.clone()).collect() };
        let Order { first, second, quick, slow } = tests.order(Some(1), by);
        assert_eq!((names(first).len(), names(second)), (0, vec!["crash::slow".to_owned()]));
        assert_eq!(names(quick), ["tail::quick", "tail::of_the_library"]);
        assert_eq!(names(slow), ["tail::slow"]);
        assert_eq!(tests.order(None, &["--lib"]).first.len(), 1);
        let known = |text: &str| tests.named(text).is_some();
        assert!(known("it tail::quick") && known("it tail::slow, which hangs"));
        assert!(!known("lib tail::quick") && !known("it, which ends early"));
        let none = tests.order(Some(3), by);
        assert_eq!(none.count(), 0);
    }
}
