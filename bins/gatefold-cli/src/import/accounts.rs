//! Which accounts rows may be adopted into, under which names, and what somebody decided about
//! single rows. There is no default account.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context, Result, bail};
use gatefold::core::engine::Opening;
use gatefold::core::record::event::Mode;
use gatefold::core::vocabulary::AccountId;
use gatefold::postgres::{LegacyRow, LegacyTable};

/// The accounts that rows may be adopted into.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) known: BTreeMap<AccountId, Known>,
    mapping: BTreeMap<String, AccountId>,
}

/// An account that rows may be adopted into.
#[derive(Debug)]
pub(crate) struct Known {
    /// Against what it trades.
    pub(crate) mode: Mode,
    /// How it is opened; `None` where only a log knows it.
    pub(crate) opening: Option<Opening>,
}

impl Accounts {
    /// Takes the mappings `OLD=NEW`.
    pub(crate) fn map(&mut self, given: &[String]) -> Result<()> {
        for text in given {
            let (old, new) = text.split_once('=').unwrap_or((text, ""));
            if old.is_empty() || new.is_empty() {
                bail!(
                    "--account {text}: write OLD=NEW; rows that name no account have no default \
                     one: give each its account in a file of --decisions"
                );
            }
            let new = self.configured(new).with_context(|| format!("--account {text}"))?;
            if self.mapping.insert(old.to_owned(), new).is_some_and(|before| before != new) {
                bail!("--account {old} is mapped twice: to which account do its rows go?");
            }
        }
        Ok(())
    }

    /// The configured account of that name.
    pub(crate) fn configured(&self, name: &str) -> Result<AccountId> {
        let id = AccountId::new(name)?;
        if self.known.contains_key(&id) {
            return Ok(id);
        }
        bail!("account {name} is not configured (configured: {})", self.names())
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.known.keys().map(ToString::to_string).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }

    /// The account that a row's own name means.
    pub(crate) fn own(&self, row: &LegacyRow) -> Option<Result<AccountId, String>> {
        let name = row.get("account")?;
        if let Some(mapped) = self.mapping.get(name) {
            return Some(Ok(*mapped));
        }
        Some(self.configured(name).map_err(|_| {
            format!(
                "account {name:?} is not configured (configured: {}): map it with \
                 --account {name}=NEW if that is where it belongs",
                self.names()
            )
        }))
    }
}

/// What somebody decided about a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Whose it is.
    pub(crate) account: Option<AccountId>,
    /// Whether it is adopted in spite of what contradicts it, or left out.
    pub(crate) adopt: Option<bool>,
}

/// What somebody decided about rows, by table and id.
#[derive(Debug, Default)]
pub(crate) struct Decisions(HashMap<(LegacyTable, String), Decision>);

impl Decisions {
    /// Reads a CSV file with the columns `table`, `id` and `decision`.
    pub(crate) fn read(file: &Path, accounts: &Accounts) -> Result<Self> {
        let place = || format!("the decisions in {} cannot be read", file.display());
        let mut reader = csv::Reader::from_path(file).with_context(place)?;
        if reader.headers().with_context(place)? != vec!["table", "id", "decision"] {
            bail!("{}: the first line must be table,id,decision", file.display());
        }
        let mut decisions = HashMap::new();
        for (row, number) in reader.records().zip(2_u64..) {
            let row = row.with_context(place)?;
            let at = || format!("{}:{number}", file.display());
            let cell = |place: usize| row.get(place).unwrap_or_default().trim();
            let table = LegacyTable::of(cell(0))
                .with_context(|| format!("{}: table {:?} is none of the three", at(), cell(0)))?;
            let known: &mut Decision = decisions.entry((table, cell(1).to_owned())).or_default();
            match (cell(2), cell(2).strip_prefix("account=")) {
                ("drop", _) => known.adopt = Some(false),
                ("adopt", _) => known.adopt = Some(true),
                (_, Some(name)) => {
                    known.account = Some(accounts.configured(name).with_context(at)?);
                }
                (other, None) => {
                    bail!("{}: {other:?} is none of drop, adopt and account=NAME", at())
                }
            }
        }
        Ok(Self(decisions))
    }

    /// What was decided about a row.
    pub(crate) fn of(&self, table: LegacyTable, id: &str) -> Decision {
        self.0.get(&(table, id.to_owned())).copied().unwrap_or_default()
    }

    /// The first decision about a row that is not there.
    pub(crate) fn astray(&self, is_there: impl Fn(LegacyTable, &str) -> bool) -> Option<String> {
        let mut astray: Vec<String> = self
            .0
            .keys()
            .filter(|(table, id)| !is_there(*table, id))
            .map(|(table, id)| format!("{table} {id}"))
            .collect();
        astray.sort();
        astray.into_iter().next()
    }
}
