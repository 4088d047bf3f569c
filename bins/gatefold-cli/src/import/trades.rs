//! What an old execution becomes: a booked fill, once, in the account that it was made for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gatefold::core::record::event::{ExecutionBooked, Mode};
use gatefold::core::record::{Event, Stream};
use gatefold::core::settle::Execution;
use gatefold::core::vocabulary::{
    AccountId, ExecutionId, Instrument, Money, OrderKey, Price, Quantity, RecommendationId, Side,
    Timestamp,
};
use gatefold::postgres::LegacyTable;

use crate::import::owners::{Draft, Old, Place};
use crate::import::plan::{Class, Fact, Verdict};
use crate::import::values::{agree, instrument, may, mode, need, side};

/// A booked fill, for the positions that rest on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) account: AccountId,
    pub(crate) instrument: Instrument,
    pub(crate) side: Side,
    pub(crate) quantity: Quantity,
    pub(crate) price: Price,
    pub(crate) at: Timestamp,
    /// Its place among the facts.
    pub(crate) fact: usize,
}

/// What became of every execution.
#[derive(Debug, Default)]
pub(crate) struct Trades {
    /// By its row's id, and the account.
    pub(crate) by_id: HashMap<(AccountId, String), Trade>,
    /// By what was traded, in order of time.
    pub(crate) by_book: BTreeMap<(AccountId, Instrument), Vec<Trade>>,
    /// Instruments of executions that were not adopted.
    pub(crate) left_out: BTreeSet<(AccountId, Instrument)>,
}

/// An execution as its row has it.
struct Read {
    trade: Trade,
    fee: Money,
    recommendation: Option<RecommendationId>,
    broker_order: Option<String>,
    mode: Mode,
}

/// Executions that are alike in all but their ids.
type Looks = (AccountId, Option<String>, Instrument, Side, Quantity, Price, Timestamp);

pub(crate) fn judge(old: &Old<'_>, draft: &mut Draft) -> Trades {
    let mut trades = Trades::default();
    let mut seen: HashMap<Looks, String> = HashMap::new();
    let mut cumulative: HashMap<(AccountId, String), Quantity> = HashMap::new();
    let mut rows = old.rows(LegacyTable::Executions);
    rows.sort_by_key(|place| {
        place.row.get("executed_at").and_then(|it| it.parse().ok()).unwrap_or(Timestamp::EPOCH)
    });
    for place in rows {
        let owner = old.owner(&place).ok();
        let told = old.admit(&place).and_then(|account| {
            let read = read(&place, account)?;
            fits(old, &place, &read)?;
            looks_new(old, &place, &read, &mut seen)?;
            book(&place, read, &mut cumulative)
        });
        let verdict = match told {
            Ok((fact, mut trade)) => {
                let facts = draft.tell([fact]);
                trade.fact = facts.first().copied().unwrap_or_default();
                trades.by_id.insert((trade.account, place.id()), trade);
                let book = (trade.account, trade.instrument);
                trades.by_book.entry(book).or_default().push(trade);
                let (side, price) = (trade.side, trade.price);
                let how = format!("{side} {} {} at {price}", trade.quantity, trade.instrument);
                Verdict::Adopted { facts, how }
            }
            Err(verdict) => {
                let about = instrument(place.row).ok();
                trades.left_out.extend(owner.zip(about));
                verdict
            }
        };
        draft.say(&place, owner, verdict);
    }
    trades
}

fn read(place: &Place<'_>, account: AccountId) -> Result<Read, Verdict> {
    let row = place.row;
    let quantity = need(row, "quantity", str::parse::<Quantity>)?;
    if quantity.is_zero() {
        return Err(Verdict::dropped(Class::Unreadable, "its quantity is 0"));
    }
    let trade = Trade {
        account,
        instrument: instrument(row)?,
        side: need(row, "action", side)?,
        quantity,
        price: need(row, "price", str::parse::<Price>)?,
        at: need(row, "executed_at", str::parse::<Timestamp>)?,
        fact: 0,
    };
    Ok(Read {
        trade,
        fee: may(row, "fee", str::parse::<Money>)?.unwrap_or(Money::ZERO),
        recommendation: match row.get("recommendation") {
            Some(text) => Some(RecommendationId::new(text).map_err(|error| {
                Verdict::dropped(Class::Unreadable, format!("recommendation: {error}"))
            })?),
            None => None,
        },
        broker_order: row.get("broker_order").map(str::to_owned),
        mode: need(row, "mode", mode)?,
    })
}

