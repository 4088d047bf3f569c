//! What is kept in memory of an id file: the filter, and what finds a page of the table.

use gatefold_core::record::disk::{Disk, DiskError};

use crate::format::bytes::{narrow, u32_at, wide};
use crate::ids::bloom::{BLOOM_BLOCK_BYTES, Bloom, blocks_for};
use crate::ids::file::{
    BLOCKS_PER_PAGE, ENTRIES_PER_PAGE, KEYS_PER_PAGE, PAGE_BYTES, SUM_AT, opened, pages_for, sum_of,
};
use crate::ids::{Finished, IdAt};

/// Pages read at once.
const PIECE_PAGES: u64 = 32;

/// See the file's first lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub bloom: Bloom,
    /// The first key of each page of the table.
    pub firsts: Vec<u64>,
    /// The first page of the table.
    pub table: u64,
}

impl Kept {
    /// Of these entries, which are sorted.
    pub(super) fn of(sorted: &[IdAt]) -> Self {
        let mut bloom = Bloom::new(wide(sorted.len()));
        sorted.iter().for_each(|entry| bloom.insert(entry.key));
        let firsts = sorted.chunks(ENTRIES_PER_PAGE).map(|page| page[0].key).collect();
        let (bloom_pages, first_pages, _) = pages_for(wide(sorted.len()));
        Self { bloom, firsts, table: 1 + bloom_pages + first_pages }
    }

    /// The filter and the first keys as the file has them; `None` if it is gone or damaged.
    pub(super) fn read<D: Disk>(
        disk: &D,
        segment: &Finished,
        entries: u64,
    ) -> Result<Option<Self>, DiskError> {
        let Some(file) = opened(disk, segment)? else { return Ok(None) };
        let (bloom_pages, first_pages, table_pages) = pages_for(entries);
        let table = 1 + bloom_pages + first_pages;
        let bloom_len = narrow(blocks_for(entries)) * BLOOM_BLOCK_BYTES / 8;
        let mut bloom = Vec::with_capacity(bloom_len);
        let mut firsts = Vec::with_capacity(narrow(table_pages));
        let mut piece = vec![0; narrow(PIECE_PAGES.min(table)) * PAGE_BYTES];
        let mut number = 1;
        while number < table {
            let bytes = &mut piece[..narrow(PIECE_PAGES.min(table - number)) * PAGE_BYTES];
            if disk.read_at(&file, number * wide(PAGE_BYTES), bytes)? < bytes.len() {
                return Ok(None);
            }
            for page in bytes.chunks(PAGE_BYTES) {
                if sum_of(segment.salt, number, page) != u32_at(page, SUM_AT) {
                    return Ok(None);
                }
                if number <= bloom_pages {
                    take(&mut bloom, page, BLOCKS_PER_PAGE * BLOOM_BLOCK_BYTES, bloom_len);
                } else {
                    take(&mut firsts, page, KEYS_PER_PAGE * 8, narrow(table_pages));
                }
                number += 1;
            }
        }
        Ok(Some(Self { bloom: Bloom::from_words(bloom), firsts, table }))
    }
}

/// Takes in the words of a page, so many bytes at most, until there are `count`.
fn take(words: &mut Vec<u64>, page: &[u8], per_page: usize, count: usize) {
    let (found, _) = page[..per_page.min((count - words.len()) * 8)].as_chunks();
    words.extend(found.iter().map(|word| u64::from_le_bytes(*word)));
}
