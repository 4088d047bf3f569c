//! How events are written as Parquet is decided here: column by column, in groups of rows that fit
//! into little memory.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use gatefold::core::record::{Entry, Event};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{
    ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use crate::log::export::Sink;
use crate::log::export::columns::{COLUMNS, COUNT, Cell, Column, Type, cells};

/// A group of rows is written when it has so many ...
const ROWS_MAX: usize = 65_536;
/// ... or when its texts have so many bytes.
const TEXT_BYTES_MAX: usize = 16 * 1_048_576;
/// A decimal of 38 digits.
const DECIMAL_BYTES: usize = 16;
/// The largest number of 38 digits.
const DECIMAL_MAX: i128 = 10_i128.pow(38) - 1;

/// Columns that hardly ever repeat a value: a dictionary of them would be in the way.
const WITHOUT_DICTIONARY: [&str; 2] = ["event_id", "body"];

/// A Parquet file that is being written.
pub(crate) struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: [Values; COUNT],
    rows: usize,
    text_bytes: usize,
}

/// The values of a column in the group of rows that is being filled. Where a value may be missing,
/// a level for each row says whether it is there.
enum Values {
    Long(Vec<i64>),
    Int(Vec<i32>),
    Text(Vec<ByteArray>),
    MaybeText(Vec<ByteArray>, Vec<i16>),
    Decimal(Vec<FixedLenByteArray>, Vec<i16>),
}

impl<W: Write + Send> Parquet<W> {
    pub(crate) fn begin(out: W) -> Result<Self> {
        let schema = parse_message_type(&message())?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(format!("gatefold {}", env!("CARGO_PKG_VERSION")));
        let properties = WITHOUT_DICTIONARY.iter().fold(properties, |properties, name| {
            properties.set_column_dictionary_enabled(ColumnPath::from(*name), false)
        });
        let properties = Arc::new(properties.build());
        let writer = SerializedFileWriter::new(out, Arc::new(schema), properties)?;
        let columns = COLUMNS.each_ref().map(Values::of);
        Ok(Self { writer, columns, rows: 0, text_bytes: 0 })
    }

    fn write_rows(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.columns {
            let Some(mut column) = group.next_column()? else {
                bail!("the schema has fewer columns than an event");
            };
            values.write(&mut column)?;
            column.close()?;
            values.clear();
        }
        group.close()?;
        (self.rows, self.text_bytes) = (0, 0);
        Ok(())
    }
}

impl<W: Write + Send> Sink for Parquet<W> {
    fn put(&mut self, entry: &Entry<'_>, event: &Event) -> Result<()> {
        for ((values, cell), column) in
            self.columns.iter_mut().zip(cells(entry, event)).zip(&COLUMNS)
        {
            if let Cell::Text(Some(text)) = &cell {
                self.text_bytes += text.len();
            }
            values.push(cell).with_context(|| {
                format!("{} of position {} has no place in Parquet", column.name, entry.position)
            })?;
        }
        self.rows += 1;
        if self.rows < ROWS_MAX && self.text_bytes < TEXT_BYTES_MAX {
            return Ok(());
        }
        self.write_rows()
    }

    fn end(mut self: Box<Self>) -> Result<()> {
        if self.rows > 0 {
            self.write_rows()?;
        }
        self.writer.finish()?;
        Ok(self.writer.inner_mut().flush()?)
    }
}

