//! Exercise and assignment in the cases where no oracle speaks: which way the shares go, what part
//! of the premium goes with them, and that the convention moves profit but never makes any.

use gatefold_core::record::event::{Adjustment, CashKind, Event, PositionAdjusted, PremiumRule};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{
    Date, ExecutionId, Instrument, Money, NetQuantity, Price, Quantity, Right, Side,
};

use crate::books::{Books, METHODS, named};

const RULES: [PremiumRule; 2] = [PremiumRule::IntoShares, PremiumRule::Realized];

fn option(right: Right) -> Instrument {
    named(&format!("SPY   160219{}00190000", right.letter()))
}

fn shares() -> Instrument {
    named("SPY")
}

/// `side` says how the option was opened: one contract for 2 dollars, so 200 in all.
fn one_contract(method: CostMethod, right: Right, side: Side) -> Books {
    let mut books = Books::new(method);
    books.trade(option(right), side, 1, "2");
    books
}

fn deliver(books: &mut Books, right: Right, contracts: u32) {
    books.deliver(option(right), Quantity::whole(contracts), PremiumRule::IntoShares);
}

#[test]
fn shares_that_are_opened_take_the_premium_into_their_cost_or_proceeds() {
    let cases = [
        (Right::Call, Side::Buy, 100, 19_000 + 200),
        (Right::Put, Side::Sell, 100, 19_000 - 200),
        (Right::Put, Side::Buy, -100, 19_000 - 200),
        (Right::Call, Side::Sell, -100, 19_000 + 200),
    ];
    for (method, (right, side, net, cost)) in
        METHODS.iter().flat_map(|method| cases.map(|case| (*method, case)))
    {
        let mut books = one_contract(method, right, side);
        deliver(&mut books, right, 1);
        let position = books.book(&shares()).position();
        let what = format!("{side} {right:?} by {method:?}");
        assert_eq!(position.net().nanos(), net * 1_000_000_000, "{what}");
        assert_eq!(position.cost(), Money::dollars(cost), "{what}");
        assert_eq!(position.realized(), Money::ZERO, "{what}");
        assert_eq!(books.account.realized_pnl(), Money::ZERO, "{what}");
        let ended = books.book(&option(right)).position();
        assert_eq!((ended.net(), ended.realized()), (NetQuantity::ZERO, Money::ZERO), "{what}");
    }
}

#[test]
fn shares_that_are_closed_take_the_premium_into_their_result() {
    // Held at 180 (sold short at 180), delivered at 190.
    let cases = [
        (Right::Call, Side::Sell, Side::Buy, 1_000 + 200),
        (Right::Put, Side::Buy, Side::Buy, 1_000 - 200),
        (Right::Call, Side::Buy, Side::Sell, -1_000 - 200),
        (Right::Put, Side::Sell, Side::Sell, -1_000 + 200),
    ];
    for (method, (right, side, held, result)) in
        METHODS.iter().flat_map(|method| cases.map(|case| (*method, case)))
    {
        let mut books = one_contract(method, right, side);
        books.trade(shares(), held, 100, "180");
        deliver(&mut books, right, 1);
        let what = format!("{side} {right:?} by {method:?}");
        let position = books.book(&shares()).position();
        assert_eq!((position.net(), position.cost()), (NetQuantity::ZERO, Money::ZERO), "{what}");
        assert_eq!(position.realized(), Money::dollars(result), "{what}");
        assert_eq!(books.account.realized_pnl(), Money::dollars(result), "{what}");
    }
}

#[test]
fn a_delivery_through_zero_divides_the_premium_by_shares() {
    for method in METHODS {
        let mut books = one_contract(method, Right::Call, Side::Sell);
        books.trade(shares(), Side::Buy, 25, "180");
        deliver(&mut books, Right::Call, 1);
        let position = books.book(&shares()).position();
        assert_eq!(position.net(), NetQuantity::short(Quantity::whole(75)));
        assert_eq!(position.realized(), Money::dollars(25 * 10 + 50));
        assert_eq!(position.cost(), Money::dollars(75 * 190 + 150));
    }
}

