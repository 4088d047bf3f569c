//! The slow, obviously right recount of an account's totals from its orders and positions, and
//! the sums that no event may break.

use std::collections::{BTreeMap, BTreeSet};

use gatefold_core::decide::{Account, ExposureBasis};
use gatefold_core::vocabulary::{Instrument, Price, Quantity, Right, Side, Symbol};

/// Attos of a dollar, without any rounding.
fn value(price: Price, quantity: Quantity, instrument: &Instrument) -> i128 {
    let multiplier = i128::from(instrument.multiplier().get());
    i128::from(price.nanos()) * i128::from(quantity.nanos()) * multiplier
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Recount {
    counted: u32,
    gross: i128,
    net_up: i128,
    net_down: i128,
    value: i128,
    cost: i128,
    put_cash: i128,
    at_risk: BTreeMap<Symbol, i128>,
    free_shares: BTreeMap<Symbol, i128>,
    called_shares: BTreeMap<Symbol, i128>,
}

/// Sums over the working orders of one instrument.
#[derive(Default)]
struct Working {
    buys: i128,
    sells: i128,
    sold: i128,
    closing: i128,
    opens: bool,
}

fn working(account: &Account, instrument: &Instrument) -> Working {
    let mut sums = Working::default();
    for order in account.orders().filter(|order| order.instrument == *instrument) {
        let opening = order.leaves.opening;
        sums.closing += i128::from(order.leaves.closing.nanos());
        sums.opens |= !opening.is_zero();
        match order.side {
            Side::Buy => sums.buys += value(order.price, opening, instrument),
            Side::Sell => {
                sums.sells += value(order.price, opening, instrument);
                sums.sold += i128::from(opening.nanos());
            }
        }
    }
    sums
}

fn recount(account: &Account) -> Recount {
    let mut all = Recount::default();
    for (instrument, book) in account.books() {
        let orders = working(account, instrument);
        let position = book.position();
        let (net, held) = (position.net(), i128::from(position.net().magnitude().nanos()));
        let cost = position.cost().attos();
        let (long, short) = if net.is_short() { (0, cost) } else { (cost, 0) };
        let leaving = if held == 0 { 0 } else { cost * orders.closing.min(held) / held };
        let gross = (long + orders.buys).max(short + orders.sells);
        all.counted += u32::from(!net.is_zero() || orders.opens);
        all.gross += gross;
        all.cost += long - short;
        if net.is_short() {
            all.net_up += leaving - short + orders.buys;
            all.net_down -= short + orders.sells;
        } else {
            all.net_up += long + orders.buys;
            all.net_down += long - leaving - orders.sells;
        }
        let mark = book.mark().unwrap_or(Price::ZERO);
        let worth = value(mark, net.magnitude(), instrument);
        all.value += if net.is_short() { -worth } else { worth };
        let symbol = instrument.underlying();
        let mut at_risk = gross;
        if let Some(contract) = instrument.option() {
            let short = if net.is_short() { held } else { 0 } + orders.sold;
            let multiplier = i128::from(instrument.multiplier().get());
            match contract.right() {
                Right::Call => *all.called_shares.entry(symbol).or_default() += short * multiplier,
                Right::Put => {
                    let cash = i128::from(contract.strike().nanos()) * short * multiplier;
                    all.put_cash += cash;
                    at_risk = at_risk.max(cash);
                }
            }
        } else if net.is_long() {
            *all.free_shares.entry(symbol).or_default() += (held - orders.closing).max(0);
        }
        *all.at_risk.entry(symbol).or_default() += at_risk;
    }
    all
}

/// Compares the incremental totals with the recount, and the cash with the books.
pub(crate) fn check(account: &Account) {
    conserved(account);
    chains(account);
    legs(account);
    if account.limits().exposure_basis != ExposureBasis::Cost {
        return;
    }
    let (slow, totals) = (recount(account), account.totals());
    assert_eq!(slow.counted, totals.counted, "positions counted");
    assert_eq!(slow.gross, totals.gross.attos(), "gross exposure");
    assert_eq!(slow.net_up, totals.net_up.attos(), "net exposure up");
    assert_eq!(slow.net_down, totals.net_down.attos(), "net exposure down");
    assert_eq!(slow.value, totals.value.attos(), "value at marks");
    assert_eq!(slow.cost, totals.cost.attos(), "cost");
    assert_eq!(slow.put_cash, totals.put_cash.attos(), "cash for puts");
    let symbols: BTreeSet<Symbol> = account.books().map(|(it, _)| it.underlying()).collect();
    for symbol in symbols {
        let fast = account.underlying(&symbol);
        let of = |map: &BTreeMap<Symbol, i128>| map.get(&symbol).copied().unwrap_or(0);
        assert_eq!(of(&slow.at_risk), fast.at_risk.attos(), "at risk in {symbol}");
        let (free, called) = (fast.free_shares.nanos(), fast.called_shares.nanos());
        assert_eq!(of(&slow.free_shares), i128::from(free), "free shares of {symbol}");
        assert_eq!(of(&slow.called_shares), i128::from(called), "called shares of {symbol}");
    }
}

/// Money is conserved: what was paid in is cash, or the cost of what is held, or was lost.
fn conserved(account: &Account) {
    let paid_in = account.deposits().attos();
    let there = account.cash().attos() + account.totals().cost.attos() + account.fees().attos();
    let earned = account.realized_pnl().attos() + account.income().attos();
    assert_eq!(paid_in, there - earned - account.transferred().attos(), "money is conserved");
}

/// One recommendation never has two orders that may be live.
fn chains(account: &Account) {
    let live: Vec<_> = account.orders().map(|order| order.recommendation).collect();
    let distinct: BTreeSet<_> = live.iter().collect();
    assert_eq!(live.len(), distinct.len(), "two live orders for one recommendation");
}

/// Every working order stands in its book with what is left of it, and nothing else does.
fn legs(account: &Account) {
    let mut in_books = 0;
    for (instrument, book) in account.books() {
        for leg in book.legs() {
            let order = account.order(&leg.key).expect("a leg has its order");
            assert_eq!(order.instrument, *instrument);
            assert_eq!(order.leaves, leg.leaves, "leaves of {}", leg.key);
            assert!(order.state.is_working(), "{} is {}", order.key, order.state);
            in_books += 1;
        }
    }
    assert_eq!(in_books, account.orders().count(), "working orders in books");
}
