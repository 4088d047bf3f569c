//! First-in-first-out lots with fees, long and short, against a tax tool's realizations.

use gatefold_core::settle::{CostMethod, Execution, ExecutionError};
use gatefold_core::vocabulary::{
    ExecutionId, Instrument, Money, NetQuantity, Price, Side, Timestamp,
};

use crate::books::{Books, named};
use crate::rows::{Row, distinct, rows};

/// `ASSET.X.EUR` is no ticker; what stands between the points is.
fn asset(row: &Row) -> Instrument {
    named(row.text("asset").split('.').nth(1).expect("three parts"))
}

/// A lot that was held before came in without a fill of ours, its fees in its cost.
fn book(books: &mut Books, row: &Row) {
    let instrument = asset(row);
    match row.text("event") {
        "opening" => {
            let cost = row.get::<Price>("price");
            let cost = cost.times(row.quantity(), instrument.multiplier()).unwrap();
            let net = match row.side() {
                Side::Buy => NetQuantity::long(row.quantity()),
                Side::Sell => NetQuantity::short(row.quantity()),
            };
            books.transfer(instrument, net, cost);
        }
        "fill" => {
            let (price, fee) = (row.get("price"), row.get("fee"));
            books.fill(instrument, row.side(), row.quantity(), price, fee);
        }
        other => panic!("event {other:?}"),
    }
}

#[test]
fn every_closing_fill_gains_what_its_lots_gained() {
    let fills = rows("fifo_lots/fills.csv");
    let realizations = rows("fifo_lots/realizations.csv");
    let positions = rows("fifo_lots/positions.csv");
    let mut matched = 0;
    for case in distinct(&fills, "case") {
        let mut books = Books::new(CostMethod::Fifo);
        let of_case = fills.iter().filter(|row| row.text("case") == case);
        for row in of_case.filter(|row| !row.quantity().is_zero()) {
            let before = books.realized_net();
            book(&mut books, row);
            let lots = realizations.iter().filter(|it| {
                it.text("case") == case
                    && it.text("asset") == row.text("asset")
                    && it.text("realized") == row.text("time")
            });
            let mut gain = Money::ZERO;
            for lot in lots {
                gain = gain.saturating_add(lot.get("gain"));
                matched += 1;
            }
            let ours = books.realized_net().saturating_sub(before);
            assert_eq!(ours, gain, "{case} at {}", row.text("time"));
        }
        for position in positions.iter().filter(|it| it.text("case") == case) {
            assert_eq!(books.net(&asset(position)), position.net("position_after"), "{case}");
        }
    }
    assert_eq!(matched, realizations.len(), "every realization was met");
}

#[test]
fn a_fill_of_nothing_is_refused_before_it_is_booked() {
    let fills = rows("fifo_lots/fills.csv");
    let nothing: Vec<&Row> = fills.iter().filter(|row| row.quantity().is_zero()).collect();
    assert_eq!(nothing.len(), 1);
    let id = ExecutionId::new("nothing").unwrap();
    let execution = Execution {
        id,
        order: None,
        instrument: asset(nothing[0]),
        side: nothing[0].side(),
        quantity: nothing[0].quantity(),
        price: nothing[0].get("price"),
        fee: nothing[0].get("fee"),
        at: Timestamp::EPOCH,
    };
    assert_eq!(execution.checked(), Err(ExecutionError::NoQuantity { id }));
}