#[test]
fn a_part_of_the_contracts_moves_its_own_part_of_the_premium() {
    for (method, moved) in METHODS.into_iter().zip([250, 200, 300]) {
        let mut books = one_contract(method, Right::Put, Side::Sell);
        books.trade(option(Right::Put), Side::Sell, 1, "3");
        deliver(&mut books, Right::Put, 1);
        let cost = books.book(&shares()).position().cost();
        assert_eq!(cost, Money::dollars(19_000 - moved), "{method:?}");
        let left = books.book(&option(Right::Put)).position();
        assert_eq!(left.net(), NetQuantity::short(Quantity::whole(1)));
        assert_eq!(left.cost(), Money::dollars(500 - moved), "{method:?}");
    }
}

#[test]
fn contracts_that_are_not_held_neither_end_nor_deliver() {
    let mut books = one_contract(CostMethod::Fifo, Right::Call, Side::Buy);
    deliver(&mut books, Right::Put, 1);
    assert_eq!(books.net(&shares()), NetQuantity::ZERO);
    deliver(&mut books, Right::Call, 5);
    assert_eq!(books.net(&option(Right::Call)), NetQuantity::ZERO);
    assert_eq!(books.net(&shares()), NetQuantity::long(Quantity::whole(100)));
    books.expire(option(Right::Call), Quantity::whole(5));
    assert_eq!(books.net(&option(Right::Call)), NetQuantity::ZERO);
}

#[test]
fn the_same_activity_is_booked_once() {
    let mut books = one_contract(CostMethod::Average, Right::Put, Side::Sell);
    books.trade(option(Right::Put), Side::Sell, 2, "2");
    let delivered = Event::PositionAdjusted(PositionAdjusted {
        adjustment: Adjustment::Delivered {
            instrument: option(Right::Put),
            quantity: Quantity::whole(1),
            premium: PremiumRule::IntoShares,
        },
        activity: ExecutionId::new("20160219::assignment").unwrap(),
        note: String::new(),
    });
    books.apply(delivered.clone());
    books.apply(delivered);
    assert_eq!(books.net(&shares()), NetQuantity::long(Quantity::whole(100)));
    let left = books.net(&option(Right::Put));
    assert_eq!(left, NetQuantity::short(Quantity::whole(2)));
}

#[test]
fn both_conventions_realize_the_same_once_the_shares_are_gone() {
    for (method, rule) in METHODS.iter().flat_map(|method| RULES.map(|rule| (*method, rule))) {
        let mut books = one_contract(method, Right::Put, Side::Sell);
        books.deliver(option(Right::Put), Quantity::whole(1), rule);
        books.trade(shares(), Side::Sell, 100, "195.5");
        assert_eq!(books.account.realized_pnl(), Money::dollars(550 + 200), "{method:?} {rule:?}");
        assert_eq!(books.account.cash(), Money::dollars(750));
    }
}

#[test]
fn on_the_day_opened_shares_realize_nothing_and_closed_ones_all_of_it() {
    let day: Date = "2016-02-19".parse().unwrap();
    let realized = |books: &Books| books.account.day().expect("rolled").realized;
    let mut books = one_contract(CostMethod::Average, Right::Put, Side::Sell);
    books.cash(CashKind::Deposit, Money::dollars(50_000));
    books.mark(option(Right::Put), Price::dollars(5));
    books.roll(day);
    deliver(&mut books, Right::Put, 1);
    assert_eq!(realized(&books), Money::ZERO);
    books.trade(shares(), Side::Sell, 100, "186");
    // Against the opening mark the put gave back 500; the shares lost 400 from the strike.
    assert_eq!(realized(&books), Money::dollars(500 - 400));
    assert_eq!(books.account.day_pnl(), Some(Money::dollars(100)));
    assert_eq!(books.account.realized_pnl(), Money::dollars(200 - 400));
}
