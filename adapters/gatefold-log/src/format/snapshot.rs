//! A snapshot's file: what it is of, where it was taken, the state, and a digest of all of it.

use gatefold_core::record::snapshot::{Reducer, STATE_BYTES_MAX};
use gatefold_core::record::{Position, Stream, Version};

use crate::format::Digest;
use crate::format::bytes::{array_at, narrow, put, u16_at, u32_at, u64_at, wide};

const MAGIC: [u8; 8] = *b"GFSNAP1\0";
/// The version of the layout; a reader leaves a higher one aside.
const VERSION: u16 = 1;
/// The state is as the fold writes it.
const CODEC: u16 = 1;
const HEADER_BYTES: usize = 112;
const SUM_BYTES: usize = 32;
/// The longest name that a stream may have.
pub(crate) const NAME_BYTES_MAX: usize = 256;
/// No snapshot's file is longer.
pub(crate) const FILE_BYTES_MAX: usize =
    HEADER_BYTES + NAME_BYTES_MAX + STATE_BYTES_MAX + SUM_BYTES;

const SUFFIX: &str = ".gfs";
const DIGITS: usize = 20;

/// What a snapshot's file says besides the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotHeader {
    pub uuid: [u8; 16],
    pub version: u64,
    pub position: u64,
    /// The last group that was durable when the snapshot was taken.
    pub group: u64,
    /// The chain's digest after that group.
    pub digest: Digest,
    pub reducer: Reducer,
    /// The stream's name.
    pub stream: String,
}

impl SnapshotHeader {
    /// The whole file.
    pub(crate) fn encode(&self, state: &[u8]) -> Vec<u8> {
        let name = self.stream.as_bytes();
        assert!(name.len() <= NAME_BYTES_MAX, "a stream's name is short");
        assert!(state.len() <= STATE_BYTES_MAX, "a state is bounded where it is written");
        let mut bytes = vec![0; HEADER_BYTES];
        put(&mut bytes, 0, &MAGIC);
        put(&mut bytes, 8, &VERSION.to_le_bytes());
        put(&mut bytes, 10, &CODEC.to_le_bytes());
        put(&mut bytes, 16, &self.uuid);
        put(&mut bytes, 32, &self.version.to_le_bytes());
        put(&mut bytes, 40, &self.position.to_le_bytes());
        put(&mut bytes, 48, &self.group.to_le_bytes());
        put(&mut bytes, 56, &self.digest);
        put(&mut bytes, 88, &self.reducer.id);
        put(&mut bytes, 92, &self.reducer.version.to_le_bytes());
        put(&mut bytes, 96, &wide(state.len()).to_le_bytes());
        put(&mut bytes, 104, &u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(state);
        let sum = blake3::hash(&bytes);
        bytes.extend_from_slice(sum.as_bytes());
        bytes
    }

    /// Reads a file back: its header and its state.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), &'static str> {
        if bytes.len() < HEADER_BYTES + SUM_BYTES {
            return Err("it is shorter than any snapshot");
        }
        let (summed, sum) = bytes.split_at(bytes.len() - SUM_BYTES);
        if summed[..8] != MAGIC {
            return Err("it does not begin as a snapshot");
        }
        if blake3::hash(summed).as_bytes() != sum {
            return Err("its bytes changed after they were written");
        }
        if u16_at(summed, 8) != VERSION || u16_at(summed, 10) != CODEC {
            return Err("it was written by a later version");
        }
        let (head, rest) = summed.split_at(HEADER_BYTES);
        let name_len = usize::from(u16_at(head, 104));
        let state_len = narrow(u64_at(head, 96));
        let zeros = head[12..16] == [0; 4] && head[106..] == [0; 6];
        if !zeros || name_len.checked_add(state_len) != Some(rest.len()) {
            return Err("its lengths contradict each other");
        }
        let (name, state) = rest.split_at(name_len);
        let stream = str::from_utf8(name).map_err(|_| "its stream's name is no text")?.to_owned();
        let reducer = Reducer { id: array_at(head, 88), version: u32_at(head, 92) };
        let header = Self {
            uuid: array_at(head, 16),
            version: u64_at(head, 32),
            position: u64_at(head, 40),
            group: u64_at(head, 48),
            digest: array_at(head, 56),
            reducer,
            stream,
        };
        Ok((header, state))
    }

    /// Where the snapshot was taken.
    pub(crate) fn position(&self) -> Position {
        Position::new(self.position)
    }
}

/// The name of a snapshot's file: `account.paper-1-00000000000000000017.gfs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SnapshotName {
    /// The stream, as a file may be named.
    pub key: String,
    pub version: u64,
}

impl SnapshotName {
    pub(crate) fn of(stream: &Stream, version: Version) -> Self {
        Self { key: key(stream), version: version.get() }
    }

