//! The file `BACKUP`: what a finished backup holds, as text that a person can read.

use std::fmt::Write as _;

use crate::anchor::{Anchor, hex, unhex};
use crate::archive::ARCHIVE;
use crate::format::segment::SegmentName;
use crate::open::FORMAT;
use crate::recovery::layout::SEGMENTS;

const FIRST_WORD: &str = "gatefold-backup";
const VERSION: &str = "1";
const SUM: &str = "blake3 ";
/// No file of a log is longer, so that lengths can be added up.
const FILE_BYTES_MAX: u64 = 1 << 40;

/// What a finished backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// How far the log goes.
    pub head: Anchor,
    /// When the backup was finished, nanoseconds since 1970; information only.
    pub made_ns: i64,
    /// The files, in the order in which they were copied.
    pub files: Vec<Entry>,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative to the directory.
    pub path: String,
    /// How many bytes from its start on belong to the backup; what follows does not count.
    pub bytes: u64,
    /// The length of the restored file: what is added to the bytes is zeros.
    pub length: u64,
    /// BLAKE3 of the bytes.
    pub digest: [u8; 32],
}

/// Why `BACKUP` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ManifestFault {
    /// The text is not what was written.
    Damaged(String),
    /// A later version wrote it.
    TooNew(String),
}

impl Manifest {
    /// The entry of a file.
    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        self.files.iter().find(|entry| entry.path == path)
    }

    /// The whole text.
    pub(crate) fn encode(&self) -> String {
        let mut text = format!("{FIRST_WORD} {VERSION}\n{}\nmade {}\n", self.head, self.made_ns);
        for Entry { path, bytes, length, digest } in &self.files {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "file {} {bytes} {length} {path}", hex(digest));
        }
        let sum = blake3::hash(text.as_bytes());
        let _ = writeln!(text, "{SUM}{}", hex(sum.as_bytes()));
        text
    }

    /// Reads the text back.
    pub(crate) fn decode(text: &[u8]) -> Result<Self, ManifestFault> {
        let damaged = |detail: &str| ManifestFault::Damaged(detail.to_owned());
        let text = str::from_utf8(text).map_err(|_| damaged("it is not text"))?;
        let first = text.lines().next().unwrap_or_default();
        let version = first.strip_prefix(FIRST_WORD).map(str::trim);
        let version = version.ok_or_else(|| damaged("it does not begin with gatefold-backup"))?;
        let summed = text.rfind(SUM).unwrap_or(0);
        let sum = blake3::hash(&text.as_bytes()[..summed]);
        if text[summed..] != format!("{SUM}{}\n", hex(sum.as_bytes())) {
            return Err(damaged("its digest does not fit"));
        }
        if version != VERSION {
            return Err(ManifestFault::TooNew(format!("backup version {version}")));
        }
        let malformed = || damaged("a line is missing or has another form");
        let mut lines = text[..summed].lines().skip(1);
        let head = lines.next().and_then(|line| line.parse().ok()).ok_or_else(malformed)?;
        let made = lines.next().and_then(|line| line.strip_prefix("made ")?.parse().ok());
        let made_ns = made.ok_or_else(malformed)?;
        let files: Option<Vec<Entry>> = lines.map(entry).collect();
        let manifest = Self { head, made_ns, files: files.ok_or_else(malformed)? };
        // Another way to write the same has not been written here.
        if manifest.encode() == text { Ok(manifest) } else { Err(malformed()) }
    }
}

fn entry(line: &str) -> Option<Entry> {
    let mut words = line.strip_prefix("file ")?.splitn(4, ' ');
    let digest = unhex(words.next()?)?;
    let (bytes, length) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let path = words.next()?.to_owned();
    let fits = bytes <= length && length <= FILE_BYTES_MAX && is_of_a_log(&path);
    fits.then_some(Entry { path, bytes, length, digest })
}

