//! A split changes how many and never how much: cost, value, the day and exit levels go with it.

use gatefold_core::advise::ExitTerms;
use gatefold_core::record::event::{CashKind, Event, ExitPlanSet};
use gatefold_core::settle::CostMethod;
use gatefold_core::unwind::ExitPlan;
use gatefold_core::vocabulary::{
    Date, Instrument, Money, NetQuantity, Price, Quantity, Ratio, Side, StrategyId, Timestamp,
};

use crate::books::{Books, METHODS, named};

fn aapl() -> Instrument {
    named("AAPL")
}

fn nanos(units: i64) -> Quantity {
    Quantity::from_nanos(units).unwrap()
}

/// The seven-for-one split of 2014-06-09, over the weekend after a close at 645.57.
#[test]
fn a_split_is_no_profit_or_loss_of_the_account_or_the_day() {
    for method in METHODS {
        let mut books = Books::new(method);
        books.cash(CashKind::Deposit, Money::dollars(100_000));
        books.trade(aapl(), Side::Buy, 60, "640");
        books.trade(aapl(), Side::Buy, 40, "644.7");
        books.mark(aapl(), "645.57".parse().unwrap());
        books.roll("2014-06-09".parse::<Date>().unwrap());
        let (equity, unrealized) = (books.account.equity(), books.account.unrealized_pnl());
        books.split(aapl(), 7, 1);
        assert_eq!(books.net(&aapl()), NetQuantity::long(Quantity::whole(700)));
        let position = books.book(&aapl()).position();
        assert_eq!(position.cost(), Money::dollars(60 * 640 + 25_788));
        let lots: Vec<_> = position.lots().map(|lot| lot.quantity).collect();
        let expected = [Quantity::whole(420), Quantity::whole(280)];
        assert!(method == CostMethod::Average || lots == expected, "{lots:?}");
        // 645.57 / 7 is no whole number of billionths.
        let rounding = Money::from_micros(1);
        assert!(books.account.equity().saturating_sub(equity).abs() < rounding);
        assert!(books.account.unrealized_pnl().saturating_sub(unrealized).abs() < rounding);
        assert!(books.account.day_pnl().unwrap().abs() < rounding);
        // 100 dollars above the opening value, after the split as before.
        books.trade(aapl(), Side::Sell, 700, "92.367142857");
        let day = books.account.day().unwrap().realized;
        assert!(day.saturating_sub(Money::dollars(100)).abs() < rounding, "{day}");
        assert!(books.account.day_pnl().unwrap().saturating_sub(day).abs() < rounding);
    }
}

#[test]
fn exit_levels_go_with_the_shares() {
    let mut books = Books::new(CostMethod::Average);
    books.trade(aapl(), Side::Buy, 100, "700");
    let terms = ExitTerms {
        stop: Some(Price::dollars(630)),
        target: Some(Price::dollars(910)),
        trail: Some(Ratio::from_ppm(100_000)),
        ..ExitTerms::default()
    };
    let strategy = StrategyId::new("swing").unwrap();
    let plan = ExitPlan::of(terms, strategy, Timestamp::EPOCH);
    books.apply(Event::ExitPlanSet(ExitPlanSet { instrument: aapl(), plan }));
    books.mark(aapl(), Price::dollars(721));
    books.split(aapl(), 7, 1);
    let plan = books.book(&aapl()).exit();
    assert_eq!(plan.terms.stop, Some(Price::dollars(90)));
    assert_eq!(plan.terms.target, Some(Price::dollars(130)));
    assert_eq!(plan.terms.trail, terms.trail);
    assert_eq!(plan.best, Some(Price::dollars(103)));
    assert_eq!(books.book(&aapl()).mark(), Some(Price::dollars(103)));
}

#[test]
fn a_reverse_split_with_fractions_still_closes_to_nothing() {
    for (method, side) in METHODS.iter().flat_map(|it| [(*it, Side::Buy), (*it, Side::Sell)]) {
        let mut books = Books::new(method);
        for quantity in [5, 7, 13] {
            books.trade(aapl(), side, quantity, "3.33");
        }
        books.split(aapl(), 1, 3);
        let held = books.net(&aapl()).magnitude();
        assert_eq!(held, nanos(8_333_333_333));
        let cost = books.book(&aapl()).position().cost();
        assert_eq!(cost, Money::cents(25 * 333));
        books.fill(aapl(), side.opposite(), held, Price::ZERO, Money::ZERO);
        assert_eq!(books.net(&aapl()), NetQuantity::ZERO);
        assert_eq!(books.book(&aapl()).position().cost(), Money::ZERO, "{method:?}");
        assert_eq!(books.book(&aapl()).position().lots().count(), 0, "{method:?}");
    }
}

#[test]
fn lots_too_small_for_a_reverse_split_become_one() {
    for method in METHODS {
        let mut books = Books::new(method);
        for _ in 0..3 {
            books.fill(aapl(), Side::Buy, nanos(5), Price::dollars(100), Money::ZERO);
        }
        books.split(aapl(), 1, 10);
        assert_eq!(books.net(&aapl()), NetQuantity::long(nanos(1)));
        books.fill(aapl(), Side::Sell, nanos(1), Price::dollars(1_000), Money::ZERO);
        let lost = Money::from_attos(500_000_000_000);
        assert_eq!(books.account.realized_pnl(), lost.saturating_neg(), "{method:?}");
    }
}

#[test]
fn a_holding_too_small_for_a_reverse_split_is_written_off() {
    for method in METHODS {
        let mut books = Books::new(method);
        books.fill(aapl(), Side::Buy, nanos(9), Price::dollars(100), Money::ZERO);
        books.split(aapl(), 1, 10);
        assert_eq!(books.net(&aapl()), NetQuantity::ZERO);
        assert_eq!(books.account.realized_pnl(), Money::from_attos(-900_000_000_000));
        books.trade(aapl(), Side::Sell, 1, "100");
        assert_eq!(books.book(&aapl()).position().cost(), Money::dollars(100), "{method:?}");
    }
}

#[test]
fn a_ratio_with_a_zero_changes_nothing() {
    let mut books = Books::new(CostMethod::Fifo);
    books.trade(aapl(), Side::Buy, 10, "100");
    let before = books.book(&aapl()).clone();
    books.split(aapl(), 0, 1);
    books.split(aapl(), 1, 0);
    assert_eq!(*books.book(&aapl()), before);
}
