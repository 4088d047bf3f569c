//! An order object, from a reply, a list or a stream message: what is new in it, and when its end
//! may be told.

use gatefold_core::route::{OrderReport, OrderState, Ordered, Report, Severity};
use gatefold_core::vocabulary::{BrokerOrderId, Instrument, OrderKey, Quantity, Timestamp};

use crate::fills;
use crate::follow::{Followed, Follower};
use crate::wire::{Order, Status, moment};

impl Follower {
    /// Learns from an order object. What is older than what is known changes nothing.
    pub(crate) fn see(&mut self, order: &Order, now: Timestamp) {
        let Some(followed) = self.learn(order, now) else {
            return;
        };
        let (id, key) = (order.id.clone(), followed.key);
        if let Some(key) = key {
            self.follow_chain(key, order);
        }
        for fill in self.homeless.remove(&id).unwrap_or_default() {
            self.book(fill, now);
        }
        self.settle(&id, now);
    }

    fn learn(&mut self, order: &Order, now: Timestamp) -> Option<&mut Followed> {
        let Ok(broker_id) = BrokerOrderId::new(&order.id) else {
            self.alarm(Severity::Warning, format!("an order has the id {:?}", order.id));
            return None;
        };
        let status = order.state();
        if status == Status::Unknown {
            // Parked: what it means is not guessed, and what was known stays.
            let text = format!("order {} has the unknown status {:?}", order.id, order.status);
            self.alarm(Severity::Warning, text);
        }
        let (key, round) = (self.key_of(order), self.round);
        let followed = self.orders.entry(order.id.clone()).or_insert_with(|| Followed {
            key,
            id: broker_id,
            status: Status::Working,
            word: String::new(),
            filled: Quantity::ZERO,
            coverage: crate::fills::Coverage::default(),
            ordered: ordered(order),
            replaced_by: None,
            replaces: None,
            changed_at: now,
            updated_at: None,
            taken_at: order.taken_at(),
            told: None,
            held_back_since: None,
            round: 0,
            cancel_asked: None,
        });
        followed.key = followed.key.or(key);
        followed.round = round;
        let number =
            |it: &Option<crate::wire::Number>| it.as_ref().and_then(|it| it.quantity().ok());
        // Filled, and it does not say how much: all of it, and the executions are still to come.
        let all = || number(&order.qty).filter(|_| status == Status::Filled);
        let filled = number(&order.filled_qty).or_else(all);
        followed.filled = followed.filled.max(filled.unwrap_or(Quantity::ZERO));
        if order.replaced_by.is_some() {
            followed.replaced_by.clone_from(&order.replaced_by);
        }
        if order.replaces.is_some() {
            followed.replaces.clone_from(&order.replaces);
        }
        let updated_at = moment(order.updated_at.as_deref());
        let outdated = updated_at.is_some() && updated_at < followed.updated_at;
        let ends = status.is_terminal();
        let known = status != Status::Unknown;
        if known && !followed.status.is_terminal() && (ends || !outdated) {
            followed.status = status;
            followed.word.clone_from(&order.status);
            followed.updated_at = updated_at.max(followed.updated_at);
            followed.changed_at = order.changed_at().unwrap_or(now);
        }
        Some(followed)
    }

    /// Our key of an order: by our id, or because it replaced an order of ours.
    fn key_of(&mut self, order: &Order) -> Option<OrderKey> {
        if let Ok(key) = order.client_order_id.parse() {
            return Some(key);
        }
        let replaced = order.replaces.as_deref()?;
        match self.orders.get(replaced) {
            Some(before) => before.key,
            None => {
                self.wants_orders.insert(replaced.to_owned());
                None
            }
        }
    }

    /// Moves a chain on to its last order.
    fn follow_chain(&mut self, key: OrderKey, order: &Order) {
        let is_later = |known: &String| {
            *known == order.id || order.replaces.as_deref() == Some(known.as_str())
        };
        let current = self.latest.get(&key).cloned();
        match &current {
            Some(known) if !is_later(known) => {}
            Some(_) | None => {
                self.latest.insert(key, order.id.clone());
            }
        }
        let Some(next) = order.replaced_by.clone() else {
            return;
        };
        match self.orders.get_mut(&next) {
            Some(found) => {
                found.key = Some(key);
                if current.as_deref().is_none_or(|known| known == order.id) {
                    self.latest.insert(key, next);
                }
            }
            None => {
                self.wants_orders.insert(next);
            }
        }
    }

