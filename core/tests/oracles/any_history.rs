//! Any history at all keeps the books balanced, and a day that ends flat has realized its profit.

use gatefold_core::record::event::{CashKind, PremiumRule};
use gatefold_core::vocabulary::{Date, Instrument, Money, NetQuantity, Price, Quantity, Side};
use proptest::prelude::*;

use crate::books::{Books, METHODS, named};

const NAMES: [&str; 3] = ["SPY", "SPY   160219C00190000", "SPY   160219P00190000"];

/// One thing that can happen; `usize` picks the instrument.
#[derive(Clone, Debug)]
enum Step {
    Trade(usize, bool, u16, u32, u8),
    Mark(usize, u32),
    Deliver(usize, u8, bool),
    Expire(usize, u8),
    Split(u8, u8),
    Transfer(i16, u32),
    Roll,
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..NAMES.len();
    prop_oneof![
        8 => (which.clone(), any::<bool>(), 1..500_u16, 0..30_000_u32, 0..200_u8)
            .prop_map(|(i, buy, n, cents, fee)| Step::Trade(i, buy, n, cents, fee)),
        3 => (which.clone(), 1..30_000_u32).prop_map(|(i, cents)| Step::Mark(i, cents)),
        2 => (1..NAMES.len(), 1..9_u8, any::<bool>())
            .prop_map(|(i, n, into)| Step::Deliver(i, n, into)),
        1 => (1..NAMES.len(), 1..9_u8).prop_map(|(i, n)| Step::Expire(i, n)),
        1 => (0..9_u8, 0..9_u8).prop_map(|(new, old)| Step::Split(new, old)),
        1 => (-300..300_i16, 0..90_000_u32).prop_map(|(n, cents)| Step::Transfer(n, cents)),
        1 => Just(Step::Roll),
    ]
}

fn at(place: usize) -> Instrument {
    named(NAMES[place])
}

fn take(books: &mut Books, step: &Step, day: &mut Date) {
    match *step {
        Step::Trade(place, buy, tenths, cents, fee) => {
            let side = if buy { Side::Buy } else { Side::Sell };
            let quantity = Quantity::from_nanos(i64::from(tenths) * 100_000_000).unwrap();
            let fee = Money::cents(i64::from(fee) - 20);
            books.fill(at(place), side, quantity, Price::cents(cents), fee);
        }
        Step::Mark(place, cents) => books.mark(at(place), Price::cents(cents)),
        Step::Deliver(place, contracts, into) => {
            let rule = if into { PremiumRule::IntoShares } else { PremiumRule::Realized };
            books.deliver(at(place), Quantity::whole(contracts.into()), rule);
        }
        Step::Expire(place, contracts) => {
            books.expire(at(place), Quantity::whole(contracts.into()));
        }
        Step::Split(new, old) => books.split(at(0), new.into(), old.into()),
        Step::Transfer(quantity, cents) => {
            let nanos = i64::from(quantity) * 1_000_000_000;
            books.transfer(at(0), NetQuantity::from_nanos(nanos), Money::cents(cents.into()));
        }
        Step::Roll => {
            *day = day.next();
            books.roll(*day);
        }
    }
}

/// Closes all that is held, at any price.
fn close(books: &mut Books) {
    let held: Vec<(Instrument, NetQuantity)> =
        books.account.books().map(|(it, book)| (*it, book.position().net())).collect();
    for (instrument, net) in held {
        let side = if net.is_short() { Side::Buy } else { Side::Sell };
        if !net.is_zero() {
            books.fill(instrument, side, net.magnitude(), Price::dollars(7), Money::cents(5));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Balance after each event is asserted by the books themselves.
    #[test]
    fn books_balance_after_every_event(steps in prop::collection::vec(step(), 1..60)) {
        for method in METHODS {
            let mut books = Books::new(method);
            let mut day: Date = "2016-02-01".parse().unwrap();
            books.cash(CashKind::Deposit, Money::dollars(1_000));
            steps.iter().for_each(|step| take(&mut books, step, &mut day));
            close(&mut books);
            prop_assert_eq!(books.account.totals().cost, Money::ZERO);
            prop_assert_eq!(books.account.equity(), books.account.cash());
        }
    }

    /// The day's realized profit and the change of equity are reckoned separately and meet.
    #[test]
    fn a_day_that_ends_flat_has_realized_its_profit(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        for method in METHODS {
            let mut books = Books::new(method);
            let mut day: Date = "2016-02-01".parse().unwrap();
            books.roll(day);
            // A gain that leaves by transfer was made and is never realized.
            let kept = steps.iter().filter(|step| !matches!(step, Step::Transfer(..)));
            kept.for_each(|step| take(&mut books, step, &mut day));
            close(&mut books);
            let realized = books.account.day().unwrap().realized;
            let gap = books.account.day_pnl().unwrap().saturating_sub(realized);
            // A split rounds the opening mark to a billionth of a dollar.
            prop_assert!(gap.abs() < Money::cents(1), "{} of {:?}", gap, method);
        }
    }
}
