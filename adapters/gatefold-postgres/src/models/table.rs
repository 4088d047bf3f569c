//! How rows get into a table: as text that the server reads, one statement for all of them.

use std::io::Write as _;

use postgres::Transaction;
use postgres::types::ToSql;

use crate::models::lines::Lines;

/// One row's values in the order of its table's columns, as the server reads them.
pub(crate) type Row = Vec<Option<String>>;

/// A table as it is written to.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Each column with its type; the key's come first.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// So many of them are the key.
    pub(crate) keys: usize,
}

impl Table {
    /// Adds rows whose keys are new.
    pub(crate) fn add(
        &self,
        transaction: &mut Transaction<'_>,
        lines: &Lines,
    ) -> Result<(), postgres::Error> {
        if lines.text().is_empty() {
            return Ok(());
        }
        let names = self.names(self.columns.len());
        let mut writer =
            transaction.copy_in(&format!("COPY {} ({names}) FROM STDIN", self.name))?;
        // One write is kept whole, and sent by the end, which says what went wrong.
        let kept = writer.write_all(lines.text().as_bytes()).is_ok();
        let added = writer.finish().map(|_| ());
        assert!(kept || added.is_err(), "what was not sent is not taken for added");
        added
    }

    /// Puts rows in; one with a known key replaces the one that is there.
    pub(crate) fn put(
        &self,
        transaction: &mut Transaction<'_>,
        rows: &[Row],
    ) -> Result<(), postgres::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns: Vec<Vec<Option<&str>>> = (0..self.columns.len())
            .map(|at| rows.iter().map(|row| row.get(at).and_then(Option::as_deref)).collect())
            .collect();
        let values: Vec<&(dyn ToSql + Sync)> =
            columns.iter().map(|it| it as &(dyn ToSql + Sync)).collect();
        transaction.execute(&self.insertion(), &values).map(|_| ())
    }

    /// Takes the rows with these keys out.
    pub(crate) fn take(
        &self,
        transaction: &mut Transaction<'_>,
        keys: &[Row],
    ) -> Result<(), postgres::Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let columns: Vec<Vec<Option<&str>>> = (0..self.keys)
            .map(|at| keys.iter().map(|row| row.get(at).and_then(Option::as_deref)).collect())
            .collect();
        let values: Vec<&(dyn ToSql + Sync)> =
            columns.iter().map(|it| it as &(dyn ToSql + Sync)).collect();
        let named = self.columns.iter().take(self.keys);
        let equal = named.map(|(name, kind)| format!("it.\"{name}\"::{kind} = old.\"{name}\""));
        let sql = format!(
            "DELETE FROM {} AS old USING unnest({}) AS it({}) WHERE {}",
            self.name,
            places(self.keys),
            self.names(self.keys),
            equal.collect::<Vec<_>>().join(" AND "),
        );
        transaction.execute(&sql, &values).map(|_| ())
    }

    fn insertion(&self) -> String {
        let all = self.columns.len();
        let cast = self.columns.iter().map(|(name, kind)| format!("\"{name}\"::{kind}"));
        let mut sql = format!(
            "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS it({})",
            self.name,
            self.names(all),
            cast.collect::<Vec<_>>().join(", "),
            places(all),
            self.names(all),
        );
        let others = self.columns.iter().skip(self.keys);
        let set = others.map(|(name, _)| format!("\"{name}\" = excluded.\"{name}\""));
        let set = set.collect::<Vec<_>>().join(", ");
        sql.push_str(&format!(" ON CONFLICT ({}) DO UPDATE SET {set}", self.names(self.keys)));
        sql
    }

    fn names(&self, count: usize) -> String {
        let names = self.columns.iter().take(count).map(|(name, _)| format!("\"{name}\""));
        names.collect::<Vec<_>>().join(", ")
    }
}

fn places(count: usize) -> String {
    (1..=count).map(|place| format!("${place}::text[]")).collect::<Vec<_>>().join(", ")
}
