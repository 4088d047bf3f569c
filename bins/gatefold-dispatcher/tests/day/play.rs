//! One day from bell to morning: the dispatcher as people run it, started again whenever it was
//! killed or found the broker unreachable.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use gatefold::core::record::Position;
use gatefold::wiring;
use serde_json::Value;

use crate::judge::{self, Kill};
use crate::stage::Stage;
use crate::tally::Tally;

/// What is to be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) seed: u64,
    /// So many times the dispatcher is killed.
    pub(crate) kills: usize,
}

const LOOK: Duration = Duration::from_millis(10);
/// So long may the dispatcher take to end after its day.
const FAREWELL: Duration = Duration::from_secs(60);
/// The day begins without anybody listening after this.
const SILENCE: Duration = Duration::from_secs(20);
/// A start that finds the broker unreachable is made so often.
const STARTS_MAX: usize = 100;

/// Plays a day and judges it: what it had, or everything that is wrong.
pub(crate) fn play(job: Job, folder: PathBuf) -> Result<Tally, String> {
    let mut stage = Stage::set(job.seed, folder, job.kills > 0);
    let mut chance = Rng::with_seed(job.seed ^ 0x6111);
    let (mut kills, mut tally): (Vec<Kill>, Tally) = <_>::default();
    for number in 0.. {
        let late = (kills.len() < job.kills).then(|| chance.u64(150..=5_000));
        let mut child = start(&stage, number);
        match wait(&mut stage, &mut child, late.map(Duration::from_millis))? {
            Ended::Killed => {
                // Fills of this time happen while nobody listens.
                thread::sleep(Duration::from_millis(chance.u64(0..=600)));
                kills.push(Kill { head: head(&stage)?, fills: stage.settled_fills() });
            }
            Ended::Done(status) if status.success() => break,
            Ended::Done(status) => {
                let errors = errors(&stage, number);
                let asked = ["the broker could not be asked", "error: the broker's clock"];
                let unreachable = asked.iter().any(|text| errors.contains(text));
                if status.code() != Some(1) || !unreachable || number > STARTS_MAX {
                    return Err(format!("the dispatcher ended with {status}:\n{errors}"));
                }
                tally.add("starts without a broker", 1);
            }
        }
    }
    tally.add("kills", u64::try_from(kills.len()).unwrap_or(u64::MAX));
    let text = fs::read_to_string(stage.folder.join("report.json")).map_err(|it| it.to_string())?;
    let report: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let ledger = stage.fake.ledger();
    let pretty = serde_json::to_string_pretty(&ledger).map_err(|error| error.to_string())?;
    fs::write(stage.folder.join("ledger.json"), pretty).map_err(|error| error.to_string())?;
    tally.take(&judge::judge(&stage.folder, &report, &ledger, &kills)?);
    Ok(tally)
}

enum Ended {
    Killed,
    Done(ExitStatus),
}

fn start(stage: &Stage, number: usize) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatefold-dispatcher"));
    command.arg("run").arg(stage.folder.join("gatefold.toml")).args(["--json", "--quiet", "-v"]);
    let file = |name: String| File::create(stage.folder.join(name)).unwrap();
    command.stdout(file("report.json".to_owned())).stderr(file(format!("errors-{number}.log")));
    command.spawn().unwrap()
}

/// The end of what a process said.
fn errors(stage: &Stage, number: usize) -> String {
    let text = fs::read_to_string(stage.folder.join(format!("errors-{number}.log")));
    let text = text.unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

/// Waits for the end, or makes one.
fn wait(
    stage: &mut Stage,
    child: &mut Child,
    kill_after: Option<Duration>,
) -> Result<Ended, String> {
    let (start, mut over) = (Instant::now(), None);
    loop {
        if stage.is_heard() || start.elapsed() > SILENCE {
            stage.begin();
        }
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(Ended::Done(status));
        }
        let due = kill_after.is_some_and(|after| start.elapsed() >= after);
        if due && stage.may_be_killed() {
            end(child)?;
            return Ok(Ended::Killed);
        }
        if stage.is_over() && over.get_or_insert_with(Instant::now).elapsed() > FAREWELL {
            end(child)?;
            return Err(format!("the dispatcher did not end within {FAREWELL:?} of its day"));
        }
        thread::sleep(LOOK);
    }
}

/// SIGKILL.
fn end(child: &mut Child) -> Result<(), String> {
    child.kill().and_then(|()| child.wait()).map(|_| ()).map_err(|error| error.to_string())
}

/// Where the log ends.
fn head(stage: &Stage) -> Result<Position, String> {
    let dir = stage.folder.join("log");
    if !dir.exists() {
        return Ok(Position::ZERO);
    }
    let mut head = Position::ZERO;
    let reader = wiring::read_log(&dir).map_err(|error| error.to_string())?;
    let read = reader.read(Position::ZERO, &mut |entry| {
        head = entry.position;
        std::ops::ControlFlow::Continue(())
    });
    read.map(|()| head).map_err(|error| error.to_string())
}