    /// Tells where an order stands, once it may be told.
    pub(super) fn settle(&mut self, id: &str, now: Timestamp) {
        let Some(order) = self.orders.get_mut(id) else {
            return;
        };
        if order.coverage.total() > order.filled {
            order.filled = order.coverage.total();
        }
        if !order.is_complete() {
            self.wants_fills = true;
            if order.status.is_terminal() {
                order.held_back_since.get_or_insert(now);
            }
        } else {
            order.held_back_since = None;
        }
        let Some(key) = order.key else {
            return;
        };
        self.fall_back(key);
        // A replaced order is told through the one that took its place.
        if let Some(state) = self.state_of(key)
            && let Some(order) = self.latest.get(&key).and_then(|id| self.orders.get_mut(id))
            && order.told != Some(state)
        {
            order.told = Some(state);
            let report = order.report(key, state);
            self.out.push(Report::Order(report));
        }
    }

    /// A replacement that was rejected took nobody's place: the order before it stands, and how it
    /// does is asked for.
    fn fall_back(&mut self, key: OrderKey) {
        let last = self.latest.get(&key).and_then(|id| self.orders.get(id));
        let Some(last) = last.filter(|last| last.status == Status::Rejected) else {
            return;
        };
        let before = last.replaces.as_ref().and_then(|id| self.orders.get_key_value(id));
        if let Some((id, before)) = before
            && before.replaced_by.as_deref() != Some(last.id.as_str())
        {
            let id = id.clone();
            if !before.is_over() {
                self.wants_orders.insert(id.clone());
            }
            self.latest.insert(key, id);
        }
    }

    /// Where a chain stands, as far as it may be told.
    fn state_of(&self, key: OrderKey) -> Option<OrderState> {
        let order = self.latest.get(&key).and_then(|id| self.orders.get(id))?;
        let partly = !order.coverage.total().is_zero();
        let works = if partly { OrderState::PartiallyFilled } else { OrderState::Accepted };
        let complete = self.chain(key).all(|order| order.is_complete());
        let state = match order.status {
            Status::Working | Status::PartiallyFilled | Status::Unknown => works,
            Status::PendingCancel => OrderState::PendingCancel,
            Status::PendingReplace => OrderState::PendingReplace,
            Status::Filled => OrderState::Filled,
            Status::Canceled => OrderState::Canceled,
            Status::Expired => OrderState::Expired,
            Status::Rejected => OrderState::Rejected,
            // By what, is being asked.
            Status::Replaced if order.replaced_by.is_some() => OrderState::PendingReplace,
            Status::Replaced => OrderState::Replaced,
        };
        // Executions are missing: the order counts until they are told.
        Some(if complete || state.is_working() { state } else { works })
    }

    /// Every order of a chain.
    fn chain(&self, key: OrderKey) -> impl Iterator<Item = &Followed> {
        self.orders.values().filter(move |order| order.key == Some(key))
    }

    /// What a look-up is answered with: where the chain stands, with every execution of it that was
    /// not told yet. `None` where it is not known.
    pub(crate) fn answer(&mut self, key: OrderKey) -> Option<OrderReport> {
        let state = self.state_of(key)?;
        let id = self.latest.get(&key)?.clone();
        let mut executions = Vec::new();
        self.out.retain(|report| {
            if let Report::Execution(execution) = report
                && execution.order == Some(key)
            {
                executions.push(execution.clone());
                return false;
            }
            !matches!(report, Report::Order(report) if report.key == key)
        });
        let order = self.orders.get_mut(&id)?;
        order.told = Some(state);
        Some(OrderReport { executions, ..order.report(key, state) })
    }
}

impl Followed {
    fn report(&self, key: OrderKey, state: OrderState) -> OrderReport {
        OrderReport {
            key,
            broker_order_id: self.id,
            state,
            executions: Vec::new(),
            reason: format!("the broker says {}", self.word),
            ordered: self.ordered,
            at: self.changed_at,
        }
    }
}

/// What an order is for. A replacement may be for another quantity.
fn ordered(order: &Order) -> Option<Ordered> {
    let instrument = Instrument::parse(order.symbol.as_deref()?).ok()?;
    let side = fills::side(order.side.as_deref()?)?;
    let changed = order.replaces.is_some();
    let quantity = order.qty.as_ref().filter(|_| !changed).and_then(|it| it.quantity().ok());
    Some(Ordered { instrument, side, quantity })
}
