//! Three years of seven stocks, long, short and through zero: cash and value of every day, and FIFO
//! profit at every year's end.

use std::collections::HashMap;

use gatefold_core::record::event::CashKind;
use gatefold_core::settle::CostMethod;
use gatefold_core::vocabulary::{Date, Money, Price};

use crate::books::{Books, named};
use crate::rows::{Row, assert_near, rows};

/// The source computed in floating point and its prices have up to 11 decimals, ours 9.
const PENNY_FRACTION: Money = Money::from_micros(10);

/// What each fill realized, added up by symbol: a day's roll forgets books that are flat.
#[derive(Default)]
struct Realized(HashMap<String, Money>);

impl Realized {
    fn trade(&mut self, books: &mut Books, row: &Row) {
        let symbol = row.text("symbol");
        let before = books.account.realized_pnl();
        let price = row.price_near("price");
        books.fill(named(symbol), row.side(), row.quantity(), price, Money::ZERO);
        let result = books.account.realized_pnl().saturating_sub(before);
        let sum = self.0.entry(symbol.to_owned()).or_default();
        *sum = sum.saturating_add(result);
    }
}

fn assert_values(books: &mut Books, day: &Row, prices: &HashMap<String, Price>) {
    let date = day.text("date");
    assert_near(books.account.cash(), day.money_near("cash"), PENNY_FRACTION, date);
    for symbol in ["AMD", "CERN", "COST", "DELL", "GPS", "INTC", "MMM"] {
        let instrument = named(symbol);
        let value = day.money_near(&format!("{symbol}_value"));
        if let Some(price) = prices.get(symbol) {
            books.mark(instrument, *price);
            let ours = books.book(&instrument).contribution().value;
            assert_near(ours, value, PENNY_FRACTION, &format!("{symbol} on {date}"));
        }
        let net = books.net(&instrument);
        let signs = (net.is_short(), net.is_zero());
        assert_eq!(signs, (value.is_negative(), value.is_zero()), "{symbol} on {date}");
    }
}

#[test]
fn cash_values_and_fifo_profit_are_those_of_the_backtest() {
    let mut books = Books::new(CostMethod::Fifo);
    books.cash(CashKind::Deposit, Money::dollars(100_000));
    let mut realized = Realized::default();
    let fills = rows("quantopian_backtest/fills.csv.gz");
    let mut fills = fills.iter().peekable();
    let year_ends = rows("quantopian_backtest/realized_fifo_year_end.csv");
    let days = rows("quantopian_backtest/daily_values.csv.gz");
    let (mut filled, mut compared) = (0, 0);
    for (place, day) in days.iter().enumerate() {
        let date = day.text("date");
        books.roll(date.parse::<Date>().unwrap());
        assert_eq!(books.account.day_pnl(), Some(Money::ZERO), "{date} opens even");
        let mut prices = HashMap::new();
        while let Some(fill) = fills.next_if(|fill| fill.text("date") <= date) {
            realized.trade(&mut books, fill);
            prices.insert(fill.text("symbol").to_owned(), fill.price_near("price"));
            filled += 1;
        }
        assert_values(&mut books, day, &prices);
        let next = days.get(place + 1).map_or("9999-12-31", |next| next.text("date"));
        for end in &year_ends {
            if end.text("date") >= date && end.text("date") < next {
                let symbol = end.text("symbol");
                let what = format!("{symbol} at the end of {}", end.text("date"));
                assert_eq!(books.net(&named(symbol)), end.net("shares"), "{what}");
                let theirs = end.get("realized_gross_cumulative");
                assert_near(realized.0[symbol], theirs, Money::from_micros(100), &what);
                compared += 1;
            }
        }
    }
    assert_eq!((filled, compared), (4_749, 21));
}