/// A restoring writes to these paths: whoever made up a manifest names no file outside of the log.
fn is_of_a_log(path: &str) -> bool {
    match path.split_once('/') {
        Some((SEGMENTS, name)) => SegmentName::parse(name).is_some(),
        Some((ARCHIVE, name)) => SegmentName::parse_archived(name).is_some(),
        Some(_) => false,
        None => path == FORMAT,
    }
}

#[cfg(test)]
mod tests {
    use gatefold_core::record::Position;

    use super::*;

    fn sample() -> Manifest {
        let uuid = *b"0123456789abcdef";
        let head = Anchor { uuid, position: Position::new(41), group: 7, digest: [9; 32] };
        let file = |path: &str, bytes, length| Entry {
            path: path.to_owned(),
            bytes,
            length,
            digest: [8; 32],
        };
        let files = vec![
            file("FORMAT", 112, 112),
            file("archive/00000000000000000001.gfz", 9_000, 9_000),
            file("log/00000000000000000041.gfl", 8_192, 65_536),
        ];
        Manifest { head, made_ns: 12, files }
    }

    #[test]
    fn the_text_is_as_documented() {
        let text = sample().encode();
        let (summed, _) = text.rsplit_once(SUM).unwrap();
        let short = summed.replace(&"08".repeat(32), "<08>").replace(&"09".repeat(32), "<09>");
        expect_test::expect![[r#"
            gatefold-backup 1
            gatefold-anchor 1 30313233343536373839616263646566 41 7 <09>
            made 12
            file <08> 112 112 FORMAT
            file <08> 9000 9000 archive/00000000000000000001.gfz
            file <08> 8192 65536 log/00000000000000000041.gfl
        "#]]
        .assert_eq(&short);
        assert_eq!(Manifest::decode(sample().encode().as_bytes()), Ok(sample()));
    }

    #[test]
    fn every_flipped_bit_of_the_text_is_seen() {
        let text = sample().encode().into_bytes();
        for bit in 0..text.len() * 8 {
            let mut flipped = text.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let back = Manifest::decode(&flipped);
            assert!(matches!(back, Err(ManifestFault::Damaged(_))), "bit {bit}: {back:?}");
        }
        for len in 0..text.len() {
            assert!(Manifest::decode(&text[..len]).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn a_manifest_that_was_made_up_names_no_file_outside_of_the_log() {
        let refused = |from: &str, to: &str| {
            let text = sample().encode().replace(from, to);
            let body = text.rsplit_once(SUM).unwrap().0;
            let text = format!("{body}{SUM}{}\n", hex(blake3::hash(body.as_bytes()).as_bytes()));
            let back = Manifest::decode(text.as_bytes());
            assert!(matches!(back, Err(ManifestFault::Damaged(_))), "{to}: {back:?}");
        };
        let segment = "log/00000000000000000041.gfl";
        for path in [
            "../00000000000000000041.gfl",
            "log/../../00000000000000000041.gfl",
            "/log/00000000000000000041.gfl",
            "log/00000000000000000041.gfz",
            "log/41.gfl",
            "archive/00000000000000000041.gfl",
            "LOCK",
            "",
            "log/00000000000000000041.gfl\r",
        ] {
            refused(segment, path);
        }
        refused("8192 65536", "8192 18446744073709551615");
        refused("8192 65536", "08192 65536");
        refused("8192 65536", "65537 65536");
        refused("made 12", "made +12");
    }

    #[test]
    fn another_version_is_named_as_such() {
        let text = sample().encode().replace("gatefold-backup 1", "gatefold-backup 2");
        let body = text.rsplit_once(SUM).unwrap().0;
        let text = format!("{body}{SUM}{}\n", hex(blake3::hash(body.as_bytes()).as_bytes()));
        let expected = ManifestFault::TooNew("backup version 2".to_owned());
        assert_eq!(Manifest::decode(text.as_bytes()), Err(expected));
    }
}
