//! A shard: what it releases, what it refuses, how it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gatefold_core::advise::Life;
use gatefold_core::engine::Input;
use gatefold_core::vocabulary::{NetQuantity, Quantity, RecommendationId};
use gatefold_runtime::{Fault, Options, Pacing, Refused};
use gatefold_sim::memory_log::{AppendFault, MemoryLog};

use crate::kit::{
    Manner, Set, account, advice, bytes, held, noon, opening, quick, start, start_with,
};

const LARGE: &[&str] = &["large"];

fn ten() -> NetQuantity {
    NetQuantity::long(Quantity::whole(10))
}

fn recommend(set: &Set, name: &str, id: &str) {
    set.shard.send(Input::Arrival(advice(name, id, noon()))).unwrap();
}

#[test]
fn advice_becomes_a_position_before_settle_returns() {
    let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE).ready(LARGE);
    recommend(&set, "large", "1");
    set.shard.settle().unwrap();
    assert_eq!(set.shard.view(|engine| held(engine, "large")).unwrap(), ten());
    let stopped = set.shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    assert!(stopped.log.unwrap().head().get() > 0);
}

#[test]
fn a_failed_commit_stops_the_shard_and_releases_nothing() {
    for fault in
        [AppendFault::Full, AppendFault::IndeterminateStored, AppendFault::IndeterminateLost]
    {
        let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE).ready(LARGE);
        set.log.fail_next_append(fault);
        recommend(&set, "large", "1");
        let told = set.shard.settle();
        assert!(matches!(told, Err(Fault::Commit { .. })), "{fault:?}: {told:?}");
        let refused = set.shard.send(Input::Tick);
        assert!(matches!(refused, Err(Refused::Ended { .. })), "{refused:?}");
        assert_eq!(set.hand.sent(), 0, "no order without its record ({fault:?})");
        let ended = set.shard.stop().fault;
        assert!(matches!(ended, Some(Fault::Commit { .. })), "{ended:?}");
    }
}

#[test]
fn after_a_failed_commit_a_new_shard_continues_from_the_log() {
    for fault in
        [AppendFault::Full, AppendFault::IndeterminateStored, AppendFault::IndeterminateLost]
    {
        let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE).ready(LARGE);
        set.log.fail_next_append(fault);
        recommend(&set, "large", "1");
        assert!(set.shard.settle().is_err());
        let Set { shard, log, clock, hand } = set;
        assert!(shard.stop().fault.is_some());

        let log = log.reopen();
        let shard = start_with(&log, &clock, &hand, quick(), LARGE);
        let set = Set { shard, log, clock, hand };
        set.shard.send(Input::Open(opening("large"))).unwrap();
        set.shard.send(Input::Resume).unwrap();
        set.shard.send(Input::Tick).unwrap();
        recommend(&set, "large", "1");
        set.shard.settle().unwrap();
        assert_eq!(set.hand.sent(), 1, "once ({fault:?})");
        assert_eq!(set.shard.view(|engine| held(engine, "large")).unwrap(), ten(), "{fault:?}");
        assert!(set.shard.stop().fault.is_none());
    }
}

#[test]
fn a_second_shard_on_the_log_decides_nothing_anew() {
    let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE).ready(LARGE);
    recommend(&set, "large", "1");
    set.shard.settle().unwrap();
    let Set { shard, log, clock, hand } = set;
    assert!(shard.stop().fault.is_none());

    let shard = start_with(&log, &clock, &hand, quick(), LARGE);
    let set = Set { shard, log, clock, hand };
    set.shard.send(Input::Resume).unwrap();
    recommend(&set, "large", "1");
    set.shard.settle().unwrap();
    let life = |engine: &gatefold_core::engine::Engine| {
        let id = RecommendationId::new("1").unwrap();
        engine.account(&account("large")).unwrap().advice(&id).map(|advice| advice.life)
    };
    assert_eq!(set.shard.view(life).unwrap(), Some(Life::Executed));
    assert_eq!(set.hand.sent(), 1);
    assert!(set.shard.stop().fault.is_none());
}

/// Keeps the engine thread busy until it is let go.
fn occupied<R>(set: &Set, meanwhile: impl FnOnce() -> R) -> R {
    let (held, free) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (holding, freed) = (Arc::clone(&held), Arc::clone(&free));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            set.shard
                .view(move |_| {
                    holding.store(true, Ordering::SeqCst);
                    while !freed.load(Ordering::SeqCst) {
                        std::thread::yield_now();
                    }
                })
                .unwrap();
        });
        while !held.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        let done = meanwhile();
        free.store(true, Ordering::SeqCst);
        done
    })
}

#[test]
fn a_full_inbox_refuses_at_the_edge_and_loses_nothing() {
    let options = Options { inputs_pending: 4, ..quick() };
    let set = start(MemoryLog::default(), Manner::Fill, options, LARGE).ready(LARGE);
    let refused = occupied(&set, || {
        for id in ["1", "2", "3", "4"] {
            recommend(&set, "large", id);
        }
        set.shard.send(Input::Arrival(advice("large", "5", noon())))
    });
    let Err(Refused::Full { pending, input }) = refused else { panic!("{refused:?}") };
    assert_eq!(pending, 4);
    set.shard.settle().unwrap();
    set.shard.send(*input).unwrap();
    set.shard.settle().unwrap();
    assert_eq!(set.hand.sent(), 5, "what was taken was done, and what came back was sent again");
}