/// The schema in Parquet's own words.
fn message() -> String {
    let mut text = String::from("message gatefold_events {\n");
    for Column { name, holds, .. } in &COLUMNS {
        let (before, after) = match holds {
            Type::Number => ("required int64", ""),
            Type::Small => ("required int32", ""),
            Type::Time => ("required int64", " (TIMESTAMP(NANOS, true))"),
            Type::Text => ("required binary", " (STRING)"),
            Type::MaybeText => ("optional binary", " (STRING)"),
            Type::Nanos => ("optional fixed_len_byte_array(16)", " (DECIMAL(38, 9))"),
            Type::Attos => ("optional fixed_len_byte_array(16)", " (DECIMAL(38, 18))"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {before} {name}{after};");
    }
    text.push('}');
    text
}

impl Values {
    fn of(column: &Column) -> Self {
        match column.holds {
            Type::Number | Type::Time => Self::Long(Vec::new()),
            Type::Small => Self::Int(Vec::new()),
            Type::Text => Self::Text(Vec::new()),
            Type::MaybeText => Self::MaybeText(Vec::new(), Vec::new()),
            Type::Nanos | Type::Attos => Self::Decimal(Vec::new(), Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell) -> Result<()> {
        match (self, cell) {
            (Self::Long(values), Cell::Number(number)) => values.push(i64::try_from(number)?),
            (Self::Long(values), Cell::Time(at)) => values.push(at.nanos()),
            (Self::Int(values), Cell::Small(number)) => values.push(i32::from(number)),
            (Self::Text(values), Cell::Text(Some(text))) => values.push(bytes(text)),
            (Self::MaybeText(values, levels), Cell::Text(text)) => {
                maybe(values, levels, text.map(bytes));
            }
            (Self::Decimal(values, levels), Cell::Quantity(it)) => {
                maybe(values, levels, decimal(it.map(|it| i128::from(it.nanos())))?);
            }
            (Self::Decimal(values, levels), Cell::Price(it)) => {
                maybe(values, levels, decimal(it.map(|it| i128::from(it.nanos())))?);
            }
            (Self::Decimal(values, levels), Cell::Money(it)) => {
                maybe(values, levels, decimal(it.map(|it| it.attos()))?);
            }
            (_, cell) => bail!("a column does not hold {cell:?}"),
        }
        Ok(())
    }

    fn write(&self, column: &mut SerializedColumnWriter<'_>) -> Result<()> {
        match self {
            Self::Long(values) => column.typed::<Int64Type>().write_batch(values, None, None)?,
            Self::Int(values) => column.typed::<Int32Type>().write_batch(values, None, None)?,
            Self::Text(values) => {
                column.typed::<ByteArrayType>().write_batch(values, None, None)?
            }
            Self::MaybeText(values, levels) => {
                column.typed::<ByteArrayType>().write_batch(values, Some(levels), None)?
            }
            Self::Decimal(values, levels) => {
                column.typed::<FixedLenByteArrayType>().write_batch(values, Some(levels), None)?
            }
        };
        Ok(())
    }

    fn clear(&mut self) {
        match self {
            Self::Long(values) => values.clear(),
            Self::Int(values) => values.clear(),
            Self::Text(values) => values.clear(),
            Self::MaybeText(values, levels) => (values.clear(), levels.clear()).1,
            Self::Decimal(values, levels) => (values.clear(), levels.clear()).1,
        }
    }
}

fn maybe<T>(values: &mut Vec<T>, levels: &mut Vec<i16>, value: Option<T>) {
    levels.push(i16::from(value.is_some()));
    values.extend(value);
}

fn bytes(text: String) -> ByteArray {
    ByteArray::from(text.into_bytes())
}

fn decimal(units: Option<i128>) -> Result<Option<FixedLenByteArray>> {
    let Some(units) = units else {
        return Ok(None);
    };
    if units.unsigned_abs() > DECIMAL_MAX.unsigned_abs() {
        bail!("more than 38 digits");
    }
    let bytes: [u8; DECIMAL_BYTES] = units.to_be_bytes();
    Ok(Some(FixedLenByteArray::from(bytes.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_signed_and_has_at_most_38_digits() {
        assert_eq!(decimal(Some(-2)).unwrap().unwrap().data(), (-2_i128).to_be_bytes());
        assert!(decimal(Some(DECIMAL_MAX)).unwrap().is_some());
        assert!(decimal(Some(-DECIMAL_MAX)).unwrap().is_some());
        assert!(decimal(Some(DECIMAL_MAX + 1)).is_err());
        assert!(decimal(Some(i128::MIN)).is_err());
        assert!(decimal(None).unwrap().is_none());
    }
}
