//! A judgement allocates nothing on the heap, and a fold of a fill keeps no history.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use gatefold_benches::{account, advice, market, now, receive};
use gatefold_core::decide::{Addressed, Decision, Gates, decide};
use gatefold_core::vocabulary::Calendar;

#[test]
fn an_approval_allocates_nothing() {
    let (calendar, gates) = (Calendar::nyse(), Gates::standard());
    let market = market(&calendar);
    let mut account = account("large", 100);
    let advice = advice(&account);
    receive(&mut account, advice);
    let mut decision = None;
    let counted = allocation_counter::measure(|| {
        let addressed = Addressed::to(&account, &advice).unwrap();
        decision = Some(decide(&addressed, &gates, &market, now()));
    });
    let decision = decision.unwrap();
    assert!(matches!(decision, Decision::Approved(..)), "{decision:?}");
    assert_eq!(counted.count_total, 0, "{counted:?}");
    // The counter does count.
    let boxed = allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1_u8))));
    assert_eq!(boxed.count_total, 1);
}
