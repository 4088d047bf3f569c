//! The body of a footer group: what is in a finished segment, so that opening and reading need not
//! walk it.
//!
//! It is a cache that every scan can make again; the sums and the chain of its group cover it.

use crate::format::bytes::{array_at, narrow, put, rounded_up, u16_at, u32_at, u64_at, wide};
use crate::format::group::{GROUP_HEADER_BYTES, padded_len};
use crate::format::{BLOCK, Digest, GROUP_BODY_MAX, NUMBER_MAX};

const MAGIC: &[u8; 4] = b"GFFT";
const TAIL_MAGIC: &[u8; 8] = b"GFFTEND1";
const VERSION: u32 = 1;
const HEAD_BYTES: usize = 80;
const STREAM_BYTES: usize = 48;
const ENTRY_BYTES: usize = 16;
/// The same, as a length in a file.
pub(crate) const SPARSE_BYTES: u64 = 16;
/// The last bytes of the body, and so of a finished segment: from them the footer is found.
pub(crate) const TAIL_BYTES: usize = 16;
/// The streams are left out because they would not fit: the segment has to be scanned.
const FLAG_OMITTED: u32 = 1;
/// A stream's sparse entries are at least this many bytes of file apart.
pub(crate) const SPARSE_STEP: u64 = 65_536;

/// What a finished segment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Footer {
    /// The position of its first event, or of the next event if it has none.
    pub first_position: u64,
    /// The position of its last event; one less than the first if it has none.
    pub last_position: u64,
    /// Groups before the footer.
    pub groups: u64,
    /// The epoch in force behind it.
    pub epoch: u64,
    /// BLAKE3 of the file's bytes before the footer.
    pub file_digest: Digest,
    /// The streams that were declared or have events here, by number; `None` if they would not
    /// fit.
    pub streams: Option<Vec<FooterStream>>,
}

/// What one stream has in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FooterStream {
    /// The stream's number in the log.
    pub number: u32,
    /// The stream's name, as it was declared.
    pub name: Vec<u8>,
    /// The versions of its first and its last event here; zeros if it has none.
    pub versions: (u64, u64),
    /// The positions of the same events; zeros if it has none.
    pub positions: (u64, u64),
    /// Where some of its events are, in order; the first entry is its first event.
    pub sparse: Vec<Sparse>,
}

/// Where a stream's events from a version on are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sparse {
    /// The stream's first version in the group.
    pub version: u64,
    /// The offset of the group in the file.
    pub offset: u32,
}

/// Why a body is not a footer that this version can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FooterFault {
    /// The bytes are not what a writer writes.
    Damaged(&'static str),
    /// A later version wrote it.
    TooNew(String),
}

/// Bytes that a stream takes in a footer.
pub(crate) fn stream_len(name: usize, sparse: usize) -> u64 {
    wide(STREAM_BYTES) + rounded_up(wide(name), 8) + SPARSE_BYTES * wide(sparse)
}

/// The padded length of a footer group whose streams take this many bytes; the streams are left
/// out if they would not fit.
pub(crate) fn group_len(streams: u64) -> u64 {
    let len = |streams| {
        rounded_up(wide(GROUP_HEADER_BYTES) + wide(HEAD_BYTES) + streams + wide(TAIL_BYTES), BLOCK)
    };
    if len(streams) - wide(GROUP_HEADER_BYTES) > u64::from(GROUP_BODY_MAX) {
        len(0)
    } else {
        len(streams)
    }
}

/// The padded length of the footer group that ends with these last bytes of a file.
pub(crate) fn len_at_tail(tail: &[u8]) -> Option<u64> {
    let found = tail.len() == TAIL_BYTES && &tail[8..] == TAIL_MAGIC;
    let len = if found { u64_at(tail, 0) } else { 0 };
    let body_max = wide(GROUP_HEADER_BYTES) + u64::from(GROUP_BODY_MAX);
    (len >= BLOCK && len <= body_max && len.is_multiple_of(BLOCK)).then_some(len)
}

