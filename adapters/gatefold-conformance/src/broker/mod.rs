//! What every broker must do, whatever stands behind it.

mod desk;
mod endings;
mod orders;
mod trouble;
mod venue;

pub use venue::{Filling, Held, Order, Trouble, Venue};

use crate::broker::desk::Desk;

/// What a broker must do, told by its name; it panics where it does not.
type Promise = fn(&mut Desk);

/// Runs the whole contract of [`Broker`](gatefold_core::route::Broker), with an engine before it;
/// each call of `open` must give a new account at a new market.
///
/// # Panics
/// If the broker breaks a promise, with the promise's name.
pub fn broker_contract(open: &mut dyn FnMut(Filling) -> Box<dyn Venue>) {
    let promises: [(Filling, Promise); 15] = [
        (Filling::Whole, orders::what_can_trade_is_filled_once),
        (Filling::Whole, orders::what_cannot_trade_rests_until_a_report_says_it_is_canceled),
        (Filling::Whole, orders::a_resting_order_trades_when_the_market_comes_to_it),
        (Filling::Parts, orders::parts_add_up_to_what_was_ordered),
        (Filling::Parts, orders::a_canceled_order_keeps_what_was_filled),
        (Filling::Whole, orders::a_cancel_of_what_is_filled_changes_nothing),
        (Filling::Whole, trouble::a_refusal_proves_that_there_is_no_order),
        (Filling::Whole, trouble::a_lost_answer_is_found_and_nothing_is_sent_again),
        (Filling::Whole, trouble::a_lost_order_is_missing_and_goes_once),
        (Filling::Whole, trouble::an_id_is_one_order_whoever_sends_it_again),
        (Filling::Whole, trouble::any_history_has_one_order_for_each_id),
        (Filling::Whole, endings::what_happened_while_nobody_was_there_is_told),
        (Filling::Whole, endings::an_order_whose_sender_died_is_found),
        (Filling::Whole, endings::an_id_that_was_never_sent_is_missing),
        (Filling::Whole, endings::an_account_that_is_not_there_is_refused),
    ];
    for (filling, promise) in promises {
        promise(&mut Desk::open(open(filling)));
    }
}
