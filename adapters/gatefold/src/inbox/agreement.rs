//! What must hold between the symbol and the fields that say the same again is decided here: a
//! field that contradicts it fails the line, with both.

use gatefold_core::vocabulary::{Date, Instrument, OptionContract, Price, Right, Symbol};

use crate::inbox::fields::{Fields, clip};

/// What a line says besides its symbol.
struct Said {
    kind: Option<String>,
    ticker: Option<Symbol>,
    right: Option<Right>,
    strike: Option<Price>,
    expiry: Option<Date>,
}

pub(super) fn check(fields: &mut Fields<'_>, instrument: Option<&Instrument>) {
    let said = Said {
        kind: fields.read("instrument", |text| match text {
            "option" | "equity" | "stock" => Ok(text.to_owned()),
            other => Err(format!("{:?} is not known: write option or equity", clip(other))),
        }),
        ticker: fields.read("ticker", Symbol::new),
        right: fields.read("right", |text| match text {
            "call" => Ok(Right::Call),
            "put" => Ok(Right::Put),
            other => Err(format!("{:?} is not known: write call or put", clip(other))),
        }),
        strike: fields.read("strike", str::parse::<Price>),
        expiry: fields.read("expiry", str::parse::<Date>),
    };
    let Some(instrument) = instrument else { return };
    let differences = match instrument {
        Instrument::Equity(equity) => with_stock(&said, equity.0),
        Instrument::Option(contract) => with_option(&said, contract),
    };
    for (name, given, found) in differences.into_iter().flatten() {
        fields.refuse(format!(
            "`{name}` is {given}, but symbol {instrument} is {found}: correct one of them"
        ));
    }
}

/// A field, what it says, and what the symbol says.
type Difference = Option<(&'static str, String, String)>;

fn with_stock(said: &Said, symbol: Symbol) -> [Difference; 5] {
    let kind = said.kind.clone().filter(|kind| kind == "option");
    let ticker = said.ticker.filter(|ticker| *ticker != symbol);
    let none = || String::from("no option");
    [
        kind.map(|kind| ("instrument", kind, String::from("a stock"))),
        ticker.map(|ticker| ("ticker", ticker.to_string(), symbol.to_string())),
        said.right.map(|right| ("right", name(right).to_owned(), none())),
        said.strike.map(|strike| ("strike", strike.to_string(), none())),
        said.expiry.map(|expiry| ("expiry", expiry.to_string(), none())),
    ]
}

fn with_option(said: &Said, contract: &OptionContract) -> [Difference; 5] {
    let (root, underlying) = (contract.root(), contract.underlying());
    let kind = said.kind.clone().filter(|kind| kind != "option");
    // SPXW is a root on SPX: advisers call either the ticker.
    let other = |ticker: &Symbol| *ticker != underlying && ticker.as_str() != root.as_str();
    let ticker = said.ticker.filter(other);
    let right = said.right.filter(|right| *right != contract.right());
    let strike = said.strike.filter(|strike| *strike != contract.strike());
    let expiry = said.expiry.filter(|expiry| *expiry != contract.expiry());
    [
        kind.map(|kind| ("instrument", kind, String::from("an option"))),
        ticker.map(|ticker| ("ticker", ticker.to_string(), format!("on {underlying}"))),
        right.map(|right| ("right", name(right).into(), format!("a {}", name(contract.right())))),
        strike.map(|strike| ("strike", strike.to_string(), format!("at {}", contract.strike()))),
        expiry.map(|expiry| ("expiry", expiry.to_string(), format!("of {}", contract.expiry()))),
    ]
}

fn name(right: Right) -> &'static str {
    match right {
        Right::Call => "call",
        Right::Put => "put",
    }
}
