//! Stories of what the broker says, in which order, and what is told of it.

use gatefold_core::route::Report;
use gatefold_core::vocabulary::{OrderKey, Timestamp};

use super::Follower;
use crate::wire::{Activity, Order, TradeUpdate};

const KEY: &str = "gf-0123456789abcdef0123456789abcdef";

fn key() -> OrderKey {
    KEY.parse().unwrap()
}

fn now() -> Timestamp {
    "2026-03-10T15:00:10Z".parse().unwrap()
}

/// An order of 10 KO: id, status, filled quantity and further fields.
fn order(id: &str, status: &str, filled: u32, more: &str) -> Order {
    let client = if more.contains("client_order_id") { "" } else { KEY };
    let client = match client {
        "" => String::new(),
        key => format!("\"client_order_id\": \"{key}\", "),
    };
    let text = format!(
        r#"{{"id": "{id}", {client}"symbol": "KO", "side": "buy", "qty": "10",
            "status": "{status}", "filled_qty": "{filled}",
            "submitted_at": "2026-03-10T15:00:00Z"{more}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn update(event: &str, quantity: u32, order: &Order) -> TradeUpdate {
    let number = |it: u32| (it > 0).then(|| crate::wire::Number::new(it.to_string()));
    TradeUpdate {
        event: event.to_owned(),
        execution_id: Some("e-1".to_owned()),
        order: order.clone(),
        timestamp: Some("2026-03-10T15:00:01Z".to_owned()),
        price: number(quantity).map(|_| crate::wire::Number::new("80.5")),
        qty: number(quantity),
        ..TradeUpdate::default()
    }
}

fn activity(id: &str, quantity: u32, cumulative: u32) -> Activity {
    let text = format!(
        r#"{{"id": "2026::{id}-{cumulative}", "activity_type": "FILL", "order_id": "{id}",
            "symbol": "KO", "side": "buy", "price": "80.50", "qty": "{quantity}",
            "cum_qty": "{cumulative}", "transaction_time": "2026-03-10T15:00:01.000001Z"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

/// What is told, in few words.
fn told(follower: &mut Follower) -> Vec<String> {
    let short = |report| match report {
        Report::Order(it) => format!("{} {}", it.broker_order_id, it.state),
        Report::Execution(it) => {
            let whose = if it.order == Some(key()) { "ours" } else { "foreign" };
            format!("{} {} {whose}", it.id, it.quantity)
        }
        Report::Alarm { text, .. } => format!("alarm: {text}"),
        Report::Difference(it) => format!("{}: {}", it.kind, it.evidence),
        Report::Activity(_) | Report::Cash(_) | Report::Link(_) | Report::Books(_) => {
            panic!("nothing of that kind is told of orders")
        }
    };
    follower.take_reports().into_iter().map(short).collect()
}

#[test]
fn a_fill_is_told_once_whoever_tells_it_and_however_often() {
    for stream_first in [true, false] {
        let mut follower = Follower::default();
        follower.see(&order("o", "new", 0, ""), now());
        assert_eq!(told(&mut follower), ["o Accepted"]);
        let filled = order("o", "filled", 10, "");
        let hear = |follower: &mut Follower| {
            for _ in 0..3 {
                follower.hear(&update("fill", 10, &filled), now());
            }
        };
        let read = |follower: &mut Follower| {
            for _ in 0..2 {
                follower.read_fill(&activity("o", 10, 10), now());
                follower.see(&filled, now());
            }
        };
        if stream_first {
            hear(&mut follower);
            read(&mut follower);
        } else {
            read(&mut follower);
            hear(&mut follower);
        }
        assert_eq!(told(&mut follower).last().unwrap(), "o Filled");
        follower.fills_were_asked_for();
        hear(&mut follower);
        read(&mut follower);
        assert_eq!(told(&mut follower), [""; 0]);
    }
}

#[test]
fn an_end_waits_for_its_executions() {
    for (status, filled, end) in
        [("filled", 10, "o Filled"), ("canceled", 4, "o Canceled"), ("expired", 4, "o Expired")]
    {
        let mut follower = Follower::default();
        follower.see(&order("o", status, filled, ""), now());
        assert_eq!(told(&mut follower), ["o Accepted"], "{status}: it counts as working");
        assert!(follower.wants_fills());
        assert!(follower.fills_missing_since().is_some());
        follower.read_fill(&activity("o", filled, filled), now());
        assert_eq!(told(&mut follower), [format!("o:{filled} {filled} ours"), end.to_owned()]);
        assert_eq!(follower.fills_missing_since(), None);
    }
}

#[test]
fn a_stream_with_a_gap_is_a_hint_and_the_activities_fill_it() {
    let mut follower = Follower::default();
    follower.see(&order("o", "new", 0, ""), now());
    // The first part of the fill, 4 of 10, was lost.
    follower.hear(&update("fill", 6, &order("o", "filled", 10, "")), now());
    assert_eq!(told(&mut follower), ["o Accepted"]);
    assert!(follower.wants_fills());
    follower.read_fill(&activity("o", 6, 10), now());
    follower.read_fill(&activity("o", 4, 4), now());
    assert_eq!(told(&mut follower), ["o:10 6 ours", "o PartiallyFilled", "o:4 4 ours", "o Filled"]);
}

#[test]
fn an_order_object_that_is_newer_than_its_event_invents_no_quantity() {
    let mut follower = Follower::default();
    // The first part's message already carries the order as the second part left it.
    follower.hear(&update("partial_fill", 4, &order("o", "partially_filled", 10, "")), now());
    assert_eq!(told(&mut follower), ["o Accepted"]);
    follower.read_fill(&activity("o", 4, 4), now());
    follower.read_fill(&activity("o", 6, 10), now());
    let told = told(&mut follower);
    assert!(told.contains(&"o:4 4 ours".to_owned()) && told.contains(&"o:10 6 ours".to_owned()));
    assert!(!told.iter().any(|it| it.starts_with("Contradiction")), "{told:?}");
}

#[test]
fn late_words_change_nothing_and_a_terminal_state_is_final() {
    let mut follower = Follower::default();
    let stamp = |at: &str| format!(", \"updated_at\": \"2026-03-10T15:00:0{at}Z\"");
    follower.see(&order("o", "pending_cancel", 0, &stamp("5")), now());
    follower.see(&order("o", "new", 0, &stamp("2")), now());
    assert_eq!(told(&mut follower), ["o PendingCancel"]);
    follower.see(&order("o", "canceled", 0, &stamp("6")), now());
    follower.hear(&update("new", 0, &order("o", "new", 0, &stamp("7"))), now());
    follower.hear(&update("pending_cancel", 0, &order("o", "pending_cancel", 0, "")), now());
    assert_eq!(told(&mut follower), ["o Canceled"]);
    // And a fill after the cancel is still a fill.
    follower.read_fill(&activity("o", 3, 3), now());
    assert_eq!(told(&mut follower), ["o:3 3 ours"]);
}

#[test]
fn an_unknown_status_is_parked_and_concludes_nothing() {
    let mut follower = Follower::default();
    follower.see(&order("o", "levitating", 0, ""), now());
    let said = told(&mut follower);
    assert_eq!(said[0], "alarm: order o has the unknown status \"levitating\"");
    follower.see(&order("o", "levitating", 0, ""), now());
    assert_eq!(told(&mut follower), [""; 0], "said once");
    follower.see(&order("o", "rejected", 0, ""), now());
    assert_eq!(told(&mut follower), ["o Rejected"]);
}

#[test]
fn a_replaced_order_is_one_chain_with_the_fills_of_both() {
    let mut follower = Follower::default();
    follower.see(&order("a", "partially_filled", 3, ""), now());
    follower.read_fill(&activity("a", 3, 3), now());
    assert_eq!(told(&mut follower), ["a Accepted", "a:3 3 ours", "a PartiallyFilled"]);
    follower.see(&order("a", "replaced", 3, ", \"replaced_by\": \"b\""), now());
    assert_eq!(told(&mut follower), ["a PendingReplace"]);
    assert_eq!(follower.wanted_orders(), ["b"]);
    let second = order("b", "new", 0, ", \"client_order_id\": \"other\", \"replaces\": \"a\"");
    follower.see(&second, now());
    assert_eq!(follower.id_of(key()), Some("b"), "a cancel goes to the last of the chain");
    assert_eq!(told(&mut follower), ["b Accepted"]);
    let second = order("b", "filled", 7, ", \"client_order_id\": \"other\", \"replaces\": \"a\"");
    follower.see(&second, now());
    follower.read_fill(&activity("b", 7, 7), now());
    assert_eq!(told(&mut follower), ["b:7 7 ours", "b Filled"]);
}

#[test]
fn a_replacement_that_is_refused_leaves_the_first_order() {
    let mut follower = Follower::default();
    follower.see(&order("a", "pending_replace", 0, ""), now());
    follower
        .hear(&update("order_replace_rejected", 0, &order("a", "pending_replace", 0, "")), now());
    assert_eq!(follower.wanted_orders(), ["a"], "how it stands is asked for");
    follower.see(&order("a", "filled", 10, ""), now());
    follower.read_fill(&activity("a", 10, 10), now());
    assert_eq!(told(&mut follower), ["a PendingReplace", "a Accepted", "a:10 10 ours", "a Filled"]);
}

#[test]
fn a_replacement_that_was_rejected_took_nobodys_place() {
    let mut follower = Follower::default();
    let replacement = |status: &str| {
        order("b", status, 0, ", \"client_order_id\": \"other\", \"replaces\": \"a\"")
    };
    follower.see(&order("a", "new", 0, ""), now());
    follower.see(&replacement("pending_new"), now());
    assert_eq!(told(&mut follower), ["a Accepted", "b Accepted"]);
    follower.see(&replacement("rejected"), now());
    assert_eq!(told(&mut follower), [""; 0], "the first works on: nothing has ended");
    assert_eq!(follower.id_of(key()), Some("a"), "a cancel goes to the one that works");
    assert_eq!(follower.wanted_orders(), ["a"]);
    follower.begin_round();
    assert_eq!(follower.unheard(), ["a"], "what was rejected is not asked for again");
    follower.see(&order("a", "canceled", 0, ""), now());
    follower.see(&replacement("rejected"), now());
    assert_eq!(told(&mut follower), ["a Canceled"]);
}

#[test]
fn a_filled_order_that_does_not_say_how_much_waits_for_its_executions() {
    let mut follower = Follower::default();
    let mut filled = order("o", "filled", 10, "");
    filled.filled_qty = None;
    follower.see(&filled, now());
    assert_eq!(told(&mut follower), ["o Accepted"]);
    assert!(follower.wants_fills());
    follower.read_fill(&activity("o", 10, 10), now());
    assert_eq!(told(&mut follower), ["o:10 10 ours", "o Filled"]);
}

#[test]
fn orders_of_others_that_work_are_told_once() {
    let mut follower = Follower::default();
    let by_hand =
        |id: &str, status: &str| order(id, status, 0, ", \"client_order_id\": \"by-hand\"");
    let mut round = |orders: &[Order]| {
        follower.begin_round();
        orders.iter().for_each(|it| follower.see(it, now()));
        follower.tell_strangers();
        told(&mut follower)
    };
    let one = round(&[by_hand("x", "new")]);
    assert!(one[0].starts_with("alarm: 1 orders of others work in this account"), "{one:?}");
    assert!(one[0].contains("such as x, buy 10 KO"), "{one:?}");
    assert_eq!(round(&[by_hand("x", "new")]), [""; 0]);
    assert_eq!(round(&[by_hand("x", "new"), by_hand("y", "held")]).len(), 1, "another one");
    assert_eq!(round(&[]), [""; 0], "gone");
}

#[test]
fn an_execution_waits_until_it_is_known_whose_it_is() {
    let mut follower = Follower::default();
    follower.read_fill(&activity("x", 5, 5), now());
    follower.read_fill(&activity("x", 5, 5), now());
    assert_eq!(told(&mut follower), [""; 0]);
    assert_eq!(follower.wanted_orders(), ["x"]);
    follower.see(&order("x", "filled", 5, ", \"client_order_id\": \"by-hand\""), now());
    assert_eq!(told(&mut follower), ["x:5 5 foreign"], "a trade of others, and no order of ours");
    assert!(follower.wanted_orders().is_empty());
}

#[test]
fn two_words_about_one_execution_are_a_finding() {
    let mut follower = Follower::default();
    follower.see(&order("o", "partially_filled", 5, ""), now());
    follower.read_fill(&activity("o", 5, 5), now());
    told(&mut follower);
    follower.read_fill(&activity("o", 4, 4), now());
    let said = told(&mut follower);
    assert!(said[0].starts_with("Contradiction: order o: 4 executed up to 4"), "{said:?}");
}

#[test]
fn a_look_up_brings_state_and_executions_together() {
    let mut follower = Follower::default();
    assert_eq!(follower.answer(key()), None);
    follower.see(&order("o", "filled", 10, ""), now());
    follower.read_fill(&activity("o", 10, 10), now());
    let answer = follower.answer(key()).unwrap();
    assert_eq!((answer.executions.len(), answer.state.name()), (1, "Filled"));
    assert_eq!(answer.ordered.unwrap().quantity.unwrap().to_string(), "10");
    assert_eq!(told(&mut follower), [""; 0], "not told twice");
}

#[test]
fn a_cancel_that_changes_nothing_is_asked_for_again_and_told() {
    use gatefold_core::vocabulary::Span;
    let mut follower = Follower::default();
    follower.see(&order("o", "new", 0, ""), now());
    follower.cancel_asked(key(), now());
    let later = now().saturating_add(Span::seconds(30));
    assert_eq!(follower.ignored_cancels(now()), []);
    assert_eq!(follower.ignored_cancels(later), [(key(), "o".to_owned())]);
    follower.cancel_asked(key(), later);
    assert_eq!(follower.ignored_cancels(later), []);
    told(&mut follower);
    follower.watch(now().saturating_add(Span::minutes(2)), Span::minutes(1));
    let said = told(&mut follower);
    assert!(said[0].contains("its reservation stays"), "{said:?}");
}
