//! The tables about files of ids and about checkpoints.

use gatefold_core::record::disk::{Access, Disk};
use gatefold_sim::disk::SimDisk;

use super::page::Page;
use crate::format::checkpoint::Checkpoint;
use crate::format::footer::Footer;
use crate::format::segment::SegmentName;
use crate::ids::file::{INDEX, IdFile};
use crate::ids::{Finished, IdAt};

#[test]
fn a_file_of_ids_is_as_documented() {
    let disk = SimDisk::default();
    disk.create_dir(INDEX).unwrap();
    let segment = Finished { name: SegmentName::first(1), salt: 0x0102, digest: [9; 32] };
    let entry = IdAt { key: 0x0304, group: 0x5000, frame: 0x0607 };
    IdFile::write(&disk, segment, &[entry]).unwrap();
    let file = disk.open("index/00000000000000000001.gfi", Access::Read).unwrap();
    let mut bytes = vec![0; 4 * 4_096];
    assert_eq!(disk.read_at(&file, 0, &mut bytes).unwrap(), bytes.len());
    assert_eq!(disk.size(&file).unwrap(), 4 * 4_096, "header, filter, first keys, table");
    let sum = |page: usize| {
        let number = u64::try_from(page).unwrap().to_le_bytes();
        let content = &bytes[page * 4_096..page * 4_096 + 4_092];
        crc32c::crc32c(&[&0x0102_u64.to_le_bytes(), &number[..], content].concat()).to_le_bytes()
    };
    let page = Page::read();
    page.check(
        "an id file's header",
        &bytes[..4_096],
        &[
            ("magic `GFIDS001`", b"GFIDS001"),
            ("zero", &[0; 8]),
            ("salt", &0x0102_u64.to_le_bytes()),
            ("digest of the footer's group", &[9; 32]),
            ("ids", &1_u64.to_le_bytes()),
            ("zero", &[0; 4_028]),
            ("CRC", &sum(0)),
        ],
    );
    page.check(
        "an entry of the table",
        &bytes[3 * 4_096..3 * 4_096 + 16],
        &[
            ("key", &0x0304_u64.to_le_bytes()),
            ("offset of the group", &0x5000_u32.to_le_bytes()),
            ("offset of the frame", &0x0607_u32.to_le_bytes()),
        ],
    );
    for page in 1..4 {
        assert_eq!(bytes[page * 4_096 + 4_092..(page + 1) * 4_096], sum(page), "page {page}");
    }
    assert_eq!(bytes[2 * 4_096..2 * 4_096 + 8], 0x0304_u64.to_le_bytes(), "the first key");
}

#[test]
fn a_checkpoint_is_as_documented() {
    let footer = Footer {
        first_position: 5,
        last_position: 7,
        groups: 2,
        epoch: 3,
        file_digest: [0; 32],
        streams: Some(Vec::new()),
    };
    let body = footer.encode();
    let checkpoint = Checkpoint {
        uuid: *b"0123456789abcdef",
        salt: 0x0102,
        offset: 0x3000,
        group: 0x0304,
        position_before: 6,
        digest_before: [7; 32],
        digest: [8; 32],
        footer,
        entries: vec![IdAt { key: 0x0304, group: 0x3000, frame: 0x0607 }],
    };
    let bytes = checkpoint.encode();
    Page::read().check(
        "a checkpoint",
        &bytes[..160],
        &[
            ("magic `GFCKPT01`", b"GFCKPT01"),
            ("the log's uuid", b"0123456789abcdef"),
            ("salt of the segment", &0x0102_u64.to_le_bytes()),
            ("offset of the group", &0x3000_u64.to_le_bytes()),
            ("number of the group", &0x0304_u64.to_le_bytes()),
            ("last position before the group", &6_u64.to_le_bytes()),
            ("chain digest before the group", &[7; 32]),
            ("chain digest after the group", &[8; 32]),
            ("length", &u64::try_from(body.len()).unwrap().to_le_bytes()),
            ("ids", &1_u64.to_le_bytes()),
            ("zero", &[0; 24]),
        ],
    );
    let (summed, sum) = bytes.split_at(bytes.len() - 32);
    assert_eq!(summed[160..160 + body.len()], body);
    assert_eq!(summed.len(), 160 + body.len() + 16);
    assert_eq!(blake3::hash(summed).as_bytes(), sum);
}
