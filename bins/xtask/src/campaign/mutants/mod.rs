//! How a mutant is judged is decided here: the log's tests run with one sync or one check removed,
//! and one of them has to fail, unless the list says why none can.

mod asking;
mod book;
mod parallel;
mod switches;
mod table;
mod tree;

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use self::asking::{Order, Outcome, Test, Tests};
use self::book::{Book, Verdict};
use self::parallel::in_parallel;
use self::switches::Numbered;
use self::table::Row;
use self::tree::{Program, Tree};
use crate::campaign::list::{Mutant, all};
use crate::tools;
use crate::workspace::Workspace;

/// How often a test that failed once and passed then is asked again.
const ASKED_AGAIN: u32 = 3;

/// What is asked for.
pub(crate) struct Wish<'a> {
    /// Only those whose name contains one of these; all without any.
    pub(crate) names: &'a [String],
    /// Only the tests that each mutant names.
    pub(crate) named: bool,
    /// Judge again what was judged at the same sources.
    pub(crate) again: bool,
    pub(crate) json: bool,
}

/// Judges mutants; true if every one is noticed, or is equivalent and is not.
pub(crate) fn run(workspace: &Workspace, wish: &Wish<'_>) -> Result<bool> {
    tools::provide(workspace, "strace")?;
    let numbered: Vec<Numbered> = (1..).zip(all()).collect();
    let named = |mutant: &Mutant| wish.names.iter().any(|it| mutant.name.contains(it));
    let wanted = |(_, mutant): &&Numbered| wish.names.is_empty() || named(mutant);
    let mut chosen: Vec<Numbered> = numbered.iter().filter(wanted).copied().collect();
    if chosen.is_empty() {
        let wanted = wish.names.join(" or ");
        bail!("no mutant has {wanted} in its name: see bins/xtask/src/campaign/list");
    }
    let folder = workspace.target()?.join("mutants");
    let mut tree = Tree::copy(workspace, &folder, &numbered)?;
    let kept = if wish.named { "named.jsonl" } else { "verdicts.jsonl" };
    let mut book = Book::open(&folder.join(kept), tree.fingerprint)?;
    let left = |(_, mutant): &&Numbered| wish.again || book.verdict(mutant).is_none();
    let left: Vec<Numbered> = chosen.iter().filter(left).copied().collect();
    eprintln!("{} mutants, {} of them judged before", chosen.len(), chosen.len() - left.len());
    if !left.is_empty() {
        judge(&mut tree, &folder, left, wish.named, &mut book)?;
    }
    chosen.sort_by_key(|(number, _)| *number);
    let rows: Vec<Row<'_>> = chosen
        .iter()
        .filter_map(|(_, mutant)| Some(Row { mutant, judged: book.verdict(mutant)? }))
        .collect();
    table::tell(&rows, wish.json)
}

/// Judges those that are left, and writes each verdict into the book. Slow tests are asked at the
/// end about what the quick ones did not notice.
fn judge(
    tree: &mut Tree,
    folder: &Path,
    left: Vec<Numbered>,
    named: bool,
    book: &mut Book,
) -> Result<()> {
    eprintln!("building one program with all of them");
    let programs = tree.build()?;
    let tests = known_or_learned(tree, folder, &programs)?;
    let before = book.noticed_by();
    let said = Mutex::new(Said { begun: Instant::now(), all: left.len(), done: 0, book });
    let say = |numbered: Numbered, verdict: Verdict, time: Duration| {
        said.lock().unwrap_or_else(PoisonError::into_inner).say(numbered.1, verdict, time)
    };
    let ask = |numbered: Numbered, asked: Asked, spent: Duration| {
        let started = Instant::now();
        let last = before.get(numbered.1.name).map(String::as_str);
        let verdict = verdict(tree, &tests, numbered, named, asked, last)?;
        let time = spent + started.elapsed();
        match verdict {
            Some(verdict) => say(numbered, verdict, time).map(|()| None),
            None => Ok(Some((numbered, time))),
        }
    };
    // A build of its own takes the place of the common one.
    let (alone, left): (Vec<_>, Vec<_>) = left.into_iter().partition(|it| tree.alone(it.0));
    let first = if named { Asked::All } else { Asked::Quick };
    let unnoticed = in_parallel(left, |numbered| ask(numbered, first, Duration::ZERO))?;
    let mut unnoticed: Vec<_> = unnoticed.into_iter().flatten().collect();
    // Those that somebody should notice come first.
    unnoticed.sort_by_key(|((_, mutant), _)| mutant.equivalent.is_some());
    in_parallel(unnoticed, |(numbered, spent)| ask(numbered, Asked::Slow, spent))?;
    for numbered in alone {
        ask(numbered, Asked::All, Duration::ZERO)?;
    }
    Ok(())
}

/// How far a campaign is.
struct Said<'b> {
    begun: Instant,
    all: usize,
    done: usize,
    book: &'b mut Book,
}

