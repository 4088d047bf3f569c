//! Footers come back, no bit of one is without meaning, and impossible ones are refused.

use super::*;
use crate::format::group::{GroupHeader, GroupPlan, Kind};

pub(in crate::format) fn sample() -> Footer {
    let large = FooterStream {
        number: 1,
        name: b"account:large".to_vec(),
        versions: (5, 9),
        positions: (41, 47),
        sparse: vec![Sparse { version: 5, offset: 4_096 }, Sparse { version: 8, offset: 77_824 }],
    };
    let idle = FooterStream {
        number: 3,
        name: b"system".to_vec(),
        versions: (0, 0),
        positions: (0, 0),
        sparse: Vec::new(),
    };
    Footer {
        first_position: 41,
        last_position: 47,
        groups: 6,
        epoch: 3,
        file_digest: [7; 32],
        streams: Some(vec![large, idle]),
    }
}

#[test]
fn a_footer_comes_back_and_ends_with_its_block() {
    let body = sample().encode();
    assert_eq!((GROUP_HEADER_BYTES + body.len()) % 4_096, 0);
    assert_eq!(Footer::decode(&body), Ok(Some(sample())));
    assert_eq!(len_at_tail(&body[body.len() - TAIL_BYTES..]), Some(4_096));
    assert_eq!(Footer::decode(&[]), Ok(None), "an older footer says nothing");
}

#[test]
fn a_footer_of_many_streams_takes_more_blocks_or_leaves_them_out() {
    let streams = |count: u32| {
        let one = |number| FooterStream { number, ..sample().streams.unwrap()[1].clone() };
        Footer { streams: Some((1..=count).map(one).collect()), ..sample() }
    };
    for count in [0, 1, 69, 70, 71, 5_000] {
        let footer = streams(count);
        let body = footer.encode();
        assert_eq!(Footer::decode(&body), Ok(Some(footer)), "{count}");
        let total = group_len(u64::from(count) * stream_len(6, 0));
        assert_eq!(total, wide(GROUP_HEADER_BYTES + body.len()), "{count}");
    }
    let body = streams(40_000).encode();
    assert_eq!(body.len(), 4_096 - GROUP_HEADER_BYTES);
    let without = Footer { streams: None, ..sample() };
    assert_eq!(Footer::decode(&body), Ok(Some(without)));
}

#[test]
fn every_bit_of_a_footer_has_a_meaning() {
    let body = sample().encode();
    for bit in 0..body.len() * 8 {
        let mut flipped = body.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match Footer::decode(&flipped) {
            Ok(Some(other)) => {
                assert_ne!(other, sample(), "bit {bit}");
                assert_eq!(other.encode(), flipped, "bit {bit}");
            }
            Ok(None) => panic!("bit {bit}: taken for an older footer"),
            Err(_) => (),
        }
    }
}

#[test]
fn every_flipped_bit_of_a_footer_is_seen_by_the_sums_of_its_group() {
    let plan = GroupPlan {
        salt: 5,
        offset: 81_920,
        number: 47,
        first_position: 48,
        events: 0,
        kind: Kind::Footer,
        committed_ns: 0,
        previous: &[7; 32],
    };
    let (bytes, _) = plan.encode(&sample().encode());
    assert_eq!(bytes.len(), 4_096, "nothing is behind the body");
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let sound = GroupHeader::decode(&flipped)
            .is_ok_and(|header| crc32c::crc32c(&flipped[GROUP_HEADER_BYTES..]) == header.body_sum);
        assert!(!sound, "bit {bit}");
    }
}

#[test]
fn lengths_that_no_file_can_have_are_refused_before_anything_is_taken() {
    let body = sample().encode();
    for (at, value) in [(72, u32::MAX), (72, 3), (120, u32::MAX), (120, 200)] {
        let mut changed = body.clone();
        put(&mut changed, at, &value.to_le_bytes());
        assert!(matches!(Footer::decode(&changed), Err(FooterFault::Damaged(_))), "{at} {value}");
    }
    for len in 1..body.len() {
        assert!(Footer::decode(&body[..len]).is_err(), "{len}");
    }
    let mut later = body.clone();
    put(&mut later, 4, &2_u32.to_le_bytes());
    assert!(matches!(Footer::decode(&later), Err(FooterFault::TooNew(_))));
    let mut flagged = body;
    put(&mut flagged, 76, &2_u32.to_le_bytes());
    assert!(matches!(Footer::decode(&flagged), Err(FooterFault::TooNew(_))));
}

#[test]
fn what_no_writer_writes_is_refused() {
    let refused = |what: &str, body: &[u8]| {
        let decoded = Footer::decode(body);
        assert!(matches!(decoded, Err(FooterFault::Damaged(_))), "{what}: {decoded:?}");
    };
    let body = sample().encode();
    let tail = body.len() - TAIL_BYTES;
    let mut shorter = body.clone();
    shorter.drain(tail - 8..tail);
    refused("a body that ends within a block", &shorter);
    let mut longer = body.clone();
    longer.splice(tail..tail, [0; 4_096]);
    put(&mut longer, tail + 4_096, &8_192_u64.to_le_bytes());
    refused("a block more than it needs", &longer);
    for first_position in [0, 49] {
        refused("its positions", &Footer { first_position, ..sample() }.encode());
    }
    let mut streams = sample().streams.unwrap();
    streams.reverse();
    refused("streams out of order", &Footer { streams: Some(streams), ..sample() }.encode());
    let mut end = body[tail..].to_vec();
    put(&mut end, 0, &(u64::from(GROUP_BODY_MAX) + 8_192).to_le_bytes());
    assert_eq!(len_at_tail(&end), None, "longer than any group");
}
