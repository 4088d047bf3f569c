//! Runs one case a given number of times, so that callgrind can count its instructions.
//!
//! Without arguments it prints the cases. `CASE COUNT` sets the case up and does it COUNT times;
//! the difference of two counts is free of the set-up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measuring tool")]

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use gatefold_benches::fills::{Folding as _, INSTRUMENTS, Ours, Trade};
use gatefold_benches::{account, advice, approval, instrument, market, now, receive};
use gatefold_core::decide::{Addressed, Feed, Gates, Verdicts, decide, evolve};
use gatefold_core::record::event::{MarkSeen, MarkSource, MarksObserved};
use gatefold_core::record::{Append, Event, Log as _, Position, Record, Stream, codec};
use gatefold_core::vocabulary::{AccountId, Calendar, EventId, Price};
use gatefold_log::{EmbeddedLog, LogReader, Options};

const CASES: [&str; 9] = [
    "judge",
    "decide",
    "encode-decision",
    "decode-decision",
    "encode-fill",
    "decode-fill",
    "fold-fill",
    "fold-mark",
    "read-fill",
];

/// Fills that are made beforehand where a case takes several: as many as the larger count needs.
const FILLS: usize = 20_000;
/// Not a case: writes the log in the named directory that `read-fill` reads.
const WRITE: &str = "write-fills";
/// Fills that are appended at once.
const GROUP: usize = 100;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(case), Some(count)) = (arguments.next(), arguments.next()) else {
        CASES.iter().for_each(|case| println!("{case}"));
        return;
    };
    if case == WRITE {
        return write(Path::new(&count));
    }
    let count: usize = count.parse().expect("COUNT is a whole number");
    let (calendar, gates) = (Calendar::nyse(), Gates::standard());
    let market = market(&calendar);
    let now = now();
    let mut account = account("large", 100);
    let advice = advice(&account);
    receive(&mut account, advice);
    match case.as_str() {
        "judge" => {
            let intent = Addressed::to(&account, &advice).unwrap().intent(&market, now);
            let mut verdicts = Verdicts::new();
            for _ in 0..count {
                gates.judge(black_box(&account), &intent, &market, now, &mut verdicts);
                black_box(&verdicts);
            }
        }
        "decide" => {
            for _ in 0..count {
                let addressed = Addressed::to(black_box(&account), &advice).unwrap();
                black_box(&decide(&addressed, &gates, &market, now));
            }
        }
        "encode-decision" | "decode-decision" => {
            let addressed = Addressed::to(&account, &advice).unwrap();
            let event = approval(decide(&addressed, &gates, &market, now));
            code(&event, case.starts_with("encode"), count);
        }
        "encode-fill" | "decode-fill" => code(&fill(0), case.starts_with("encode"), count),
        "fold-fill" => {
            // The events are made beforehand for the larger count, so that making them cancels.
            let events: Vec<Event> = (0..FILLS).map(fill).collect();
            for event in events.iter().take(count) {
                evolve(&mut account, event, now);
            }
            black_box(account.version());
        }
        "fold-mark" => {
            let events = [500, 501].map(|cents| {
                let (instrument, price) = (instrument(7), Price::cents(cents));
                let source = Some(MarkSource { feed: Feed::Sip, at: now });
                let mark = MarkSeen { instrument, price, bid: price, ask: price, at: now, source };
                Event::MarksObserved(MarksObserved { marks: vec![mark] })
            });
            for event in events.iter().cycle().take(count) {
                evolve(&mut account, event, now);
            }
            black_box(account.version());
        }
        "read-fill" => read(count),
        other => panic!("no case is named {other}"),
    }
}

/// The `n`-th of many fills that open and close positions in turn.
fn fill(n: usize) -> Event {
    Ours::fill(Trade::new(n, INSTRUMENTS))
}

/// Encodes as a writer does, into the same memory each time, or decodes as a replay does.
fn code(event: &Event, encode: bool, count: usize) {
    let mut body = Vec::new();
    let (tag, schema) = codec::encode_into(event, &mut body).unwrap();
    for _ in 0..count {
        if encode {
            codec::encode_into(black_box(event), &mut body).unwrap();
            black_box(&body);
        } else {
            let decoded = codec::decode(tag, schema, black_box(&body));
            assert!(black_box(&decoded).is_ok());
        }
    }
}

/// Reads and decodes the first `count` fills of a log of many.
///
/// A process of its own writes them: how often a writer's threads wait is different each time.
fn read(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("log");
    let program = std::env::current_exe().unwrap();
    assert!(Command::new(program).arg(WRITE).arg(&directory).status().unwrap().success());
    let reader = LogReader::open(&directory).unwrap();
    let mut left = count;
    reader
        .read(Position::ZERO, &mut |entry| {
            let decoded = codec::decode(entry.tag, entry.schema, entry.body);
            assert!(black_box(&decoded).is_ok());
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
}

fn write(directory: &Path) {
    let (mut log, _) = EmbeddedLog::open(directory, Options::default()).unwrap();
    let stream = Stream::Account(AccountId::new("large").unwrap());
    let record = |n: usize| {
        let codec::Encoded { tag, schema, body } = codec::encode(&fill(n)).unwrap();
        Record {
            id: EventId::from_raw(u128::try_from(n + 1).unwrap()),
            tag,
            schema,
            at: now(),
            body,
        }
    };
    for first in (0..FILLS).step_by(GROUP) {
        let records: Vec<Record> = (first..first + GROUP).map(record).collect();
        let (expected, epoch) = (log.version(&stream), log.epoch());
        log.append(&Append { stream, expected, epoch, records: &records }).unwrap();
    }
    log.close().unwrap();
}
