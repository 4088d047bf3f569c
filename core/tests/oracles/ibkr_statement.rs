//! A broker's statement: the premium of an assigned option goes into the shares.

use gatefold_core::record::event::{CashKind, PremiumRule};
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Money, Multiplier, Price, Quantity};

use crate::books::{Books, METHODS, named};
use crate::rows::{Row, assert_near, rows};

/// Half of the statement's last digit, for each of the rows that one result is made of.
const PUBLISHED: Money = Money::from_attos(2_000_000_000_000);

fn case(name: &str) -> Vec<Row> {
    rows("ibkr_statement/rows.csv").into_iter().filter(|row| row.text("case") == name).collect()
}

fn expected(name: &str, symbol: &str) -> Money {
    let rows = rows("ibkr_statement/expected.csv");
    let row = rows.iter().find(|row| row.text("case") == name && row.text("symbol") == symbol);
    row.expect("each case says what it ends with").get("realized_net_usd")
}

/// The statement's rows as events. The stock row of an assignment is the other half of the
/// option's, and only its fee is new.
fn book(books: &mut Books, row: &Row, fee: Money) {
    match (row.text("event"), row.text("kind")) {
        ("fill", _) => {
            let instrument = named(row.text("osi"));
            books.fill(instrument, row.side(), row.quantity(), row.get("price"), fee);
        }
        ("expiry", _) => books.expire(named(row.text("osi")), row.quantity()),
        ("assignment", "option") => {
            books.deliver(named(row.text("osi")), row.quantity(), PremiumRule::IntoShares);
        }
        ("assignment", "stock") => {
            if !fee.is_zero() {
                books.cash(CashKind::Fee, fee.saturating_neg());
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_expired_put_realizes_its_premium_less_fees() {
    let mut books = Books::new(CostMethod::Fifo);
    for row in case("amzn_put_expired") {
        book(&mut books, &row, row.get("fee"));
    }
    let theirs = expected("amzn_put_expired", "AMZN  250718P00207500");
    assert_near(books.realized_net(), theirs, PUBLISHED, "expired put");
}

#[test]
fn an_assigned_put_and_a_called_away_holding_realize_in_the_shares() {
    for method in METHODS {
        let mut books = Books::new(method);
        for row in case("amzn_put_assigned_then_called_away") {
            // One commission was rounded by the publisher; its note gives the broker's own basis.
            let fee: Money = match row.text("seq") {
                "3" => {
                    assert!(row.text("note").contains("closed the lot at 401.129428"));
                    "-0.129428".parse().unwrap()
                }
                _ => row.get("fee"),
            };
            book(&mut books, &row, fee);
            if row.text("seq") == "2" {
                let shares = books.book(&named("AMZN"));
                assert_eq!(shares.position().cost(), Money::dollars(21_500 - 177));
                let theirs: Money = "21324.143072".parse().unwrap();
                let with_fee = shares.position().cost().saturating_add(books.account.fees());
                assert_near(with_fee, theirs, PUBLISHED, "cost of the assigned shares");
            }
        }
        let position = |symbol: &str| books.book(&named(symbol)).position();
        for option in ["AMZN  251010P00215000", "AMZN  251031C00235000"] {
            assert_eq!(position(option).realized(), Money::ZERO, "{option} by {method:?}");
            assert!(position(option).net().is_zero());
        }
        assert_eq!(position("AMZN").realized(), Money::dollars(23_500 + 401 - 21_500 + 177));
        assert!(position("AMZN").net().is_zero());
        let theirs = expected("amzn_put_assigned_then_called_away", "AMZN");
        assert_near(books.realized_net(), theirs, PUBLISHED, "called away");
    }
}

#[test]
fn a_round_trip_realizes_what_the_basis_of_its_lot_gives() {
    let rows = case("nvda_put_round_trip");
    let run = |opening_fee: Money| {
        let mut books = Books::new(CostMethod::Fifo);
        book(&mut books, &rows[0], opening_fee);
        book(&mut books, &rows[1], rows[1].get("fee"));
        books.realized_net()
    };
    assert_eq!(run(rows[0].get("fee")), "127.8022345".parse().unwrap(), "as the rows stand");
    // The broker closed the lot of an order that the publisher left out: same price, other fee.
    let basis: Money = rows[1].get("ibkr_basis");
    let price: Price = rows[0].get("price");
    let premium = price.times(Quantity::whole(1), Multiplier::HUNDRED).unwrap();
    let theirs = expected("nvda_put_round_trip", "NVDA  250627P00138000");
    assert_near(run(premium.saturating_sub(basis)), theirs, PUBLISHED, "with the broker's lot");
}
