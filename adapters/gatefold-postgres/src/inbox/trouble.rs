//! When failures of the database are more than bad luck is decided here.

use crate::error::StoreError;

/// Equal failures in a row. None of them is about a recommendation: all stay pending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What they have in common: see [`StoreError::cause`].
    pub cause: String,
    /// How many there were in a row.
    pub count: u32,
    /// The last one in words.
    pub reason: String,
    /// So many of them pause the accounts.
    pub limit: u32,
}

impl Trouble {
    /// The trouble after a failure.
    pub(super) fn after(before: Option<Self>, failure: &StoreError, limit: u32) -> Self {
        let cause = failure.cause().to_owned();
        let equal = before.filter(|it| it.cause == cause).map_or(0, |it| it.count);
        Self { cause, count: equal.saturating_add(1), reason: failure.to_string(), limit }
    }

    /// Whether entries are to be halted and somebody is to be called, now.
    #[must_use]
    pub fn must_pause(&self) -> bool {
        self.count == self.limit
    }
}
