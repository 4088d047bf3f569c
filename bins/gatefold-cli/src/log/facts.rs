//! What an event says of a recommendation, an order, an instrument and an amount is decided here:
//! the columns that most questions are asked by.

use gatefold::core::advise::OrderPrice;
use gatefold::core::record::Event;
use gatefold::core::record::event::{Adjustment, Judgement};
use gatefold::core::settle::Execution;
use gatefold::core::vocabulary::{
    Instrument, Money, NetQuantity, OrderKey, Price, Quantity, RecommendationId, Side,
};

/// What an event says, each where it says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The recommendation that the event itself names.
    pub(crate) recommendation: Option<RecommendationId>,
    /// The order it is about.
    pub(crate) order: Option<OrderKey>,
    /// The instrument it is about.
    pub(crate) instrument: Option<Instrument>,
    /// Bought or sold.
    pub(crate) side: Option<Side>,
    /// Shares or contracts; below zero only where they went out.
    pub(crate) quantity: Option<NetQuantity>,
    /// US dollars a share.
    pub(crate) price: Option<Price>,
    /// US dollars.
    pub(crate) amount: Option<Money>,
    /// Commission and fees, US dollars.
    pub(crate) fee: Option<Money>,
    /// The headline code of a refusal or deferral.
    pub(crate) code: Option<&'static str>,
}

impl Facts {
    /// What an event says.
    pub(crate) fn of(event: &Event) -> Self {
        match event {
            Event::AccountOpened(it) => Self { amount: Some(it.cash), ..Self::default() },
            Event::DayRolled(it) => Self { amount: Some(it.opening_equity), ..Self::default() },
            Event::CashMoved(it) => Self { amount: Some(it.amount), ..Self::default() },
            Event::SnapshotTaken(it) => Self { amount: Some(it.cash), ..Self::default() },
            Event::RecommendationReceived(it) => {
                let advice = &it.recommendation;
                Self {
                    instrument: Some(advice.instrument),
                    side: Some(advice.side),
                    quantity: long(advice.quantity),
                    price: limit(advice.price),
                    ..Self::advised(advice.id)
                }
            }
            Event::IntentApproved(it) => Self {
                order: Some(it.key),
                instrument: Some(it.instrument),
                side: Some(it.side),
                quantity: long(it.quantity),
                price: Some(it.price),
                amount: it.judgement.notional,
                ..Self::advised(it.recommendation)
            },
            Event::IntentRefused(it) => Self::judged(it.recommendation, &it.judgement),
            Event::IntentDeferred(it) => Self::judged(it.recommendation, &it.judgement),
            Event::RecommendationExpired(it) => Self::advised(it.recommendation),
            Event::RecommendationSettled(it) => Self::advised(it.recommendation),
            Event::OrderChanged(it) => Self { order: Some(it.key), ..Self::default() },
            Event::CancelRefused(it) => Self { order: Some(it.key), ..Self::default() },
            Event::LookUpMissed(it) => Self { order: Some(it.key), ..Self::default() },
            Event::ExecutionBooked(it) => Self::filled(&it.execution),
            Event::FindingRecorded(it) => {
                Self { order: it.order, instrument: it.instrument, ..Self::default() }
            }
            Event::ExitPlanSet(it) => Self::about(it.instrument),
            Event::ExitTriggered(it) => {
                Self { instrument: Some(it.instrument), ..Self::advised(it.recommendation) }
            }
            Event::ExitFailed(it) => Self::about(it.instrument),
            Event::ClosePlanned(it) => {
                Self { quantity: long(it.quantity), ..Self::about(it.instrument) }
            }
            Event::Unprotected(it) => Self::about(it.instrument),
            Event::PositionAdjusted(it) => Self::adjusted(&it.adjustment),
            Event::GateSetDeclared(_)
            | Event::LimitsSet(_)
            | Event::StateSet(_)
            | Event::RecommendationFailed(_)
            | Event::MarksObserved(_)
            | Event::LinkChanged(_) => Self::default(),
        }
    }

    fn advised(id: RecommendationId) -> Self {
        Self { recommendation: Some(id), ..Self::default() }
    }

    fn about(instrument: Instrument) -> Self {
        Self { instrument: Some(instrument), ..Self::default() }
    }

    fn judged(id: RecommendationId, judgement: &Judgement) -> Self {
        Self {
            quantity: long(judgement.quantity),
            price: judgement.price,
            amount: judgement.notional,
            code: judgement.verdicts.headline().map(|(_, verdict)| verdict.code.text()),
            ..Self::advised(id)
        }
    }

    fn filled(fill: &Execution) -> Self {
        Self {
            order: fill.order,
            side: Some(fill.side),
            quantity: long(fill.quantity),
            price: Some(fill.price),
            amount: fill.price.times(fill.quantity, fill.instrument.multiplier()),
            fee: Some(fill.fee),
            ..Self::about(fill.instrument)
        }
    }

    fn adjusted(adjustment: &Adjustment) -> Self {
        let about = Self::about(*adjustment.instrument());
        match adjustment {
            Adjustment::Split { .. } => about,
            Adjustment::Expired { quantity, .. } | Adjustment::Delivered { quantity, .. } => {
                Self { quantity: long(*quantity), ..about }
            }
            Adjustment::Transferred { quantity, cost, .. } => {
                Self { quantity: Some(*quantity), amount: Some(*cost), ..about }
            }
        }
    }
}

fn long(quantity: Quantity) -> Option<NetQuantity> {
    Some(NetQuantity::long(quantity))
}

fn limit(price: OrderPrice) -> Option<Price> {
    match price {
        OrderPrice::Market => None,
        OrderPrice::Limit(limit) => Some(limit),
    }
}
