//! What an old position becomes. Executions make positions, rows do not: a row that fits them gives
//! its exit plan, and its close where no execution tells of one; any other is told apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gatefold::core::advise::ExitTerms;
use gatefold::core::record::event::{ExecutionBooked, ExitPlanSet};
use gatefold::core::record::{Event, Stream};
use gatefold::core::settle::{Execution, signed};
use gatefold::core::unwind::ExitPlan;
use gatefold::core::vocabulary::{
    AccountId, ExecutionId, Instrument, Money, NetQuantity, Price, StrategyId, Timestamp,
};
use gatefold::postgres::LegacyTable;

use crate::import::advice::STRATEGY;
use crate::import::held::{Held, arithmetic, read};
use crate::import::owners::{Draft, Old};
use crate::import::plan::{Class, Fact, Verdict};
use crate::import::trades::{Trade, Trades};
use crate::import::values::may;

/// What is held, by account and instrument.
type Nets = BTreeMap<(AccountId, Instrument), NetQuantity>;
type Book = (AccountId, Instrument);

pub(crate) fn judge(old: &Old<'_>, trades: &Trades, draft: &mut Draft) -> Nets {
    let mut books: BTreeMap<Book, Vec<Held<'_>>> = BTreeMap::new();
    let mut cited: BTreeSet<(AccountId, String)> = BTreeSet::new();
    for place in old.rows(LegacyTable::Positions) {
        let told = old.admit(&place).and_then(|account| {
            let (instrument, held) = read(&place)?;
            rests(old, trades, &mut cited, (account, instrument), &held)?;
            Ok(((account, instrument), held))
        });
        match told {
            Ok((book, held)) => books.entry(book).or_default().push(held),
            Err(verdict) => draft.say(&place, old.owner(&place).ok(), verdict),
        }
    }
    let mut nets = executed(trades);
    for (book, rows) in books {
        let made = trades.by_book.get(&book).map_or(&[][..], Vec::as_slice);
        let Some(last) = made.last() else {
            unreachable!("what nothing was traded of is a phantom, and told already")
        };
        let made = Made { trades, last: *last };
        let executed = nets.get(&book).copied().unwrap_or_default();
        let net = settle(old, draft, book, rows, (executed, &made));
        nets.insert(book, net);
    }
    nets.retain(|_, net| !net.is_zero());
    nets
}

/// The executions that a row may rest on.
struct Made<'a> {
    trades: &'a Trades,
    /// The last of its instrument in its account.
    last: Trade,
}

impl Made<'_> {
    /// A row is told by the execution that it cites, else by the last one.
    fn told(&self, account: AccountId, held: &Held<'_>, how: &str) -> Verdict {
        let cited = held.execution.clone().and_then(|id| self.trades.by_id.get(&(account, id)));
        let facts = vec![cited.map_or(self.last.fact, |trade| trade.fact)];
        Verdict::Adopted { facts, how: how.to_owned() }
    }
}

/// What the executions make.
fn executed(trades: &Trades) -> Nets {
    let sum = |made: &Vec<Trade>| total(made.iter().map(|it| signed(it.side, it.quantity)));
    trades.by_book.iter().map(|(book, made)| (*book, sum(made))).collect()
}

fn total(nets: impl Iterator<Item = NetQuantity>) -> NetQuantity {
    nets.fold(NetQuantity::ZERO, NetQuantity::saturating_add)
}

