//! Whether our books are the broker's.

use gatefold_core::route::{OrderState, Report};
use gatefold_core::vocabulary::{NetQuantity, OrderKey};

use crate::broker::desk::Desk;
use crate::broker::venue::Held;

impl Desk {
    pub(in crate::broker) fn held(&self) -> NetQuantity {
        self.account().book(&self.venue.stock()).position().net()
    }

    /// How often an id stands on an order of the broker's.
    pub(in crate::broker) fn there(&self, key: OrderKey) -> usize {
        self.venue.orders().iter().filter(|order| order.key == key).count()
    }

    /// Our books are the broker's, by what it tells and in truth, and no id stands on two orders.
    #[track_caller]
    pub(in crate::broker) fn agrees(&mut self) {
        for _ in 0..3 {
            self.poll();
        }
        self.until("no order's fate is unknown", |desk| {
            desk.account().orders().all(|order| order.state != OrderState::Unknown)
        });
        self.until("our books are what is truly held", |desk| {
            desk.books() == sorted(desk.venue.held())
        });
        let account = self.venue.account();
        let told = self.broker().snapshot(&account).expect("a snapshot");
        let told = sorted(Held { cash: told.cash, positions: told.positions });
        assert_eq!(told, sorted(self.venue.held()), "a snapshot is what is truly held");
        for order in self.venue.orders() {
            assert_eq!(self.there(order.key), 1, "{}: one id, one order", order.key);
            self.ends_after_its_executions(order.key);
        }
    }

    /// Our books.
    fn books(&self) -> Held {
        let books = self.account().books();
        let positions = books.map(|(of, book)| (*of, book.position().net())).collect();
        sorted(Held { cash: self.account().cash(), positions })
    }

    /// At no moment does neither an order count nor what was executed of it.
    #[track_caller]
    fn ends_after_its_executions(&self, key: OrderKey) {
        let mut executed = false;
        for report in &self.told {
            match report {
                Report::Execution(it) => executed |= it.order == Some(key),
                Report::Order(it) if it.key == key => {
                    executed |= !it.executions.is_empty();
                    let filled = it.state == OrderState::Filled;
                    assert!(executed || !filled, "{key} is told as filled before any execution");
                }
                Report::Order(_)
                | Report::Activity(_)
                | Report::Cash(_)
                | Report::Link(_)
                | Report::Books(_)
                | Report::Difference(_)
                | Report::Alarm { .. } => {}
            }
        }
    }
}

/// Without what is flat, in order.
fn sorted(held: Held) -> Held {
    let Held { cash, mut positions } = held;
    positions.retain(|(_, net)| !net.is_zero());
    positions.sort();
    Held { cash, positions }
}
