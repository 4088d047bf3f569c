//! Scaling in and out, reversals, a multiplier and splits, by FIFO and LIFO, against LEAN's trades.

use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Equity, Instrument, Money, Multiplier, OptionContract, Symbol};

use crate::books::{Books, METHODS};
use crate::rows::{Row, distinct, rows};

/// Something of this multiplier; the source trades futures, here it is an option.
fn traded(multiplier: u32) -> Instrument {
    if multiplier == 1 {
        return Instrument::Equity(Equity(Symbol::new("EURUSD").unwrap()));
    }
    let contract = OptionContract::parse("SPY   201218C00300000").unwrap();
    Instrument::Option(contract.with_multiplier(Multiplier::new(multiplier).unwrap()))
}

/// Runs a case and answers the books, and what was realized at each minute.
fn run(fills: &[&Row], method: CostMethod) -> (Books, Vec<(String, Money)>) {
    let mut books = Books::new(method);
    let mut realized = Vec::new();
    let instrument = traded(fills[0].get("multiplier"));
    for row in fills {
        let before = books.account.realized_pnl();
        match row.text("event") {
            "fill" => {
                let fee = row.get("fee");
                books.fill(instrument, row.side(), row.quantity(), row.get("price"), fee);
            }
            "mark" => books.mark(instrument, row.get("price")),
            "split" => books.split(instrument, row.get("qty"), 1),
            other => panic!("event {other:?}"),
        }
        let result = books.account.realized_pnl().saturating_sub(before);
        if !result.is_zero() {
            realized.push((row.text("minute").to_owned(), result));
        }
    }
    assert!(books.net(&instrument).is_zero(), "every case ends flat");
    (books, realized)
}

fn sum<'a>(trades: impl Iterator<Item = &'a Row>, column: &str) -> Money {
    trades.fold(Money::ZERO, |sum, trade| sum.saturating_add(trade.get(column)))
}

#[test]
fn every_exit_realizes_what_its_matched_lots_give() {
    let fills = rows("lean_trade_builder/fills.csv");
    let trades = rows("lean_trade_builder/closed_trades.csv");
    let mut exits = 0;
    for case in distinct(&fills, "case") {
        let of_case: Vec<&Row> = fills.iter().filter(|row| row.text("case") == case).collect();
        for (matching, method) in [("FIFO", CostMethod::Fifo), ("LIFO", CostMethod::Lifo)] {
            let (books, realized) = run(&of_case, method);
            let matched: Vec<&Row> = trades
                .iter()
                .filter(|it| it.text("case") == case && it.text("matching") == matching)
                .filter(|it| it.text("grouping") == "FillToFill")
                .collect();
            for (minute, ours) in realized {
                let of_exit = matched.iter().filter(|it| it.text("exit_minute") == minute);
                let theirs = sum(of_exit.copied(), "profit_loss");
                assert_eq!(ours, theirs, "{case} {matching} at minute {minute}");
                exits += 1;
            }
            let all = matched.iter().copied();
            assert_eq!(books.account.realized_pnl(), sum(all.clone(), "profit_loss"), "{case}");
            assert_eq!(books.account.fees(), sum(all, "fees"), "{case}");
        }
    }
    assert!(exits >= 60, "{exits} exits were compared");
}

#[test]
fn from_flat_to_flat_every_cost_method_realizes_the_same() {
    let fills = rows("lean_trade_builder/fills.csv");
    let trades = rows("lean_trade_builder/closed_trades.csv");
    let cases = distinct(&fills, "case");
    assert_eq!(cases.len(), 24);
    for (case, method) in cases.iter().flat_map(|case| METHODS.map(|method| (case, method))) {
        let of_case: Vec<&Row> = fills.iter().filter(|row| row.text("case") == case).collect();
        let (books, _) = run(&of_case, method);
        for (grouping, matching) in
            [("FlatToFlat", "FIFO"), ("FlatToFlat", "LIFO"), ("FlatToReduced", "FIFO")]
        {
            let grouped = trades.iter().filter(|it| {
                it.text("case") == case
                    && it.text("grouping") == grouping
                    && it.text("matching") == matching
            });
            let theirs = sum(grouped, "profit_loss");
            assert_eq!(books.account.realized_pnl(), theirs, "{case} {grouping} by {method:?}");
        }
    }
}
