//! Runs one case a given number of times, so that callgrind can count its instructions.
//!
//! Without arguments it prints the cases. `CASE COUNT` sets the case up and does it COUNT times;
//! the difference of two counts is free of the set-up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measuring tool")]

use std::hint::black_box;

use gatefold_benches::{account, advice, approval, execution, instrument, market, now, receive};
use gatefold_core::decide::{Addressed, Gates, Verdicts, decide, evolve};
use gatefold_core::record::event::{ExecutionBooked, MarkSeen, MarksObserved};
use gatefold_core::record::{Event, codec};
use gatefold_core::vocabulary::{Calendar, Price, Side};

const CASES: [&str; 5] = ["judge", "decide", "encode-decision", "fold-fill", "fold-mark"];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(case), Some(count)) = (arguments.next(), arguments.next()) else {
        CASES.iter().for_each(|case| println!("{case}"));
        return;
    };
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
        "encode-decision" => {
            let addressed = Addressed::to(&account, &advice).unwrap();
            let event = approval(decide(&addressed, &gates, &market, now));
            for _ in 0..count {
                black_box(&codec::encode(black_box(&event)).unwrap());
            }
        }
        "fold-fill" => {
            // The events are made beforehand for the larger count, so that making them cancels.
            let events: Vec<Event> = (0..20_000)
                .map(|n| {
                    let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
                    let execution = execution(n + 1_000_000, instrument(n / 2 % 100), side);
                    Event::ExecutionBooked(ExecutionBooked { execution })
                })
                .collect();
            for event in events.iter().take(count) {
                evolve(&mut account, event, now);
            }
            black_box(account.version());
        }
        "fold-mark" => {
            let events = [500, 501].map(|cents| {
                let (instrument, price) = (instrument(7), Price::cents(cents));
                let mark = MarkSeen { instrument, price, bid: price, ask: price, at: now };
                Event::MarksObserved(MarksObserved { marks: vec![mark] })
            });
            for event in events.iter().cycle().take(count) {
                evolve(&mut account, event, now);
            }
            black_box(account.version());
        }
        other => panic!("no case is named {other}"),
    }
}
