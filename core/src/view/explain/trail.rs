//! What of one account's events belongs to a recommendation is decided here.

use alloc::string::String;
use alloc::vec::Vec;

use super::nets::Nets;
use super::{Explanation, Ground, Judged, Moment, Place, Ruling};
use crate::advise::Effect;
use crate::record::event::{ExecutionBooked, Grounds, Judgement};
use crate::record::{Event, Version};
use crate::vocabulary::{AccountId, Instrument, OrderKey, RecommendationId, Table};

/// One account's events as far as they concern a recommendation.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    /// The recommendation, and the exits of the position that it opened.
    ids: Vec<RecommendationId>,
    /// The orders of all those.
    keys: Vec<OrderKey>,
    /// What it opened, while that is held.
    holding: Option<Instrument>,
    gates: Vec<String>,
    /// The last event of each kind, and the last of all.
    places: Table<u16, Place>,
    last: Option<Place>,
    nets: Nets,
    explanation: Option<Explanation>,
}

impl Trail {
    pub(super) fn new(id: RecommendationId) -> Self {
        Self {
            ids: alloc::vec![id],
            keys: Vec::new(),
            holding: None,
            gates: Vec::new(),
            places: Table::default(),
            last: None,
            nets: Nets::default(),
            explanation: None,
        }
    }

    pub(super) fn explanation(&self) -> Option<&Explanation> {
        self.explanation.as_ref()
    }

    pub(super) fn apply(&mut self, account: AccountId, place: Place, event: &Event) {
        let concerns = match event {
            Event::RecommendationReceived(it) => {
                let recommendation = it.recommendation;
                if self.explanation.is_none() && self.is_asked(&recommendation.id) {
                    // An import has executions of its first order, and no decision that names it.
                    self.keys.push(OrderKey::of(&account, &recommendation.id, 0));
                    let received = (place, recommendation);
                    let (judged, after) = (Vec::new(), Vec::new());
                    self.explanation = Some(Explanation { account, received, judged, after });
                    false
                } else {
                    self.ids.contains(&recommendation.id)
                }
            }
            Event::IntentApproved(it) => {
                if self.ids.contains(&it.recommendation) {
                    self.keys.push(it.key);
                }
                let ruling = Ruling::Approved(it.key);
                self.judge(place, &it.recommendation, ruling, &it.judgement)
            }
            Event::IntentRefused(it) => {
                let ruling = Ruling::Refused(it.holders.clone());
                self.judge(place, &it.recommendation, ruling, &it.judgement)
            }
            Event::IntentDeferred(it) => {
                self.judge(place, &it.recommendation, Ruling::Deferred, &it.judgement)
            }
            Event::RecommendationExpired(it) => self.ids.contains(&it.recommendation),
            Event::RecommendationSettled(it) => self.ids.contains(&it.recommendation),
            Event::OrderChanged(it) => self.keys.contains(&it.key),
            Event::CancelRefused(it) => self.keys.contains(&it.key),
            Event::LookUpMissed(it) => self.keys.contains(&it.key),
            Event::ExecutionBooked(it) => self.trade(it),
            Event::PositionAdjusted(it) => {
                let instrument = self.nets.adjust(&it.adjustment);
                self.holds(&instrument)
            }
            Event::FindingRecorded(it) => {
                it.order.is_some_and(|key| self.keys.contains(&key))
                    || it.instrument.is_some_and(|instrument| self.holds(&instrument))
            }
            Event::ExitTriggered(it) => {
                if self.holds(&it.instrument) {
                    self.ids.push(it.recommendation);
                }
                self.holds(&it.instrument)
            }
            Event::ExitPlanSet(it) => self.holds(&it.instrument),
            Event::ExitFailed(it) => self.holds(&it.instrument),
            Event::ClosePlanned(it) => self.holds(&it.instrument),
            Event::Unprotected(it) => self.holds(&it.instrument),
            Event::GateSetDeclared(it) => {
                self.gates.clone_from(&it.gates);
                false
            }
            Event::AccountOpened(_)
            | Event::LimitsSet(_)
            | Event::StateSet(_)
            | Event::DayRolled(_)
            | Event::CashMoved(_)
            | Event::RecommendationFailed(_)
            | Event::MarksObserved(_)
            | Event::SnapshotTaken(_)
            | Event::LinkChanged(_) => false,
        };
        if concerns && let Some(explanation) = &mut self.explanation {
            explanation.after.push(Moment { place, event: event.clone() });
        }
        self.let_go();
        self.places.insert(place.tag, place);
        self.last = Some(place);
    }

    fn is_asked(&self, id: &RecommendationId) -> bool {
        self.ids.first() == Some(id)
    }

    fn holds(&self, instrument: &Instrument) -> bool {
        self.holding == Some(*instrument)
    }

    /// A decision on the recommendation itself is kept with its grounds; one on an exit of its
    /// position is only told.
    fn judge(
        &mut self,
        place: Place,
        id: &RecommendationId,
        ruling: Ruling,
        judgement: &Judgement,
    ) -> bool {
        if !self.is_asked(id) {
            return self.ids.contains(id);
        }
        let judged = Judged {
            place,
            ruling,
            judgement: judgement.clone(),
            gates: self.gates.clone(),
            grounds: self.grounds(judgement),
        };
        if let Some(explanation) = &mut self.explanation {
            explanation.judged.push(judged);
        }
        false
    }

    fn grounds(&self, judgement: &Judgement) -> Vec<Ground> {
        let Grounds { limits, state, day, marks, snapshot, execution, gates } = judgement.grounds;
        let all = [
            ("as of", judgement.as_of),
            ("gates", gates),
            ("limits", limits),
            ("state", state),
            ("day", day),
            ("snapshot", snapshot),
            ("marks", marks),
            ("execution", execution),
        ];
        let known = all.into_iter().filter(|(_, version)| *version != Version::ZERO);
        known.map(|(name, version)| Ground { name, version, place: self.find(version) }).collect()
    }

    /// Grounds are the last events of their kinds, so that no others need to be kept.
    fn find(&self, version: Version) -> Option<Place> {
        let mut known = self.places.values().chain(&self.last);
        known.find(|place| place.version == version).copied()
    }

    fn trade(&mut self, booked: &ExecutionBooked) -> bool {
        let execution = &booked.execution;
        self.nets.trade(execution);
        let ours = execution.order.is_some_and(|key| self.keys.contains(&key));
        let opens = |it: &Explanation| {
            let advice = it.received.1;
            advice.effect == Effect::Open && advice.instrument == execution.instrument
        };
        if ours && self.holding.is_none() && self.explanation.as_ref().is_some_and(opens) {
            self.holding = Some(execution.instrument);
        }
        ours || self.holds(&execution.instrument)
    }

    /// The position is closed: what happens to the instrument from here on has other causes.
    fn let_go(&mut self) {
        if self.holding.is_some_and(|instrument| self.nets.of(&instrument).is_zero()) {
            self.holding = None;
        }
    }
}
