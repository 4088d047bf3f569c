//! Orders that meet trouble: refused, lost on the way there or back, sent again.

use gatefold_core::route::{LookUp, OrderState, Submission};
use gatefold_core::vocabulary::{NetQuantity, OrderKey, Quantity, Span};

use crate::broker::desk::Desk;
use crate::broker::venue::Trouble;
use crate::draw::Draw;

pub(super) fn a_refusal_proves_that_there_is_no_order(desk: &mut Desk) {
    desk.venue.trouble(Trouble::Refused);
    let limit = desk.through();
    let key = desk.buy("refused", 10, limit);
    let [(_, Submission::Rejected { reason, .. })] = &desk.answers[..] else {
        panic!("it is refused, and proves it: {:?}", desk.answers);
    };
    assert!(!reason.is_empty(), "in the broker's words");
    assert_eq!(desk.state(key), Some(OrderState::Rejected));
    desk.venue.pass(Span::seconds(60));
    desk.poll();
    assert!(desk.venue.orders().iter().all(|order| order.key != key || !order.works));
    assert_eq!(desk.held(), NetQuantity::ZERO);
}

pub(super) fn a_lost_answer_is_found_and_nothing_is_sent_again(desk: &mut Desk) {
    desk.venue.trouble(Trouble::AnswerLost);
    let limit = desk.through();
    let key = desk.buy("lost", 10, limit);
    assert!(matches!(desk.answers[..], [(_, Submission::Unknown { .. })]), "{:?}", desk.answers);
    desk.until_order(key, OrderState::Filled);
    assert_eq!((desk.answers.len(), desk.there(key)), (1, 1));
    desk.agrees();
}

pub(super) fn a_lost_order_is_missing_and_goes_once(desk: &mut Desk) {
    desk.venue.trouble(Trouble::OrderLost);
    let limit = desk.through();
    let key = desk.buy("lost", 10, limit);
    assert!(matches!(desk.answers[..], [(_, Submission::Unknown { .. })]), "{:?}", desk.answers);
    let account = desk.venue.account();
    assert_eq!(desk.broker().look_up(&account, key), LookUp::Missing);
    assert_eq!(desk.state(key), Some(OrderState::Unknown), "one look-up proves nothing");
    for _ in 0..20 {
        desk.venue.pass(Span::seconds(2));
        desk.poll();
    }
    assert_ne!(desk.state(key), Some(OrderState::Unknown), "silence for long enough does");
    assert!(desk.venue.orders().len() <= 1, "{:?}", desk.venue.orders());
    desk.agrees();
}

pub(super) fn an_id_is_one_order_whoever_sends_it_again(desk: &mut Desk) {
    // As after the return of an older log: the same advice has the same id.
    let twin = desk.twin();
    let limit = desk.below();
    let key = desk.buy("same", 10, limit);
    assert!(matches!(desk.answers[..], [(_, Submission::Accepted { .. })]), "{:?}", desk.answers);
    desk.turn_to(twin);
    assert_eq!(desk.buy("same", 10, limit), key);
    assert!(matches!(desk.answers[..], [(_, Submission::Unknown { .. })]), "{:?}", desk.answers);
    desk.until_order(key, OrderState::Accepted);
    assert_eq!(desk.there(key), 1);
    desk.cancel(key);
    desk.until_order(key, OrderState::Canceled);
    desk.agrees();
}

/// Thirty orders drawn by a fixed generator, with trouble, cancels, time and restarts in between.
pub(super) fn any_history_has_one_order_for_each_id(desk: &mut Desk) {
    let mut draw = Draw::new();
    let mut keys: Vec<OrderKey> = Vec::new();
    for number in 0..30_u32 {
        match draw.below(6) {
            0 => desk.venue.trouble(Trouble::AnswerLost),
            1 => desk.venue.trouble(Trouble::OrderLost),
            _ => {}
        }
        let limit = if draw.below(3) == 0 { desk.below() } else { desk.through() };
        keys.push(desk.buy(&format!("r-{number}"), 1 + number, limit));
        match draw.below(5) {
            0 => desk.restart(|_| {}),
            1 => {
                if let Some(key) = keys.get(usize::try_from(draw.below(30)).unwrap_or(0)) {
                    desk.cancel(*key);
                }
            }
            _ => desk.venue.pass(Span::seconds(2)),
        }
        desk.poll();
    }
    for _ in 0..20 {
        desk.venue.pass(Span::seconds(2));
        desk.poll();
    }
    desk.agrees();
    let there: Quantity = desk
        .venue
        .orders()
        .iter()
        .fold(Quantity::ZERO, |sum, order| sum.saturating_add(order.filled));
    assert_eq!(desk.held(), NetQuantity::long(there), "everything that was executed is booked");
    assert!(!there.is_zero());
}
