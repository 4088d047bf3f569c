//! Quotes of the market data host, which writes decimals as numbers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Number;

/// A quote: ask and bid price and size, and the exchange's time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct Quote {
    pub t: String,
    pub ap: Option<Number>,
    #[serde(rename = "as")]
    pub ask_size: Option<Number>,
    pub bp: Option<Number>,
    pub bs: Option<Number>,
}

/// The latest quotes by symbol; a symbol nobody knows is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct LatestQuotes {
    #[serde(default)]
    pub quotes: BTreeMap<String, Option<Quote>>,
    #[serde(default)]
    pub next_page_token: Option<String>,
}
