//! An append on its way to the database, in columns, and a group of them as `log_append` takes it.

use std::error::Error;

use gatefold_core::record::{Append, AppendError, Epoch, Record, Stream, Version};
use gatefold_core::vocabulary::EventId;
use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::log::frame::{Facts, checksum};

/// An event's id as a `uuid`, whose text begins as the id's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Uuid(pub(crate) u128);

impl ToSql for Uuid {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0.to_be_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::UUID
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Uuid {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(u128::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::UUID
    }
}

/// A column's number. What is out of a column's range is nothing that a log ever reaches, and
/// equals nothing in it.
pub(crate) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The number of a column that is never negative.
pub(crate) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// Where a batch goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// The stream's number in the database.
    pub(crate) stream: i32,
    /// The stream whose lease it is appended under, if under one.
    pub(crate) lease: Option<i32>,
}

/// One append.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) stream: Stream,
    pub(crate) expected: Version,
    pub(crate) epoch: Epoch,
    pub(crate) target: Target,
    pub(crate) records: Vec<Record>,
    checksums: Vec<i32>,
    /// What is summed of its events, one after another.
    summed: Vec<u8>,
}

impl Batch {
    /// Sums an append, which is within the bounds.
    pub(crate) fn of(append: &Append<'_>, target: Target) -> Self {
        let Append { stream, expected, epoch, records } = *append;
        let name = stream.to_string();
        let mut summed = Vec::new();
        let mut checksums = Vec::with_capacity(records.len());
        let mut version = expected;
        for record in records {
            version = version.next();
            let begin = summed.len();
            Facts::of(&name, version.get(), epoch.get(), record).write(&mut summed);
            checksums.push(checksum(summed.get(begin..).unwrap_or_default()));
        }
        let records = records.to_vec();
        Self { stream, expected, epoch, target, records, checksums, summed }
    }

    pub(crate) fn events(&self) -> u64 {
        u64::try_from(self.records.len()).unwrap_or(u64::MAX)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.body.len()).sum()
    }
}

/// The bounds of an append, and that no id stands in it twice.
pub(crate) fn check(append: &Append<'_>) -> Result<(), AppendError> {
    append.check_bounds()?;
    match twice(append.records) {
        Some(id) => Err(AppendError::IdReused { stream: append.stream, id }),
        None => Ok(()),
    }
}

fn twice(records: &[Record]) -> Option<EventId> {
    let mut ids: Vec<EventId> = records.iter().map(|record| record.id).collect();
    ids.sort_unstable();
    ids.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    })
}

/// The parameters of `log_append`.
#[derive(Debug, Default)]
pub(crate) struct Columns<'a> {
    streams: Vec<i32>,
    leases: Vec<Option<i32>>,
    expected: Vec<i64>,
    epochs: Vec<i64>,
    counts: Vec<i32>,
    digest: Vec<u8>,
    batches: Vec<i32>,
    versions: Vec<i64>,
    ids: Vec<Uuid>,
    tags: Vec<i32>,
    schemas: Vec<i32>,
    times: Vec<i64>,
    checksums: Vec<i32>,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(group: &[&'a Batch]) -> Self {
        let (mut columns, mut hasher) = (Self::default(), blake3::Hasher::new());
        for (batch, number) in group.iter().zip(1_i32..) {
            columns.streams.push(batch.target.stream);
            columns.leases.push(batch.target.lease);
            columns.expected.push(column(batch.expected.get()));
            columns.epochs.push(column(batch.epoch.get()));
            columns.counts.push(i32::try_from(batch.records.len()).unwrap_or(i32::MAX));
            columns.checksums.extend_from_slice(&batch.checksums);
            hasher.update(&batch.summed);
            let mut version = batch.expected;
            for record in &batch.records {
                version = version.next();
                columns.batches.push(number);
                columns.versions.push(column(version.get()));
                columns.ids.push(Uuid(record.id.raw()));
                columns.tags.push(i32::from(record.tag));
                columns.schemas.push(i32::from(record.schema));
                columns.times.push(record.at.nanos());
                columns.bodies.push(&record.body);
            }
        }
        columns.digest = hasher.finalize().as_bytes().to_vec();
        columns
    }

    pub(crate) fn parameters(&self) -> [&(dyn ToSql + Sync); 14] {
        [
            &self.streams,
            &self.leases,
            &self.expected,
            &self.epochs,
            &self.counts,
            &self.digest,
            &self.batches,
            &self.versions,
            &self.ids,
            &self.tags,
            &self.schemas,
            &self.times,
            &self.checksums,
            &self.bodies,
        ]
    }
}
