//! What Alpaca's bodies say: lenient in what is there, exact in numbers, and never a reason to stop
//! reading.
//!
//! Unknown fields are skipped and words that stand for a choice (status, side, type) are kept as
//! text: who needs their meaning asks for it, and an unknown word is a value of its own. Decimals
//! are kept as the text they came as, whether in quotes or not. A row that cannot be read spoils
//! itself, not its page.

mod account;
mod activity;
mod error;
mod instrument;
mod market;
mod number;
mod order;
mod position;
mod stream;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

pub use account::{Account, CalendarDay, Clock};
pub use activity::{Activity, ActivityKind};
pub use error::ErrorBody;
pub use instrument::{Asset, ContractPage, OptionContract};
pub use market::{LatestQuotes, Quote};
pub use number::Number;
pub use order::{BulkItem, Order, Status};
pub use position::Position;
pub use stream::{Frame, LISTEN, TradeUpdate, UpdateKind, authenticate};

use gatefold_core::vocabulary::Timestamp;

/// So much of a body is shown in an error.
const EXCERPT_CHARS_MAX: usize = 160;

/// Why a body, or a row of one, is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be read ({reason}): {excerpt}")]
pub struct WireError {
    /// What was expected.
    pub what: &'static str,
    /// What the parser said.
    pub reason: String,
    /// The beginning of what came.
    pub excerpt: String,
}

impl WireError {
    pub(crate) fn new(what: &'static str, reason: impl ToString, body: &[u8]) -> Self {
        Self { what, reason: reason.to_string(), excerpt: excerpt(body) }
    }
}

/// The beginning of a body, on one line.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.chars().take(EXCERPT_CHARS_MAX).collect()
}

/// One object.
///
/// # Errors
/// [`WireError`] where it is not that object; nothing can be concluded from it then.
pub fn decode<'a, T: Deserialize<'a>>(what: &'static str, body: &'a [u8]) -> Result<T, WireError> {
    serde_json::from_slice(body).map_err(|error| WireError::new(what, error, body))
}

/// The rows of a page, and those among them that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows<T> {
    /// Those that could.
    pub rows: Vec<T>,
    /// How many there were, readable or not: whether a page was full.
    pub count: usize,
    /// Those that could not.
    pub parked: Vec<WireError>,
}

/// A list, row by row.
///
/// # Errors
/// [`WireError`] where it is no list at all.
pub fn decode_rows<'a, T: Deserialize<'a>>(
    what: &'static str,
    body: &'a [u8],
) -> Result<Rows<T>, WireError> {
    let raw: Vec<&RawValue> = decode(what, body)?;
    let mut page = Rows { rows: Vec::new(), count: raw.len(), parked: Vec::new() };
    for row in raw {
        match serde_json::from_str(row.get()) {
            Ok(row) => page.rows.push(row),
            Err(error) => page.parked.push(WireError::new(what, error, row.get().as_bytes())),
        }
    }
    Ok(page)
}

/// A moment, where there is one.
pub(crate) fn moment(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

/// Text that may be null.
pub(crate) fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}
