//! Input that was no advice.

use gatefold_core::record::Entry;
use gatefold_core::record::event::RecommendationFailed;
use postgres::Transaction;
use postgres::types::ToSql;

use crate::inbox::{SOURCE, answers};
use crate::models::lines::Lines;
use crate::models::rows::words;

/// The failures that are not written yet, and those of our inbox among them in columns.
#[derive(Debug, Default)]
pub(super) struct Failures {
    pub(super) lines: Lines,
    ids: Vec<i64>,
    reasons: Vec<String>,
    times: Vec<String>,
}

impl Failures {
    pub(super) fn push(&mut self, entry: &Entry<'_>, failed: &RecommendationFailed) {
        let line = self.lines.row().put(entry.version).put(&failed.source);
        line.put(failed.line).put(&failed.text).put(&failed.reason).put(entry.at);
        let id = i64::try_from(failed.line);
        if let (true, Ok(id), Some(reason)) = (failed.source == SOURCE, id, words(&failed.reason)) {
            self.ids.push(id);
            self.reasons.push(reason);
            self.times.push(entry.at.to_string());
        }
    }

    /// Fails the rows of the inbox that these were. A row that has a fate of its own keeps it.
    pub(super) fn answer(&self, transaction: &mut Transaction<'_>) -> Result<(), postgres::Error> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let values: [&(dyn ToSql + Sync); 3] = [&self.ids, &self.reasons, &self.times];
        transaction.execute(answers::FAIL, &values).map(|_| ())
    }
}
