//! An account driven by events only, whose books must balance to the last digit after each.

use std::collections::{HashMap, VecDeque};

use gatefold_core::decide::{Account, Book, evolve};
use gatefold_core::record::event::{
    AccountOpened, Adjustment, CashKind, CashMoved, DayRolled, Event, ExecutionBooked, MarkSeen,
    MarksObserved, Mode, PositionAdjusted, PremiumRule,
};
use gatefold_core::settle::{CostMethod, Execution};
use gatefold_core::vocabulary::{
    AccountId, Date, ExecutionId, Instrument, Money, NetQuantity, Price, Quantity, Side, Timestamp,
};

pub(crate) const METHODS: [CostMethod; 3] =
    [CostMethod::Average, CostMethod::Fifo, CostMethod::Lifo];

/// An account, and which of its fees belong to what is still held: gatefold counts a fee as spent
/// when it is paid, some oracles when the shares it was paid for are sold.
pub(crate) struct Books {
    pub(crate) account: Account,
    events: u32,
    waiting: HashMap<Instrument, VecDeque<(Quantity, Money)>>,
}

impl Books {
    pub(crate) fn new(method: CostMethod) -> Self {
        let opened = AccountOpened {
            account: AccountId::new("oracle").unwrap(),
            mode: Mode::Simulated,
            cash: Money::ZERO,
            cost_method: method,
        };
        Self { account: Account::opened(&opened), events: 0, waiting: HashMap::new() }
    }

    pub(crate) fn apply(&mut self, event: Event) {
        self.events += 1;
        let at = Timestamp::from_nanos(i64::from(self.events) * 1_000_000_000);
        evolve(&mut self.account, &event, at);
        self.assert_conserved(&event);
    }

    /// Whatever came in is in cash or in what is held, or was lost or paid in fees.
    fn assert_conserved(&self, event: &Event) {
        let account = &self.account;
        let came = [account.deposits(), account.income(), account.transferred()];
        let held = account
            .books()
            .fold(Money::ZERO, |sum, (_, book)| sum.saturating_add(book.signed_cost()));
        assert_eq!(account.totals().cost, held, "cost in the totals after {event:?}");
        let spent = account.fees().saturating_sub(account.realized_pnl());
        let came = came.into_iter().fold(Money::ZERO, Money::saturating_add);
        let gone = account.cash().saturating_add(held).saturating_add(spent);
        assert_eq!(came, gone, "conservation after {event:?}");
        for (instrument, book) in account.books() {
            let position = book.position();
            let lots = position.lots().fold(Money::ZERO, |sum, lot| sum.saturating_add(lot.cost));
            let known = lots == position.cost() || position.lots().next().is_none();
            assert!(known, "lots of {instrument} cost {lots}, the position {}", position.cost());
        }
    }

    pub(crate) fn cash(&mut self, kind: CashKind, amount: Money) {
        let activity = Some(self.next_id());
        let note = String::new();
        self.apply(Event::CashMoved(CashMoved { kind, amount, activity, note }));
    }

    pub(crate) fn fill(
        &mut self,
        instrument: Instrument,
        side: Side,
        quantity: Quantity,
        price: Price,
        fee: Money,
    ) {
        self.settle_fees(&instrument, side, quantity, fee);
        let execution = Execution {
            id: self.next_id(),
            order: None,
            instrument,
            side,
            quantity,
            price,
            fee,
            at: Timestamp::EPOCH,
        };
        let execution = execution.checked().expect("the oracles have bookable fills only");
        self.apply(Event::ExecutionBooked(ExecutionBooked { execution }));
    }

    /// The same without a fee.
    pub(crate) fn trade(&mut self, instrument: Instrument, side: Side, quantity: u32, price: &str) {
        let price = price.parse().unwrap();
        self.fill(instrument, side, Quantity::whole(quantity), price, Money::ZERO);
    }

    pub(crate) fn expire(&mut self, instrument: Instrument, quantity: Quantity) {
        let ending = self.book(&instrument).position().net();
        let side = if ending.is_short() { Side::Buy } else { Side::Sell };
        self.settle_fees(&instrument, side, quantity, Money::ZERO);
        self.adjust(Adjustment::Expired { instrument, quantity });
    }

    /// Exercise or assignment; the option's fees are taken for settled with it.
    pub(crate) fn deliver(
        &mut self,
        instrument: Instrument,
        quantity: Quantity,
        premium: PremiumRule,
    ) {
        self.waiting.remove(&instrument);
        self.adjust(Adjustment::Delivered { instrument, quantity, premium });
    }

    pub(crate) fn transfer(&mut self, instrument: Instrument, quantity: NetQuantity, cost: Money) {
        self.adjust(Adjustment::Transferred { instrument, quantity, cost });
    }

    pub(crate) fn split(&mut self, instrument: Instrument, new: u32, old: u32) {
        self.adjust(Adjustment::Split { instrument, new, old });
    }

    fn adjust(&mut self, adjustment: Adjustment) {
        let activity = self.next_id();
        let event = PositionAdjusted { adjustment, activity, note: String::new() };
        self.apply(Event::PositionAdjusted(event));
    }

    pub(crate) fn mark(&mut self, instrument: Instrument, price: Price) {
        let (at, source) = (Timestamp::EPOCH, None);
        let seen = MarkSeen { instrument, price, bid: price, ask: price, at, source };
        self.apply(Event::MarksObserved(MarksObserved { marks: vec![seen] }));
    }

    /// Opens a day at the marks that are known.
    pub(crate) fn roll(&mut self, date: Date) {
        let marks = self.account.books();
        let marks = marks.filter_map(|(instrument, book)| Some((*instrument, book.mark()?)));
        let marks = marks.collect();
        let opening_equity = self.account.equity();
        self.apply(Event::DayRolled(DayRolled { date, opening_equity, marks }));
    }

    fn next_id(&self) -> ExecutionId {
        ExecutionId::new(&format!("activity-{}", self.events)).unwrap()
    }

    /// Fees leave with what they were paid for, the oldest first, in proportion.
    fn settle_fees(&mut self, instrument: &Instrument, side: Side, quantity: Quantity, fee: Money) {
        let closed = quantity.min(self.account.book(instrument).position().closable_by(side));
        let opened = quantity.saturating_sub(closed);
        let waiting = self.waiting.entry(*instrument).or_default();
        let mut left = closed;
        while let (false, Some((held, paid))) = (left.is_zero(), waiting.front_mut()) {
            let part = left.min(*held);
            *paid = paid.saturating_sub(paid.prorate(part, *held));
            *held = held.saturating_sub(part);
            left = left.saturating_sub(part);
            if held.is_zero() {
                waiting.pop_front();
            }
        }
        if !opened.is_zero() {
            waiting.push_back((opened, fee.prorate(opened, quantity)));
        }
    }

    pub(crate) fn book(&self, instrument: &Instrument) -> &Book {
        self.account.book(instrument)
    }

    pub(crate) fn net(&self, instrument: &Instrument) -> NetQuantity {
        self.book(instrument).position().net()
    }

    /// Profit of everything closed, after the fees of what was closed.
    pub(crate) fn realized_net(&self) -> Money {
        let waiting = self.waiting.values().flatten();
        let waiting = waiting.fold(Money::ZERO, |sum, (_, fee)| sum.saturating_add(*fee));
        self.account.realized_pnl().saturating_sub(self.account.fees()).saturating_add(waiting)
    }
}

/// A ticker or an OCC symbol.
pub(crate) fn named(text: &str) -> Instrument {
    Instrument::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}
