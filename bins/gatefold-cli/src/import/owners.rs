//! Which rows belong together, and whose each is.

use std::collections::{BTreeSet, HashMap};

use gatefold::core::vocabulary::AccountId;
use gatefold::postgres::{LegacyRow, LegacyTable, LegacyTables};

use crate::import::accounts::{Accounts, Decisions};
use crate::import::plan::{Class, Fact, Line, Plan, Verdict};

/// What is judged, and by what.
pub(crate) struct Old<'a> {
    pub(crate) tables: &'a LegacyTables,
    pub(crate) accounts: &'a Accounts,
    pub(crate) decisions: &'a Decisions,
    owners: HashMap<(LegacyTable, usize), Result<AccountId, String>>,
    by_id: HashMap<(LegacyTable, &'a str), Vec<usize>>,
    citing: HashMap<&'a str, Vec<usize>>,
}

/// One old row where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: LegacyTable,
    pub(crate) at: usize,
    pub(crate) row: &'a LegacyRow,
}

impl Place<'_> {
    /// Its id; its number where it has none.
    pub(crate) fn id(&self) -> String {
        self.row.get("id").map_or_else(|| format!("row {}", self.at + 1), str::to_owned)
    }
}

/// What was said so far.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) facts: Vec<Fact>,
    pub(crate) lines: Vec<Line>,
}

impl Draft {
    /// Says what becomes of a row.
    pub(crate) fn say(&mut self, place: &Place<'_>, account: Option<AccountId>, verdict: Verdict) {
        let (table, at, id) = (place.table, place.at, place.id());
        self.lines.push(Line { table, at, id, account, verdict });
    }

    /// Takes facts in and answers where they are.
    pub(crate) fn tell(&mut self, facts: impl IntoIterator<Item = Fact>) -> Vec<usize> {
        let first = self.facts.len();
        self.facts.extend(facts);
        (first..self.facts.len()).collect()
    }
}

const NOBODY: &str = "it names no account, and there is no default";

impl<'a> Old<'a> {
    pub(crate) fn new(
        tables: &'a LegacyTables,
        accounts: &'a Accounts,
        decisions: &'a Decisions,
    ) -> Self {
        let (owners, citing) = (HashMap::new(), HashMap::new());
        let by_id = HashMap::new();
        let mut old = Self { tables, accounts, decisions, owners, by_id, citing };
        for table in LegacyTable::ALL {
            for place in old.rows(table) {
                if let Some(id) = place.row.get("id") {
                    old.by_id.entry((table, id)).or_default().push(place.at);
                }
                if table == LegacyTable::Executions
                    && let Some(id) = place.row.get("recommendation")
                {
                    old.citing.entry(id).or_default().push(place.at);
                }
            }
        }
        // Each rests on the names of the ones before.
        for table in [LegacyTable::Recommendations, LegacyTable::Executions, LegacyTable::Positions]
        {
            for place in old.rows(table) {
                let owner = old.find_owner(&place);
                old.owners.insert((table, place.at), owner);
            }
        }
        old
    }

