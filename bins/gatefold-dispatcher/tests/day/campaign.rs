//! Many days at once: what was played at the same programs is not played again, a failure keeps its
//! folder and says how to see it again.

use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::play::{Job, play};
use crate::tally::Tally;

/// A variable of the environment as a number.
pub(crate) fn wanted(name: &str, otherwise: usize) -> usize {
    let text = env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// What came of all days.
pub(crate) struct Summary {
    pub(crate) days: usize,
    pub(crate) tally: Tally,
    failures: Vec<(Job, String)>,
}

/// The state that the workers share.
struct Shared {
    waiting: VecDeque<Job>,
    all: usize,
    done: usize,
    fresh: usize,
    began: Instant,
    summary: Summary,
    book: Book,
}

/// Plays all of them, so many at a time.
pub(crate) fn run(name: &str, jobs: &[Job]) -> Summary {
    let book = Book::open();
    let mut summary = Summary { days: 0, tally: Tally::default(), failures: Vec::new() };
    let mut waiting = VecDeque::new();
    for job in jobs {
        match book.known.get(&key(*job)) {
            Some(tally) => {
                summary.days += 1;
                summary.tally.take(tally);
            }
            None => waiting.push_back(*job),
        }
    }
    let (all, done, fresh, began) = (jobs.len(), summary.days, 0, Instant::now());
    let shared = Mutex::new(Shared { waiting, all, done, fresh, began, summary, book });
    let folder = env::temp_dir().join(format!("gatefold-{name}-{}", std::process::id()));
    thread::scope(|scope| {
        for _ in 0..wanted("GATEFOLD_DAYS_AT_ONCE", 4) {
            scope.spawn(|| work(&shared, &folder));
        }
    });
    // Left where a day failed, gone where it is empty.
    let _ = fs::remove_dir(&folder);
    let summary = shared.into_inner().expect("no worker panics").summary;
    tell(name, &summary);
    summary
}

fn work(shared: &Mutex<Shared>, folder: &Path) {
    loop {
        let job = shared.lock().expect("no worker panics").waiting.pop_front();
        let Some(job) = job else { return };
        let own = folder.join(format!("seed-{}-kills-{}", job.seed, job.kills));
        let played = catch_unwind(AssertUnwindSafe(|| play(job, own.clone())));
        let played = played.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            Err(text.unwrap_or_else(|| "the day's own code panicked".to_owned()))
        });
        let mut shared = shared.lock().expect("no worker panics");
        shared.finish(job, played, &own);
    }
}

impl Shared {
    fn finish(&mut self, job: Job, played: Result<Tally, String>, folder: &Path) {
        self.done += 1;
        self.fresh += 1;
        self.summary.days += 1;
        let (done, fresh) = (self.done, u32::try_from(self.fresh).unwrap_or(u32::MAX));
        let left = u32::try_from(self.all - self.done).unwrap_or(u32::MAX);
        let ahead = self.began.elapsed() * left / fresh;
        let place = format!("[{done}/{}, {} s left] {job:?}", self.all, ahead.as_secs());
        match played {
            Ok(tally) => {
                eprintln!("{place}: {tally}");
                self.book.write(job, &tally);
                self.summary.tally.take(&tally);
                let _ = fs::remove_dir_all(folder);
            }
            Err(reason) => {
                let reason =
                    format!("{reason}\nfolder: {}\nagain:  {}", folder.display(), command(job));
                eprintln!("{place} FAILED:\n{reason}");
                self.summary.failures.push((job, reason));
            }
        }
    }
}

fn command(job: Job) -> String {
    let Job { seed, kills } = job;
    let seeds = usize::from(kills == 0);
    format!("cargo xtask campaign broker --from {seed} --seeds {seeds} --kills {kills}")
}

fn key(job: Job) -> String {
    format!("{}-{}", job.seed, job.kills)
}

impl Summary {
    /// Fails unless every day ended as it must.
    pub(crate) fn assert_passed(&self) {
        let told: Vec<String> =
            self.failures.iter().map(|(job, reason)| format!("{job:?}:\n{reason}")).collect();
        assert!(told.is_empty(), "{} of {} days:\n{}", told.len(), self.days, told.join("\n\n"));
    }
}

/// Adds what came of it to the file that the environment names.
fn tell(name: &str, summary: &Summary) {
    let failures: Vec<Value> = summary
        .failures
        .iter()
        .map(|(job, reason)| json!({"seed": job.seed, "kills": job.kills, "reason": reason}))
        .collect();
    let (days, counts) = (summary.days, summary.tally.to_json());
    let told = json!({"name": name, "days": days, "failures": failures, "counts": counts});
    if let Some(path) = env::var_os("GATEFOLD_DAYS_SUMMARY") {
        append(Path::new(&path), &told);
    }
}

fn append(path: &Path, line: &Value) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{line}").unwrap();
}

/// What was played before at the same programs, where the environment names a file for it.
struct Book {
    path: Option<PathBuf>,
    programs: u64,
    known: BTreeMap<String, Tally>,
}

impl Book {
    fn open() -> Self {
        let path = env::var_os("GATEFOLD_DAYS_BOOK").map(PathBuf::from);
        let mut hasher = DefaultHasher::new();
        let own = env::current_exe().unwrap();
        for program in [Path::new(env!("CARGO_BIN_EXE_gatefold-dispatcher")), &own] {
            fs::read(program).unwrap().hash(&mut hasher);
        }
        let programs = hasher.finish();
        let text = path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let lines = text.unwrap_or_default();
        let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let same = lines.filter(|line| line["programs"] == programs);
        let known = same.map(|line| {
            (line["day"].as_str().unwrap_or_default().to_owned(), Tally::from_json(&line["counts"]))
        });
        Self { path, programs, known: known.collect() }
    }

    fn write(&self, job: Job, tally: &Tally) {
        let counts = tally.to_json();
        let line = json!({"programs": self.programs, "day": key(job), "counts": counts});
        if let Some(path) = &self.path {
            append(path, &line);
        }
    }
}
