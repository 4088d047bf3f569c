//! The groups of a log, as a reader lists them.

use std::ops::ControlFlow;

use gatefold_core::record::Position;
use gatefold_log::{Anchor, LogReader};

use crate::kit::{SMALL, closed_after, history};

#[test]
fn groups_are_listed_in_order_over_segments_with_every_event_in_one() {
    let batches = history(24);
    let reader = LogReader::open_on(closed_after(&batches, SMALL)).unwrap();
    let (mut number, mut position, mut sizes) = (0, Position::ZERO, Vec::new());
    let mut segments = Vec::new();
    reader
        .groups(&mut |group| {
            number += 1;
            assert_eq!((group.number, group.first), (number, position.next()));
            assert!(group.offset.is_multiple_of(4096) && group.bytes.is_multiple_of(4096));
            position = position.after(u64::from(group.events));
            if group.events > 0 {
                sizes.push(usize::try_from(group.events).unwrap());
            }
            if segments.last().is_none_or(|last| last != group.segment) {
                segments.push(group.segment.to_owned());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(sizes, batches.iter().map(|it| it.records.len()).collect::<Vec<_>>());
    assert!(segments.len() > 1, "the log rolled");
    let Anchor { position: head, group, .. } = reader.anchor();
    assert_eq!((position, number), (head, group));
    let mut count = 0;
    let mut two = |_: &gatefold_log::Group<'_>| {
        count += 1;
        if count == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    reader.groups(&mut two).unwrap();
    assert_eq!(count, 2);
}
