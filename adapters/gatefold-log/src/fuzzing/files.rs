//! The decoders of what stands beside the events, for the fuzz targets alone: footers, files of
//! ids, snapshots, archives and the manifests of backups.

use gatefold_core::record::Position;
use gatefold_core::record::disk::{Disk, DiskError};
use gatefold_core::record::snapshot::Reducer;
use gatefold_core::vocabulary::EventId;

use crate::anchor::Anchor;
use crate::archive::packed::Packed;
use crate::backup::manifest::{Entry, Manifest};
use crate::format::archive::{ArchiveHeader, FrameRow, decode_table, encode_table};
use crate::format::bytes::{narrow, put, wide};
use crate::format::footer::{Footer, FooterStream, Sparse};
use crate::format::group::GROUP_HEADER_BYTES;
use crate::format::segment::SegmentName;
use crate::format::snapshot::{self, SnapshotHeader};
use crate::format::{BLOCK, BLOCK_BYTES, GROUP_BODY_MAX};
use crate::ids::file::{INDEX, IdFile};
use crate::ids::{Finished, IdAt};

/// Nothing here is asked to hold more.
const BYTES_MAX: usize = 1_048_576;
const SEGMENT: Finished = Finished { name: SegmentName::first(1), salt: 7, digest: [9; 32] };

/// A footer's body, as a writer writes it.
#[must_use]
pub fn footer_sample() -> Vec<u8> {
    let stream = |number: u32| FooterStream {
        number,
        name: b"account:large"[..narrow(u64::from(number)) + 6].to_vec(),
        versions: (3, 40),
        positions: (5, 90),
        sparse: vec![Sparse { version: 3, offset: 4_096 }, Sparse { version: 30, offset: 90_112 }],
    };
    let streams = Some((1..4).map(stream).collect());
    let (first_position, last_position) = (5, 91);
    let file_digest = [8; 32];
    Footer { first_position, last_position, groups: 30, epoch: 2, file_digest, streams }.encode()
}

/// A footer's body; true if it is accepted. Its ends are made to fit if `fit` says so.
#[must_use]
pub fn footer(bytes: &[u8], fit: bool) -> bool {
    let mut body = bytes.to_vec();
    if fit {
        body.truncate(narrow(u64::from(GROUP_BODY_MAX)) - BLOCK_BYTES);
        let whole = (body.len() + GROUP_HEADER_BYTES).next_multiple_of(BLOCK_BYTES);
        body.resize(whole - GROUP_HEADER_BYTES, 0);
        put(&mut body, 0, b"GFFT\x01\0\0\0");
        let tail = body.len() - 16;
        put(&mut body, tail, &wide(whole).to_le_bytes());
        put(&mut body, tail + 8, b"GFFTEND1");
    }
    let Ok(Some(footer)) = Footer::decode(&body) else { return false };
    assert!(footer.encode() == body, "an accepted footer encodes to other bytes");
    true
}

/// A file of ids, as a writer writes it.
///
/// # Errors
///
/// The disk's own.
pub fn ids_sample<D: Disk>(disk: &D, path: &str, count: u32) -> Result<(), DiskError> {
    let entry = |number: u32| IdAt { key: u64::from(number / 3) << 54, group: 8, frame: 64 };
    disk.create_dir(INDEX)?;
    let entries: Vec<IdAt> = (0..count.min(20_000)).map(entry).collect();
    IdFile::write(disk, SEGMENT, &entries)?;
    assert_eq!(path, "index/00000000000000000001.gfi", "the sample's only file");
    Ok(())
}

/// The file of ids on a disk without its segment; true if it is accepted and denies `id`.
///
/// # Panics
///
/// It claims an event that it cannot show.
#[must_use]
pub fn ids<D: Disk>(disk: &D, id: u128) -> bool {
    let Ok(Some(file)) = IdFile::load(disk, SEGMENT) else { return false };
    match file.find(disk, EventId::from_raw(id)) {
        Ok(found) => {
            assert!(found.is_none(), "an event without its segment");
            true
        }
        Err(_) => false,
    }
}

/// A snapshot's file, as a writer writes it.
#[must_use]
pub fn snapshot_sample() -> Vec<u8> {
    let header = SnapshotHeader {
        uuid: *b"0123456789abcdef",
        version: 17,
        position: 41,
        group: 9,
        digest: [3; 32],
        reducer: Reducer { id: *b"test", version: 1 },
        stream: "account:large".to_owned(),
    };
    header.encode(b"the state")
}

/// A snapshot's file; true if it is accepted. Its sum is made to fit if `sum` says so.
#[must_use]
pub fn snapshot(bytes: &[u8], sum: bool) -> bool {
    let mut bytes = bytes.to_vec();
    if let Some(at) = bytes.len().checked_sub(32).filter(|_| sum) {
        let fits = blake3::hash(&bytes[..at]);
        put(&mut bytes, at, fits.as_bytes());
    }
    let Ok((header, state)) = SnapshotHeader::decode(&bytes) else { return false };
    if header.stream.len() <= snapshot::NAME_BYTES_MAX {
        assert!(header.encode(state) == bytes, "an accepted snapshot encodes to other bytes");
    }
    true
}

