//! Which columns of the old tables mean what: the names that were in use, and the ones that
//! somebody gives.

use std::collections::BTreeMap;
use std::fmt;

use crate::legacy::error::LegacyError;

/// One of the old service's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegacyTable {
    /// What it was advised.
    Recommendations,
    /// What it traded, or pretended to.
    Executions,
    /// What it took itself to hold.
    Positions,
}

/// What a column of an old table means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name here.
    pub name: &'static str,
    /// The columns that hold it, the first that is there.
    pub columns: &'static [&'static str],
    /// Whether a table without it cannot be read.
    pub must: bool,
}

const fn must(name: &'static str, columns: &'static [&'static str]) -> Field {
    Field { name, columns, must: true }
}

const fn may(name: &'static str, columns: &'static [&'static str]) -> Field {
    Field { name, columns, must: false }
}

const ACCOUNT: Field = may("account", &["account_name", "account"]);
const SYMBOL: Field = must("symbol", &["symbol", "option_symbol"]);
const TICKER: Field = may("ticker", &["ticker", "underlying"]);
const STOP: Field = may("stop_price", &["stop_price", "stop_loss", "stop_loss_price"]);
const TARGET: Field = may("target_price", &["target_price", "take_profit", "take_profit_price"]);
const STRATEGY: Field = may("strategy", &["strategy", "strategy_name", "strategy_type"]);
const QUANTITY: Field = must("quantity", &["quantity", "qty"]);

const RECOMMENDATIONS: &[Field] = &[
    must("id", &["recommendation_id", "id"]),
    ACCOUNT,
    SYMBOL,
    TICKER,
    must("action", &["action", "side"]),
    QUANTITY,
    must("status", &["status"]),
    must("created_at", &["created_at", "ts"]),
    may("limit_price", &["limit_price", "entry_price", "price"]),
    may("confidence", &["confidence"]),
    STRATEGY,
    STOP,
    TARGET,
    may("reason", &["status_reason", "failure_reason", "error_message", "reason", "error"]),
    may("status_at", &["status_at", "processed_at", "updated_at"]),
];

const EXECUTIONS: &[Field] = &[
    must("id", &["execution_id", "id"]),
    may("recommendation", &["recommendation_id"]),
    ACCOUNT,
    SYMBOL,
    TICKER,
    must("action", &["action", "side"]),
    QUANTITY,
    must("price", &["price", "fill_price", "entry_price"]),
    must("mode", &["execution_mode", "mode"]),
    must("executed_at", &["executed_at", "filled_at", "simulated_ts", "created_at"]),
    may("notional", &["notional"]),
    may("fee", &["fee", "commission"]),
    may("broker_order", &["broker_order_id", "order_id"]),
];

const POSITIONS: &[Field] = &[
    must("id", &["position_id", "id"]),
    ACCOUNT,
    SYMBOL,
    TICKER,
    QUANTITY,
    may("side", &["side", "direction"]),
    may("execution", &["execution_id"]),
    may("entry_price", &["entry_price", "average_price"]),
    may("cost", &["cost", "notional"]),
    STRATEGY,
    STOP,
    TARGET,
    may("status", &["status"]),
    may("opened_at", &["opened_at", "entry_time", "created_at"]),
    may("closed_at", &["closed_at", "exit_time"]),
    may("exit_price", &["exit_price", "close_price"]),
];

impl LegacyTable {
    /// All three, in the order in which they are read and told.
    pub const ALL: [Self; 3] = [Self::Recommendations, Self::Executions, Self::Positions];

    /// Its name in reports and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recommendations => "recommendations",
            Self::Executions => "executions",
            Self::Positions => "positions",
        }
    }

    /// The table of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// What its columns may mean.
    #[must_use]
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Recommendations => RECOMMENDATIONS,
            Self::Executions => EXECUTIONS,
            Self::Positions => POSITIONS,
        }
    }

    /// What it was called, the first that is there.
    #[must_use]
    pub const fn known_as(self) -> &'static [&'static str] {
        match self {
            Self::Recommendations => &["recommendations", "dispatch_recommendations"],
            Self::Executions => &["dispatch_executions", "executions"],
            Self::Positions => &["active_positions", "positions"],
        }
    }
}

impl fmt::Display for LegacyTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Names that somebody gave because the tables or columns are called otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    tables: BTreeMap<LegacyTable, String>,
    columns: BTreeMap<(LegacyTable, &'static str), String>,
}

