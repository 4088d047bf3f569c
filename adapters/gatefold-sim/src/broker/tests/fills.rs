//! What fills, how much of it, and at what price.

use super::*;

#[test]
fn orders_that_can_trade_fill_at_the_far_side_while_they_are_sent() {
    let desk = desk(10_000, "14:30:30 IBM 10.00 500 10.10 500");
    assert!(is_accepted(&desk.send(buy("a", 7, Some("10.40")))));
    assert!(is_accepted(&desk.send(buy("b", 3, None))));
    assert!(is_accepted(&desk.send(sell("c", 4, Some("9.00")))));
    let mut fills = desk.fills();
    fills.sort();
    let expected = [("3", "10.10"), ("4", "10.00"), ("7", "10.10")];
    assert_eq!(fills, expected.map(|(quantity, price)| (quantity.into(), price.into())));
    let account = desk.account();
    assert_eq!(account.cash, Money::cents(1_000_000 - 10_100 + 4_000));
    assert_eq!(account.buying_power, account.cash);
    assert_eq!(account.positions, [(instrument(STOCK), NetQuantity::long(Quantity::whole(6)))]);
    assert_eq!(desk.reports().len(), 3);
    assert_eq!(desk.reports(), [], "what was told is not told again");
}

#[test]
fn a_limit_rests_until_the_market_crosses_it() {
    let table = "14:30:30 IBM 10.00 500 10.10 500
                 14:40:00 IBM 9.96 500 10.06 500
                 14:41:00 IBM 9.90 500 10.04 500";
    let mut desk = desk(10_000, table);
    assert!(is_accepted(&desk.send(buy("a", 7, Some("10.05")))));
    assert_eq!(desk.account().buying_power, Money::cents(1_000_000 - 7_035));
    assert_eq!(desk.go("2015-12-24T14:40:00Z"), 0);
    assert_eq!(desk.go("2015-12-24T14:41:00Z"), 1);
    assert_eq!(desk.fills(), [("7".into(), "10.04".into())]);
    assert_eq!(desk.go("2015-12-24T14:42:00Z"), 0);
}

#[test]
fn a_quote_that_is_crossed_or_has_one_side_fills_nothing_and_a_locked_one_does() {
    let table = "14:30:30 IBM 10.10 500 10.00 500
                 14:32:00 IBM 0 0 10.00 500
                 14:33:00 IBM 10.00 500 0 0
                 14:34:00 IBM 10.00 500 10.00 500";
    let mut desk = desk(10_000, table);
    assert!(is_accepted(&desk.send(buy("a", 1, None))));
    assert!(is_accepted(&desk.send(buy("b", 1, Some("10.20")))));
    assert!(is_accepted(&desk.send(order("c", Side::Buy, 1, "SPY", None))), "never quoted");
    assert_eq!(desk.go("2015-12-24T14:32:00Z"), 0);
    assert_eq!(desk.go("2015-12-24T14:33:00Z"), 0);
    assert_eq!(desk.go("2015-12-24T14:34:00Z"), 2);
    assert_eq!(desk.account().working.len(), 1);
}

#[test]
fn what_cannot_be_filled_at_once_is_canceled_if_it_is_not_to_wait() {
    let settings = SimSettings { fills: Fills::Seeded(1), ..SimSettings::default() };
    let desk = desk_with(settings, 100_000, "14:30:30 IBM 10.00 5 10.10 5");
    let ioc = Ticket { time_in_force: TimeInForce::Ioc, ..buy("a", 50, None) };
    assert!(is_accepted(&desk.send(ioc)));
    let ended = desk.account().ended;
    assert_eq!(ended[0].state, OrderState::Canceled);
    assert!(!ended[0].filled.is_zero() && ended[0].filled <= Quantity::whole(5));
    let LookUp::Found(report) = desk.broker.look_up(&me(), key("a")) else {
        panic!("it is not found");
    };
    assert_eq!((report.state, report.executions.len()), (OrderState::Canceled, 1));
}

#[test]
fn a_seed_decides_how_much_of_what_is_displayed_is_filled() {
    let table: String = (32..52).map(|m| format!("14:{m}:00 IBM 10.00 9 10.10 9\n")).collect();
    let run = |seed| {
        let settings = SimSettings { fills: Fills::Seeded(seed), ..SimSettings::default() };
        let mut desk = desk_with(settings, 100_000, &table);
        desk.send(buy("a", 40, Some("10.20")));
        for minute in 32..52 {
            desk.go(&format!("2015-12-24T14:{minute}:00Z"));
            assert_eq!(desk.broker.on_market(), 0, "what is displayed is there once");
        }
        assert_eq!(desk.account().ended.len(), 1, "filled in the end");
        desk.account().ended[0].executions.clone()
    };
    let fills = run(7);
    assert!(fills.len() > 3, "{fills:?}");
    assert!(fills.iter().all(|fill| fill.quantity <= Quantity::whole(9)));
    let whole = fills.iter().fold(Quantity::ZERO, |sum, fill| sum.saturating_add(fill.quantity));
    assert_eq!(whole, Quantity::whole(40));
    assert_eq!(fills, run(7));
    assert_ne!(fills, run(8));
    let ids: Vec<String> = fills.iter().map(|fill| fill.id.to_string()).collect();
    assert_eq!(ids[1], format!("sim-{:032x}-2", key("a").raw()));
}

#[test]
fn one_fill_in_ten_comes_in_part_first() {
    let parts = |seed| {
        let settings = SimSettings { fills: Fills::OneInTen(seed), ..SimSettings::default() };
        let mut desk = desk_with(settings, 1_000_000, "14:30:30 IBM 10.00 5 10.10 5");
        let names: Vec<String> = (0..200).map(|number| format!("order-{number}")).collect();
        for name in &names {
            desk.send(buy(name, 7, None));
        }
        let partial = desk.account().working.len();
        assert!(desk.account().working.iter().all(|order| !order.filled.is_zero()));
        desk.go("2015-12-24T14:32:00Z");
        (partial, desk.account().working.len())
    };
    let (partial, left) = parts(7);
    assert!((8..35).contains(&partial), "{partial} of 200");
    assert!(left < partial / 2, "the rest follows: {left}");
    assert_eq!(parts(7), (partial, left));
}

#[test]
fn fees_are_charged_by_contract_and_by_share() {
    let settings = SimSettings {
        fee_per_contract: Money::cents(65),
        fee_per_share: "0.005".parse().unwrap(),
        ..SimSettings::default()
    };
    let table = "14:30:30 IBM 10.00 500 10.00 500
                 14:30:30 GOOG151224P00750000 1.00 50 1.00 50";
    let desk = desk_with(settings, 1_000, table);
    assert!(is_accepted(&desk.send(buy("a", 10, None))));
    assert!(is_accepted(&desk.send(order("b", Side::Buy, 2, PUT, Some("1.00")))));
    assert_eq!(desk.account().cash, Money::cents(100_000 - 10_000 - 5 - 20_000 - 130));
}
