//! What opening a log owes to a directory that somebody changed is decided here: it opens, refuses
//! or reports, without a panic and within bounds of memory, and opening again says the same.

#![no_main]

use std::ops::ControlFlow;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use gatefold_core::record::{Append, Log, Position, Record, Stream};
use gatefold_core::vocabulary::{AccountId, EventId, Timestamp};
use gatefold_log::{EmbeddedLog, LogReader, Options, SEGMENT_BYTES_MIN};
use gatefold_sim::disk::SimDisk;
use libfuzzer_sys::fuzz_target;

/// One change of one file.
#[derive(Arbitrary, Debug)]
enum Change {
    Flip { file: u8, at: u32, bit: u8 },
    Number { file: u8, block: u8, field: u8, value: Value, sums: bool },
    Overwrite { file: u8, at: u32, bytes: [u8; 16], sums: bool },
    Copy { from: u8, block: u8, to: u8, place: u8 },
    Zero { file: u8, block: u8, blocks: u8 },
    Length { file: u8, length: u32 },
    Remove { file: u8 },
    Rename { file: u8, first: u16, turn: u8 },
}

/// A number worth writing into a field.
#[derive(Arbitrary, Debug)]
enum Value {
    Small(u8),
    Near(i8),
    Most(u8),
    Any(u64),
}

const BLOCK: usize = 4_096;
const OPTIONS: Options = Options { segment_bytes: SEGMENT_BYTES_MIN, ..Options::DEFAULT };

fn append(log: &mut EmbeddedLog<SimDisk>, number: u64) {
    let account = AccountId::new("large").map(Stream::Account);
    let stream = if number % 2 == 0 { Stream::System } else { account.unwrap_or(Stream::System) };
    let record = |event: u64| Record {
        id: EventId::from_raw(u128::from(number * 10 + event) + 1),
        tag: 1,
        schema: 1,
        at: Timestamp::EPOCH,
        body: vec![7; if number == 4 { 5_000 } else { 40 }],
    };
    let records: Vec<Record> = (0..number % 3 + 1).map(record).collect();
    let (expected, epoch) = (log.version(&stream), Log::epoch(log));
    if let Err(error) = log.append(&Append { stream, expected, epoch, records: &records }) {
        panic!("a sound log refuses: {error}");
    }
}

/// A log of several segments; its last writer closed it, or was killed.
fn sample(closed: bool) -> SimDisk {
    let disk = SimDisk::default();
    let mut log = match EmbeddedLog::open_on(disk.clone(), OPTIONS) {
        Ok((log, _)) => log,
        Err(error) => panic!("a new log cannot be made: {error}"),
    };
    (0..12).for_each(|number| append(&mut log, number));
    let disk = if closed { disk } else { disk.killed() };
    drop(log);
    disk
}

static SAMPLES: LazyLock<[SimDisk; 2]> = LazyLock::new(|| [sample(false), sample(true)]);

