//! A replay: the order of things, where it resumes, how it is stopped.

use std::sync::atomic::{AtomicBool, Ordering};

use gatefold_core::advise::{Arrival, Inbox, InboxError};
use gatefold_core::engine::Engine;
use gatefold_core::vocabulary::{NetQuantity, Quantity, Span, Timestamp};
use gatefold_runtime::{Agenda, Ending, Replay, ReplayFault, Stage};
use gatefold_sim::memory_log::{AppendFault, MemoryLog};

use crate::kit::{Manner, Set, advice, bytes, held, noon, opening, quick, start, start_with};

const LARGE: &[&str] = &["large"];

/// Instants at which nothing but time passes.
struct Instants {
    left: Vec<Timestamp>,
    ticked: Vec<Timestamp>,
    caught_up: Vec<Timestamp>,
}

impl Instants {
    fn at(seconds: impl IntoIterator<Item = i64>) -> Self {
        let mut left: Vec<_> = seconds.into_iter().map(second).collect();
        left.reverse();
        Self { left, ticked: Vec::new(), caught_up: Vec::new() }
    }

    fn pass(&mut self, now: Timestamp) {
        while self.left.last().is_some_and(|at| *at <= now) {
            self.left.pop();
        }
    }
}

impl Stage for Instants {
    fn next_time(&self) -> Option<Timestamp> {
        self.left.last().copied()
    }

    fn advance_to(&mut self, now: Timestamp) {
        self.pass(now);
        self.ticked.push(now);
    }

    fn catch_up(&mut self, now: Timestamp) {
        self.pass(now);
        self.caught_up.push(now);
    }
}

struct List(std::vec::IntoIter<Arrival>);

impl Inbox for List {
    fn next(&mut self) -> Result<Option<Arrival>, InboxError> {
        Ok(self.0.next())
    }
}

fn second(second: i64) -> Timestamp {
    noon().saturating_add(Span::seconds(second))
}

fn failed(line: u64) -> Arrival {
    let (source, text, reason) = ("list".to_owned(), "?".to_owned(), "no advice".to_owned());
    Arrival::Failed { source, line, text, reason }
}

/// Advice "1" to "5", ten seconds apart, the third before the second in the file, and bad lines at
/// the head and in between.
fn arrivals() -> Agenda {
    let of = |id: i64| advice("large", &id.to_string(), second(id * 10));
    let all = vec![failed(1), of(1), of(3), failed(4), of(2), of(4), of(5)];
    Agenda::read(&mut List(all.into_iter())).unwrap()
}

fn play(set: &Set, stage: &mut Instants, stop: &AtomicBool) -> Result<Ending, ReplayFault> {
    let replay = Replay {
        stage,
        agenda: &mut arrivals(),
        clock: &set.clock,
        openings: vec![opening("large")],
        resume_at: set.shard.view(Engine::last_at)?,
        until: None,
        stop,
    };
    replay.run(&set.shard, &mut |_| {})
}

fn fifty() -> NetQuantity {
    NetQuantity::long(Quantity::whole(50))
}

/// A process that starts on what another one left.
fn again(set: Set) -> Set {
    let Set { shard, log, clock, hand } = set;
    let _ = shard.stop();
    let log = log.reopen();
    let shard = start_with(&log, &clock, &hand, quick(), LARGE);
    Set { shard, log, clock, hand }
}

#[test]
fn advice_arrives_at_its_time_and_a_bad_line_beside_its_neighbor() {
    let mut agenda = arrivals();
    let mut order = Vec::new();
    while let Some(arrival) = agenda.due(second(1_000)) {
        order.push(match arrival {
            Arrival::Recommendation(advice) => advice.id.to_string(),
            Arrival::Failed { line, .. } => format!("line {line}"),
        });
    }
    assert_eq!(order, ["line 1", "1", "2", "3", "line 4", "4", "5"]);
    assert_eq!(arrivals().next_time(), Some(second(10)), "a bad first line comes with the second");
}

