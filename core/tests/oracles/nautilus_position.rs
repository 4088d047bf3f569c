//! Average cost with fees, flips and unrealized profit, against nautilus_trader's position.

use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Money, Multiplier, Price};

use crate::books::{Books, named};
use crate::rows::{Row, assert_near, rows};

/// Half of the last digit that the profits were published with.
const PUBLISHED: Money = Money::from_attos(5_000_000_000);

fn compare(books: &mut Books, expected: &Row) {
    let instrument = named("AUDUSD");
    let what = format!("{} after {}", expected.text("case"), expected.text("after_seq"));
    let position = books.book(&instrument).position();
    assert_eq!(position.net(), expected.net("position"), "{what}");
    if !expected.text("avg_price_open").is_empty() {
        let theirs = expected.price_near("avg_price_open");
        assert_eq!(position.average_price(Multiplier::ONE), theirs, "{what}");
    }
    if let Some(theirs) = expected.find::<Money>("realized_pnl_net") {
        // Fees count as spent when they are paid.
        let ours = books.account.realized_pnl().saturating_sub(books.account.fees());
        assert_near(ours, theirs, PUBLISHED, &what);
    }
    if let Some(mark) = expected.find::<Price>("mark_price") {
        let theirs: Money = expected.get("unrealized_pnl");
        assert_eq!(position.unrealized_at(mark, Multiplier::ONE), theirs, "{what}");
        books.mark(instrument, mark);
        assert_eq!(books.account.unrealized_pnl(), theirs, "{what}");
    }
}

#[test]
fn average_cost_positions_are_those_of_nautilus() {
    let fills = rows("nautilus_position/fills.csv");
    let expected = rows("nautilus_position/expected.csv");
    let mut compared = 0;
    let mut books = Books::new(CostMethod::Average);
    for row in &fills {
        if row.text("seq") == "0" {
            books = Books::new(CostMethod::Average);
        }
        let fee = row.get("fee");
        books.fill(named("AUDUSD"), row.side(), row.quantity(), row.get("price"), fee);
        let after = expected.iter().find(|it| {
            it.text("case") == row.text("case") && it.text("after_seq") == row.text("seq")
        });
        if let Some(expected) = after {
            compare(&mut books, expected);
            compared += 1;
        }
    }
    assert_eq!(compared, expected.len());
}