    /// Reads a name; `None` for files that are something else.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (key, version) = name.strip_suffix(SUFFIX)?.rsplit_once('-')?;
        let number = version.parse().ok()?;
        let whole = version.len() == DIGITS && version.bytes().all(|it| it.is_ascii_digit());
        (whole && !key.is_empty()).then(|| Self { key: key.to_owned(), version: number })
    }

    pub(crate) fn file(&self) -> String {
        let Self { key, version } = self;
        format!("{key}-{version:0DIGITS$}{SUFFIX}")
    }
}

/// A stream's name without the colon, which some file systems do not take.
pub(crate) fn key(stream: &Stream) -> String {
    match stream {
        Stream::System => "system".to_owned(),
        Stream::Account(account) => format!("account.{account}"),
    }
}

#[cfg(test)]
mod tests {
    use gatefold_core::vocabulary::AccountId;

    use super::*;

    fn sample() -> SnapshotHeader {
        SnapshotHeader {
            uuid: *b"0123456789abcdef",
            version: 17,
            position: 41,
            group: 7,
            digest: std::array::from_fn(|index| u8::try_from(index).unwrap()),
            reducer: Reducer { id: *b"gfld", version: 3 },
            stream: "account:paper-1".to_owned(),
        }
    }

    fn hex(bytes: &[u8]) -> String {
        let line = |line: &[u8]| line.iter().map(|it| format!("{it:02x}")).collect::<String>();
        bytes.chunks(16).map(|chunk| line(chunk) + "\n").collect()
    }

    #[test]
    fn the_bytes_are_as_documented() {
        let bytes = sample().encode(&[1, 2, 3]);
        expect_test::expect![[r#"
            4746534e415031000100010000000000
            30313233343536373839616263646566
            11000000000000002900000000000000
            07000000000000000001020304050607
            08090a0b0c0d0e0f1011121314151617
            18191a1b1c1d1e1f67666c6403000000
            03000000000000000f00000000000000
            6163636f756e743a70617065722d3101
            0203307a7d45d2a9385940f57b352d9a
            041e43e8cf8f44563f66a68950782496
            dbf3
        "#]]
        .assert_eq(&hex(&bytes));
        assert_eq!(SnapshotHeader::decode(&bytes), Ok((sample(), [1, 2, 3].as_slice())));
    }

    #[test]
    fn the_documented_table_is_that_of_the_encoder() {
        let text = include_str!("../../../../docs/log-format-snapshot.md");
        let sample = sample();
        let bytes = sample.encode(&[1, 2, 3]);
        let mut documented = Vec::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            if let ["", at, size, _, ""] = cells.as_slice()
                && let (Ok(at), Ok(size)) = (at.parse::<usize>(), size.parse::<usize>())
            {
                documented.push(bytes[at..at + size].to_vec());
            }
        }
        let fields: [&[u8]; 14] = [
            b"GFSNAP1\0",
            &VERSION.to_le_bytes(),
            &CODEC.to_le_bytes(),
            &[0; 4],
            &sample.uuid,
            &sample.version.to_le_bytes(),
            &sample.position.to_le_bytes(),
            &sample.group.to_le_bytes(),
            &sample.digest,
            &sample.reducer.id,
            &sample.reducer.version.to_le_bytes(),
            &3_u64.to_le_bytes(),
            &15_u16.to_le_bytes(),
            &[0; 6],
        ];
        assert_eq!(documented, fields);
        assert!(text.contains(&format!("| {HEADER_BYTES} | | the stream's name")));
    }

    #[test]
    fn every_flipped_bit_every_cut_and_every_byte_more_is_seen() {
        let bytes = sample().encode(&[1, 2, 3]);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(SnapshotHeader::decode(&flipped).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(SnapshotHeader::decode(&bytes[..len]).is_err(), "{len} bytes");
        }
        assert!(SnapshotHeader::decode(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn what_is_summed_and_yet_impossible_is_refused() {
        for (at, value) in [(8, 2), (10, 9), (12, 1), (96, 4), (103, 0xff), (104, 1), (106, 1)] {
            let mut bytes = sample().encode(&[1, 2, 3]);
            bytes.truncate(bytes.len() - SUM_BYTES);
            bytes[at] = value;
            let sum = blake3::hash(&bytes);
            bytes.extend_from_slice(sum.as_bytes());
            assert!(SnapshotHeader::decode(&bytes).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_name_comes_back_and_no_other_file_is_taken_for_one() {
        let account = |name| Stream::Account(AccountId::new(name).unwrap());
        for stream in [Stream::System, account("paper-1"), account("a.b_c-00")] {
            let name = SnapshotName::of(&stream, Version::new(17));
            assert_eq!(SnapshotName::parse(&name.file()), Some(name));
        }
        let file = SnapshotName::of(&account("paper-1"), Version::new(17)).file();
        assert_eq!(file, "account.paper-1-00000000000000000017.gfs");
        let longer = format!("{file}.new");
        for other in ["LOCK", "system-17.gfs", "-00000000000000000017.gfs", longer.as_str()] {
            assert_eq!(SnapshotName::parse(other), None, "{other}");
        }
    }
}
