//! Processes that end and begin again, and what was never there.

use gatefold_core::route::{BrokerFault, CancelAnswer, LookUp, OrderState};
use gatefold_core::vocabulary::{AccountId, NetQuantity, OrderKey, Quantity};

use crate::broker::desk::Desk;

pub(super) fn what_happened_while_nobody_was_there_is_told(desk: &mut Desk) {
    let limit = desk.through();
    let before = desk.buy("before", 3, limit);
    desk.until_order(before, OrderState::Filled);
    let limit = desk.below();
    let rests = desk.buy("rests", 10, limit);
    desk.until_order(rests, OrderState::Accepted);
    desk.restart(|venue| venue.fall());
    desk.until_order(rests, OrderState::Filled);
    assert_eq!(desk.held(), NetQuantity::long(Quantity::whole(13)), "each execution once");
    assert_eq!((desk.there(before), desk.there(rests)), (1, 1));
    desk.agrees();
}

pub(super) fn an_order_whose_sender_died_is_found(desk: &mut Desk) {
    desk.die_after_the_next();
    let limit = desk.through();
    let key = desk.buy("orphan", 10, limit);
    assert_eq!(desk.state(key), Some(OrderState::Approved), "nobody heard of it");
    desk.restart(|_| {});
    desk.until_order(key, OrderState::Filled);
    assert_eq!(desk.there(key), 1);
    desk.agrees();
}

pub(super) fn an_id_that_was_never_sent_is_missing(desk: &mut Desk) {
    let (account, key) = (desk.venue.account(), OrderKey::from_raw(0x0dd0_15ea_5e00));
    assert_eq!(desk.broker().look_up(&account, key), LookUp::Missing);
    let answer = desk.broker().cancel(&account, key, None);
    assert_ne!(answer, CancelAnswer::Requested, "there is nothing to be canceled");
}

pub(super) fn an_account_that_is_not_there_is_refused(desk: &mut Desk) {
    let stranger = AccountId::new("nobody-s-account").expect("a short name");
    let key = OrderKey::from_raw(1);
    let snapshot = desk.broker().snapshot(&stranger);
    assert!(matches!(snapshot, Err(BrokerFault::Refused { .. })), "{snapshot:?}");
    let reports = desk.broker().reports(&stranger);
    assert!(matches!(reports, Err(BrokerFault::Refused { .. })), "{reports:?}");
    let found = desk.broker().look_up(&stranger, key);
    assert!(!matches!(found, LookUp::Found(_)), "{found:?}");
    let canceled = desk.broker().cancel(&stranger, key, None);
    assert_ne!(canceled, CancelAnswer::Requested);
}