#[test]
fn a_stop_carries_out_what_was_taken() {
    let set = start(MemoryLog::default(), Manner::Fill, quick(), LARGE).ready(LARGE);
    for id in 0..20 {
        recommend(&set, "large", &id.to_string());
    }
    let stopped = set.shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    let engine = stopped.engine.unwrap();
    assert_eq!(held(&engine, "large"), NetQuantity::long(Quantity::whole(200)));
    let account = engine.account(&account("large")).unwrap();
    assert_eq!(stopped.log.unwrap().version(&stream("large")), account.version());
}

fn stream(name: &str) -> gatefold_core::record::Stream {
    gatefold_core::record::Stream::Account(account(name))
}

#[test]
fn lockstep_writes_the_same_bytes_every_time() {
    let names = &["large", "small", "tiny"];
    let run = || {
        let set = start(MemoryLog::default(), Manner::Fill, quick(), names).ready(names);
        for id in 0..4 {
            for name in names {
                recommend(&set, name, &id.to_string());
            }
        }
        set.shard.settle().unwrap();
        assert!(set.shard.stop().fault.is_none());
        bytes(&set.log)
    };
    let first = run();
    assert!(first.len() > 50, "{} events", first.len());
    for _ in 0..100 {
        assert!(run() == first, "two runs differ");
    }
}

#[test]
fn at_free_pace_every_order_is_sent_once_and_every_fill_is_booked() {
    let names = &["large", "small", "tiny"];
    let (tick_every, poll_every) = (Duration::from_millis(1), Duration::from_millis(2));
    let pacing = Pacing::Free { tick_every, poll_every };
    let options = Options { pacing, ..quick() };
    let set = start(MemoryLog::default(), Manner::Fill, options, names).ready(names);
    for id in 0..100 {
        for name in names {
            let mut input = Input::Arrival(advice(name, &id.to_string(), noon()));
            while let Err(refused) = set.shard.send(input) {
                let Refused::Full { input: back, .. } = refused else { panic!("{refused}") };
                input = *back;
                std::thread::yield_now();
            }
        }
    }
    let stopped = set.shard.stop();
    assert!(stopped.fault.is_none(), "{:?}", stopped.fault);
    // How many are refused, since a book takes only so many working orders, is a matter of pace.
    let engine = stopped.engine.unwrap();
    let orders: usize = engine.accounts().map(|it| it.ended_orders().count()).sum();
    assert!(orders >= names.len(), "{orders} orders");
    assert_eq!(set.hand.sent(), orders, "every approved order is sent, once");
    for name in names {
        let own = engine.account(&account(name)).unwrap();
        assert_eq!(own.orders().count(), 0, "nothing is left working");
        assert_eq!(own.undecided().count(), 0);
        let shares = u32::try_from(own.ended_orders().count() * 10).unwrap();
        assert_eq!(held(&engine, name), NetQuantity::long(Quantity::whole(shares)));
    }
}

#[test]
fn a_broker_that_panics_is_a_named_fault_and_no_hang() {
    let set = start(MemoryLog::default(), Manner::Panic, quick(), LARGE).ready(LARGE);
    recommend(&set, "large", "1");
    let since = Instant::now();
    let told = set.shard.settle();
    assert!(matches!(told, Err(Fault::BrokerDied { .. })), "{told:?}");
    assert!(since.elapsed() < Duration::from_secs(10), "nobody waits for a dead thread");
    let Some(Fault::BrokerDied { account: of, text }) = set.shard.stop().fault else {
        panic!("the fault has a name");
    };
    assert_eq!((of, text.as_str()), (account("large"), "the hand slipped"));
}

#[test]
fn a_broker_that_hangs_does_not_keep_a_stop_for_ever() {
    let set = start(MemoryLog::default(), Manner::Hang, quick(), LARGE).ready(LARGE);
    recommend(&set, "large", "1");
    let since = Instant::now();
    let ended = set.shard.stop().fault;
    assert!(matches!(ended, Some(Fault::Unanswered { calls: 1, .. })), "{ended:?}");
    assert!(since.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_broker_that_never_comes_to_rest_is_a_fault() {
    let set = start(MemoryLog::default(), Manner::Chatter, quick(), LARGE).ready(LARGE);
    recommend(&set, "large", "1");
    assert!(set.shard.settle().is_err());
    let ended = set.shard.stop().fault;
    assert!(matches!(ended, Some(Fault::Endless { .. })), "{ended:?}");
}

#[test]
fn an_account_without_a_broker_thread_is_a_named_fault() {
    let set = start(MemoryLog::default(), Manner::Rest, quick(), &[]);
    set.shard.send(Input::Open(opening("large"))).unwrap();
    set.shard.send(Input::Tick).unwrap();
    assert!(set.shard.settle().is_err());
    let ended = set.shard.stop().fault;
    assert!(
        matches!(ended, Some(Fault::NoBroker { account: of }) if of == account("large")),
        "{ended:?}"
    );
}