/// Whether it fits the account's mode, its recommendation, and its own notional.
fn fits(old: &Old<'_>, place: &Place<'_>, read: &Read) -> Result<(), Verdict> {
    let Read { trade, mode, .. } = read;
    let account = old.accounts.known.get(&trade.account).map(|known| known.mode);
    if let Some(account) = account.filter(|account| account != mode) {
        let why = format!("it was made {mode}, and account {} is {account}", trade.account);
        if *mode == Mode::Simulated {
            return Err(Verdict::dropped(Class::Simulated, why));
        }
        old.unless_adopted(place, Class::OtherMode, why, "book it in that account")?;
    }
    if let Some(id) = &read.recommendation {
        is_advised(old, place, trade, id)?;
    }
    let value = trade.price.times(trade.quantity, trade.instrument.multiplier());
    let notional = may(place.row, "notional", str::parse::<Money>)?;
    if let (Some(value), Some(notional)) = (value, notional)
        && !agree(value, notional)
    {
        let why = format!(
            "{} x {} x {} is {value}, its notional {notional}",
            trade.quantity,
            trade.price,
            trade.instrument.multiplier().get()
        );
        let adopt = "book it by quantity and price";
        old.unless_adopted(place, Class::Arithmetic, why, adopt)?;
    }
    Ok(())
}

fn is_advised(
    old: &Old<'_>,
    place: &Place<'_>,
    trade: &Trade,
    id: &RecommendationId,
) -> Result<(), Verdict> {
    let advice = old.of_id(LegacyTable::Recommendations, id.as_str());
    if advice.is_empty() {
        let why = format!("recommendation {id} is not there");
        let adopt = "book it although nobody knows why it was made";
        return old.unless_adopted(place, Class::NoRecommendation, why, adopt);
    }
    let mut own = advice.iter().filter(|it| old.owner(it) == Ok(trade.account)).peekable();
    if own.peek().is_none() {
        let named = |it: &Place<'_>| match old.owner(it) {
            Ok(account) => account.to_string(),
            Err(_) => it.row.get("account").unwrap_or("no account").to_owned(),
        };
        let names: Vec<String> = advice.iter().map(named).collect();
        let (account, names) = (trade.account, names.join(", "));
        let why = format!("it is for {account}, recommendation {id} for {names}");
        let adopt = "book it in its own account";
        return old.unless_adopted(place, Class::OtherAccount, why, adopt);
    }
    let advised: Vec<Instrument> = own.filter_map(|it| instrument(it.row).ok()).collect();
    if !advised.is_empty() && !advised.contains(&trade.instrument) {
        let names: Vec<String> = advised.iter().map(ToString::to_string).collect();
        let why =
            format!("it is of {}, its recommendation of {}", trade.instrument, names.join(", "));
        let adopt = "book what was traded";
        return old.unless_adopted(place, Class::OtherSymbol, why, adopt);
    }
    Ok(())
}

/// Two rows for one fill have different ids and everything else in common. With the broker's order
/// they are the same; without it they may be two equal fills.
fn looks_new(
    old: &Old<'_>,
    place: &Place<'_>,
    read: &Read,
    seen: &mut HashMap<Looks, String>,
) -> Result<(), Verdict> {
    let Trade { account, instrument, side, quantity, price, at, fact: _ } = read.trade;
    let named = read.broker_order.clone().or(read.recommendation.map(|it| it.to_string()));
    let looks = (account, named, instrument, side, quantity, price, at);
    let Some(first) = seen.get(&looks) else {
        seen.insert(looks, place.id());
        return Ok(());
    };
    let why = format!("all but its id is as in execution {first}");
    if let Some(order) = &read.broker_order {
        let why = format!("{why}, the broker's order {order} too");
        return Err(Verdict::dropped(Class::Duplicate, why));
    }
    old.unless_adopted(place, Class::LookAlike, why, "book it as a fill of its own")
}

/// The fill. Where the broker's order is known its id is the one that a broker's own report of it
/// would have, so that the report is recognized.
fn book(
    place: &Place<'_>,
    read: Read,
    cumulative: &mut HashMap<(AccountId, String), Quantity>,
) -> Result<(Fact, Trade), Verdict> {
    let Trade { account, instrument, side, quantity, price, at, fact: _ } = read.trade;
    let id = match &read.broker_order {
        Some(order) => {
            let sum = cumulative.entry((account, order.clone())).or_insert(Quantity::ZERO);
            *sum = sum.saturating_add(quantity);
            format!("{order}:{sum}")
        }
        None => format!("legacy-{}", place.id()),
    };
    let refused = |why: String| Verdict::dropped(Class::Unreadable, why);
    let id = ExecutionId::new(&id).map_err(|error| refused(error.to_string()))?;
    let order = read.recommendation.map(|it| OrderKey::of(&account, &it, 0));
    let execution =
        Execution { id, order, instrument, side, quantity, price, fee: read.fee, at }.checked();
    let execution = execution.map_err(|error| refused(error.to_string()))?;
    let event = Event::ExecutionBooked(ExecutionBooked { execution });
    let row = place.id();
    let key = (LegacyTable::Executions, account, row.as_str());
    Ok((Fact::of(key, 0, (at, Stream::Account(account)), event), read.trade))
}