fn sum_again(bytes: &mut [u8], block: usize) {
    let at = block * BLOCK;
    if block == 0 && bytes.len() >= 128 {
        let sum = crc32c::crc32c(&bytes[..124]);
        bytes[124..128].copy_from_slice(&sum.to_le_bytes());
    } else if bytes.len() >= at + 96 {
        let length =
            u32::from_le_bytes([bytes[at + 44], bytes[at + 45], bytes[at + 46], bytes[at + 47]]);
        let end = (at + 96).saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        if let Some(body) = bytes.get(at + 96..end) {
            let sum = crc32c::crc32c(body);
            bytes[at + 48..at + 52].copy_from_slice(&sum.to_le_bytes());
        }
        let sum = crc32c::crc32c(&bytes[at + 8..at + 96]);
        bytes[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
    }
}

fn apply(disk: &SimDisk, change: &Change) {
    let paths = disk.paths();
    let path = |file: u8| paths[usize::from(file) % paths.len()].as_str();
    match *change {
        Change::Flip { file, at, bit } => disk.tamper(path(file), |bytes| {
            if let Some(length) = std::num::NonZeroUsize::new(bytes.len()) {
                bytes[at as usize % length] ^= 1 << (bit % 8);
            }
        }),
        Change::Number { file, block, field, ref value, sums } => {
            disk.tamper(path(file), |bytes| {
                let (block, field) = (usize::from(block % 9), usize::from(field % 128));
                let at = block * BLOCK + field;
                let Some(place) = bytes.get_mut(at..at + 8) else { return };
                let old = u64::from_le_bytes(place.try_into().unwrap_or_default());
                let new = match *value {
                    Value::Small(number) => u64::from(number),
                    Value::Near(by) => old.wrapping_add_signed(i64::from(by)),
                    Value::Most(less) => u64::MAX - u64::from(less),
                    Value::Any(number) => number,
                };
                place.copy_from_slice(&new.to_le_bytes());
                if sums {
                    sum_again(bytes, block);
                }
            });
        }
        Change::Overwrite { file, at, bytes: new, sums } => disk.tamper(path(file), |bytes| {
            let at = at as usize % bytes.len().max(1);
            if let Some(place) = bytes.get_mut(at..at + new.len()) {
                place.copy_from_slice(&new);
                if sums {
                    sum_again(bytes, at / BLOCK);
                }
            }
        }),
        Change::Copy { from, block, to, place } => {
            let source = disk.bytes(path(from)).unwrap_or_default();
            let from = usize::from(block) * BLOCK;
            let Some(source) = source.get(from..from + BLOCK) else { return };
            let source = source.to_vec();
            disk.tamper(path(to), |bytes| {
                let at = usize::from(place) * BLOCK;
                if let Some(place) = bytes.get_mut(at..at + BLOCK) {
                    place.copy_from_slice(&source);
                }
            });
        }
        Change::Zero { file, block, blocks } => disk.tamper(path(file), |bytes| {
            let at = usize::from(block % 9) * BLOCK;
            let end = (at + usize::from(blocks) * BLOCK).min(bytes.len());
            if at < end {
                bytes[at..end].fill(0);
            }
        }),
        Change::Length { file, length } => {
            disk.tamper(path(file), |bytes| bytes.resize(length as usize % (40 * BLOCK), 0));
        }
        Change::Remove { file } => disk.remove(path(file)),
        Change::Rename { file, first, turn } => {
            let bytes = disk.bytes(path(file)).unwrap_or_default();
            disk.remove(path(file));
            let suffix = if turn == 0 { String::new() } else { format!("-{turn}") };
            disk.tamper(&format!("log/{first:020}{suffix}.gfl"), |file| *file = bytes);
        }
    }
}

/// The events that are read, as far as the reading goes.
fn ids(log: &EmbeddedLog<SimDisk>) -> (Vec<u128>, bool) {
    let mut ids = Vec::new();
    let read = log.read(Position::ZERO, &mut |entry| {
        ids.push(entry.id.raw());
        ControlFlow::Continue(())
    });
    (ids, read.is_ok())
}

fuzz_target!(|input: (bool, Vec<Change>)| {
    let (closed, changes) = input;
    let disk = SAMPLES[usize::from(closed)].copy();
    for change in changes.iter().take(6) {
        if !disk.paths().is_empty() {
            apply(&disk, change);
        }
    }
    if let Ok(reader) = LogReader::open_on(disk.clone()) {
        let _ = reader.read(Position::ZERO, &mut |_| ControlFlow::Continue(()));
    }
    let Ok((log, report)) = EmbeddedLog::open_on(disk.clone(), OPTIONS) else { return };
    let first = ids(&log);
    assert!(!first.1 || u64::try_from(first.0.len()) == Ok(report.head.get()), "{report}");
    drop(log);
    let Ok((log, report)) = EmbeddedLog::open_on(disk, OPTIONS) else {
        panic!("what was opened cannot be opened again")
    };
    assert!(report.torn.is_none(), "a tail is cut once: {report}");
    assert_eq!(ids(&log), first, "another opening shows another history");
});
