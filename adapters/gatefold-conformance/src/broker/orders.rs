//! Orders that go as they should: taken, filled, canceled.

use gatefold_core::route::{CancelAnswer, OrderState, Submission};
use gatefold_core::vocabulary::{NetQuantity, Quantity, Span};

use crate::broker::desk::Desk;

pub(super) fn what_can_trade_is_filled_once(desk: &mut Desk) {
    let limit = desk.through();
    let key = desk.buy("buy", 10, limit);
    assert!(matches!(desk.answers[..], [(_, Submission::Accepted { .. })]), "{:?}", desk.answers);
    desk.until_order(key, OrderState::Filled);
    assert_eq!(desk.held(), NetQuantity::long(Quantity::whole(10)));
    desk.agrees();
    let limit = desk.below();
    let key = desk.sell("sell", 4, limit);
    desk.until_order(key, OrderState::Filled);
    assert_eq!(desk.held(), NetQuantity::long(Quantity::whole(6)));
    desk.agrees();
}

pub(super) fn what_cannot_trade_rests_until_a_report_says_it_is_canceled(desk: &mut Desk) {
    let limit = desk.below();
    let key = desk.buy("buy", 10, limit);
    desk.until_order(key, OrderState::Accepted);
    desk.venue.pass(Span::seconds(30));
    desk.poll();
    assert_eq!(desk.state(key), Some(OrderState::Accepted), "it rests");
    assert!(desk.venue.orders().iter().any(|order| order.key == key && order.works));
    desk.cancel(key);
    desk.until_order(key, OrderState::Canceled);
    assert!(desk.venue.orders().iter().all(|order| !order.works));
    desk.agrees();
}

pub(super) fn a_resting_order_trades_when_the_market_comes_to_it(desk: &mut Desk) {
    let limit = desk.below();
    let key = desk.buy("buy", 10, limit);
    desk.until_order(key, OrderState::Accepted);
    desk.venue.fall();
    desk.until_order(key, OrderState::Filled);
    desk.agrees();
    let spent = desk.venue.cash().saturating_sub(desk.account().cash());
    let most = limit.times(Quantity::whole(10), desk.venue.stock().multiplier());
    assert!(most.is_some_and(|most| spent <= most), "{spent} was paid at a limit of {limit}");
}

pub(super) fn parts_add_up_to_what_was_ordered(desk: &mut Desk) {
    let limit = desk.through();
    let key = desk.buy("buy", 50, limit);
    desk.until_order(key, OrderState::PartiallyFilled);
    for _ in 0..200 {
        if desk.state(key) == Some(OrderState::Filled) {
            break;
        }
        desk.venue.pass(Span::seconds(10));
        desk.poll();
    }
    desk.until_order(key, OrderState::Filled);
    assert_eq!(desk.held(), NetQuantity::long(Quantity::whole(50)));
    desk.agrees();
}

pub(super) fn a_canceled_order_keeps_what_was_filled(desk: &mut Desk) {
    let limit = desk.through();
    let key = desk.buy("buy", 50, limit);
    desk.until_order(key, OrderState::PartiallyFilled);
    desk.cancel(key);
    desk.until("it has ended", |desk| desk.state(key).is_some_and(|it| !it.is_working()));
    let filled = desk.venue.orders().iter().find(|order| order.key == key).map(|it| it.filled);
    assert_eq!(filled.map(NetQuantity::long), Some(desk.held()));
    desk.agrees();
}

pub(super) fn a_cancel_of_what_is_filled_changes_nothing(desk: &mut Desk) {
    let limit = desk.through();
    let key = desk.buy("buy", 10, limit);
    desk.until_order(key, OrderState::Filled);
    let account = desk.venue.account();
    let answer = desk.broker().cancel(&account, key, None);
    assert_ne!(answer, CancelAnswer::Requested, "nothing is left to be canceled");
    desk.poll();
    assert_eq!(desk.state(key), Some(OrderState::Filled));
    desk.agrees();
}
