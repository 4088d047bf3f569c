//! A report: what became of every recommendation, and why, per account.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::advise::{Life, Source};
use crate::decide::Code;
use crate::record::event::{Judgement, RecommendationFailed};
use crate::record::{Entry, Event, Stream};
use crate::view::Projection;
use crate::vocabulary::{AccountId, OrderKey, RecommendationId, Timestamp};

/// What became of one recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Its id.
    pub id: RecommendationId,
    /// Who gave it.
    pub source: Source,
    /// When it was received.
    pub received_at: Timestamp,
    /// Where it stands.
    pub life: Life,
    /// The gate that decided against it, or for the moment: its place in the list, and its code.
    pub headline: Option<(usize, Code)>,
}

/// What happened in one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountReport {
    /// Its gates, in order.
    pub gates: Vec<String>,
    /// Every recommendation, in order of arrival.
    pub fates: Vec<Fate>,
    /// Executions booked.
    pub fills: u64,
    places: BTreeMap<RecommendationId, usize>,
    owners: BTreeMap<OrderKey, RecommendationId>,
}

/// What happened, per account in order of opening, and what belongs to none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    accounts: Vec<(AccountId, AccountReport)>,
    failed: Vec<RecommendationFailed>,
}

impl Report {
    /// Every account with what happened in it.
    pub fn accounts(&self) -> impl Iterator<Item = &(AccountId, AccountReport)> {
        self.accounts.iter()
    }

    /// Input that could not be processed.
    #[must_use]
    pub fn failed(&self) -> &[RecommendationFailed] {
        &self.failed
    }

    fn account(&mut self, id: AccountId) -> Option<&mut AccountReport> {
        if !self.accounts.iter().any(|(known, _)| *known == id) {
            self.accounts.push((id, AccountReport::default()));
        }
        self.accounts.iter_mut().find(|(known, _)| *known == id).map(|(_, report)| report)
    }
}

impl AccountReport {
    /// How many recommendations from outside stand where.
    #[must_use]
    pub fn by_outcome(&self) -> BTreeMap<Life, usize> {
        let mut counts = BTreeMap::new();
        for fate in self.advised() {
            let count: &mut usize = counts.entry(fate.life).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }

    /// How many recommendations from outside each gate refused, by its place.
    #[must_use]
    pub fn refused_by_gate(&self) -> BTreeMap<usize, usize> {
        let mut counts = BTreeMap::new();
        for fate in self.advised().filter(|fate| fate.life == Life::Refused) {
            if let Some((place, _)) = fate.headline {
                let count: &mut usize = counts.entry(place).or_default();
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    /// Orders approved. One that was absent and sent again under its key is one order.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.owners.len()
    }

    /// Recommendations that came from outside.
    pub fn advised(&self) -> impl Iterator<Item = &Fate> {
        let outside = |fate: &&Fate| matches!(fate.source, Source::External | Source::Operator);
        self.fates.iter().filter(outside)
    }

    /// Exits that rules and close plans asked for.
    pub fn exits(&self) -> impl Iterator<Item = &Fate> {
        let inside = |fate: &&Fate| matches!(fate.source, Source::Exit | Source::ClosePlan);
        self.fates.iter().filter(inside)
    }

    fn fate(&mut self, id: &RecommendationId) -> Option<&mut Fate> {
        let place = self.places.get(id)?;
        self.fates.get_mut(*place)
    }

    fn judged(&mut self, id: &RecommendationId, life: Life, judgement: &Judgement) {
        let headline = judgement.verdicts.headline().map(|(place, verdict)| (place, verdict.code));
        if let Some(fate) = self.fate(id) {
            fate.life = life;
            fate.headline = headline;
        }
    }

    fn live(&mut self, id: &RecommendationId, life: Life) {
        if let Some(fate) = self.fate(id) {
            fate.life = life;
        }
    }

    fn apply(&mut self, entry: &Entry<'_>, event: &Event) {
        match event {
            Event::GateSetDeclared(event) => self.gates.clone_from(&event.gates),
            Event::RecommendationReceived(event) => {
                let advice = &event.recommendation;
                self.places.insert(advice.id, self.fates.len());
                self.fates.push(Fate {
                    id: advice.id,
                    source: advice.source,
                    received_at: entry.at,
                    life: Life::Pending,
                    headline: None,
                });
            }
            Event::IntentApproved(event) => {
                self.owners.insert(event.key, event.recommendation);
                self.judged(&event.recommendation, Life::Approved, &event.judgement);
            }
            Event::IntentRefused(event) => {
                self.judged(&event.recommendation, Life::Refused, &event.judgement);
            }
            Event::IntentDeferred(event) => {
                self.judged(&event.recommendation, Life::Deferred, &event.judgement);
            }
            Event::RecommendationExpired(event) => {
                self.live(&event.recommendation, Life::Expired);
            }
            Event::RecommendationSettled(event) => self.live(&event.recommendation, event.life),
            Event::ExecutionBooked(event) => {
                self.fills = self.fills.saturating_add(1);
                let key = event.execution.order;
                if let Some(id) = key.and_then(|key| self.owners.get(&key).copied()) {
                    self.live(&id, Life::Executed);
                }
            }
            Event::OrderChanged(event) if !event.state.is_working() => {
                let owner = self.owners.get(&event.key).copied();
                if let Some(fate) = owner.and_then(|id| self.fate(&id))
                    && fate.life == Life::Approved
                {
                    fate.life = Life::Unfilled;
                }
            }
            Event::OrderChanged(_)
            | Event::AccountOpened(_)
            | Event::LimitsSet(_)
            | Event::StateSet(_)
            | Event::DayRolled(_)
            | Event::CashMoved(_)
            | Event::RecommendationFailed(_)
            | Event::CancelRefused(_)
            | Event::LookUpMissed(_)
            | Event::MarksObserved(_)
            | Event::SnapshotTaken(_)
            | Event::FindingRecorded(_)
            | Event::ExitPlanSet(_)
            | Event::ExitTriggered(_)
            | Event::ExitFailed(_)
            | Event::ClosePlanned(_)
            | Event::Unprotected(_)
            | Event::PositionAdjusted(_)
            | Event::LinkChanged(_) => {}
        }
    }
}

impl Projection for Report {
    fn apply(&mut self, entry: &Entry<'_>, event: &Event) {
        match (entry.stream, event) {
            (Stream::Account(id), event) => {
                if let Some(account) = self.account(id) {
                    account.apply(entry, event);
                }
            }
            (Stream::System, Event::RecommendationFailed(failed)) => {
                self.failed.push(failed.clone());
            }
            (Stream::System, _) => {}
        }
    }
}
