//! How events are written as CSV and as JSON Lines is decided here.

use std::io::Write;

use anyhow::Result;
use gatefold::core::record::{Entry, Event};

use crate::log::export::Sink;
use crate::log::export::columns::{COLUMNS, Cell, cells};
use crate::log::json;
use crate::log::row::{self, Width};

/// One JSON object a line.
pub(crate) struct JsonLines<W> {
    out: W,
    line: String,
}

impl<W: Write> JsonLines<W> {
    pub(crate) fn begin(out: W) -> Self {
        Self { out, line: String::new() }
    }
}

impl<W: Write> Sink for JsonLines<W> {
    fn put(&mut self, entry: &Entry<'_>, event: &Event) -> Result<()> {
        self.line.clear();
        row::line(&mut self.line, entry, event, Width::Columns);
        Ok(self.out.write_all(self.line.as_bytes())?)
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        Ok(self.out.flush()?)
    }
}

/// Comma-separated, the names of the columns first, nothing where something is missing.
pub(crate) struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Csv<W> {
    pub(crate) fn begin(out: W) -> Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS.iter().map(|column| column.name))?;
        Ok(Self(writer))
    }
}

impl<W: Write> Sink for Csv<W> {
    fn put(&mut self, entry: &Entry<'_>, event: &Event) -> Result<()> {
        Ok(self.0.write_record(cells(entry, event).map(shown))?)
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        Ok(self.0.flush()?)
    }
}

fn shown(cell: Cell) -> String {
    match cell {
        Cell::Number(number) => number.to_string(),
        Cell::Small(number) => number.to_string(),
        Cell::Time(at) => json::time(at),
        Cell::Text(text) => text.unwrap_or_default(),
        Cell::Quantity(quantity) => quantity.map_or_else(String::new, |it| it.to_string()),
        Cell::Price(price) => price.map_or_else(String::new, |it| it.to_string()),
        Cell::Money(money) => money.map_or_else(String::new, |it| it.to_string()),
    }
}