impl Footer {
    /// The body, as long as it has to be for the group to end with a block.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let streams = self.streams.as_deref().unwrap_or(&[]);
        let len: u64 = streams.iter().map(|it| stream_len(it.name.len(), it.sparse.len())).sum();
        let total = group_len(len);
        let fits = self.streams.is_some()
            && total >= wide(GROUP_HEADER_BYTES + HEAD_BYTES + TAIL_BYTES) + len;
        let streams = if fits { streams } else { &[] };
        let mut body = vec![0; HEAD_BYTES];
        put(&mut body, 0, MAGIC);
        put(&mut body, 4, &VERSION.to_le_bytes());
        put(&mut body, 8, &self.first_position.to_le_bytes());
        put(&mut body, 16, &self.last_position.to_le_bytes());
        put(&mut body, 24, &self.groups.to_le_bytes());
        put(&mut body, 32, &self.epoch.to_le_bytes());
        put(&mut body, 40, &self.file_digest);
        put(&mut body, 72, &u32_of(streams.len()).to_le_bytes());
        put(&mut body, 76, &(if fits { 0 } else { FLAG_OMITTED }).to_le_bytes());
        for stream in streams {
            stream.encode(&mut body);
        }
        body.resize(narrow(total) - GROUP_HEADER_BYTES, 0);
        let tail = body.len() - TAIL_BYTES;
        put(&mut body, tail, &total.to_le_bytes());
        put(&mut body, tail + 8, TAIL_MAGIC);
        body
    }

    /// Reads a body back; `None` if it is empty, as older writers left it.
    pub(crate) fn decode(body: &[u8]) -> Result<Option<Self>, FooterFault> {
        if body.is_empty() {
            return Ok(None);
        }
        if body.len() < HEAD_BYTES + TAIL_BYTES || &body[..4] != MAGIC {
            return Err(FooterFault::Damaged("it does not begin with GFFT"));
        }
        let (version, flags) = (u32_at(body, 4), u32_at(body, 76));
        if version > VERSION || flags & !FLAG_OMITTED != 0 {
            return Err(FooterFault::TooNew(format!("footer {version} with flags {flags:#x}")));
        }
        let (content, tail) = body.split_at(body.len() - TAIL_BYTES);
        let body_len = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let total = padded_len(body_len);
        if version != VERSION
            || len_at_tail(tail) != Some(total)
            || total != wide(GROUP_HEADER_BYTES + body.len())
        {
            return Err(FooterFault::Damaged("its length or its version is impossible"));
        }
        let count = u32_at(body, 72);
        let (streams, rest) = decode_streams(&content[HEAD_BYTES..], count)?;
        let omitted = flags == FLAG_OMITTED;
        let used = content.len() - HEAD_BYTES - rest.len();
        if rest.iter().any(|byte| *byte != 0) || group_len(wide(used)) != total {
            return Err(FooterFault::Damaged("bytes behind its streams are not zero"));
        }
        if omitted && count > 0 {
            return Err(FooterFault::Damaged("it has streams although they were left out"));
        }
        let footer = Self {
            first_position: u64_at(body, 8),
            last_position: u64_at(body, 16),
            groups: u64_at(body, 24),
            epoch: u64_at(body, 32),
            file_digest: array_at(body, 40),
            streams: (!omitted).then_some(streams),
        };
        let numbers = [footer.last_position, footer.groups, footer.epoch];
        let counted = numbers.iter().all(|number| *number <= NUMBER_MAX);
        let after = footer.last_position.saturating_add(1);
        if counted && (1..=after).contains(&footer.first_position) {
            Ok(Some(footer))
        } else {
            Err(FooterFault::Damaged("its positions are impossible"))
        }
    }
}

