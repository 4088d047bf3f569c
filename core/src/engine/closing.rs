//! Close plans in motion: cancel what holds the quantity, wait for the evidence, close, and put
//! back an order for what remains.

use alloc::string::String;

use crate::advise::{
    Effect as OrderEffect, ExitTerms, Hours, OrderPrice, Recommendation, Source, TimeInForce,
};
use crate::engine::exits::marketable;
use crate::engine::turn::Turn;
use crate::record::Event;
use crate::record::event::{ClosePlanned, Unprotected};
use crate::unwind::ClosePlan;
use crate::vocabulary::{Actor, Instrument, Quantity, RecommendationId, Side, StrategyId};

impl Turn<'_> {
    /// Begins to close `quantity` of a position. What rests in its way is canceled first.
    ///
    /// Refuses what is more than held, or a second plan for the same position.
    pub(super) fn begin_close(
        &mut self,
        instrument: Instrument,
        quantity: Quantity,
        actor: Actor,
    ) -> Result<(), String> {
        let book = self.account.book(&instrument);
        let held = book.position().net().magnitude();
        if quantity.is_zero() || quantity > held {
            return Err(alloc::format!(
                "{quantity} of {instrument} cannot be closed: {held} are held"
            ));
        }
        if self.account.close_plans().any(|(of, _)| *of == instrument) {
            return Err(alloc::format!("{instrument} is being closed already; wait for it"));
        }
        let free = held.saturating_sub(book.closing()) >= quantity;
        let holders = if free { alloc::vec::Vec::new() } else { book.holders() };
        self.emit(Event::ClosePlanned(ClosePlanned {
            instrument,
            quantity,
            holders: holders.clone(),
            actor,
        }));
        if !holders.is_empty() {
            self.emit(Event::Unprotected(Unprotected {
                instrument,
                since: self.now(),
                lasted_nanos: None,
                reason: String::from("its resting orders are canceled for a close"),
            }));
        }
        for key in holders {
            self.request_cancel(key, "a close plan needs what it holds");
        }
        self.advance_close(&instrument);
        Ok(())
    }

    /// Takes the next step of a close plan as far as the evidence allows.
    pub(super) fn advance_close(&mut self, instrument: &Instrument) {
        let found = self.account.close_plans().find(|(of, _)| *of == instrument);
        let Some(plan) = found.map(|(_, plan)| plan.clone()) else { return };
        let working = |key| self.account.order(key).is_some_and(|order| order.state.is_working());
        if plan.holders.iter().any(working) {
            return;
        }
        let (Some(closing), Some(restoring)) = (plan.closing_id(), plan.restoring_id()) else {
            unreachable!("a close plan's ids are made of a number and fit");
        };
        if self.account.advice(&closing).is_none() {
            let held = self.account.book(instrument).position().net().magnitude();
            let quantity = plan.quantity.min(held);
            let book = self.account.book(instrument);
            let side = if book.position().net().is_short() { Side::Buy } else { Side::Sell };
            let price = marketable(self, book, instrument, side);
            if !quantity.is_zero() {
                return self.advise(self.step_of(&plan, closing, quantity, price));
            }
        }
        let of_plan = |order: &crate::route::Order| order.recommendation == closing;
        let undecided = self.account.undecided().any(|advice| advice.id == closing);
        if undecided || self.account.orders().any(of_plan) {
            return;
        }
        self.restore(&plan, restoring);
    }

    /// Puts back what was canceled, for what is still held, and ends the plan.
    fn restore(&mut self, plan: &ClosePlan, id: RecommendationId) {
        let held = self.account.book(&plan.instrument).position().net().magnitude();
        let last = plan.holders.first().and_then(|key| self.account.order(key));
        let terms = last.map(|order| order.terms);
        self.emit(Event::Unprotected(Unprotected {
            instrument: plan.instrument,
            since: plan.since,
            lasted_nanos: Some(self.now().saturating_since(plan.since).nanos()),
            reason: String::from("the close plan ended"),
        }));
        if let (Some(terms), false) = (terms, held.is_zero()) {
            self.advise(self.step_of(plan, id, held, terms));
        }
    }

    fn step_of(
        &self,
        plan: &ClosePlan,
        id: RecommendationId,
        quantity: Quantity,
        price: OrderPrice,
    ) -> Recommendation {
        let book = self.account.book(&plan.instrument);
        Recommendation {
            id,
            account: self.account.id(),
            strategy: book.exit().strategy.unwrap_or_else(no_strategy),
            source: Source::ClosePlan,
            instrument: plan.instrument,
            side: if book.position().net().is_short() { Side::Buy } else { Side::Sell },
            effect: OrderEffect::Close,
            quantity,
            price,
            time_in_force: TimeInForce::Day,
            hours: Hours::Regular,
            confidence: None,
            model: None,
            reference_price: None,
            exits: ExitTerms::default(),
            created_at: self.now(),
            valid_until: None,
        }
    }
}

/// The strategy of what no strategy asked for.
fn no_strategy() -> StrategyId {
    match StrategyId::new("none") {
        Ok(strategy) => strategy,
        Err(_) => unreachable!("a constant name is valid"),
    }
}
