//! Exercise and assignment with the premium realized on the option, as LEAN books them.

use gatefold_core::record::event::{CashKind, PremiumRule};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Instrument, Money, Multiplier, Price, Quantity, Side};

use crate::books::{Books, named};
use crate::rows::{Row, rows};

/// What the option is worth at its end.
fn intrinsic(row: &Row, underlying: Price) -> Price {
    let strike: Price = row.get("strike");
    match row.text("right") {
        "C" => underlying.saturating_sub(strike),
        "P" => strike.saturating_sub(underlying),
        other => panic!("right {other:?}"),
    }
}

/// The option as the case holds it, with the cash that it says is left after buying it.
fn set_up(row: &Row, option: Instrument) -> Books {
    let mut books = Books::new(CostMethod::Average);
    let held = row.net("option_position_before");
    let side = if held.is_short() { Side::Sell } else { Side::Buy };
    let price = row.get("option_avg_price");
    books.fill(option, side, held.magnitude(), price, Money::ZERO);
    let missing = row.get::<Money>("cash_before").saturating_sub(books.account.cash());
    books.cash(CashKind::Deposit, missing);
    books
}

/// Ends the option as the case does. What is out of the money expires; settled in cash means sold
/// (bought back, if short) at its settlement value.
fn end(books: &mut Books, row: &Row, option: Instrument) {
    let quantity: Quantity = row.get("exercised_contracts");
    let worth = row.find("underlying_price").map(|price| intrinsic(row, price));
    match (row.text("settlement"), worth) {
        (_, Some(Price::ZERO)) => books.expire(option, quantity),
        ("cash", Some(worth)) => {
            let side = if books.net(&option).is_short() { Side::Buy } else { Side::Sell };
            books.fill(option, side, quantity, worth, Money::ZERO);
        }
        ("physical", _) => books.deliver(option, quantity, PremiumRule::Realized),
        other => panic!("{other:?}"),
    }
}

#[test]
fn cash_positions_and_prices_after_the_end_are_those_of_lean() {
    let cases = rows("lean_exercise_assignment/cases.csv");
    assert_eq!(cases.len(), 11);
    for row in &cases {
        let what = row.text("case");
        let option = named(&format!("SPY   160219{}00192000", row.text("right")));
        assert_eq!(row.get::<Price>("strike"), Price::dollars(192));
        assert_eq!(row.get::<u32>("multiplier"), 100);
        let mut books = set_up(row, option);
        let realized = books.account.realized_pnl();
        end(&mut books, row, option);
        assert_eq!(books.account.cash(), row.get("cash_after"), "{what}");
        assert_eq!(books.net(&option), row.net("option_position_after"), "{what}");
        let shares = books.book(&named("SPY")).position();
        assert_eq!(shares.net(), row.net("underlying_position_after"), "{what}");
        if let Some(price) = row.find::<Price>("underlying_avg_price_after") {
            assert_eq!(shares.average_price(Multiplier::ONE), price, "{what}");
        }
        if let Some(profit) = row.find::<Money>("option_net_profit") {
            let ours = books.account.realized_pnl().saturating_sub(realized);
            assert_eq!(ours, profit, "{what}");
        }
    }
}

#[test]
fn a_physical_end_realizes_the_whole_premium_on_the_option() {
    for row in rows("lean_exercise_assignment/cases.csv") {
        if row.text("settlement") == "physical" {
            let option = named(&format!("SPY   160219{}00192000", row.text("right")));
            let mut books = set_up(&row, option);
            let cost = books.book(&option).signed_cost();
            end(&mut books, &row, option);
            let realized = books.book(&option).position().realized();
            assert_eq!(realized, cost.saturating_neg(), "{}", row.text("case"));
            assert_eq!(books.account.realized_pnl(), realized, "{}", row.text("case"));
        }
    }
}
