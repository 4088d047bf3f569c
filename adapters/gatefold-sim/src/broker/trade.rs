//! What the simulated broker answers is decided here.

use gatefold_core::decide::Intent;
use gatefold_core::record::Recorded;
use gatefold_core::record::event::{Link, LinkChanged};
use gatefold_core::route::{
    Broker, BrokerFault, CancelAnswer, LookUp, OrderState, RejectClass, Report, Snapshot,
    Submission,
};
use gatefold_core::vocabulary::{AccountId, BrokerOrderId, OrderKey, Timestamp};

use crate::broker::books::Books;
use crate::broker::faults::{CancelFault, Faults, ReportFault, SubmitFault};
use crate::broker::order::{SimOrder, Ticket};
use crate::broker::{SimBroker, State, end_order, rules};

const DOWN: &str = "simulated: the link is down";

impl Broker for SimBroker {
    fn submit(&self, order: Recorded<Intent>) -> Submission {
        self.place(order.get().account(), Ticket::of(order.get()))
    }

    fn cancel(
        &self,
        account: &AccountId,
        key: OrderKey,
        id: Option<&BrokerOrderId>,
    ) -> CancelAnswer {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let State { accounts, faults, .. } = &mut *state;
        if faults.link_down {
            return CancelAnswer::Unknown { reason: DOWN.to_owned() };
        }
        let refused = |reason: &str| CancelAnswer::Refused { reason: reason.to_owned() };
        let Some(books) = accounts.get_mut(account) else {
            return refused("the account is not open");
        };
        let fault = faults.cancel();
        if fault == Some(CancelFault::Lost) {
            return CancelAnswer::Unknown { reason: "simulated: the request is lost".to_owned() };
        }
        if id.is_some_and(|id| *id != SimOrder::id_of(key)) {
            return refused("client order id and order id are not of the same order");
        }
        let Some(order) = books.working.get(&key) else {
            let ended = books.ended.get(&key);
            return ended.map_or(refused("order not found"), |order| {
                refused(&format!("order is already {}", order.state))
            });
        };
        if fault == Some(CancelFault::FilledFirst) {
            let (left, price) = (order.unfilled(), order.ticket.price);
            self.book(books, key, left, price, now);
        } else {
            end_order(books, key, OrderState::Canceled, now, "canceled on request");
        }
        CancelAnswer::Requested
    }

    fn look_up(&self, account: &AccountId, key: OrderKey) -> LookUp {
        let mut state = self.state.lock();
        if state.faults.link_down {
            return LookUp::Unavailable { reason: DOWN.to_owned() };
        }
        let Some(books) = state.accounts.get_mut(account) else {
            return LookUp::Missing;
        };
        tell_dropped(books);
        books.order(&key).map_or(LookUp::Missing, |order| LookUp::Found(order.report("looked up")))
    }

    fn snapshot(&self, account: &AccountId) -> Result<Snapshot, BrokerFault> {
        let mut state = self.state.lock();
        if state.faults.link_down {
            return Err(BrokerFault::Unreachable { reason: DOWN.to_owned() });
        }
        let books = opened(&mut state, account)?;
        tell_dropped(books);
        Ok(Snapshot {
            requested_at: self.clock.now(),
            buying_power: books.buying_power(),
            cash: books.ledger.cash,
            positions: books.ledger.positions(),
        })
    }

    fn reports(&self, account: &AccountId) -> Result<Vec<Report>, BrokerFault> {
        let mut state = self.state.lock();
        let link = if state.faults.link_down { Link::Down } else { Link::Up };
        let books = opened(&mut state, account)?;
        let mut told = Vec::new();
        if books.link_told != Some(link) {
            books.link_told = Some(link);
            let evidence = match link {
                Link::Up => "simulated: the link is up".to_owned(),
                Link::Down => DOWN.to_owned(),
            };
            told.push(Report::Link(LinkChanged { link, evidence }));
        } else if link == Link::Down {
            return Err(BrokerFault::Unreachable { reason: DOWN.to_owned() });
        }
        let State { accounts, faults, .. } = &mut *state;
        if let Some(books) = accounts.get_mut(account).filter(|_| link == Link::Up) {
            told.extend(deliver(books, faults));
        }
        Ok(told)
    }
}

impl SimBroker {
    /// Takes an order or refuses it, and fills what can be filled at once.
    pub(super) fn place(&self, account: &AccountId, ticket: Ticket) -> Submission {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let State { accounts, faults, .. } = &mut *state;
        let unknown = |reason: &str| Submission::Unknown { reason: reason.to_owned() };
        let rejected = |class, reason| Submission::Rejected { class, reason };
        if faults.link_down {
            return unknown(DOWN);
        }
        let fault = faults.submit();
        match &fault {
            Some(SubmitFault::LostOrder) => return unknown("simulated: the order is lost"),
            Some(SubmitFault::Rejected { class, reason }) => {
                return rejected(*class, reason.clone());
            }
            Some(SubmitFault::LostAnswer) | None => {}
        }
        let Some(books) = accounts.get_mut(account) else {
            let reason = format!("account {account} is not open at the simulated broker");
            return rejected(RejectClass::Order, reason);
        };
        if books.order(&ticket.key).is_some() {
            // An earlier send has landed: only a look-up tells what became of it.
            return unknown("client_order_id must be unique");
        }
        if let Some(reason) = rules::refusal(books, &ticket) {
            return rejected(RejectClass::Order, reason);
        }
        self.take(books, ticket, now);
        match fault {
            Some(SubmitFault::LostAnswer) => unknown("simulated: the answer is lost"),
            Some(SubmitFault::LostOrder | SubmitFault::Rejected { .. }) | None => {
                Submission::Accepted { broker_order_id: SimOrder::id_of(ticket.key), at: now }
            }
        }
    }

    fn take(&self, books: &mut Books, ticket: Ticket, now: Timestamp) {
        let order = SimOrder::accepted(ticket, now, &self.calendar);
        books.working.insert(ticket.key, order);
        self.match_order(books, ticket.key, now);
    }
}

fn opened<'a>(state: &'a mut State, account: &AccountId) -> Result<&'a mut Books, BrokerFault> {
    state.accounts.get_mut(account).ok_or_else(|| BrokerFault::Refused {
        account: *account,
        reason: "the account is not open at the simulated broker".to_owned(),
    })
}

/// Somebody asked: what was dropped on the way is told again, before anything newer.
fn tell_dropped(books: &mut Books) {
    for report in books.dropped.drain(..).rev() {
        books.outbox.push_front(report);
    }
}

/// What is told of the outbox this time.
fn deliver(books: &mut Books, faults: &mut Faults) -> Vec<Report> {
    if books.outbox.is_empty() {
        return Vec::new();
    }
    let fault = faults.report();
    if fault == Some(ReportFault::Delayed) {
        return Vec::new();
    }
    let reports = books.outbox.drain(..);
    match fault {
        None | Some(ReportFault::Delayed) => reports.collect(),
        Some(ReportFault::Doubled) => reports.flat_map(|report| [report.clone(), report]).collect(),
        Some(ReportFault::Reordered) => reports.rev().collect(),
        Some(ReportFault::Dropped) => {
            books.dropped.extend(reports);
            Vec::new()
        }
    }
}