#[test]
fn a_replay_plays_every_instant_and_every_arrival_once() {
    let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE);
    let mut stage = Instants::at([0, 15, 20, 60]);
    let ending = play(&set, &mut stage, &AtomicBool::new(false)).unwrap();
    assert_eq!(ending, Ending::Done);
    assert_eq!(stage.ticked, [0, 10, 15, 20, 30, 40, 50, 60].map(second));
    assert_eq!(set.hand.sent(), 5);
    assert_eq!(set.shard.view(|engine| held(engine, "large")).unwrap(), fifty());
    let failed = set.shard.view(|engine| engine.system().failed().count()).unwrap();
    assert_eq!(failed, 2);
}

#[test]
fn run_again_it_decides_nothing_anew() {
    let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE);
    let never = AtomicBool::new(false);
    play(&set, &mut Instants::at([0, 15, 20, 60]), &never).unwrap();
    let set = again(set);
    let ended_at = set.shard.view(Engine::last_at).unwrap().unwrap();
    let mut stage = Instants::at([0, 15, 20, 60]);
    play(&set, &mut stage, &never).unwrap();
    assert_eq!(set.hand.sent(), 5, "nothing is sent again");
    assert_eq!(stage.caught_up, [ended_at]);
    assert!(stage.ticked.iter().all(|at| *at >= ended_at), "{:?}", stage.ticked);
    assert_eq!(set.shard.view(|engine| held(engine, "large")).unwrap(), fifty());
}

#[test]
fn stopped_in_between_and_started_again_it_ends_the_same() {
    let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE);
    let stop = AtomicBool::new(false);
    let replay = Replay {
        stage: &mut Instants::at([0, 15, 20, 60]),
        agenda: &mut arrivals(),
        clock: &set.clock,
        openings: vec![opening("large")],
        resume_at: None,
        until: None,
        stop: &stop,
    };
    let ending = replay.run(&set.shard, &mut |progress| {
        stop.store(progress.now >= second(20), Ordering::SeqCst);
    });
    assert_eq!(ending.unwrap(), Ending::Interrupted);
    assert_eq!(set.hand.sent(), 2);
    let set = again(set);
    let ending = play(&set, &mut Instants::at([0, 15, 20, 60]), &AtomicBool::new(false));
    assert_eq!(ending.unwrap(), Ending::Done);
    assert_eq!(set.hand.sent(), 5);
    assert_eq!(set.shard.view(|engine| held(engine, "large")).unwrap(), fifty());
}

#[test]
fn whichever_append_fails_the_next_run_ends_the_same() {
    let whole = start(MemoryLog::default(), Manner::Fill, quick(), LARGE);
    let never = AtomicBool::new(false);
    play(&whole, &mut Instants::at([0, 15, 20, 60]), &never).unwrap();
    let events = bytes(&whole.log).len();
    let mut cut = 0;
    for (fault, instant) in (0..7).flat_map(|instant| {
        [AppendFault::IndeterminateStored, AppendFault::IndeterminateLost]
            .map(|fault| (fault, instant))
    }) {
        let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE);
        let (log, mut seen) = (set.log.clone(), 0);
        let ended = Replay {
            stage: &mut Instants::at([0, 15, 20, 60]),
            agenda: &mut arrivals(),
            clock: &set.clock,
            openings: vec![opening("large")],
            resume_at: None,
            until: None,
            stop: &never,
        }
        .run(&set.shard, &mut |_| {
            if seen == instant {
                log.fail_next_append(fault);
            }
            seen += 1;
        });
        cut += usize::from(ended.is_err());
        let set = again(set);
        play(&set, &mut Instants::at([0, 15, 20, 60]), &never).unwrap();
        assert_eq!(set.hand.sent(), 5, "{fault:?} after instant {instant}");
        assert_eq!(set.shard.view(|engine| held(engine, "large")).unwrap(), fifty());
    }
    assert!(cut >= 8, "{cut} runs were cut; {events} events in a whole one");
}
