//! Writing an archived segment, and reading it back against the plain one.

use gatefold_core::record::disk::{Disk, DiskError};
use zstd::bulk::Compressor;

use crate::archive::packed::Packed;
use crate::format::archive::{ArchiveHeader, FRAME_BYTES, FrameRow, encode_table};
use crate::format::bytes::{narrow, wide};
use crate::format::{BLOCK, BLOCK_BYTES};

/// zstd's own default: smaller costs much more time and saves little.
const LEVEL: i32 = 3;
/// Bytes that are written, or compared, at once.
const PIECE_BYTES: usize = 1_048_576;

/// A sealed segment that passed every check.
pub(crate) struct Sealed<'s, F> {
    pub file: &'s F,
    pub uuid: [u8; 16],
    /// Where its footer begins.
    pub footer_at: u64,
    /// Where its footer ends.
    pub bytes: u64,
}

/// Writes bytes one after the other in large pieces, and hashes them.
struct Sink<'s, D: Disk> {
    disk: &'s D,
    file: &'s D::File,
    at: u64,
    held: Vec<u8>,
    hasher: blake3::Hasher,
}

impl<D: Disk> Sink<'_, D> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), DiskError> {
        self.hasher.update(&self.held);
        self.disk.write_at(self.file, self.at, &self.held)?;
        self.at += wide(self.held.len());
        self.held.clear();
        Ok(())
    }

    /// Where the next byte goes.
    fn next(&self) -> u64 {
        self.at + wide(self.held.len())
    }
}

/// Writes the archive of a segment into a new file. Durable when this returns.
pub(crate) fn pack<D: Disk>(
    disk: &D,
    sealed: &Sealed<'_, D::File>,
    to: &str,
) -> Result<u64, DiskError> {
    let failed = |detail: String| DiskError::Failed {
        path: to.to_owned(),
        detail: format!("zstd: {detail}"),
    };
    let file = disk.create(to)?;
    let (held, hasher) = (Vec::new(), blake3::Hasher::new());
    let mut sink = Sink { disk, file: &file, at: BLOCK, held, hasher };
    let mut plain = blake3::Hasher::new();
    let mut block = vec![0; BLOCK_BYTES];
    read_whole(disk, sealed.file, 0, &mut block, to)?;
    plain.update(&block);
    sink.put(&block)?;
    let mut footer = vec![0; narrow(sealed.bytes - sealed.footer_at)];
    read_whole(disk, sealed.file, sealed.footer_at, &mut footer, to)?;
    sink.put(&footer)?;
    let mut compressor = Compressor::new(LEVEL).map_err(|error| failed(error.to_string()))?;
    let (mut rows, mut at) = (Vec::new(), BLOCK);
    while at < sealed.footer_at {
        let mut frame = vec![0; narrow(FRAME_BYTES.min(sealed.footer_at - at))];
        read_whole(disk, sealed.file, at, &mut frame, to)?;
        plain.update(&frame);
        let packed = compressor.compress(&frame).map_err(|error| failed(error.to_string()))?;
        let length = u32::try_from(packed.len()).unwrap_or(u32::MAX);
        rows.push(FrameRow { offset: sink.next(), length, sum: crc32c::crc32c(&packed) });
        sink.put(&packed)?;
        at += wide(frame.len());
    }
    plain.update(&footer);
    let table = encode_table(&rows);
    sink.put(&table)?;
    sink.flush()?;
    let header = ArchiveHeader {
        uuid: sealed.uuid,
        segment_bytes: sealed.bytes,
        footer_at: sealed.footer_at,
        archive_bytes: sink.at,
        archive_digest: *sink.hasher.finalize().as_bytes(),
        segment_digest: *plain.finalize().as_bytes(),
        table_sum: crc32c::crc32c(&table),
    };
    disk.write_at(&file, 0, &header.encode())?;
    disk.sync_data(&file)?;
    Ok(header.archive_bytes)
}

/// Fills `buffer`, or fails: the segment is shorter than it was.
fn read_whole<D: Disk>(
    disk: &D,
    file: &D::File,
    at: u64,
    buffer: &mut [u8],
    path: &str,
) -> Result<(), DiskError> {
    if disk.read_at(file, at, buffer)? == buffer.len() {
        return Ok(());
    }
    let detail = format!("the segment ends before offset {}", at + wide(buffer.len()));
    Err(DiskError::Failed { path: path.to_owned(), detail })
}

/// Reads an archive back: its digest is right, and it holds the segment byte for byte.
pub(crate) fn holds<D: Disk>(
    disk: &D,
    packed: &Packed<D::File>,
    sealed: &Sealed<'_, D::File>,
) -> Result<bool, DiskError> {
    let of_log = packed.header().is_some_and(|header| header.uuid == sealed.uuid);
    if !of_log || packed.size() != sealed.bytes || !packed.is_whole(disk)? {
        return Ok(false);
    }
    let (mut one, mut other) = (vec![0; PIECE_BYTES], vec![0; PIECE_BYTES]);
    let mut hasher = blake3::Hasher::new();
    let mut at = 0;
    while at < sealed.bytes {
        let len = PIECE_BYTES.min(narrow(sealed.bytes - at));
        let counts = (
            packed.read_at(disk, at, &mut one[..len])?,
            disk.read_at(sealed.file, at, &mut other[..len])?,
        );
        if counts != (len, len) || one[..len] != other[..len] {
            return Ok(false);
        }
        hasher.update(&one[..len]);
        at += wide(len);
    }
    let digest = packed.header().map(|header| header.segment_digest);
    Ok(digest == Some(*hasher.finalize().as_bytes()))
}