    /// The rows of a table.
    pub(crate) fn rows(&self, table: LegacyTable) -> Vec<Place<'a>> {
        let tables: &'a LegacyTables = self.tables;
        let rows = tables.rows(table).iter().enumerate();
        rows.map(|(at, row)| Place { table, at, row }).collect()
    }

    /// The rows that have an id.
    pub(crate) fn of_id(&self, table: LegacyTable, id: &str) -> Vec<Place<'a>> {
        self.places(table, self.by_id.get(&(table, id)))
    }

    /// The executions that cite a recommendation.
    pub(crate) fn executions_of(&self, recommendation: &str) -> Vec<Place<'a>> {
        self.places(LegacyTable::Executions, self.citing.get(recommendation))
    }

    fn places(&self, table: LegacyTable, rows: Option<&Vec<usize>>) -> Vec<Place<'a>> {
        let tables: &'a LegacyTables = self.tables;
        let rows = rows.into_iter().flatten();
        rows.filter_map(|at| tables.rows(table).get(*at).map(|row| Place { table, at: *at, row }))
            .collect()
    }

    /// Whose a row is.
    pub(crate) fn owner(&self, place: &Place<'_>) -> Result<AccountId, String> {
        let known = self.owners.get(&(place.table, place.at)).cloned();
        known.unwrap_or_else(|| Err(NOBODY.to_owned()))
    }

    /// What somebody decided, what it names itself, or what all its neighbors name.
    fn find_owner(&self, place: &Place<'a>) -> Result<AccountId, String> {
        if let Some(account) = self.decisions.of(place.table, &place.id()).account {
            return Ok(account);
        }
        if let Some(own) = self.accounts.own(place.row) {
            return own;
        }
        let neighbors: BTreeSet<AccountId> = match place.table {
            LegacyTable::Recommendations => {
                let id = place.row.get("id").unwrap_or_default();
                let named = |it: &Place<'_>| {
                    let decided = self.decisions.of(it.table, &it.id()).account;
                    decided.or_else(|| self.accounts.own(it.row)?.ok())
                };
                self.executions_of(id).iter().filter_map(named).collect()
            }
            LegacyTable::Executions => {
                let id = place.row.get("recommendation").unwrap_or_default();
                self.owners_of(LegacyTable::Recommendations, id)
            }
            LegacyTable::Positions => {
                let id = place.row.get("execution").unwrap_or_default();
                self.owners_of(LegacyTable::Executions, id)
            }
        };
        let mut neighbors = neighbors.into_iter();
        match (neighbors.next(), neighbors.next()) {
            (Some(only), None) => Ok(only),
            (None | Some(_), _) => Err(NOBODY.to_owned()),
        }
    }

    fn owners_of(&self, table: LegacyTable, id: &str) -> BTreeSet<AccountId> {
        self.of_id(table, id).iter().filter_map(|place| self.owner(place).ok()).collect()
    }

    /// What holds for every row before it is read: whose it is, whether somebody left it out, and
    /// whether it stands there twice.
    pub(crate) fn admit(&self, place: &Place<'a>) -> Result<AccountId, Verdict> {
        let account = self.owner(place);
        let account = account.map_err(|why| Verdict::dropped(Class::UnknownAccount, why))?;
        let Some(id) = place.row.get("id") else {
            return Err(Verdict::dropped(Class::Unreadable, "it has no id"));
        };
        if self.decision(place) == Some(false) {
            return Err(Verdict::dropped(Class::Decided, "somebody decided to leave it out"));
        }
        let same = self.of_id(place.table, id);
        let same: Vec<_> = same.iter().filter(|it| self.owner(it) == Ok(account)).collect();
        if same.iter().any(|it| it.row != place.row) {
            let why = format!("{} rows have this id, and they differ", same.len());
            return Err(Verdict::contradictory(Class::SameId, why, None));
        }
        match same.first() {
            Some(first) if first.at < place.at => {
                Err(Verdict::dropped(Class::Duplicate, "the same row stands before it"))
            }
            Some(_) | None => Ok(account),
        }
    }

    /// Whether somebody decided to adopt a row or to leave it out.
    pub(crate) fn decision(&self, place: &Place<'_>) -> Option<bool> {
        self.decisions.of(place.table, &place.id()).adopt
    }

    /// A contradiction, unless somebody decided that the row holds nonetheless.
    pub(crate) fn unless_adopted(
        &self,
        place: &Place<'_>,
        class: Class,
        why: String,
        adopt: &'static str,
    ) -> Result<(), Verdict> {
        match self.decision(place) {
            Some(true) => Ok(()),
            Some(false) | None => Err(Verdict::contradictory(class, why, Some(adopt))),
        }
    }

    /// Judges every row.
    pub(crate) fn plan(&self) -> Plan {
        let mut draft = Draft::default();
        crate::import::advice::judge(self, &mut draft);
        let trades = crate::import::trades::judge(self, &mut draft);
        let nets = crate::import::positions::judge(self, &trades, &mut draft);
        let openings = |account, at| crate::import::openings::of(self.accounts, account, at);
        let mut lines = draft.lines;
        lines.sort_by_key(|line| (line.table, line.at));
        Plan::new(draft.facts, lines, &openings, nets)
    }
}
