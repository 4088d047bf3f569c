//! How an oracle's files are read: by column name, as exact decimals.

use std::collections::HashMap;
use std::fmt::Debug;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use flate2::read::GzDecoder;
use gatefold_core::vocabulary::{Money, NetQuantity, Price, Quantity, Side};

/// One row of an oracle's file.
#[derive(Debug)]
pub(crate) struct Row(HashMap<String, String>);

/// All rows of a file under `data/`.
pub(crate) fn rows(file: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/data").join(file);
    let plain = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let source: Box<dyn Read> = match file.strip_suffix(".gz") {
        Some(_) => Box::new(GzDecoder::new(plain)),
        None => Box::new(plain),
    };
    let mut reader = csv::Reader::from_reader(source);
    let rows: Vec<Row> = reader.deserialize().map(|row| Row(row.unwrap())).collect();
    assert!(!rows.is_empty(), "{file} has no rows");
    rows
}

/// The values of a column, each once, in order of first appearance.
pub(crate) fn distinct(rows: &[Row], column: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for row in rows {
        let value = row.text(column);
        if !seen.iter().any(|it| it == value) {
            seen.push(value.to_owned());
        }
    }
    seen
}

impl Row {
    /// A column's text; empty where the source says nothing.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column} in {self:?}"))
    }

    /// A column that must be there.
    pub(crate) fn get<T: FromStr<Err: Debug>>(&self, column: &str) -> T {
        let text = self.text(column);
        text.parse().unwrap_or_else(|error| panic!("{column} is {text:?}: {error:?}"))
    }

    /// A column that may be empty.
    pub(crate) fn find<T: FromStr<Err: Debug>>(&self, column: &str) -> Option<T> {
        (!self.text(column).is_empty()).then(|| self.get(column))
    }

    pub(crate) fn quantity(&self) -> Quantity {
        self.get("qty")
    }

    pub(crate) fn side(&self) -> Side {
        match self.text("side") {
            "buy" => Side::Buy,
            "sell" => Side::Sell,
            other => panic!("side {other:?}"),
        }
    }

    /// A signed position.
    pub(crate) fn net(&self, column: &str) -> NetQuantity {
        let text = self.text(column);
        match text.strip_prefix('-') {
            Some(short) => NetQuantity::short(short.parse().unwrap()),
            None => NetQuantity::long(text.parse().unwrap()),
        }
    }

    /// A price that may have more decimals than a price holds: the nearest one.
    pub(crate) fn price_near(&self, column: &str) -> Price {
        near(self.money_near(column))
    }

    /// An amount that may have more decimals than money holds: those are cut off.
    pub(crate) fn money_near(&self, column: &str) -> Money {
        let text = self.text(column);
        let kept = text.find('.').map_or(text.len(), |point| text.len().min(point + 19));
        text[..kept].parse().unwrap_or_else(|error| panic!("{column} is {text:?}: {error}"))
    }
}

fn near(price: Money) -> Price {
    let nano = 1_000_000_000;
    let nanos = (price.attos() + nano / 2).div_euclid(nano);
    Price::from_nanos(i64::try_from(nanos).unwrap()).unwrap()
}

/// Asserts that two amounts differ by no more than what rounding explains.
#[track_caller]
pub(crate) fn assert_near(ours: Money, theirs: Money, within: Money, what: &str) {
    let gap = ours.saturating_sub(theirs).abs();
    assert!(gap <= within, "{what}: {ours} here, {theirs} there, {gap} apart");
}
