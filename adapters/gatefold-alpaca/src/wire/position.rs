//! A position as Alpaca describes it.

use serde::Deserialize;

use super::Number;

/// A position. Short ones have negative quantities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct Position {
    pub symbol: String,
    pub qty: Number,
    #[serde(default)]
    pub qty_available: Option<Number>,
    #[serde(default)]
    pub side: Option<String>,
    #[serde(default)]
    pub asset_class: Option<String>,
    #[serde(default)]
    pub avg_entry_price: Option<Number>,
    #[serde(default)]
    pub cost_basis: Option<Number>,
    #[serde(default)]
    pub market_value: Option<Number>,
    #[serde(default)]
    pub current_price: Option<Number>,
}