impl FooterStream {
    fn encode(&self, body: &mut Vec<u8>) {
        let start = body.len();
        body.resize(start + narrow(stream_len(self.name.len(), self.sparse.len())), 0);
        let bytes = &mut body[start..];
        put(bytes, 0, &self.number.to_le_bytes());
        put(bytes, 4, &u16::try_from(self.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        put(bytes, 8, &self.versions.0.to_le_bytes());
        put(bytes, 16, &self.versions.1.to_le_bytes());
        put(bytes, 24, &self.positions.0.to_le_bytes());
        put(bytes, 32, &self.positions.1.to_le_bytes());
        put(bytes, 40, &u32_of(self.sparse.len()).to_le_bytes());
        put(bytes, STREAM_BYTES, &self.name);
        let mut at = narrow(stream_len(self.name.len(), 0));
        for entry in &self.sparse {
            put(bytes, at, &entry.version.to_le_bytes());
            put(bytes, at + 8, &entry.offset.to_le_bytes());
            at += ENTRY_BYTES;
        }
    }

    /// The first stream in `bytes`, and what is behind it.
    fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), FooterFault> {
        let damaged = FooterFault::Damaged("a stream in it is damaged");
        if bytes.len() < STREAM_BYTES || u16_at(bytes, 6) != 0 || u32_at(bytes, 44) != 0 {
            return Err(damaged);
        }
        let name_len = narrow(u64::from(u16_at(bytes, 4)));
        let sparse_len = narrow(u64::from(u32_at(bytes, 40)));
        let len = narrow(stream_len(name_len, sparse_len));
        let Some((bytes, rest)) = bytes.split_at_checked(len) else {
            return Err(damaged);
        };
        let name_end = STREAM_BYTES + name_len;
        let sparse_at = narrow(stream_len(name_len, 0));
        let mut sparse = Vec::with_capacity(sparse_len);
        for entry in bytes[sparse_at..].chunks_exact(ENTRY_BYTES) {
            if u32_at(entry, 12) != 0 {
                return Err(damaged);
            }
            sparse.push(Sparse { version: u64_at(entry, 0), offset: u32_at(entry, 8) });
        }
        let stream = Self {
            number: u32_at(bytes, 0),
            name: bytes[STREAM_BYTES..name_end].to_vec(),
            versions: (u64_at(bytes, 8), u64_at(bytes, 16)),
            positions: (u64_at(bytes, 24), u64_at(bytes, 32)),
            sparse,
        };
        let padded = bytes[name_end..sparse_at].iter().all(|byte| *byte == 0);
        if padded && stream.is_possible() { Ok((stream, rest)) } else { Err(damaged) }
    }

    fn is_possible(&self) -> bool {
        let Self { number, versions, positions, sparse, .. } = self;
        let none = *versions == (0, 0) && *positions == (0, 0) && sparse.is_empty();
        let some = versions.0 > 0
            && versions.0 <= versions.1
            && positions.0 > 0
            && positions.0 <= positions.1
            && sparse.first().is_some_and(|first| first.version == versions.0);
        let ordered = sparse
            .windows(2)
            .all(|pair| pair[0].version < pair[1].version && pair[0].offset < pair[1].offset);
        let inside = sparse.iter().all(|entry| entry.version <= versions.1);
        let counted = versions.1 <= NUMBER_MAX && positions.1 <= NUMBER_MAX;
        *number > 0 && counted && (none || some) && ordered && inside
    }
}

fn decode_streams(bytes: &[u8], count: u32) -> Result<(Vec<FooterStream>, &[u8]), FooterFault> {
    let mut streams: Vec<FooterStream> = Vec::new();
    let mut rest = bytes;
    for _ in 0..count {
        let (stream, behind) = FooterStream::decode(rest)?;
        if streams.last().is_some_and(|last| last.number >= stream.number) {
            return Err(FooterFault::Damaged("its streams are out of order"));
        }
        streams.push(stream);
        rest = behind;
    }
    Ok((streams, rest))
}

fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "footer_tests.rs"]
mod tests;
