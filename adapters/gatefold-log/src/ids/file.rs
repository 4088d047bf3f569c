//! `index/<segment>.gfi`: the ids of one finished segment. A cache: what is missing, stale or
//! damaged is made again from the segment.
//!
//! Pages of 4 KiB, each with the CRC of the segment's salt, the page's number and its bytes: one
//! header, the bloom filter, the first key of each page of the table, the table sorted by key.

use std::sync::{Mutex, OnceLock, PoisonError};

use gatefold_core::record::disk::{Access, Disk, DiskError};
use gatefold_core::vocabulary::EventId;

use crate::error::WalkError;
use crate::format::bytes::{array_at, put, u32_at, u64_at, wide};
use crate::ids::bloom::{BLOOM_BLOCK_BYTES, Bloom, blocks_for};
use crate::ids::kept::Kept;
use crate::ids::scan;
use crate::ids::{Finished, IdAt, Known, key_of};

/// The directory of id files.
pub(crate) const INDEX: &str = "index";
const MAGIC: &[u8; 8] = b"GFIDS001";
pub(super) const PAGE_BYTES: usize = 4_096;
pub(super) const SUM_AT: usize = PAGE_BYTES - 4;
/// What fits into a page before its sum: blocks of the filter, first keys, entries.
pub(super) const BLOCKS_PER_PAGE: usize = SUM_AT / BLOOM_BLOCK_BYTES;
pub(super) const KEYS_PER_PAGE: usize = SUM_AT / 8;
pub(super) const ENTRIES_PER_PAGE: usize = SUM_AT / ENTRY_BYTES;
const ENTRY_BYTES: usize = 16;

/// The id file of a finished segment, with what is kept of it in memory once it was asked.
pub(crate) struct IdFile {
    segment: Finished,
    /// How many its header says that there are.
    entries: u64,
    kept: OnceLock<Kept>,
    /// Held by who reads it, so that nobody else does.
    reading: Mutex<()>,
}

/// The path of a segment's id file.
fn path_of(segment: &Finished) -> String {
    let name = segment.name.to_string();
    format!("{INDEX}/{}.gfi", name.strip_suffix(".gfl").unwrap_or(&name))
}

pub(super) fn sum_of(salt: u64, page: u64, bytes: &[u8]) -> u32 {
    let place = [salt.to_le_bytes(), page.to_le_bytes()].concat();
    crc32c::crc32c_append(crc32c::crc32c(&place), &bytes[..SUM_AT])
}

/// The pages that hold `bytes`, so many of them in each.
fn paged(out: &mut Vec<u8>, bytes: &[u8], per_page: usize) {
    for piece in bytes.chunks(per_page) {
        let start = out.len();
        out.extend_from_slice(piece);
        out.resize(start + PAGE_BYTES, 0);
    }
}

/// The whole file for these entries, which are sorted.
fn encode(segment: &Finished, entries: &[IdAt]) -> Vec<u8> {
    let mut bloom = Bloom::new(wide(entries.len()));
    let mut table = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    for entry in entries {
        bloom.insert(entry.key);
        table.extend_from_slice(&entry.key.to_le_bytes());
        table.extend_from_slice(&entry.group.to_le_bytes());
        table.extend_from_slice(&entry.frame.to_le_bytes());
    }
    let firsts: Vec<u8> = entries
        .chunks(ENTRIES_PER_PAGE)
        .filter_map(|page| page.first())
        .flat_map(|entry| entry.key.to_le_bytes())
        .collect();
    let mut bytes = vec![0; PAGE_BYTES];
    put(&mut bytes, 0, MAGIC);
    put(&mut bytes, 16, &segment.salt.to_le_bytes());
    put(&mut bytes, 24, &segment.digest);
    put(&mut bytes, 56, &wide(entries.len()).to_le_bytes());
    paged(&mut bytes, &bloom.to_bytes(), BLOCKS_PER_PAGE * BLOOM_BLOCK_BYTES);
    paged(&mut bytes, &firsts, KEYS_PER_PAGE * 8);
    paged(&mut bytes, &table, ENTRIES_PER_PAGE * ENTRY_BYTES);
    for (number, page) in bytes.chunks_mut(PAGE_BYTES).enumerate() {
        let sum = sum_of(segment.salt, wide(number), page);
        put(page, SUM_AT, &sum.to_le_bytes());
    }
    bytes
}

/// How many pages hold the filter, the first keys, and the table.
pub(super) fn pages_for(entries: u64) -> (u64, u64, u64) {
    let table = entries.div_ceil(wide(ENTRIES_PER_PAGE));
    let bloom = blocks_for(entries).div_ceil(wide(BLOCKS_PER_PAGE));
    (bloom, table.div_ceil(wide(KEYS_PER_PAGE)), table)
}

