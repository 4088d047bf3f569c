//! `kill -9` at random moments: whatever a process acknowledged over a pipe is in the log.
//!
//! The program plays both parts: without arguments it is the test, with a directory it is the
//! process that is killed. So it has no test harness.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use gatefold_core::record::{Append, Log, Position, Record, Stream};
use gatefold_core::vocabulary::{EventId, Timestamp};
use gatefold_log::{EmbeddedLog, Options};

const KILLS: u64 = 20;
/// Small enough that several kills meet a roll.
const OPTIONS: Options = Options { segment_bytes: 256 * 1_024, ..Options::DEFAULT };
const EVENTS_PER_BATCH: u64 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    match (arguments.next(), arguments.next()) {
        (Some(part), Some(directory)) if part == "append-until-killed" => {
            append_until_killed(Path::new(&directory))
        }
        _ => kill_at_random_moments(),
    }
}

fn record(number: u64) -> Record {
    Record {
        id: EventId::from_raw(u128::from(number)),
        tag: 1,
        schema: 1,
        at: Timestamp::EPOCH,
        body: number.to_le_bytes().repeat(20),
    }
}

/// Appends batches of events numbered by their positions and prints each acknowledged position.
fn append_until_killed(directory: &Path) -> Result<(), Box<dyn Error>> {
    let (mut log, _) = EmbeddedLog::open(directory, OPTIONS)?;
    let mut out = std::io::stdout();
    loop {
        let head = log.head().get();
        let records: Vec<Record> = (1..=EVENTS_PER_BATCH).map(|it| record(head + it)).collect();
        let (stream, expected, epoch) = (Stream::System, log.version(&Stream::System), log.epoch());
        let done = log.append(&Append { stream, expected, epoch, records: &records })?;
        writeln!(out, "{}", done.position)?;
        out.flush()?;
    }
}

fn kill_at_random_moments() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut acknowledged = 0;
    for kill in 1..=KILLS {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("append-until-killed")
            .arg(directory.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("the child has no output")?;
        let lines = std::thread::spawn(move || {
            let mut last = None;
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                last = line.parse::<u64>().ok().or(last);
            }
            last
        });
        // From before the log is open to hundreds of appends in; not a whole number of anything.
        std::thread::sleep(Duration::from_micros(kill * 9_173));
        child.kill()?;
        child.wait()?;
        let last = lines.join().map_err(|_| "the reading thread stopped")?;
        acknowledged = last.unwrap_or(acknowledged).max(acknowledged);
        check(directory.path(), acknowledged, kill)?;
    }
    assert!(acknowledged > KILLS, "the children had time to append: {acknowledged}");
    println!("test result: ok. {KILLS} kills, {acknowledged} events acknowledged, none lost");
    Ok(())
}

/// Reads the log as a reader and as a writer would.
fn check(directory: &Path, acknowledged: u64, kill: u64) -> Result<(), Box<dyn Error>> {
    if directory.join("FORMAT").exists() {
        let head = EmbeddedLog::open_read_only(directory)?.head().get();
        assert!(acknowledged <= head, "kill {kill}: a reader sees {head} of {acknowledged}");
    }
    let (log, report) = EmbeddedLog::open(directory, OPTIONS)?;
    let head = log.head().get();
    assert!(acknowledged <= head, "kill {kill}: {head} of {acknowledged} are there, {report}");
    assert!(head.is_multiple_of(EVENTS_PER_BATCH), "kill {kill}: whole batches only, not {head}");
    let mut expected = 0;
    log.read(Position::ZERO, &mut |entry| {
        expected += 1;
        assert_eq!(entry.position.get(), expected, "kill {kill}");
        assert_eq!(entry.body, record(expected).body, "kill {kill}");
        ControlFlow::Continue(())
    })?;
    assert_eq!(expected, head, "kill {kill}");
    Ok(())
}