impl Said<'_> {
    fn say(&mut self, mutant: &Mutant, verdict: Verdict, time: Duration) -> Result<()> {
        let Self { begun, all, done, book } = self;
        *done += 1;
        let ahead = begun.elapsed() * u32::try_from(*all - *done)? / u32::try_from(*done)?;
        let (seconds, name) = (time.as_secs_f64(), mutant.name);
        eprintln!("[{done}/{all}, {} left] {name}: {verdict} ({seconds:.1} s)", clock(ahead));
        book.write(mutant, verdict, seconds)
    }
}

/// The tests with what they call, learned once for the same sources.
fn known_or_learned(tree: &Tree, folder: &Path, programs: &[Program]) -> Result<Tests> {
    let path = folder.join(format!("calls-{:016x}-{:016x}.json", tree.fingerprint, tree.shape()));
    let known = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    if let Some(all) = known {
        return Ok(Tests::known(all, programs, tree.package()));
    }
    eprintln!("every test once, unchanged: it must pass, and tells what it calls");
    let tests = Tests::learn(programs, tree.package(), &folder.join("notes"))?;
    std::fs::write(&path, serde_json::to_string(&tests.all)?)?;
    Ok(tests)
}

/// Which tests are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    All,
    /// Those that a mutant names, and the quick ones.
    Quick,
    /// The others.
    Slow,
}

/// What the tests say about a mutant; none if the slow ones have to be asked, too. The one that
/// noticed it last is asked first.
fn verdict(
    tree: &Tree,
    tests: &Tests,
    numbered: Numbered,
    named: bool,
    asked: Asked,
    last: Option<&str>,
) -> Result<Option<Verdict>> {
    let (number, mutant) = numbered;
    let mut own = None;
    if tree.alone(number) {
        let Some(programs) = tree.build_alone(numbered)? else {
            return Ok(Some(Verdict::Broken));
        };
        own = Some(Tests::known(tests.all.clone(), &programs, tree.package()));
    }
    let tests = own.as_ref().unwrap_or(tests);
    let order = tests.order(tree.function(number), mutant.by);
    let last = last.filter(|_| asked != Asked::Slow && !named).and_then(|by| tests.named(by));
    let last: Vec<&Test> = last.into_iter().collect();
    let Order { first, second, quick, slow } = &order;
    let stages: &[&[&Test]] = match asked {
        Asked::All if named => &[first, second],
        Asked::All => &[&last, first, second, quick, slow],
        Asked::Quick => &[&last, first, second, quick],
        Asked::Slow => &[slow],
    };
    for stage in stages {
        if let Some(verdict) = noticed(tests, number, stage.to_vec())? {
            return Ok(Some(verdict));
        }
    }
    let count = if named { first.len() + second.len() } else { order.count() };
    let more = asked == Asked::Quick && !slow.is_empty();
    if more {
        let quick = count - slow.len();
        eprintln!("{}: {quick} tests passed, {} slow ones come later", mutant.name, slow.len());
    }
    Ok((!more).then_some(Verdict::Survives { tests: count }))
}

/// Who of these notices a mutant. A test that fails is asked again: one that never fails again
/// failed by chance, and the others are asked without it.
fn noticed(tests: &Tests, number: usize, mut asked: Vec<&Test>) -> Result<Option<Verdict>> {
    while let Some((outcome, program)) = tests.ask(&asked, number)? {
        let (by, steady) = match outcome {
            Outcome::Failed(test) if !test.is_empty() => {
                let steady = tests.fails(&program, &test, number)?;
                let mut again = steady;
                for _ in 0..ASKED_AGAIN {
                    again = again || tests.fails(&program, &test, number)?;
                }
                if !again {
                    eprintln!("by chance: {program} {test}");
                    asked.retain(|it| it.program != program || it.name != test);
                    continue;
                }
                (format!("{program} {test}"), steady)
            }
            Outcome::Failed(_) => (format!("{program}, which ends early"), true),
            Outcome::Hung(test) => (format!("{program} {test}, which hangs"), true),
            Outcome::Passed => bail!("what passed noticed nothing"),
        };
        return Ok(Some(Verdict::Noticed { by, steady }));
    }
    Ok(None)
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
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
mod fits {
    use std::fs;

    use super::*;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    #[test]
    fn every_mutant_still_finds_its_text_once() {
        let stale: Vec<_> = all()
            .filter_map(|mutant| {
                let text = fs::read_to_string(root().join(mutant.file)).unwrap();
                match mutant.apply(&text) {
                    Ok(changed) => {
                        (changed == text).then(|| format!("{} changes nothing", mutant.name))
                    }
                    Err(error) => Some(error.to_string()),
                }
            })
            .collect();
        assert!(stale.is_empty(), "{stale:#?}");
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
        let mutant = Mutant::new("n", "f", "a", "b");
        assert!(mutant.apply("aa").unwrap_err().to_string().contains("stands 2 times in f"));
        assert_eq!(mutant.apply("xay").unwrap(), "xby");
    }
}