/// An archive's header and table, as a writer writes them, around frames of nothing.
#[must_use]
pub fn archive_sample() -> Vec<u8> {
    let mut header = ArchiveHeader {
        uuid: *b"0123456789abcdef",
        segment_bytes: 200_704,
        footer_at: 196_608,
        archive_bytes: 0,
        archive_digest: [3; 32],
        segment_digest: [4; 32],
        table_sum: 0,
    };
    let row = |number: u64| FrameRow { offset: header.frames_at() + number * 8, length: 8, sum: 0 };
    let table = encode_table(&(0..header.frames()).map(row).collect::<Vec<_>>());
    header.archive_bytes = header.frames_at() + header.frames() * 8 + wide(table.len());
    header.table_sum = crc32c::crc32c(&table);
    let mut bytes = header.encode().to_vec();
    bytes.resize(narrow(header.table_at()), 0);
    bytes.extend_from_slice(&table);
    bytes
}

/// Makes the sums of an archive's header and table fit, as far as its numbers lead.
pub fn archive_fit(bytes: &mut [u8]) {
    let sum = |bytes: &mut [u8]| {
        let fits = crc32c::crc32c(&bytes[..132]);
        put(bytes, 132, &fits.to_le_bytes());
    };
    if bytes.len() < BLOCK_BYTES {
        return;
    }
    sum(bytes);
    let Ok(header) = ArchiveHeader::decode(&bytes[..BLOCK_BYTES]) else { return };
    if let Some(table) = bytes.get(narrow(header.table_at())..) {
        let fits = crc32c::crc32c(table);
        put(bytes, 128, &fits.to_le_bytes());
        sum(bytes);
    }
}

/// An archive on a disk, read as the segment that it holds; true if its header is accepted.
///
/// # Panics
///
/// What was accepted encodes to other bytes, or a read gives less than the segment has.
#[must_use]
pub fn archive<D: Disk>(disk: &D, path: &str, bytes: &[u8]) -> bool {
    let Ok(packed) = Packed::open(disk, path.to_owned()) else { return false };
    let Some(header) = packed.header() else { return false };
    assert!(header.encode() == bytes[..BLOCK_BYTES], "an accepted header encodes to other bytes");
    let table = &bytes[narrow(header.table_at())..];
    let rows = decode_table(header, table).unwrap_or_default();
    assert!(encode_table(&rows) == table, "an accepted table encodes to other bytes");
    let mut piece = vec![0; BLOCK_BYTES];
    let last = header.segment_bytes - BLOCK;
    for at in [0, BLOCK, header.footer_at - BLOCK, header.footer_at, last / 2, last] {
        let read = packed.read_at(disk, at, &mut piece);
        assert!(matches!(read, Ok(BLOCK_BYTES)), "a read at {at} gave {read:?}");
    }
    true
}

/// The manifest of a backup, as a writer writes it.
#[must_use]
pub fn manifest_sample() -> Vec<u8> {
    let uuid = *b"0123456789abcdef";
    let head = Anchor { uuid, position: Position::new(41), group: 7, digest: [9; 32] };
    let file =
        |path: &str, length| Entry { path: path.to_owned(), bytes: 8_192, length, digest: [8; 32] };
    let files = vec![file("FORMAT", 8_192), file("log/00000000000000000041.gfl", 65_536)];
    Manifest { head, made_ns: 12, files }.encode().into_bytes()
}

/// The manifest of a backup; true if it is accepted. A sum that fits is added if `sum` says so.
#[must_use]
pub fn manifest(bytes: &[u8], sum: bool) -> bool {
    let mut text = bytes.to_vec();
    if sum {
        // In place of the one that is there.
        let end = text.windows(7).rposition(|it| it == b"blake3 ").unwrap_or(text.len());
        text.truncate(end);
        let fits = blake3::hash(&text).to_hex();
        text.extend_from_slice(format!("blake3 {fits}\n").as_bytes());
    }
    let Ok(manifest) = Manifest::decode(&text) else { return false };
    let again = Manifest::decode(manifest.encode().as_bytes());
    assert_eq!(again, Ok(manifest), "an accepted manifest comes back as another");
    true
}

/// Bytes with some of them changed; longer than a sample by what is changed behind its end.
#[must_use]
pub fn changed(mut bytes: Vec<u8>, changes: &[(u32, u8)]) -> Vec<u8> {
    for (at, byte) in changes {
        let at = narrow(u64::from(*at)) % (bytes.len() + 64).min(BYTES_MAX);
        if at >= bytes.len() {
            bytes.resize(at + 1, 0);
        }
        bytes[at] = *byte;
    }
    bytes
}
