//! What can go wrong between an engine and its broker, on demand or by a seed, is decided here.

use std::collections::VecDeque;

use gatefold_core::route::RejectClass;

use crate::broker::matching::mix;

/// What happens to one order on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitFault {
    /// The broker has it and its answer is lost.
    LostAnswer,
    /// The broker never gets it, and nobody knows.
    LostOrder,
    /// The broker refuses it.
    Rejected {
        /// Which kind of no.
        class: RejectClass,
        /// In these words.
        reason: String,
    },
}

/// What happens to one request to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelFault {
    /// It is taken, but the order is filled first.
    FilledFirst,
    /// The broker never gets it, and nobody knows.
    Lost,
}

/// What happens to the reports that are told at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFault {
    /// Each is told twice.
    Doubled,
    /// The last comes first.
    Reordered,
    /// They are told the next time.
    Delayed,
    /// They are told only after the next look-up or snapshot.
    Dropped,
}

/// Faults that come by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// Decides which call meets which fault.
    pub seed: u64,
    /// So many calls of a thousand meet one.
    pub per_mille: u16,
}

/// What is to go wrong. By default: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// What happens to the next orders, one each.
    pub submits: VecDeque<SubmitFault>,
    /// What happens to the next requests to cancel, one each.
    pub cancels: VecDeque<CancelFault>,
    /// What happens to the next reports, one for each time that there are any.
    pub reports: VecDeque<ReportFault>,
    /// Whether the broker cannot be reached.
    pub link_down: bool,
    /// What happens beyond that.
    pub seeded: Option<Seeded>,
    /// How many calls the seed has decided on.
    pub calls: u64,
}

impl Faults {
    pub(super) fn submit(&mut self) -> Option<SubmitFault> {
        let chance = self.chance();
        self.submits.pop_front().or_else(|| {
            let lost = [SubmitFault::LostAnswer, SubmitFault::LostOrder];
            chance.and_then(|chance| pick(&lost, chance))
        })
    }

    pub(super) fn cancel(&mut self) -> Option<CancelFault> {
        let chance = self.chance();
        self.cancels.pop_front().or_else(|| {
            let faults = [CancelFault::FilledFirst, CancelFault::Lost];
            chance.and_then(|chance| pick(&faults, chance))
        })
    }

    pub(super) fn report(&mut self) -> Option<ReportFault> {
        let chance = self.chance();
        self.reports.pop_front().or_else(|| {
            let faults = [
                ReportFault::Doubled,
                ReportFault::Reordered,
                ReportFault::Delayed,
                ReportFault::Dropped,
            ];
            chance.and_then(|chance| pick(&faults, chance))
        })
    }

    /// Whether the seed has a fault for this call, and the number that says which.
    fn chance(&mut self) -> Option<u64> {
        let Seeded { seed, per_mille } = self.seeded?;
        self.calls = self.calls.wrapping_add(1);
        let chance = mix(&[seed, self.calls]);
        (chance % 1_000 < u64::from(per_mille)).then_some(chance / 1_000)
    }
}

fn pick<T: Clone>(faults: &[T], chance: u64) -> Option<T> {
    let place = chance.checked_rem(u64::try_from(faults.len()).ok()?)?;
    faults.get(usize::try_from(place).ok()?).cloned()
}