/// Whether the execution that a row cites made it, and no other row has it already.
fn rests(
    old: &Old<'_>,
    trades: &Trades,
    cited: &mut BTreeSet<(AccountId, String)>,
    (account, instrument): Book,
    held: &Held<'_>,
) -> Result<(), Verdict> {
    arithmetic(old, instrument, held)?;
    let Some(id) = &held.execution else {
        let book = (account, instrument);
        return match (trades.by_book.contains_key(&book), trades.left_out.contains(&book)) {
            (true, _) => Ok(()),
            (false, true) => {
                Err(Verdict::dropped(Class::Follows, "its executions are not adopted"))
            }
            (false, false) => {
                Err(Verdict::dropped(Class::Phantom, "no execution is of it: nothing made it"))
            }
        };
    };
    let Some(trade) = trades.by_id.get(&(account, id.clone())) else {
        let known = old.of_id(LegacyTable::Executions, id);
        if known.is_empty() {
            let why = format!("execution {id}, which it cites, is not there: nothing made it");
            return Err(Verdict::dropped(Class::Phantom, why));
        }
        let elsewhere = known.iter().find_map(|it| old.owner(it).ok().filter(|it| *it != account));
        if let Some(other) = elsewhere {
            let why = format!("it is for {account}, its execution {id} for {other}");
            return Err(Verdict::contradictory(Class::OtherAccount, why, None));
        }
        let why = format!("its execution {id} is not adopted");
        return Err(Verdict::dropped(Class::Follows, why));
    };
    if trade.instrument != instrument {
        let why = format!("it is of {instrument}, its execution {id} of {}", trade.instrument);
        return Err(Verdict::contradictory(Class::OtherSymbol, why, None));
    }
    if !cited.insert((account, id.clone())) {
        let why = format!("execution {id} is a position already");
        return Err(Verdict::dropped(Class::Duplicate, why));
    }
    if let Some(entry) = held.entry.filter(|entry| *entry != trade.price) {
        let why = format!("it was entered at {entry}, its execution {id} was at {}", trade.price);
        old.unless_adopted(&held.place, Class::Arithmetic, why, "take the execution's word")?;
    }
    Ok(())
}

/// Judges the rows of one instrument in one account. Answers what is held in the end.
fn settle(
    old: &Old<'_>,
    draft: &mut Draft,
    book: Book,
    rows: Vec<Held<'_>>,
    (executed, made): (NetQuantity, &Made<'_>),
) -> NetQuantity {
    let rows = distinct(draft, book, rows, executed);
    let open = total(rows.iter().filter(|it| it.is_open).map(Held::net));
    let all = total(rows.iter().map(Held::net));
    let mut net = executed;
    for held in rows {
        let verdict = if held.is_open && (executed == open || executed == all) {
            Ok(plan(draft, book, &held, made))
        } else if executed == open {
            Ok(made.told(book.0, &held, "closed, as its executions say"))
        } else if executed == all && !held.is_open {
            close(draft, book, &held, made).inspect(|_| {
                net = net.saturating_add(held.net().saturating_neg());
            })
        } else {
            differs(old, draft, book, &held, (executed, open), made)
        };
        let verdict = verdict.unwrap_or_else(|refused| refused);
        draft.say(&held.place, Some(book.0), verdict);
    }
    net
}

/// Rows that cite no execution are one where they are alike, unless the executions make them all.
fn distinct<'a>(
    draft: &mut Draft,
    book: Book,
    rows: Vec<Held<'a>>,
    executed: NetQuantity,
) -> Vec<Held<'a>> {
    let open = total(rows.iter().filter(|it| it.is_open).map(Held::net));
    let all = total(rows.iter().map(Held::net));
    if executed == open || executed == all {
        return rows;
    }
    let mut kept: Vec<Held<'a>> = Vec::new();
    let mut seen: HashMap<(NetQuantity, Option<Price>, bool), String> = HashMap::new();
    for held in rows {
        let looks = (held.net(), held.entry, held.is_open);
        match seen.get(&looks).filter(|_| held.execution.is_none()) {
            Some(first) => {
                let why = format!("it is as position {first}");
                let verdict = Verdict::dropped(Class::Duplicate, why);
                draft.say(&held.place, Some(book.0), verdict);
            }
            None => {
                if held.execution.is_none() {
                    seen.insert(looks, held.place.id());
                }
                kept.push(held);
            }
        }
    }
    kept
}

