//! How an order of a desk comes to stand where a line says: approved whatever the gates say of it,
//! then changed by the broker's evidence.

use gatefold_core::advise::Recommendation;
use gatefold_core::decide::{Intent, Verdicts};
use gatefold_core::record::Event;
use gatefold_core::record::event::*;
use gatefold_core::route::OrderState;
use gatefold_core::vocabulary::Quantity;

use super::desk::Desk;
use crate::harness::words::{Words, parsed};

impl Desk {
    /// `order Accepted buy 5 AA at 10`: an order of ours and where it stands. `order part-3 ...`
    /// has three filled, `order Filled ...` all.
    pub(super) fn order(&mut self, state: &str, line: &str, words: &mut Words<'_>) {
        let (_, order) = line.split_once(state).expect("the words are of this line");
        let id = words.option("id").unwrap_or(format!("r{}", self.told));
        let advice = self.advice(&format!("{id} {order}"));
        let intent = self.intent(advice);
        self.approve(advice, &intent);
        let (key, price) = (intent.key(), intent.price().expect("a price"));
        let filled = match state.strip_prefix("part-") {
            Some(part) => parsed(part),
            None if state == "Filled" => intent.quantity(),
            None => Quantity::ZERO,
        };
        let path: &[OrderState] = match state {
            "Approved" => &[],
            "Unknown" => &[OrderState::Unknown],
            "Absent" => &[OrderState::Unknown, OrderState::Absent],
            "PendingCancel" => &[OrderState::Accepted, OrderState::PendingCancel],
            "Canceled" => &[OrderState::Accepted, OrderState::Canceled],
            "Rejected" => &[OrderState::Rejected],
            _ => &[OrderState::Accepted],
        };
        for state in path {
            self.fold(Event::OrderChanged(OrderChanged {
                key,
                state: *state,
                broker_order_id: None,
                evidence: String::new(),
                at: self.now,
            }));
        }
        if !filled.is_zero() {
            self.execute(Some(key), advice.instrument, advice.side, filled, price);
        }
        let stands = self.account.order(&key).expect("it was approved").state;
        let wanted = if state.starts_with("part-") { "PartiallyFilled" } else { state };
        assert_eq!(stands.name(), wanted, "{line}");
    }

    fn approve(&mut self, recommendation: Recommendation, intent: &Intent) {
        self.fold(Event::RecommendationReceived(RecommendationReceived { recommendation }));
        let judgement = Judgement {
            as_of: self.account.version(),
            grounds: self.account.grounds(),
            quote: self.quote,
            quantity: intent.quantity(),
            price: intent.price(),
            notional: intent.notional(),
            verdicts: Verdicts::new(),
        };
        self.fold(Event::IntentApproved(IntentApproved {
            recommendation: recommendation.id,
            key: intent.key(),
            attempt: intent.attempt(),
            strategy: recommendation.strategy,
            instrument: recommendation.instrument,
            side: intent.side(),
            effect: recommendation.effect,
            quantity: intent.quantity(),
            terms: intent.terms(),
            price: intent.price().expect("a price"),
            split: intent.split(),
            requirement: intent.requirement().expect("a requirement"),
            judgement,
        }));
    }
}
