//! Our log of real events: every one read with its sums, decoded, and folded into an account.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use gatefold_benches::account;
use gatefold_benches::fills::{Folding as _, INSTRUMENTS, Ours, Trade};
use gatefold_core::decide::evolve;
use gatefold_core::record::codec::{decode, encode};
use gatefold_core::record::{Event, Position};
use gatefold_log::LogReader;

use crate::peer::ours;

/// Events of a group.
const GROUP: u64 = 100;

/// Writes a log of fills, about 121 bytes each, in groups of 100.
pub(crate) fn write(directory: &Path, events: u64) -> Result<()> {
    let log = ours::open(directory)?;
    for group in 0..events / GROUP {
        let bodies = (group * GROUP..(group + 1) * GROUP).map(fill);
        log.append_encoded(1, group * GROUP, bodies.collect::<Result<Vec<_>>>()?)?;
    }
    Ok(())
}

fn fill(number: u64) -> Result<gatefold_core::record::codec::Encoded> {
    Ok(encode(&Ours::fill(Trade::new(usize::try_from(number)?, INSTRUMENTS)))?)
}

/// Reads and decodes every event; with `into_account`, folds it too. Opening is left out.
pub(crate) fn read(directory: &Path, into_account: bool) -> Result<(Duration, u64)> {
    let reader = LogReader::open(directory)?;
    let mut account = account("folded", INSTRUMENTS);
    let (mut events, mut booked, mut wrong) = (0, 0_usize, None);
    let started = Instant::now();
    reader.read(Position::ZERO, &mut |entry| {
        events += 1;
        // By reference, as a replay does: an event is large, and moving it costs more than reading
        // it.
        match &decode(entry.tag, entry.schema, entry.body) {
            Ok(event) if into_account => evolve(&mut account, event, entry.at),
            Ok(event) => booked += usize::from(matches!(event, Event::ExecutionBooked(_))),
            Err(error) => {
                wrong = Some(error.clone());
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    let took = started.elapsed();
    std::hint::black_box((&account, booked));
    wrong.map_or(Ok((took, events)), |error| Err(anyhow!("event {events}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fill_that_was_written_is_decoded_and_folded() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 300).unwrap();
        assert_eq!(read(folder.path(), false).unwrap().1, 300);
        assert_eq!(read(folder.path(), true).unwrap().1, 300);
    }
}
