//! What may be traded: assets and option contracts.

use serde::Deserialize;

use super::Number;

/// A stock, as the broker knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct Asset {
    pub symbol: String,
    pub class: String,
    pub exchange: String,
    pub status: String,
    pub tradable: bool,
    pub fractionable: bool,
    pub shortable: bool,
    pub easy_to_borrow: bool,
    pub borrow_status: Option<String>,
}

/// An option contract, as the broker knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct OptionContract {
    pub symbol: String,
    pub status: String,
    pub tradable: bool,
    pub expiration_date: Option<String>,
    pub underlying_symbol: Option<String>,
    pub strike_price: Option<Number>,
    pub size: Option<Number>,
    pub multiplier: Option<Number>,
    pub open_interest: Option<Number>,
    pub open_interest_date: Option<String>,
}

/// A page of contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are the wire's, by its names")]
pub struct ContractPage {
    pub option_contracts: Vec<OptionContract>,
    #[serde(alias = "page_token")]
    pub next_page_token: Option<String>,
}
