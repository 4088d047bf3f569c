//! What comes in or goes out without a trade: no cash, no profit, and the cost to the last digit.

use gatefold_core::record::event::CashKind;
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Date, Instrument, Money, NetQuantity, Price, Quantity, Side};

use crate::books::{Books, METHODS, named};

fn mpw() -> Instrument {
    named("MPW")
}

fn long(quantity: u32) -> NetQuantity {
    NetQuantity::long(Quantity::whole(quantity))
}

fn short(quantity: u32) -> NetQuantity {
    NetQuantity::short(Quantity::whole(quantity))
}

#[test]
fn what_comes_in_has_exactly_the_cost_it_comes_with() {
    let cost: Money = "100.01".parse().unwrap();
    for (method, (quantity, signed)) in METHODS
        .iter()
        .flat_map(|it| [(long(3), cost), (short(3), cost.saturating_neg())].map(|c| (*it, c)))
    {
        let mut books = Books::new(method);
        books.transfer(mpw(), quantity, cost);
        assert_eq!(books.net(&mpw()), quantity);
        assert_eq!(books.book(&mpw()).position().cost(), cost);
        assert_eq!(books.account.transferred(), signed);
        assert_eq!(books.account.cash(), Money::ZERO);
        assert_eq!(books.account.realized_pnl(), Money::ZERO);
    }
}

#[test]
fn what_goes_out_leaves_at_its_own_cost_and_realizes_nothing() {
    for (method, left) in METHODS.into_iter().zip([450, 600, 300]) {
        let mut books = Books::new(method);
        books.trade(mpw(), Side::Buy, 30, "10");
        books.trade(mpw(), Side::Buy, 30, "20");
        let cash = books.account.cash();
        books.transfer(mpw(), short(30), Money::dollars(777));
        assert_eq!(books.net(&mpw()), long(30));
        assert_eq!(books.book(&mpw()).position().cost(), Money::dollars(left), "{method:?}");
        assert_eq!(books.account.transferred(), Money::dollars(left - 900), "{method:?}");
        assert_eq!(books.account.cash(), cash);
        assert_eq!(books.account.realized_pnl(), Money::ZERO);
        assert_eq!(books.book(&mpw()).position().realized(), Money::ZERO);
        assert_eq!(books.account.buying_power().released, Money::ZERO, "nothing was sold");
    }
}

#[test]
fn a_transfer_through_zero_brings_in_its_share_of_the_cost() {
    for method in METHODS {
        let mut books = Books::new(method);
        books.trade(mpw(), Side::Buy, 10, "10");
        books.transfer(mpw(), short(40), Money::dollars(1_000));
        assert_eq!(books.net(&mpw()), short(30));
        assert_eq!(books.book(&mpw()).position().cost(), Money::dollars(750));
        assert_eq!(books.account.transferred(), Money::dollars(-100 - 750));
    }
}

#[test]
fn a_transfer_is_neither_profit_of_the_day_nor_drawdown() {
    let mut books = Books::new(CostMethod::Average);
    books.cash(CashKind::Deposit, Money::dollars(5_000));
    books.trade(mpw(), Side::Buy, 100, "10");
    books.roll("2024-05-10".parse::<Date>().unwrap());
    books.mark(mpw(), Price::dollars(12));
    for quantity in [short(60), long(500), short(540)] {
        books.transfer(mpw(), quantity, Money::dollars(1));
        assert_eq!(books.account.day_pnl(), Some(Money::dollars(200)), "{quantity}");
        assert_eq!(books.account.day_loss(), Some(Money::ZERO), "{quantity}");
        assert_eq!(books.account.peak_equity(), books.account.equity(), "{quantity}");
        assert_eq!(books.account.deposits(), Money::dollars(5_000), "no money came");
    }
}

#[test]
fn what_was_transferred_in_is_sold_against_the_cost_it_came_with() {
    let mut books = Books::new(CostMethod::Fifo);
    books.roll("2024-05-10".parse::<Date>().unwrap());
    books.transfer(mpw(), long(3), Money::dollars(100));
    books.trade(mpw(), Side::Sell, 3, "40");
    assert_eq!(books.account.realized_pnl(), Money::dollars(20));
    assert_eq!(books.account.day().unwrap().realized, Money::dollars(20));
}

#[test]
fn what_goes_out_takes_its_part_of_the_day_with_it() {
    let mut books = Books::new(CostMethod::Average);
    books.trade(mpw(), Side::Buy, 10, "10");
    books.mark(mpw(), Price::dollars(12));
    books.roll("2024-05-10".parse::<Date>().unwrap());
    books.trade(mpw(), Side::Buy, 10, "14");
    // What was carried in leaves first; what is left was opened today for 14.
    books.transfer(mpw(), short(10), Money::ZERO);
    books.trade(mpw(), Side::Sell, 10, "15");
    assert_eq!(books.account.day().unwrap().realized, Money::dollars(10));
    assert_eq!(books.account.realized_pnl(), Money::dollars(30));
}
