//! What must be true at the end of a day: the dispatcher's books are the broker's to the last
//! digit, no recommendation became two orders, and after each kill the first link that was up
//! found every fill booked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use gatefold::core::record::event::{Adjustment, Link};
use gatefold::core::record::{Event, Position, Stream, decode_entry};
use gatefold::core::route::OrderState;
use gatefold::core::vocabulary::{Money, OrderKey, Quantity};
use gatefold::wiring;
use serde_json::Value;

use crate::advice::ACCOUNTS;
use crate::stage::executions;
use crate::tally::Tally;

/// A moment at which the dispatcher was killed.
#[derive(Clone, Debug)]
pub(crate) struct Kill {
    /// Where the log ended.
    pub(crate) head: Position,
    /// Of each account: so many executions were there to be seen when it was started again.
    pub(crate) fills: Vec<usize>,
}

/// What the log says of one account.
#[derive(Default)]
struct Told {
    /// Which recommendation an order was for.
    approved: BTreeMap<OrderKey, String>,
    /// Where each execution was booked.
    booked: BTreeMap<String, Position>,
    /// Where the link was said to be up.
    ups: Vec<Position>,
}

/// Judges a day: what it had, or everything that is wrong with it.
pub(crate) fn judge(
    folder: &Path,
    report: &Value,
    ledger: &Value,
    kills: &[Kill],
) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let told = read(&folder.join("log"), &mut tally)?;
    let mut wrong = Vec::new();
    for (place, (name, _)) in ACCOUNTS.iter().enumerate() {
        let find = |of: &Value, key: &str| {
            let all = of["accounts"].as_array().into_iter().flatten();
            all.into_iter().find(|it| it[key] == *name).cloned().unwrap_or_default()
        };
        let (ours, theirs) = (find(report, "account"), find(ledger, "name"));
        let empty = Told::default();
        let told = told.get(*name).unwrap_or(&empty);
        let mut say = |problems: Vec<String>| {
            wrong.extend(problems.into_iter().map(|it| format!("{name}: {it}")));
        };
        say(compare(&ours, &theirs));
        say(fills(told, &theirs));
        say(orders(told, &theirs, &mut tally));
        say(restarts(told, &theirs, place, kills, &mut tally));
        count(&theirs, &mut tally);
    }
    for (name, count) in ledger["faults"].as_object().into_iter().flatten() {
        tally.add(&format!("fault.{name}"), count.as_u64().unwrap_or(0));
    }
    if wrong.is_empty() { Ok(tally) } else { Err(wrong.join("\n")) }
}

/// Cash, realized profit and positions, to the last digit.
fn compare(ours: &Value, theirs: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let money = |it: &Value| it.as_str().and_then(|text| text.parse::<Money>().ok());
    for (key, of) in [("cash", "cash"), ("realized_pnl", "realized")] {
        let (own, other) = (money(&ours[key]), money(&theirs[of]));
        if own.is_none() || own != other {
            wrong.push(format!("{key} is {own:?} and the broker's {other:?}"));
        }
    }
    let held = |of: &Value, symbol: &str, quantity: &str| -> BTreeMap<String, String> {
        let rows = of["positions"].as_array().into_iter().flatten();
        let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
        rows.map(|row| (text(&row[symbol]), plain(&text(&row[quantity])))).collect()
    };
    let (own, other) = (held(ours, "instrument", "quantity"), held(theirs, "symbol", "qty"));
    if own != other {
        wrong.push(format!("positions are {own:?} and the broker's {other:?}"));
    }
    wrong
}

/// A decimal without trailing zeros.
fn plain(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

/// By what gatefold knows an execution of the broker's.
fn id(row: &Value) -> String {
    let cumulative = row["cum_qty"].as_str().and_then(|it| it.parse::<Quantity>().ok());
    let order = row["order_id"].as_str().unwrap_or_default();
    format!("{order}:{}", cumulative.unwrap_or(Quantity::ZERO))
}

/// Every execution is booked once, and nothing else is.
fn fills(told: &Told, theirs: &Value) -> Vec<String> {
    let there: BTreeSet<String> = executions(theirs).map(id).collect();
    let here: BTreeSet<String> = told.booked.keys().cloned().collect();
    let lost = there.difference(&here).map(|id| format!("execution {id} was never booked"));
    let made_up = here.difference(&there).map(|id| format!("execution {id} is not the broker's"));
    lost.chain(made_up).collect()
}

/// Every order was approved, each once, and none of them for a recommendation that has another.
fn orders(told: &Told, theirs: &Value, tally: &mut Tally) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut sent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let all = theirs["orders"].as_array().into_iter().flatten();
    for order in all.filter(|order| order["sent_by"] == "client") {
        tally.add("orders", 1);
        let own = order["client_order_id"].as_str().unwrap_or_default();
        match own.parse().ok().and_then(|key: OrderKey| told.approved.get(&key)) {
            Some(recommendation) => sent.entry(recommendation).or_default().push(own),
            None => wrong.push(format!("order {own} is in no log")),
        }
    }
    for (recommendation, orders) in sent.iter().filter(|(_, orders)| orders.len() > 1) {
        wrong.push(format!("recommendation {recommendation} became {orders:?}"));
    }
    wrong
}

