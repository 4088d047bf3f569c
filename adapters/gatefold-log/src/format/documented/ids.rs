//! The tables about files of ids.

use gatefold_core::record::disk::{Access, Disk};
use gatefold_sim::disk::SimDisk;

use super::page::Page;
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
