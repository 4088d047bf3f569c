//! Reading a log of a million events of 200 bytes in groups of 100: events per second and core with
//! checksums and with the chain, beside what the machine needs for the same bytes at the least.
//!
//! The rounds are interleaved and medians are printed with their ratio to the floor, since speeds
//! of a shared machine drift. The memory is that of a process of its own that only reads.

#![allow(missing_docs, reason = "a benchmark")]

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use gatefold_core::record::{Append, Log as _, Position, Record, Stream};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{Check, EmbeddedLog, LogReader, Options};

type Outcome<T> = Result<T, Box<dyn Error>>;

const EVENTS: u64 = 1_000_000;
const GROUP: u64 = 100;
const PAYLOAD_BYTES: usize = 200;
const ROUNDS: usize = 7;
/// The pieces in which the floors read: those of the log.
const PIECE_BYTES: usize = 131_072;

fn main() -> Outcome<()> {
    let mut words = std::env::args().skip_while(|word| word != "--scan");
    if let (Some(_), Some(directory)) = (words.next(), words.next()) {
        return scan_alone(Path::new(&directory));
    }
    let folder = tempfile::tempdir()?;
    let directory = folder.path().join("log");
    write(&directory)?;
    let files = segments(&directory)?;
    let bytes: u64 = files.iter().filter_map(|path| path.metadata().ok()).map(|it| it.len()).sum();
    println!(
        "{EVENTS} events of {PAYLOAD_BYTES} bytes in groups of {GROUP}, {bytes} bytes of files"
    );
    let reader = LogReader::open(&directory)?;
    let ways: [(&str, &dyn Fn() -> Outcome<u64>); 4] = [
        ("floor: read the files", &|| read_files(&files, &|piece| u64::from(piece[0]))),
        ("floor: read, and CRC-32C of it", &|| {
            read_files(&files, &|piece| u64::from(crc32c::crc32c(piece)))
        }),
        ("scan, checksums", &|| scan(&reader, Check::Sums)),
        ("scan, checksums and chain", &|| scan(&reader, Check::Chain)),
    ];
    let mut nanos = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        for (way, times) in ways.iter().zip(&mut nanos) {
            let start = Instant::now();
            black_box(way.1()?);
            times.push(u64::try_from(start.elapsed().as_nanos())?);
        }
    }
    let floor = median(&mut nanos[1].clone());
    for ((name, _), times) in ways.iter().zip(&mut nanos) {
        let median = median(times);
        let rate = EVENTS * 1_000_000 / median;
        let (whole, part) = (rate / 1_000, rate % 1_000 / 100);
        let percent = 100 * median / floor;
        println!(
            "{name:32} {whole:5}.{part} M events/s  {percent:4} % of the time of the CRC floor"
        );
    }
    let executable = std::env::current_exe()?;
    let alone = Command::new(executable).arg("--scan").arg(&directory).output()?;
    print!("{}", String::from_utf8_lossy(&alone.stdout));
    Ok(())
}

fn write(directory: &Path) -> Outcome<()> {
    let (mut log, _) = EmbeddedLog::open(directory, Options::default())?;
    let streams: Vec<Stream> = (0..10)
        .map(|number| AccountId::new(&format!("account-{number}")).map(Stream::Account))
        .collect::<Result<_, _>>()?;
    for group in 0..EVENTS / GROUP {
        let record = |index: u64| Record {
            id: EventId::from_raw(u128::from(group * GROUP + index) + 1),
            tag: 1,
            schema: 1,
            at: Timestamp::EPOCH,
            body: (group * GROUP + index).to_le_bytes().repeat(PAYLOAD_BYTES / 8),
        };
        let records: Vec<Record> = (0..GROUP).map(record).collect();
        let stream = streams[usize::try_from(group)? % streams.len()];
        let (expected, epoch) = (log.version(&stream), log.epoch());
        log.append(&Append { stream, expected, epoch, records: &records })?;
    }
    log.close()?;
    Ok(())
}

fn segments(directory: &Path) -> Outcome<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory.join("log"))? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Reads all files in pieces and gives each piece to `use_up`.
fn read_files(files: &[PathBuf], use_up: &dyn Fn(&[u8]) -> u64) -> Outcome<u64> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut sum = 0_u64;
    for path in files {
        let mut file = File::open(path)?;
        loop {
            let count = file.read(&mut piece)?;
            // What is only reserved for later events is not read by the log either.
            if count == 0 || piece[..count].iter().all(|byte| *byte == 0) {
                break;
            }
            sum = sum.wrapping_add(use_up(&piece[..count]));
        }
    }
    Ok(sum)
}

fn scan(reader: &LogReader, check: Check) -> Outcome<u64> {
    let (mut events, mut bytes) = (0, 0);
    reader.read_with(check, Position::ZERO, &mut |entry| {
        events += 1;
        bytes += entry.body.len();
        ControlFlow::Continue(())
    })?;
    assert!((events, bytes) == (EVENTS, usize::try_from(EVENTS)? * PAYLOAD_BYTES), "all is read");
    Ok(events)
}

fn scan_alone(directory: &Path) -> Outcome<()> {
    let reader = LogReader::open(directory)?;
    scan(&reader, Check::Chain)?;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown");
    println!("memory of a process that opens and scans, at its highest: {}", peak.trim());
    Ok(())
}

fn median(times: &mut [u64]) -> u64 {
    times.sort_unstable();
    times[times.len() / 2]
}
