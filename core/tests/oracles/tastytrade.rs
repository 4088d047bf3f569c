//! Three real account histories: cash as the broker booked it, positions, and FIFO profit per fill.

use gatefold_core::record::event::CashKind;
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Instrument, Money, NetQuantity};

use crate::books::{Books, METHODS, named};
use crate::rows::{Row, assert_near, rows};

const HISTORIES: [&str; 3] = ["tastytrade_mpw", "tastytrade_pfe", "tastytrade_four_symbols"];

/// Half of the last digit that the per-fill profits were published with.
const PUBLISHED: Money = Money::from_attos(500_000_000_000);

/// Books one row of the statement and answers the instrument it was about.
fn book(books: &mut Books, row: &Row) -> Option<Instrument> {
    let fee = row.get::<Money>("commission").saturating_add(row.get("fees"));
    match row.text("event") {
        "fill" => {
            let instrument = named(row.text("symbol"));
            assert_eq!(instrument.multiplier().get(), row.get("multiplier"));
            books.fill(instrument, row.side(), row.quantity(), row.get("price"), fee);
            Some(instrument)
        }
        "expiry" => {
            let instrument = named(row.text("symbol"));
            books.expire(instrument, row.quantity());
            Some(instrument)
        }
        "transfer_in" => {
            let instrument = named(row.text("symbol"));
            books.transfer(instrument, NetQuantity::long(row.quantity()), Money::ZERO);
            Some(instrument)
        }
        "dividend" => {
            books.cash(CashKind::Income, row.get("cash"));
            None
        }
        "deposit" => {
            books.cash(CashKind::Deposit, row.get("cash"));
            None
        }
        "balance_adjustment" => {
            books.cash(CashKind::Fee, row.get("cash"));
            None
        }
        other => panic!("event {other:?}"),
    }
}

#[test]
fn cash_moves_as_the_broker_booked_it() {
    for history in HISTORIES {
        let mut books = Books::new(CostMethod::Average);
        for row in rows(&format!("{history}/fills.csv")) {
            let before = books.account.cash();
            book(&mut books, &row);
            let moved = books.account.cash().saturating_sub(before);
            assert_eq!(moved, row.get("cash"), "{history} row {}", row.text("seq"));
        }
    }
}

#[test]
fn every_fill_realizes_what_fifo_gives() {
    let mut compared = 0;
    for history in HISTORIES {
        let expected = rows(&format!("{history}/expected_per_fill_fifo.csv"));
        let mut expected = expected.iter().peekable();
        let mut books = Books::new(CostMethod::Fifo);
        for row in rows(&format!("{history}/fills.csv")) {
            let before = books.realized_net();
            let instrument = book(&mut books, &row);
            let Some(expected) = expected.next_if(|it| it.text("seq") == row.text("seq")) else {
                continue;
            };
            let what = format!("{history} row {}", row.text("seq"));
            let instrument = instrument.expect("only trades realize");
            assert_eq!(books.net(&instrument), expected.net("position_after"), "{what}");
            let realized = books.realized_net().saturating_sub(before);
            assert_near(realized, expected.get("realized_net"), PUBLISHED, &what);
            compared += 1;
        }
        assert!(expected.next().is_none(), "{history}: every expected row was met");
    }
    assert_eq!(compared, 168 + 4 + 12, "fills, expiries and the transfer");
}

#[test]
fn what_ends_flat_has_realized_its_cash_whatever_the_cost_method() {
    for (history, method) in HISTORIES.iter().flat_map(|it| METHODS.map(|method| (it, method))) {
        let mut books = Books::new(method);
        for row in rows(&format!("{history}/fills.csv")) {
            book(&mut books, &row);
        }
        for row in rows(&format!("{history}/expected_per_symbol.csv")) {
            let instrument = named(row.text("symbol"));
            let held = books.book(&instrument);
            let what = format!("{history} {instrument} by {method:?}");
            assert_eq!(held.position().net(), row.net("final_position"), "{what}");
            let net = held.position().realized().saturating_sub(held.fees());
            let cash = net.saturating_sub(held.signed_cost());
            assert_eq!(cash, row.get("cash_sum"), "{what}");
            if let Some(realized) = row.find::<Money>("realized_net_if_flat") {
                assert_eq!(net, realized, "{what}");
            }
        }
    }
}
