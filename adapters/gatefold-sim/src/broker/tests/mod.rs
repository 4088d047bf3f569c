//! The matching core, the books and the faults, without an engine before them.

use gatefold_core::advise::{Effect, Hours, OrderPrice, TimeInForce};
use gatefold_core::decide::{Feed, Quote};
use gatefold_core::record::event::{Adjustment, Link, PremiumRule};
use gatefold_core::route::{Broker, CancelAnswer, LookUp, RejectClass, Submission};
use gatefold_core::vocabulary::{RecommendationId, Side};

use super::*;
use crate::{QuoteChange, Replay};

mod fills;

mod endings;
mod refusals;

mod faults;

const STOCK: &str = "IBM";
const CALL: &str = "GOOG  151224C00750000";
const PUT: &str = "GOOG  151224P00750000";
const OPEN: &str = "2015-12-24T14:31:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn instrument(text: &str) -> Instrument {
    Instrument::parse(text).unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn me() -> AccountId {
    AccountId::new("large").unwrap()
}

/// A broker with one account, and the replay that moves its market.
struct Desk {
    broker: SimBroker,
    replay: Replay,
    clock: SimClock,
}

/// `time symbol bid bid_size ask ask_size`, one a line.
fn quotes(table: &str) -> Vec<QuoteChange> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [time, symbol, bid, bid_size, ask, ask_size] = fields[..] else {
            panic!("not six fields: {line}");
        };
        let size = |text: &str| text.parse::<Quantity>().unwrap();
        let quote = Quote {
            bid: price(bid),
            bid_size: size(bid_size),
            ask: price(ask),
            ask_size: size(ask_size),
            at: at(&format!("2015-12-24T{time}Z")),
            feed: Feed::Consolidated,
        };
        QuoteChange::new(instrument(symbol), quote)
    };
    table.lines().map(str::trim).filter(|line| !line.is_empty()).map(row).collect()
}

fn desk_with(settings: SimSettings, cash: i64, table: &str) -> Desk {
    let replay = Replay::of(quotes(table));
    let clock = SimClock::default();
    let market = Arc::new(replay.market());
    let broker = SimBroker::new(market, clock.clone(), Calendar::nyse(), settings);
    broker.open(me(), Money::dollars(cash));
    let mut desk = Desk { broker, replay, clock };
    desk.go(OPEN);
    desk
}

fn desk(cash: i64, table: &str) -> Desk {
    desk_with(SimSettings::default(), cash, table)
}

impl Desk {
    fn go(&mut self, time: &str) -> usize {
        self.clock.advance_to(at(time));
        self.replay.advance_to(at(time));
        self.broker.on_market()
    }

    fn send(&self, ticket: Ticket) -> Submission {
        self.broker.place(&me(), ticket)
    }

    fn account(&self) -> SimAccount {
        self.broker.account(&me()).unwrap()
    }

    fn fills(&self) -> Vec<(String, String)> {
        let account = self.account();
        let orders = account.working.iter().chain(&account.ended);
        let fills = orders.flat_map(|order| &order.executions);
        fills.map(|fill| (fill.quantity.to_string(), fill.price.to_string())).collect()
    }

    fn reports(&self) -> Vec<Report> {
        let mut reports = self.broker.reports(&me()).unwrap();
        reports.retain(|report| !matches!(report, Report::Link(_)));
        reports
    }
}

fn key(name: &str) -> OrderKey {
    OrderKey::of(&me(), &RecommendationId::new(name).unwrap(), 0)
}

fn order(name: &str, side: Side, quantity: u32, of: &str, limit: Option<&str>) -> Ticket {
    Ticket {
        key: key(name),
        instrument: instrument(of),
        side,
        effect: Effect::Open,
        quantity: Quantity::whole(quantity),
        terms: limit.map_or(OrderPrice::Market, |limit| OrderPrice::Limit(price(limit))),
        price: price(limit.unwrap_or("10.50")),
        time_in_force: TimeInForce::Day,
        hours: Hours::Regular,
    }
}

fn buy(name: &str, quantity: u32, limit: Option<&str>) -> Ticket {
    order(name, Side::Buy, quantity, STOCK, limit)
}

fn sell(name: &str, quantity: u32, limit: Option<&str>) -> Ticket {
    Ticket { effect: Effect::Close, ..order(name, Side::Sell, quantity, STOCK, limit) }
}

fn is_accepted(answer: &Submission) -> bool {
    matches!(answer, Submission::Accepted { .. })
}

#[track_caller]
fn assert_rejected(answer: Submission, with: &str) {
    let Submission::Rejected { class: RejectClass::Order, reason } = answer else {
        panic!("{answer:?} is no rejection");
    };
    assert!(reason.contains(with), "{reason:?} does not say {with:?}");
}