/// An open position: its executions tell it, its plan is added.
fn plan(
    draft: &mut Draft,
    (account, instrument): Book,
    held: &Held<'_>,
    made: &Made<'_>,
) -> Verdict {
    let row = held.place.row;
    let told = || -> Result<Option<(ExitPlan, Timestamp)>, Verdict> {
        let stop = may(row, "stop_price", str::parse::<Price>)?;
        let target = may(row, "target_price", str::parse::<Price>)?;
        if stop.is_none() && target.is_none() {
            return Ok(None);
        }
        let strategy = row.get("strategy").unwrap_or(STRATEGY);
        let strategy = StrategyId::new(strategy)
            .map_err(|error| Verdict::dropped(Class::Unreadable, error.to_string()))?;
        let last = made.last.at;
        let opened = may(row, "opened_at", str::parse::<Timestamp>)?.unwrap_or(last);
        let terms = ExitTerms { stop, target, ..ExitTerms::default() };
        Ok(Some((ExitPlan::of(terms, strategy, opened), opened.max(last))))
    };
    match told() {
        Ok(Some((plan, at))) => {
            let event = Event::ExitPlanSet(ExitPlanSet { instrument, plan });
            let id = held.place.id();
            let key = (LegacyTable::Positions, account, id.as_str());
            let fact = Fact::of(key, 0, (at, Stream::Account(account)), event);
            Verdict::Adopted {
                facts: draft.tell([fact]),
                how: format!("open, {} {instrument}, with its exit plan", held.net()),
            }
        }
        Ok(None) => made.told(account, held, "open, as its executions say; it has no exit plan"),
        Err(refused) => refused,
    }
}

/// A closed position whose close no execution tells: the row itself does.
fn close(
    draft: &mut Draft,
    (account, instrument): Book,
    held: &Held<'_>,
    made: &Made<'_>,
) -> Result<Verdict, Verdict> {
    let row = held.place.row;
    let price = may(row, "exit_price", str::parse::<Price>)?;
    let at = may(row, "closed_at", str::parse::<Timestamp>)?;
    let (Some(price), Some(at)) = (price, at) else {
        let why =
            "it is closed, no execution tells of that, and the row has no price or time of it";
        return Err(Verdict::contradictory(Class::NoExit, why, None));
    };
    let cited = held.execution.clone().and_then(|id| made.trades.by_id.get(&(account, id)));
    if let Some(trade) = cited.filter(|trade| at < trade.at) {
        let why = format!("it is closed at {at}, before its execution at {}", trade.at);
        return Err(Verdict::contradictory(Class::NoExit, why, None));
    }
    let row = held.place.id();
    let refused = |why: String| Verdict::dropped(Class::Unreadable, why);
    let id = ExecutionId::new(&format!("legacy-close-{row}"))
        .map_err(|error| refused(error.to_string()))?;
    let (order, side, quantity, fee) = (None, held.side.opposite(), held.quantity, Money::ZERO);
    let execution = Execution { id, order, instrument, side, quantity, price, fee, at }.checked();
    let execution = execution.map_err(|error| refused(error.to_string()))?;
    let event = Event::ExecutionBooked(ExecutionBooked { execution });
    let key = (LegacyTable::Positions, account, row.as_str());
    let fact = Fact::of(key, 0, (at, Stream::Account(account)), event);
    let how = format!("closed: {side} {quantity} {instrument} at {price}");
    Ok(Verdict::Adopted { facts: draft.tell([fact]), how })
}

/// Rows and executions do not add up.
fn differs(
    old: &Old<'_>,
    draft: &mut Draft,
    book: Book,
    held: &Held<'_>,
    (executed, open): (NetQuantity, NetQuantity),
    made: &Made<'_>,
) -> Result<Verdict, Verdict> {
    if executed.is_zero() && held.is_open {
        let why = "its executions closed it again";
        return Err(Verdict::dropped(Class::Phantom, why));
    }
    let why = format!("the open rows of {} hold {open}, its executions make {executed}", book.1);
    old.unless_adopted(&held.place, Class::Quantity, why, "take the executions' word")?;
    if held.is_open {
        return Ok(plan(draft, book, held, made));
    }
    Ok(made.told(book.0, held, "as its executions say"))
}
