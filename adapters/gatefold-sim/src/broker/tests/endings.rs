//! When orders and contracts end.

use super::*;

#[test]
fn nothing_trades_outside_the_session_and_day_orders_end_with_it() {
    let table = "14:29:00 IBM 10.00 500 10.10 500
                 14:50:00 IBM 10.00 500 10.10 500
                 18:10:00 IBM 9.00 500 9.05 500";
    let mut desk = desk_with(SimSettings::default(), 10_000, table);
    let waits = Ticket { time_in_force: TimeInForce::Gtc, ..buy("gtc", 1, Some("9.10")) };
    let late = Ticket { hours: Hours::Extended, ..buy("late", 1, Some("9.10")) };
    assert!(is_accepted(&desk.send(buy("day", 1, Some("9.10")))));
    assert!(is_accepted(&desk.send(waits)));
    assert_eq!(desk.go("2015-12-24T17:59:59Z"), 0);
    desk.reports();
    assert_eq!(desk.go("2015-12-24T18:00:00Z"), 0);
    let ended = desk.account().ended;
    assert_eq!(ended.len(), 1);
    assert_eq!((ended[0].ticket.key, ended[0].state), (key("day"), OrderState::Expired));
    assert_eq!(ended[0].changed_at, at("2015-12-24T18:00:00Z"));
    assert!(matches!(&desk.reports()[..], [Report::Order(it)] if it.state == OrderState::Expired));
    assert!(is_accepted(&desk.send(late)));
    assert_eq!(desk.go("2015-12-24T18:10:00Z"), 1, "only what may trade late does");
    assert_eq!(desk.account().working[0].ticket.key, key("gtc"));
    assert!(is_accepted(&desk.send(buy("next", 1, Some("8.00")))));
    desk.go("2015-12-28T20:59:59Z");
    assert_eq!(desk.account().working.len(), 1, "sent after the close it works the next session");
    desk.go("2015-12-28T21:00:00Z");
    assert_eq!(desk.account().working.len(), 0);
}

#[test]
fn contracts_end_with_their_last_session() {
    let table = "14:30:30 GOOG 748.00 500 748.20 500
                 14:30:30 GOOG151224C00745000 3.00 50 3.00 50
                 14:30:30 GOOG151224C00750000 1.00 50 1.00 50";
    let mut desk = desk(200_000, table);
    let paid = "GOOG151224C00745000";
    assert!(is_accepted(&desk.send(order("in", Side::Buy, 2, paid, Some("3.00")))));
    assert!(is_accepted(&desk.send(order("out", Side::Buy, 1, CALL, Some("1.00")))));
    let rests =
        Ticket { time_in_force: TimeInForce::Gtc, ..order("gtc", Side::Buy, 1, CALL, None) };
    let rests = Ticket { terms: OrderPrice::Limit(price("0.05")), ..rests };
    assert!(is_accepted(&desk.send(rests)));
    desk.reports();
    desk.go("2015-12-24T17:59:59Z");
    assert_eq!(desk.account().positions.len(), 2);
    desk.go("2015-12-24T18:00:00Z");
    let account = desk.account();
    assert_eq!(account.working, [], "an option order never outlives its contract");
    assert_eq!(account.positions, [(instrument("GOOG"), NetQuantity::long(Quantity::whole(200)))]);
    assert_eq!(account.cash, Money::dollars(200_000 - 600 - 100 - 149_000));
    let activities: Vec<Adjustment> = desk
        .reports()
        .into_iter()
        .filter_map(|report| match report {
            Report::Activity(activity) => Some(activity.adjustment),
            Report::Order(_)
            | Report::Execution(_)
            | Report::Cash(_)
            | Report::Link(_)
            | Report::Books(_)
            | Report::Difference(_)
            | Report::Alarm { .. } => None,
        })
        .collect();
    let delivered = Adjustment::Delivered {
        instrument: instrument(paid),
        quantity: Quantity::whole(2),
        premium: PremiumRule::IntoShares,
    };
    let expired =
        Adjustment::Expired { instrument: instrument(CALL), quantity: Quantity::whole(1) };
    assert_eq!(activities, [delivered, expired]);
    desk.go("2015-12-24T18:01:00Z");
    assert_eq!(desk.reports(), [], "once");
}

#[test]
fn a_contract_whose_underlying_is_not_quoted_is_left_alone() {
    let mut desk = desk(1_000, "14:30:30 GOOG151224C00750000 1.00 50 1.00 50");
    assert!(is_accepted(&desk.send(order("out", Side::Buy, 1, CALL, Some("1.00")))));
    desk.go("2015-12-28T21:00:00Z");
    assert_eq!(desk.account().positions.len(), 1);
}
