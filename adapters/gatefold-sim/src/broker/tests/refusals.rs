//! What the broker refuses, and what it asks for.

use super::*;

#[test]
fn what_a_broker_refuses_is_refused_in_its_words() {
    let desk = desk(1_000, "14:30:30 IBM 10.00 500 10.10 500");
    assert_rejected(desk.send(sell("a", 1, None)), "requested: 1, available: 0");
    assert_rejected(desk.send(buy("b", 96, None)), "insufficient buying power");
    assert!(is_accepted(&desk.send(buy("c", 90, None))));
    assert!(is_accepted(&desk.send(sell("d", 60, Some("11.00")))));
    assert_rejected(desk.send(sell("e", 31, Some("11.00"))), "requested: 31, available: 30");
    let open = order("f", Side::Sell, 1, STOCK, None);
    assert_rejected(desk.send(open), "inferred: sell_to_close, specified: sell_to_open");
    let mut half = order("g", Side::Buy, 1, CALL, Some("0.01"));
    half.quantity = "0.5".parse().unwrap();
    assert_rejected(desk.send(half), "only whole contracts");
    let naked = order("h", Side::Sell, 1, CALL, Some("1.00"));
    assert_rejected(desk.send(naked), "uncovered");
    let put = order("i", Side::Sell, 1, PUT, Some("1.00"));
    assert_rejected(desk.send(put), "required: 75000.00");
    let unknown = AccountId::new("tiny").unwrap();
    assert_rejected(desk.broker.place(&unknown, buy("j", 1, None)), "tiny is not open");
    assert!(matches!(desk.broker.look_up(&me(), key("b")), LookUp::Missing));
}

#[test]
fn one_client_order_id_is_one_order() {
    let desk = desk(1_000, "14:30:30 IBM 10.00 500 10.10 500");
    assert!(is_accepted(&desk.send(buy("a", 1, None))));
    let Submission::Unknown { reason } = desk.send(buy("a", 1, None)) else {
        panic!("it was taken twice");
    };
    assert_eq!(reason, "client_order_id must be unique");
    assert_eq!(desk.account().positions[0].1, NetQuantity::long(Quantity::whole(1)));
    assert!(matches!(desk.broker.look_up(&me(), key("a")), LookUp::Found(_)));
}

#[test]
fn a_short_put_is_secured_by_its_strike_and_a_short_call_by_shares() {
    let table = "14:30:30 GOOG 750.00 500 750.10 500
                 14:30:30 GOOG151224P00750000 1.00 50 1.20 50
                 14:30:30 GOOG151224C00750000 1.00 50 1.20 50";
    let desk = desk(200_000, table);
    assert!(is_accepted(&desk.send(order("put", Side::Sell, 1, PUT, Some("1.00")))));
    assert_eq!(desk.account().buying_power, Money::dollars(200_100 - 75_000));
    assert!(is_accepted(&desk.send(order("stock", Side::Buy, 100, "GOOG", Some("750.10")))));
    assert!(is_accepted(&desk.send(order("call", Side::Sell, 1, CALL, Some("1.00")))));
    let bare = Ticket { effect: Effect::Close, ..order("x", Side::Sell, 1, "GOOG", None) };
    assert_rejected(desk.send(bare), "requested: 1, available: 0");
}

#[test]
fn a_cancel_is_requested_once_and_refused_when_it_is_too_late() {
    let desk = desk(1_000, "14:30:30 IBM 10.00 500 10.10 500");
    desk.send(buy("a", 1, Some("9.00")));
    desk.send(buy("b", 1, None));
    desk.reports();
    assert_eq!(desk.broker.cancel(&me(), key("a"), None), CancelAnswer::Requested);
    assert!(matches!(&desk.reports()[..], [Report::Order(it)] if it.state == OrderState::Canceled));
    for (name, word) in [("a", "Canceled"), ("b", "Filled"), ("c", "not found")] {
        let CancelAnswer::Refused { reason } = desk.broker.cancel(&me(), key(name), None) else {
            panic!("{name} was canceled");
        };
        assert!(reason.to_lowercase().contains(&word.to_lowercase()), "{reason}");
    }
    assert_eq!(desk.account().buying_power, desk.account().cash);
}
