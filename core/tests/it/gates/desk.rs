//! How a desk is made from words: an account folded from events, one quote, and the time.

use std::sync::LazyLock;

use gatefold_core::decide::{Account, Facts, Feed, Quote, Tradable, evolve};
use gatefold_core::record::Event;
use gatefold_core::record::event::*;
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Calendar, ExecutionId, Instrument, Money, OrderKey, Price, Quantity, Side, Span,
    Timestamp,
};

use super::terms::{actor, cash_moved, found, limit, state_set};
use crate::harness::words::{self, Words, parsed};

pub(crate) static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::nyse);

/// A Tuesday, three hours after the open.
const NOON: &str = "2026-02-03T17:30:00Z";

/// An account, what it can see of the market, and the time.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) account: Account,
    pub(crate) now: Timestamp,
    pub(super) quote: Option<Quote>,
    pub(super) facts: Option<Facts>,
    pub(super) told: u32,
}

impl Desk {
    /// Lines end with `;` or a new line. Without an `account` line the account has a million, roomy
    /// limits, a link that is up, books just compared, and an opened day; with `account bare` it
    /// has only the million. The quote is 10.00 / 10.01.
    pub(crate) fn told(given: &str) -> Self {
        let lines = given.split([';', '\n']).map(str::trim);
        let mut lines = lines.filter(|line| !line.is_empty()).peekable();
        let opening = lines.next_if(|line| line.starts_with("account"));
        let mut desk = Self::opened(&mut Words::of(opening.unwrap_or("account")));
        for line in lines {
            desk.tell(line);
        }
        desk
    }

    fn opened(words: &mut Words<'_>) -> Self {
        let mode: Option<String> = words.option("mode");
        let mode = Mode::ALL.iter().find(|it| mode.as_deref() == Some(it.name()));
        let cash = words.option("cash").unwrap_or(Money::dollars(1_000_000));
        let account = Account::opened(&AccountOpened {
            account: AccountId::new("main").unwrap(),
            mode: mode.copied().unwrap_or(Mode::Simulated),
            cash,
            cost_method: CostMethod::Average,
        });
        let now = parsed(NOON);
        let mut desk = Self { account, now, quote: None, facts: Some(Facts::STOCK), told: 0 };
        desk.tell("quote 10.00 10.01");
        assert_eq!(words.word(), "account");
        if words.maybe() != Some("bare") {
            let limits = words::roomy();
            desk.fold(Event::LimitsSet(LimitsSet {
                limits,
                actor: actor(),
                reason: String::new(),
            }));
            desk.tell("link Up");
            desk.tell("snapshot 1000000");
            desk.tell(&format!("day {cash}"));
        }
        desk
    }

    pub(super) fn fold(&mut self, event: Event) {
        evolve(&mut self.account, &event, self.now);
    }

    /// One line of what happened, in order.
    pub(crate) fn tell(&mut self, line: &str) {
        self.told += 1;
        let mut words = Words::of(line);
        match words.word() {
            "limits" => self.limit(&words),
            "wait" => self.wait(words.value()),
            "time" => self.wait(words.value::<Timestamp>().saturating_since(self.now)),
            "quote" => self.hear(&mut words),
            "facts" => self.know(&mut words),
            "bought" => self.trade(&mut words, Side::Buy),
            "sold" => self.trade(&mut words, Side::Sell),
            "order" => {
                let state = words.word();
                self.order(state, line, &mut words);
            }
            "mark" => self.mark(&mut words),
            other => self.tell_books(other, &mut words),
        }
    }