impl Naming {
    /// Takes `TABLE=NAME` or `TABLE.FIELD=COLUMN`.
    ///
    /// # Errors
    /// [`LegacyError::Naming`], with what may be named.
    pub fn add(&mut self, text: &str) -> Result<(), LegacyError> {
        let refused =
            |remedy: &str| LegacyError::Naming { text: text.to_owned(), remedy: remedy.to_owned() };
        const REMEDY: &str = "write TABLE=NAME or TABLE.FIELD=COLUMN, where TABLE is \
                              recommendations, executions or positions";
        let (what, name) = text.split_once('=').ok_or_else(|| refused(REMEDY))?;
        let (table, field) = match what.split_once('.') {
            Some((table, field)) => (table, Some(field)),
            None => (what, None),
        };
        let table = LegacyTable::of(table).ok_or_else(|| refused(REMEDY))?;
        let Some(field) = field else {
            self.tables.insert(table, name.to_owned());
            return Ok(());
        };
        let mut fields = table.fields().iter();
        let Some(field) = fields.find(|known| known.name == field) else {
            let known: Vec<&str> = table.fields().iter().map(|it| it.name).collect();
            return Err(refused(&format!("the fields of {table} are {}", known.join(", "))));
        };
        self.columns.insert((table, field.name), name.to_owned());
        Ok(())
    }

    /// The names that a table may have.
    #[must_use]
    pub fn tables(&self, table: LegacyTable) -> Vec<String> {
        match self.tables.get(&table) {
            Some(name) => vec![name.clone()],
            None => table.known_as().iter().map(ToString::to_string).collect(),
        }
    }

    /// Finds each field's column among those that a table has.
    ///
    /// # Errors
    /// [`LegacyError::NoColumn`] for a field that must be there, or one that was named.
    pub fn header(
        &self,
        table: LegacyTable,
        found: &str,
        columns: &[String],
    ) -> Result<Header, LegacyError> {
        let mut header = Header { found: found.to_owned(), ..Header::default() };
        for field in table.fields() {
            let given = self.columns.get(&(table, field.name));
            let names: Vec<String> = match given {
                Some(name) => vec![name.clone()],
                None => field.columns.iter().map(ToString::to_string).collect(),
            };
            let at = names.iter().find_map(|name| columns.iter().position(|it| it == name));
            match at {
                Some(at) => header.places.push((field.name, at)),
                None if field.must || given.is_some() => {
                    let (found, field) = (found.to_owned(), field.name);
                    return Err(LegacyError::NoColumn { table, found, field, names });
                }
                None => header.missing.push(field.name),
            }
        }
        let read = |at: usize| header.places.iter().any(|(_, place)| *place == at);
        let unread = columns.iter().enumerate().filter(|(at, _)| !read(*at));
        header.unread = unread.map(|(_, name)| name.clone()).collect();
        Ok(header)
    }
}

/// Where the fields of a table are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// What the table is called.
    pub found: String,
    /// Each field that is there, and the number of its column.
    pub places: Vec<(&'static str, usize)>,
    /// Fields that the table has no column for.
    pub missing: Vec<&'static str>,
    /// Columns that mean nothing here.
    pub unread: Vec<String>,
}

/// One row, each value as its text; what is `NULL` is not in it. Times are RFC 3339 in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacyRow {
    fields: BTreeMap<&'static str, String>,
}

impl LegacyRow {
    /// A row of these fields.
    #[must_use]
    pub fn of(fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { fields: fields.into_iter().collect() }
    }

    /// A field's text, without blanks around; `None` where the row has none.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}

/// The three tables, read at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacyTables {
    rows: BTreeMap<LegacyTable, Vec<LegacyRow>>,
    headers: BTreeMap<LegacyTable, Header>,
    /// What a reader of the report should know of how they were read.
    pub notes: Vec<String>,
}

impl LegacyTables {
    /// Adds a table, and says what of it is not read.
    pub fn add(&mut self, table: LegacyTable, header: Header, rows: Vec<LegacyRow>) {
        if header.missing.contains(&ACCOUNT.name) {
            self.notes.push(format!("{} has no account column", header.found));
        }
        if !header.unread.is_empty() {
            let unread = header.unread.join(", ");
            self.notes.push(format!("columns of {} that are not read: {unread}", header.found));
        }
        self.rows.insert(table, rows);
        self.headers.insert(table, header);
    }

    /// A table's rows, in the order in which they stood.
    #[must_use]
    pub fn rows(&self, table: LegacyTable) -> &[LegacyRow] {
        self.rows.get(&table).map_or(&[], Vec::as_slice)
    }

    /// What a table is called; its name here where it was not read.
    #[must_use]
    pub fn found(&self, table: LegacyTable) -> &str {
        self.headers.get(&table).map_or(table.name(), |header| &header.found)
    }
}
