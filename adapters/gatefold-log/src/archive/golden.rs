//! An archive as it is for ever: every later version reads these bytes.

use expect_test::expect;
use gatefold_core::record::disk::{Access, Disk};
use gatefold_sim::disk::SimDisk;

use crate::anchor::hex;
use crate::archive::pack::{Sealed, holds, pack};
use crate::archive::packed::Packed;
use crate::format::BLOCK_BYTES;
use crate::format::genesis;
use crate::format::group::{GroupPlan, Kind};
use crate::format::segment::SegmentHeader;

const UUID: &[u8; 16] = b"0123456789abcdef";
/// The archive's header.
const HEADER: &str = concat!(
    "47464f4c444152430100000001000000303132333435363738396162636465660030000000000000",
    "002000000000000000000100000000007630000000000000e23bc53b30e5058320b2de0697cc8fe2",
    "85c60d8ba09f5e23e0ea501efca004ff3775fbb614952d23628686aa230e350c355f004e781e04f1",
    "925cd131fd85b5ca7ac186a46b4d2e5a",
);
/// The compressed frame of the segment below, as the first version of zstd in use made it.
const FRAME: &str = concat!(
    "28b52ffd60000fe5020014044752503140afcf120700100001001d0000009b75bf860d97c5132b26",
    "e17f31c7520eaf23f038ab34f51493f193a13c33cf9ad1090d8c8a666f7274792d6f6e65200a0076",
    "070f5e80815a5201296e1a031b2b0480c1e0e20c2001",
);

/// A segment with one group and a footer.
fn segment() -> Vec<u8> {
    let header = SegmentHeader {
        uuid: *UUID,
        number: 1,
        first_position: 1,
        first_group: 1,
        created_ns: 12,
        entering: genesis(UUID),
        salt: 7,
        length: 65_536,
    };
    let mut plan = GroupPlan {
        salt: 7,
        offset: 4_096,
        number: 1,
        first_position: 1,
        events: 0,
        kind: Kind::Events,
        committed_ns: 13,
        previous: &genesis(UUID),
    };
    let (group, digest) = plan.encode(b"forty-one forty-one forty-one");
    (plan.offset, plan.number, plan.kind) = (8_192, 2, Kind::Footer);
    plan.previous = &digest;
    let (footer, _) = plan.encode(&[]);
    [&header.encode()[..], &group, &footer].concat()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[test]
fn the_first_archive_is_read_and_made_as_ever() {
    let (disk, plain) = (SimDisk::default(), segment());
    disk.tamper("plain", |bytes| bytes.clone_from(&plain));
    let file = disk.open("plain", Access::Read).unwrap();
    let sealed = Sealed { file: &file, uuid: *UUID, footer_at: 8_192, bytes: 12_288 };
    pack(&disk, &sealed, "packed").unwrap();
    let made = disk.bytes("packed").unwrap();
    let (head, tail) = (&made[..136], &made[3 * BLOCK_BYTES..]);
    assert_eq!(made[BLOCK_BYTES..2 * BLOCK_BYTES], plain[..BLOCK_BYTES]);
    assert_eq!(made[2 * BLOCK_BYTES..3 * BLOCK_BYTES], plain[2 * BLOCK_BYTES..]);
    assert_eq!(hex(&tail[..tail.len() - 16]), FRAME, "another version of zstd may differ here");
    assert_eq!(hex(head), HEADER);
    expect!["00300000000000006600000000711e14"].assert_eq(&hex(&tail[tail.len() - 16..]));

    let golden = [&made[..3 * BLOCK_BYTES], &bytes_of(FRAME), &tail[tail.len() - 16..]].concat();
    disk.tamper("golden", |bytes| *bytes = golden);
    let packed = Packed::open(&disk, "golden".to_owned()).unwrap();
    assert!(holds(&disk, &packed, &sealed).unwrap());
    let mut read = vec![0; 20_000];
    assert_eq!(packed.read_at(&disk, 0, &mut read).unwrap(), plain.len());
    assert_eq!(read[..plain.len()], plain);
}
