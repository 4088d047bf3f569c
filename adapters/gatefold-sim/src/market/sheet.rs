//! How a table on disk is read is decided here: CSV with a header, plain or gzipped, columns by
//! name, and every error with its place.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use csv::{Reader, StringRecord};
use flate2::read::MultiGzDecoder;

use crate::market::MarketError;

/// A table of which `N` columns are read.
pub(super) struct Sheet<const N: usize> {
    file: String,
    reader: Reader<Box<dyn Read>>,
    names: [&'static str; N],
    places: [usize; N],
    record: StringRecord,
}

impl<const N: usize> Sheet<N> {
    /// Opens a file and finds the columns.
    pub(super) fn open(path: &Path, names: [&'static str; N]) -> Result<Self, MarketError> {
        let file = path.display().to_string();
        let opened = File::open(path)
            .map_err(|source| MarketError::Unreadable { path: file.clone(), source })?;
        let plain = BufReader::new(opened);
        let bytes: Box<dyn Read> = if path.extension().is_some_and(|it| it == "gz") {
            Box::new(BufReader::new(MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        let mut reader = Reader::from_reader(bytes);
        let header = reader.headers().map_err(|error| broken(&file, &error))?.clone();
        let mut places = [0; N];
        for (place, column) in places.iter_mut().zip(names) {
            *place = header.iter().position(|found| found == column).ok_or_else(|| {
                let found = header.iter().collect::<Vec<_>>().join(",");
                MarketError::Column { file: file.clone(), column, found }
            })?;
        }
        Ok(Self { file, reader, names, places, record: StringRecord::new() })
    }

    /// Goes on to the next row; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, MarketError> {
        let read = self.reader.read_record(&mut self.record);
        read.map_err(|error| broken(&self.file, &error))
    }

    /// The text of a column of this row.
    pub(super) fn text(&self, column: usize) -> &str {
        let place = self.places.get(column).copied();
        place.and_then(|place| self.record.get(place)).unwrap_or_default()
    }

    /// The value of a column of this row.
    pub(super) fn value<T: FromStr<Err: Display>>(&self, column: usize) -> Result<T, MarketError> {
        self.text(column).parse().map_err(|error: T::Err| self.refuse(column, error.to_string()))
    }

    /// An error about a column of this row.
    pub(super) fn refuse(&self, column: usize, remedy: String) -> MarketError {
        MarketError::Value {
            file: self.file.clone(),
            line: self.line(),
            column: self.names.get(column).copied().unwrap_or("?"),
            value: self.text(column).to_owned(),
            remedy,
        }
    }

    /// The name of the file.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The line of this row, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.record.position().map_or(1, csv::Position::line)
    }
}

fn broken(file: &str, error: &csv::Error) -> MarketError {
    let line = error.position().map_or(1, csv::Position::line);
    let reason = format!("{error}: fetch the file again");
    MarketError::Row { file: file.to_owned(), line, reason }
}
