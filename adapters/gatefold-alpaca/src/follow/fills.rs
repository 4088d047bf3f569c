//! Executions, from the stream as far as it has no gaps and from the activities in any case.

use gatefold_core::record::event::FindingKind;
use gatefold_core::route::{Report, Severity};
use gatefold_core::settle::Execution;
use gatefold_core::vocabulary::{Money, Quantity, Timestamp};

use crate::fills::{Fill, Offer};
use crate::follow::Follower;
use crate::wire::{Activity, TradeUpdate, UpdateKind};

impl Follower {
    /// Learns from a stream message: a hint, believed where it fits.
    pub(crate) fn hear(&mut self, update: &TradeUpdate, now: Timestamp) {
        match update.kind() {
            UpdateKind::Fill => match Fill::of_update(update) {
                Ok(fill) => self.hear_fill(fill, update, now),
                Err(_) => self.wants_fills = true,
            },
            UpdateKind::CancelRefused | UpdateKind::ReplaceRefused => {
                // The order it carries may be from before; how it stands is asked for.
                self.wants_orders.insert(update.order.id.clone());
            }
            UpdateKind::State => {}
        }
        self.see(&update.order, now);
    }

    /// A fill goes first, so that the order's end finds it told.
    fn hear_fill(&mut self, fill: Fill, update: &TradeUpdate, now: Timestamp) {
        let told = self.orders.get(&fill.order).map(|order| order.coverage.total());
        let goes_on = fill.before() == told.unwrap_or(Quantity::ZERO);
        if told.is_none() {
            // So that it is known whose it is.
            let before = crate::wire::Order {
                status: "new".to_owned(),
                filled_qty: None,
                updated_at: None,
                filled_at: None,
                ..update.order.clone()
            };
            self.see(&before, now);
        }
        let known = self.orders.get(&fill.order).map(|order| order.coverage.offer(&fill));
        match known {
            Some(Offer::New) if goes_on => self.book(fill, now),
            Some(Offer::Known) => {}
            Some(Offer::New | Offer::Conflict) | None => self.wants_fills = true,
        }
    }

    /// Learns from a FILL activity: the truth.
    pub(crate) fn read_fill(&mut self, row: &Activity, now: Timestamp) {
        match Fill::of_activity(row) {
            Ok(fill) => self.book(fill, now),
            Err(reason) => {
                let text = format!("an execution cannot be booked: {reason}");
                self.differ(FindingKind::UnknownActivity, None, text);
            }
        }
    }

    pub(super) fn book(&mut self, fill: Fill, now: Timestamp) {
        let Some(order) = self.orders.get_mut(&fill.order) else {
            // Whose it is, is asked first.
            let waiting = self.homeless.entry(fill.order.clone()).or_default();
            if !waiting.contains(&fill) {
                waiting.push(fill);
            }
            return;
        };
        match order.coverage.offer(&fill) {
            Offer::Known => {
                let told = order.coverage.price_at(fill.cumulative);
                if told.is_some_and(|told| told != fill.price) {
                    let text = format!(
                        "execution {}:{} was told at {:?} and is now told at {}",
                        fill.order, fill.cumulative, told, fill.price
                    );
                    let key = order.key;
                    self.differ(FindingKind::Contradiction, key, text);
                }
                return;
            }
            Offer::Conflict => {
                let key = order.key;
                let text = format!(
                    "order {}: {} executed up to {} overlaps with what was told",
                    fill.order, fill.quantity, fill.cumulative
                );
                return self.differ(FindingKind::Contradiction, key, text);
            }
            Offer::New => order.coverage.cover(&fill),
        }
        let key = order.key;
        let execution = fill.id().and_then(|id| {
            let execution = Execution {
                id,
                order: key,
                instrument: fill.instrument,
                side: fill.side,
                quantity: fill.quantity,
                price: fill.price,
                fee: Money::ZERO,
                at: fill.at,
            };
            execution.checked().map_err(|error| error.to_string())
        });
        match execution {
            Ok(execution) => self.out.push(Report::Execution(execution)),
            Err(reason) => {
                let text = format!("an execution cannot be booked: {reason}");
                self.alarm(Severity::Critical, text);
            }
        }
        let id = fill.order;
        self.settle(&id, now);
    }
}
