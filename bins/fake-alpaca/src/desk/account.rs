//! What the broker keeps of one account is decided here.

use std::collections::{BTreeMap, HashMap, VecDeque};

use gatefold_sim::broker::Ledger;
use gatefold_sim::core::vocabulary::{Instrument, Money, Quantity, Side, Timestamp};
use serde_json::Value;

use crate::desk::order::Order;
use crate::desk::stream::Watchers;
use crate::settings::AccountSettings;
use crate::uuid::Uuid;

/// A row of an account's history.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    /// Its id, as the wire has it.
    pub(crate) id: String,
    /// `FILL`, `OPASN` and so on.
    pub(crate) kind: &'static str,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// When it can be seen first.
    pub(crate) visible: Timestamp,
    /// Not before this wall-clock moment (Unix milliseconds) either.
    pub(crate) hidden_until: Option<u64>,
    /// The row.
    pub(crate) row: Value,
}

/// One account.
pub(crate) struct Account {
    pub(crate) settings: AccountSettings,
    pub(crate) id: Uuid,
    pub(crate) created: Timestamp,
    pub(crate) ledger: Ledger,
    orders: BTreeMap<Uuid, Order>,
    /// The orders as they came.
    sequence: Vec<Uuid>,
    by_client_id: HashMap<String, Uuid>,
    pub(crate) activities: Vec<Activity>,
    pub(crate) watchers: Watchers,
    /// What the stream told or should have told, if it is replayed.
    pub(crate) told: Vec<Told>,
    /// Equity at the last midnight.
    pub(crate) last_equity: Money,
    /// What the books were, to be shown until a wall-clock moment (Unix milliseconds).
    pub(crate) lagging: VecDeque<(u64, Ledger)>,
    /// Contracts that are not to be exercised.
    pub(crate) unexercised: Vec<Instrument>,
}

/// An event of the past.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) at: Timestamp,
    /// A ULID.
    pub(crate) id: String,
    /// The whole event.
    pub(crate) data: Value,
}

impl Account {
    pub(crate) fn new(settings: AccountSettings, id: Uuid, created: Timestamp) -> Self {
        let cash = settings.cash;
        Self {
            settings,
            id,
            created,
            ledger: Ledger::new(cash),
            orders: BTreeMap::new(),
            sequence: Vec::new(),
            by_client_id: HashMap::new(),
            activities: Vec::new(),
            watchers: Watchers::default(),
            told: Vec::new(),
            last_equity: cash,
            lagging: VecDeque::new(),
            unexercised: Vec::new(),
        }
    }

    /// Takes an order in.
    pub(crate) fn add(&mut self, order: Order) {
        self.by_client_id.insert(order.client_order_id.clone(), order.id);
        self.sequence.push(order.id);
        self.orders.insert(order.id, order);
    }

    pub(crate) fn order(&self, id: Uuid) -> Option<&Order> {
        self.orders.get(&id)
    }

    pub(crate) fn order_mut(&mut self, id: Uuid) -> Option<&mut Order> {
        self.orders.get_mut(&id)
    }

    pub(crate) fn order_of_client(&self, client_order_id: &str) -> Option<&Order> {
        self.by_client_id.get(client_order_id).and_then(|id| self.orders.get(id))
    }

    /// All orders, oldest first.
    pub(crate) fn orders(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.sequence.iter().filter_map(|id| self.orders.get(id))
    }

    /// Orders that may still trade, oldest first.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Order> {
        self.orders().filter(|order| order.status.is_open())
    }

    /// How much open orders of one side would trade of an instrument.
    pub(crate) fn on_offer(&self, instrument: &Instrument, side: Side) -> Quantity {
        let same = self.open().filter(|it| it.instrument() == instrument && it.side() == side);
        same.fold(Quantity::ZERO, |sum, order| sum.saturating_add(order.unfilled()))
    }

    /// The books as they are shown: those of before a fill, while they lag behind it.
    pub(crate) fn shown(&mut self, unix_ms: u64) -> &Ledger {
        while self.lagging.front().is_some_and(|(until, _)| *until <= unix_ms) {
            self.lagging.pop_front();
        }
        self.lagging.front().map_or(&self.ledger, |(_, ledger)| ledger)
    }
}