/// After each kill the first link that was up found booked whatever could be seen at the start.
fn restarts(
    told: &Told,
    theirs: &Value,
    place: usize,
    kills: &[Kill],
    tally: &mut Tally,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let rows: Vec<String> = executions(theirs).map(id).collect();
    for (number, kill) in kills.iter().enumerate() {
        let next = kills.get(number + 1).map(|next| next.head);
        let up = told.ups.iter().find(|at| **at > kill.head);
        let Some(up) = up.filter(|up| next.is_none_or(|next| **up <= next)) else {
            tally.add("restarts killed before they were up", 1);
            continue;
        };
        tally.add("restarts that came level", 1);
        let seen = rows.iter().take(kill.fills.get(place).copied().unwrap_or(0));
        for id in seen.filter(|id| told.booked.get(*id).is_none_or(|at| at > up)) {
            wrong.push(format!("kill {number} at {}: up at {up} without {id}", kill.head));
        }
    }
    wrong
}

fn count(theirs: &Value, tally: &mut Tally) {
    for row in executions(theirs) {
        tally.add("fills", 1);
        if row["type"] == "partial_fill" {
            tally.add("partial fills", 1);
        }
    }
    for order in theirs["orders"].as_array().into_iter().flatten() {
        let status = order["status"].as_str().unwrap_or_default();
        tally.add(&format!("broker.{status}"), 1);
        if order["sent_by"] == "broker" {
            tally.add("orders of the broker's own", 1);
        }
    }
}

/// What the log says of each account.
fn read(dir: &Path, tally: &mut Tally) -> Result<BTreeMap<String, Told>, String> {
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    let mut failed = None;
    let log = wiring::read_log(dir).map_err(|error| error.to_string())?;
    let read = log.read(Position::ZERO, &mut |entry| {
        let Stream::Account(account) = entry.stream else {
            return ControlFlow::Continue(());
        };
        match decode_entry(entry) {
            Ok(event) => {
                let told = told.entry(account.as_str().to_owned()).or_default();
                told.see(entry.position, &event, tally);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error.to_string());
                ControlFlow::Break(())
            }
        }
    });
    read.map_err(|error| error.to_string())?;
    failed.map_or(Ok(told), Err)
}

impl Told {
    fn see(&mut self, at: Position, event: &Event, tally: &mut Tally) {
        match event {
            Event::IntentApproved(it) => {
                self.approved.insert(it.key, it.recommendation.as_str().to_owned());
            }
            Event::IntentRefused(_) => tally.add("refused by gates", 1),
            Event::IntentDeferred(_) => tally.add("deferred", 1),
            Event::RecommendationExpired(_) => tally.add("expired", 1),
            Event::ExecutionBooked(it) => {
                let again = self.booked.insert(it.execution.id.as_str().to_owned(), at);
                assert_eq!(again, None, "{} is booked twice", it.execution.id);
            }
            Event::LinkChanged(it) if it.link == Link::Up => {
                tally.add("links up", 1);
                self.ups.push(at);
            }
            Event::OrderChanged(it) => match it.state {
                OrderState::Rejected => tally.add("refused by the broker", 1),
                OrderState::Unknown => tally.add("of unknown fate", 1),
                OrderState::Absent => tally.add("found absent", 1),
                OrderState::PendingCancel => tally.add("cancels", 1),
                _ => {}
            },
            Event::PositionAdjusted(it) => match it.adjustment {
                Adjustment::Delivered { .. } => tally.add("delivered", 1),
                Adjustment::Expired { .. } => tally.add("contracts expired", 1),
                _ => {}
            },
            Event::ExitTriggered(_) => tally.add("exits", 1),
            Event::FindingRecorded(it) => tally.add(&format!("finding.{}", it.kind), 1),
            Event::StateSet(it) => tally.add(&format!("state.{}", it.state), 1),
            _ => {}
        }
    }
}