/// The file of a segment for reading, if it is there.
pub(super) fn opened<D: Disk>(disk: &D, segment: &Finished) -> Result<Option<D::File>, DiskError> {
    match disk.open(&path_of(segment), Access::Read) {
        Ok(file) => Ok(Some(file)),
        Err(DiskError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the file for these entries, which are sorted; durable when this returns.
fn store<D: Disk>(disk: &D, segment: &Finished, sorted: &[IdAt]) -> Result<(), DiskError> {
    let bytes = encode(segment, sorted);
    let path = path_of(segment);
    let file = match disk.create(&path) {
        Err(DiskError::AlreadyExists { .. }) => disk.open(&path, Access::Write)?,
        created => created?,
    };
    disk.set_len(&file, wide(bytes.len()))?;
    disk.write_at(&file, 0, &bytes)?;
    disk.sync_data(&file)?;
    disk.sync_dir(INDEX)
}

impl IdFile {
    /// Writes the file of a segment; durable when this returns.
    pub(crate) fn write<D: Disk>(
        disk: &D,
        segment: Finished,
        entries: &[IdAt],
    ) -> Result<Self, DiskError> {
        let mut sorted = entries.to_vec();
        sorted.sort_unstable();
        store(disk, &segment, &sorted)?;
        let kept = OnceLock::from(Kept::of(&sorted));
        Ok(Self { segment, entries: wide(sorted.len()), kept, reading: Mutex::default() })
    }

    /// The file of a segment; `None` if there is none that fits it by its header and its length.
    /// The rest of it is read, and checked, when an id is asked for.
    pub(crate) fn load<D: Disk>(disk: &D, segment: Finished) -> Result<Option<Self>, DiskError> {
        let Some(file) = opened(disk, &segment)? else { return Ok(None) };
        let mut header = [0; PAGE_BYTES];
        let count = disk.read_at(&file, 0, &mut header)?;
        let fits = count == PAGE_BYTES
            && &header[..8] == MAGIC
            && u64_at(&header, 16) == segment.salt
            && array_at::<32>(&header, 24) == segment.digest
            && sum_of(segment.salt, 0, &header) == u32_at(&header, SUM_AT);
        let entries = u64_at(&header, 56);
        // A segment has fewer bytes than that many events need.
        if !fits || entries > u64::from(u32::MAX) / 64 {
            return Ok(None);
        }
        let (bloom, firsts, table) = pages_for(entries);
        if disk.size(&file)? != (1 + bloom + firsts + table) * wide(PAGE_BYTES) {
            return Ok(None);
        }
        Ok(Some(Self { segment, entries, kept: OnceLock::new(), reading: Mutex::default() }))
    }

    /// Reads what is kept in memory, so that who asks for an id need not.
    pub(crate) fn warm<D: Disk>(&self, disk: &D) -> Result<(), WalkError> {
        self.kept(disk).map(|_| ())
    }

    /// What is kept in memory. What cannot be used of the file is made again from the segment,
    /// and so is the file, if it can be written.
    fn kept<D: Disk>(&self, disk: &D) -> Result<&Kept, WalkError> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept);
        }
        let _alone = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = self.kept.get() {
            return Ok(kept);
        }
        let kept = match Kept::read(disk, &self.segment, self.entries)? {
            Some(kept) => kept,
            None => {
                let (_, mut entries) = scan::all(disk, &self.segment)?;
                entries.sort_unstable();
                // It is a cache: who finds no sound page of its table reads the segment.
                let _ = store(disk, &self.segment, &entries);
                Kept::of(&entries)
            }
        };
        Ok(self.kept.get_or_init(|| kept))
    }

    /// Where the event with this id stands, if it is in the segment.
    ///
    /// A hit is confirmed by reading the frame; what cannot be confirmed or denied is an error.
    pub(crate) fn find<D: Disk>(&self, disk: &D, id: EventId) -> Result<Option<Known>, WalkError> {
        let kept = self.kept(disk)?;
        if !kept.bloom.may_hold(key_of(id)) {
            return Ok(None);
        }
        let Some(candidates) = self.candidates(disk, kept, key_of(id))? else {
            // The file is damaged, the segment need not be.
            return scan::find(disk, &self.segment, id);
        };
        for candidate in candidates {
            let found = scan::read_frame(disk, &self.segment, candidate, id)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The entries with this key; `None` if the file is damaged.
    fn candidates<D: Disk>(
        &self,
        disk: &D,
        kept: &Kept,
        key: u64,
    ) -> Result<Option<Vec<IdAt>>, WalkError> {
        let Some(file) = opened(disk, &self.segment)? else { return Ok(None) };
        let mut candidates = Vec::new();
        // Equal keys may begin on the page before the first that begins with them.
        let first = kept.firsts.partition_point(|first| *first < key).saturating_sub(1);
        for (index, first) in kept.firsts.iter().enumerate().skip(first) {
            if *first > key {
                break;
            }
            let number = kept.table + wide(index);
            let mut page = vec![0; PAGE_BYTES];
            let count = disk.read_at(&file, number * wide(PAGE_BYTES), &mut page)?;
            let sum = sum_of(self.segment.salt, number, &page);
            if count < PAGE_BYTES || sum != u32_at(&page, SUM_AT) {
                return Ok(None);
            }
            let entries = page[..ENTRIES_PER_PAGE * ENTRY_BYTES].chunks_exact(ENTRY_BYTES);
            let entries = entries.map(|entry| IdAt {
                key: u64_at(entry, 0),
                group: u32_at(entry, 8),
                frame: u32_at(entry, 12),
            });
            // Behind the last entry are zeros, and no group is at offset 0.
            candidates.extend(entries.filter(|entry| entry.key == key && entry.group > 0));
        }
        Ok(Some(candidates))
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
