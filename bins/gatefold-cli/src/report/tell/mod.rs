//! What stands on the page of a report, and in which order.

mod json;
mod text;

use std::collections::BTreeMap;

use gatefold::core::vocabulary::AccountId;

use crate::books::Fold;
use crate::report::causes::{Cause, Causes};
use crate::report::database::Beside;
use crate::report::gather::Gathered;
use crate::report::judge::{self, Crossed, Thresholds};
use crate::report::status::Status;
use crate::report::window::Window;

/// Everything that is told.
pub(crate) struct Page<'a> {
    dir: String,
    window: Window,
    thresholds: Thresholds,
    fold: &'a Fold,
    gathered: Gathered,
    beside: Option<Beside>,
    funnel: BTreeMap<Option<AccountId>, BTreeMap<Status, u64>>,
    causes: Vec<Cause>,
    crossed: Vec<Crossed>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(
        dir: String,
        window: Window,
        thresholds: Thresholds,
        fold: &'a Fold,
        mut gathered: Gathered,
        beside: Option<Beside>,
    ) -> Self {
        let funnel = gathered.funnel(&window, &fold.engine);
        let causes = std::mem::take::<Causes>(&mut gathered.causes).into_sorted();
        let (failed, all) = (of(&funnel, Status::Failed), total(&funnel));
        let crossed = thresholds.crossed((failed, all), &gathered.openings, beside.as_ref());
        Self { dir, window, thresholds, fold, gathered, beside, funnel, causes, crossed }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        judge::code(&self.crossed)
    }

    /// How many recommendations have a status, and what share that is in parts per million.
    fn share(&self, status: Status) -> (u64, u64) {
        let count = of(&self.funnel, status);
        (count, judge::share(count, total(&self.funnel)))
    }

    fn total(&self) -> u64 {
        total(&self.funnel)
    }
}

type Funnel = BTreeMap<Option<AccountId>, BTreeMap<Status, u64>>;

fn total(funnel: &Funnel) -> u64 {
    funnel.values().flat_map(BTreeMap::values).sum()
}

fn of(funnel: &Funnel, status: Status) -> u64 {
    funnel.values().filter_map(|counts| counts.get(&status)).sum()
}