    fn tell_books(&mut self, verb: &str, words: &mut Words<'_>) {
        let event = match verb {
            "day" => Event::DayRolled(DayRolled {
                date: CALENDAR.date_of(self.now).expect("within the calendar"),
                opening_equity: words.value(),
                marks: Vec::new(),
            }),
            "deposit" => cash_moved(CashKind::Deposit, words.value()),
            "fee" => cash_moved(CashKind::Fee, words.value()),
            "income" => cash_moved(CashKind::Income, words.value()),
            "snapshot" => {
                let age = words.option("age").unwrap_or(Span::ZERO);
                Event::SnapshotTaken(SnapshotTaken {
                    requested_at: self.now.saturating_sub(age),
                    buying_power: words.value(),
                    cash: self.account.cash(),
                    positions: Vec::new(),
                    differing: 0,
                })
            }
            "link" => {
                let name = words.word();
                let link = Link::ALL.iter().find(|it| it.name() == name);
                Event::LinkChanged(LinkChanged {
                    link: *link.expect("Up or Down"),
                    evidence: String::new(),
                })
            }
            "found" => found(words),
            "state" => state_set(words),
            other => panic!("no desk knows {other:?}"),
        };
        self.fold(event);
    }

    fn limit(&mut self, words: &Words<'_>) {
        let mut limits = self.account.limits().clone();
        for (key, value) in words.options() {
            limit(&mut limits, key, value);
        }
        self.fold(Event::LimitsSet(LimitsSet { limits, actor: actor(), reason: String::new() }));
    }

    /// Time passes, and the market keeps quoting.
    fn wait(&mut self, span: Span) {
        self.now = self.now.saturating_add(span);
        if let Some(quote) = &mut self.quote {
            quote.at = quote.at.saturating_add(span);
        }
    }

    fn hear(&mut self, words: &mut Words<'_>) {
        let bid = words.word();
        if bid == "none" {
            self.quote = None;
            return;
        }
        let age = words.option("age").unwrap_or(Span::ZERO);
        let plenty = Quantity::whole(1_000_000);
        let feed: Option<String> = words.option("feed");
        let named = |name: String| Feed::ALL.iter().find(|it| it.name() == name).expect("a feed");
        let feed = feed.map(named);
        self.quote = Some(Quote {
            bid: parsed(bid),
            bid_size: words.option("bids").unwrap_or(plenty),
            ask: words.value(),
            ask_size: words.option("asks").unwrap_or(plenty),
            at: self.now.saturating_sub(age),
            feed: feed.copied().unwrap_or(Feed::Consolidated),
        });
    }

    fn know(&mut self, words: &mut Words<'_>) {
        if words.maybe() == Some("none") {
            self.facts = None;
            return;
        }
        let tradable: Option<String> = words.option("tradable");
        let tradable = Tradable::ALL.iter().find(|it| tradable.as_deref() == Some(it.name()));
        let today = CALENDAR.date_of(self.now).unwrap();
        self.facts = Some(Facts {
            tradable: tradable.copied().unwrap_or(Tradable::Yes),
            lot: words.option("lot").unwrap_or(Quantity::whole(1)),
            open_interest: words.option("interest").map(|open| (open, today)),
            ..Facts::STOCK
        });
    }

    /// A trade that is not of our orders: the plainest way to hold something.
    fn trade(&mut self, words: &mut Words<'_>, side: Side) {
        let quantity = words.value();
        let instrument: Instrument = words.value();
        let price = words.value();
        self.execute(None, instrument, side, quantity, price);
    }

    pub(super) fn execute(
        &mut self,
        order: Option<OrderKey>,
        instrument: Instrument,
        side: Side,
        quantity: Quantity,
        price: Price,
    ) {
        self.told += 1;
        let execution = Execution {
            id: ExecutionId::new(&format!("fill-{}", self.told)).unwrap(),
            order,
            instrument,
            side,
            quantity,
            price,
            fee: Money::ZERO,
            at: self.now,
        };
        self.fold(Event::ExecutionBooked(ExecutionBooked { execution }));
    }

    fn mark(&mut self, words: &mut Words<'_>) {
        let mark = MarkSeen {
            instrument: words.value(),
            price: words.value(),
            bid: Price::ZERO,
            ask: Price::ZERO,
            at: self.now,
            source: None,
        };
        self.fold(Event::MarksObserved(MarksObserved { marks: vec![mark] }));
    }
}
