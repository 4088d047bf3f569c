//! Exercise, assignment, expiry and close of options with the premium moved into the shares.

use gatefold_core::record::event::{CashKind, PremiumRule};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{
    Instrument, Money, Multiplier, NetQuantity, OptionContract, Price, Right, Root, Side,
};

use crate::books::{Books, named};
use crate::rows::{Row, distinct, rows};

/// `AAPL 2023-01-20 C 50` as a contract, `AAPL` as a stock.
fn instrument(text: &str) -> Instrument {
    let parts: Vec<&str> = text.split(' ').collect();
    let &[root, expiry, right, strike] = parts.as_slice() else {
        return named(text);
    };
    let right = if right == "C" { Right::Call } else { Right::Put };
    let contract = OptionContract::new(
        Root::new(root).unwrap(),
        expiry.parse().unwrap(),
        right,
        strike.parse().unwrap(),
        Multiplier::HUNDRED,
    );
    Instrument::Option(contract.unwrap())
}

fn book(books: &mut Books, row: &Row) {
    let traded = instrument(row.text("instrument"));
    let quantity = row.quantity();
    let price: Price = row.get("price");
    let fee: Money = row.get("fee");
    match (row.text("event"), traded.is_option()) {
        ("fill", _) => books.fill(traded, row.side(), quantity, price, fee),
        ("opening", _) => {
            assert_eq!(row.side(), Side::Buy);
            let cost = price.times(quantity, traded.multiplier()).unwrap();
            books.transfer(traded, NetQuantity::long(quantity), cost);
        }
        ("expiry", true) => books.expire(traded, quantity),
        ("exercise" | "assignment", true) => {
            books.deliver(traded, quantity, PremiumRule::IntoShares);
        }
        // The other half of the row before: only its fee is new.
        ("exercise" | "assignment", false) => books.cash(CashKind::Fee, fee.saturating_neg()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_case_gains_what_the_tax_tool_says_and_ends_with_its_position() {
    let events = rows("option_lifecycle/events.csv");
    let realizations = rows("option_lifecycle/realizations.csv");
    let positions = rows("option_lifecycle/positions.csv");
    let cases = distinct(&events, "case");
    assert_eq!(cases.len(), positions.len());
    for case in &cases {
        let mut books = Books::new(CostMethod::Fifo);
        let of_case: Vec<&Row> = events.iter().filter(|row| row.text("case") == case).collect();
        of_case.iter().for_each(|row| book(&mut books, row));
        let gains = realizations.iter().filter(|it| it.text("case") == case);
        let gain = gains.fold(Money::ZERO, |sum, it| sum.saturating_add(it.get("gain")));
        assert_eq!(books.realized_net(), gain, "{case}");
        let position = positions.iter().find(|it| it.text("case") == case).unwrap();
        let option = of_case.iter().map(|row| instrument(row.text("instrument")));
        let option = option.into_iter().find(Instrument::is_option).unwrap();
        assert_eq!(books.net(&option), position.net("option_position_after"), "{case}");
        if !position.text("stock_position_after").is_empty() {
            let shares = books.net(&named("AAPL"));
            assert_eq!(shares, position.net("stock_position_after"), "{case}");
            // The tool knows no result of an option that was exercised or assigned.
            assert_eq!(books.book(&option).position().realized(), Money::ZERO, "{case}");
        }
    }
}
