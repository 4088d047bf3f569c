//! Reading an archived segment as if it were plain.
//!
//! What is damaged reads as bytes that no segment has there, so that every check of the log finds
//! it at its place; only the operating system's refusals are errors.

use std::sync::{Mutex, PoisonError};

use gatefold_core::record::disk::{Access, Disk, DiskError};
use zstd::bulk::Decompressor;

use crate::format::archive::{ArchiveFault, ArchiveHeader, FRAME_BYTES, FrameRow, decode_table};
use crate::format::bytes::{narrow, wide};
use crate::format::{BLOCK, BLOCK_BYTES, Digest};

/// Stands for every byte that is lost: no sound block is made of it.
const LOST: u8 = 0xff;
/// Bytes that are hashed at once.
const PIECE_BYTES: usize = 1_048_576;

/// An archived segment that is open for reading.
pub(crate) struct Packed<F> {
    file: F,
    path: String,
    /// None if the archive's own header or table is damaged.
    contents: Option<Contents>,
    last: Mutex<Last>,
}

struct Contents {
    header: ArchiveHeader,
    rows: Vec<FrameRow>,
}

/// The frame that was unpacked last.
#[derive(Default)]
struct Last {
    frame: Option<usize>,
    bytes: Vec<u8>,
    unpack: Option<Decompressor<'static>>,
}

impl<F> Packed<F> {
    /// Opens an archive.
    pub(crate) fn open<D: Disk<File = F>>(disk: &D, path: String) -> Result<Self, DiskError> {
        let file = disk.open(&path, Access::Read)?;
        let contents = contents(disk, &file, &path)?;
        Ok(Self { file, path, contents, last: Mutex::new(Last::default()) })
    }

    /// The archive's path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The archive itself.
    pub(crate) fn file(&self) -> &F {
        &self.file
    }

    /// What the archive says about itself, if that is sound.
    pub(crate) fn header(&self) -> Option<&ArchiveHeader> {
        self.contents.as_ref().map(|contents| &contents.header)
    }

    /// The segment's length in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.header().map_or(BLOCK, |header| header.segment_bytes)
    }

    /// Reads as [`Disk::read_at`] does, from the segment.
    pub(crate) fn read_at<D: Disk<File = F>>(
        &self,
        disk: &D,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError> {
        let count = buffer.len().min(narrow(self.size().saturating_sub(offset)));
        let mut filled = 0;
        while filled < count {
            let at = offset + wide(filled);
            filled += self.piece(disk, at, &mut buffer[filled..count])?;
        }
        Ok(count)
    }

    /// Fills the start of `buffer` with what one part of the archive holds.
    fn piece<D: Disk<File = F>>(
        &self,
        disk: &D,
        at: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError> {
        let Some(Contents { header, rows }) = &self.contents else {
            buffer.fill(LOST);
            return Ok(buffer.len());
        };
        if at < BLOCK {
            let len = buffer.len().min(narrow(BLOCK - at));
            return self.plain(disk, BLOCK + at, &mut buffer[..len]);
        }
        if at >= header.footer_at {
            return self.plain(disk, 2 * BLOCK + (at - header.footer_at), buffer);
        }
        let frame = narrow((at - BLOCK) / FRAME_BYTES);
        let begins = BLOCK + wide(frame) * FRAME_BYTES;
        let length = narrow(FRAME_BYTES.min(header.footer_at - begins));
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.frame != Some(frame) {
            last.frame = None;
            if !unpack(disk, &self.file, rows[frame], length, &mut last)? {
                last.bytes.clear();
                last.bytes.resize(length, LOST);
            }
            last.frame = Some(frame);
        }
        let from = narrow(at - begins);
        let len = buffer.len().min(length - from);
        buffer[..len].copy_from_slice(&last.bytes[from..from + len]);
        Ok(len)
    }

    /// Fills `buffer` with what stands in the archive as it is.
    fn plain<D: Disk<File = F>>(
        &self,
        disk: &D,
        at: u64,
        buffer: &mut [u8],
    ) -> Result<usize, DiskError> {
        let count = disk.read_at(&self.file, at, buffer)?;
        buffer[count..].fill(LOST);
        Ok(buffer.len())
    }

    /// The archive as a whole has the digest that it names.
    pub(crate) fn is_whole<D: Disk<File = F>>(&self, disk: &D) -> Result<bool, DiskError> {
        let Some(header) = self.header() else { return Ok(false) };
        Ok(digest_from(disk, &self.file, BLOCK, header.archive_bytes)? == header.archive_digest)
    }
}

/// BLAKE3 of the bytes between two offsets.
fn digest_from<D: Disk>(disk: &D, file: &D::File, from: u64, to: u64) -> Result<Digest, DiskError> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut at = from;
    while at < to {
        let len = PIECE_BYTES.min(narrow(to - at));
        let count = disk.read_at(file, at, &mut piece[..len])?;
        hasher.update(&piece[..count]);
        if count < len {
            break;
        }
        at += wide(len);
    }
    Ok(*hasher.finalize().as_bytes())
}

/// The archive's header and table; none if either is damaged.
fn contents<D: Disk>(disk: &D, file: &D::File, path: &str) -> Result<Option<Contents>, DiskError> {
    let mut block = [0; BLOCK_BYTES];
    let count = disk.read_at(file, 0, &mut block)?;
    let header = match ArchiveHeader::decode(&block[..count]) {
        Ok(header) => header,
        Err(ArchiveFault::Damaged(_)) => return Ok(None),
        Err(ArchiveFault::TooNew(what)) => {
            let detail = format!("{what}: written by a later version, which can read it");
            return Err(DiskError::Failed { path: path.to_owned(), detail });
        }
    };
    if disk.size(file)? != header.archive_bytes {
        return Ok(None);
    }
    let mut table = vec![0; narrow(header.table_bytes())];
    let count = disk.read_at(file, header.table_at(), &mut table)?;
    let rows = decode_table(&header, &table[..count]).ok();
    Ok(rows.map(|rows| Contents { header, rows }))
}

/// Unpacks a frame into `last.bytes`; false if it is damaged.
fn unpack<D: Disk>(
    disk: &D,
    file: &D::File,
    row: FrameRow,
    length: usize,
    last: &mut Last,
) -> Result<bool, DiskError> {
    let mut packed = vec![0; narrow(u64::from(row.length))];
    let count = disk.read_at(file, row.offset, &mut packed)?;
    if count < packed.len() || crc32c::crc32c(&packed) != row.sum {
        return Ok(false);
    }
    if last.unpack.is_none() {
        last.unpack = Decompressor::new().ok();
    }
    let Some(unpack) = &mut last.unpack else { return Ok(false) };
    last.bytes.resize(length, 0);
    let unpacked = unpack.decompress_to_buffer(&packed, &mut last.bytes[..]);
    Ok(unpacked.is_ok_and(|unpacked| unpacked == length))
}
