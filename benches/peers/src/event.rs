//! The 200-byte events that every log is given, and the tally of what it hands back.

/// Bytes of one event; stream and sequence are its first sixteen.
pub(crate) const EVENT_BYTES: usize = 200;

/// One event to append.
pub(crate) struct Event {
    /// The account, or whatever the peer keeps apart; from 1.
    pub(crate) stream: u64,
    /// Number in the stream, from 1, without a gap.
    pub(crate) seq: u64,
    /// What is stored and must come back.
    pub(crate) bytes: [u8; EVENT_BYTES],
}

impl Event {
    /// The same bytes for the same numbers, and nothing a compressor could use.
    pub(crate) fn new(stream: u64, seq: u64) -> Event {
        let mut bytes = [0; EVENT_BYTES];
        let (head, rest) = bytes.split_at_mut(16);
        head[..8].copy_from_slice(&stream.to_le_bytes());
        head[8..].copy_from_slice(&seq.to_le_bytes());
        let mut state = stream.rotate_left(32) ^ seq;
        for word in rest.chunks_mut(8) {
            // SplitMix64.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..word.len()]);
        }
        Event { stream, seq, bytes }
    }

    /// The next `count` events of a stream after `last`.
    pub(crate) fn batch(stream: u64, last: u64, count: u64) -> Vec<Event> {
        (1..=count).map(|n| Event::new(stream, last + n)).collect()
    }
}

/// Stream and sequence of an event's bytes, if they are an event's.
pub(crate) fn numbers(bytes: &[u8]) -> Option<(u64, u64)> {
    let stream = bytes.get(..8)?.try_into().ok()?;
    let seq = bytes.get(8..16)?.try_into().ok()?;
    Some((u64::from_le_bytes(stream), u64::from_le_bytes(seq)))
}

/// What a reading came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Events handed over.
    pub(crate) events: u64,
    /// So that no reading can be left out by the compiler.
    pub(crate) sum: u64,
    /// Compare every byte, and note which numbers came.
    exact: bool,
    /// Events of stream 1 by sequence: how often each came.
    seen: Vec<u32>,
    /// Events whose bytes were not the ones stored.
    pub(crate) altered: u64,
}

impl Tally {
    /// Counts and adds up, which costs every peer the same next to nothing.
    pub(crate) fn counting() -> Tally {
        Tally::default()
    }

    /// Compares with the first `stored` events of stream 1.
    pub(crate) fn exact(stored: usize) -> Tally {
        Tally { exact: true, seen: vec![0; stored], ..Tally::default() }
    }

    /// One event as the log hands it over.
    pub(crate) fn see(&mut self, bytes: &[u8]) {
        self.events += 1;
        let (stream, seq) = numbers(bytes).unwrap_or_default();
        self.sum = self.sum.wrapping_add(seq).wrapping_add(u64::from(bytes[bytes.len() - 1]));
        if self.exact {
            let place = usize::try_from(seq).ok().and_then(|seq| seq.checked_sub(1));
            let count = place.and_then(|place| self.seen.get_mut(place));
            match count {
                Some(count) if Event::new(stream, seq).bytes == *bytes && stream == 1 => {
                    *count += 1
                }
                _ => self.altered += 1,
            }
        }
    }

    /// Stored events that did not come.
    pub(crate) fn missing(&self) -> usize {
        self.seen.iter().filter(|count| **count == 0).count()
    }

    /// Events that came more than once.
    pub(crate) fn doubled(&self) -> usize {
        self.seen.iter().filter(|count| **count > 1).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_tally_sees_what_is_missing_doubled_and_altered() {
        let mut tally = Tally::exact(4);
        tally.see(&Event::new(1, 1).bytes);
        tally.see(&Event::new(1, 2).bytes);
        tally.see(&Event::new(1, 2).bytes);
        let mut flipped = Event::new(1, 4).bytes;
        flipped[150] ^= 1;
        tally.see(&flipped);
        assert_eq!((tally.missing(), tally.doubled(), tally.altered, tally.events), (2, 1, 1, 4));
    }

    #[test]
    fn an_event_carries_its_numbers() {
        assert_eq!(numbers(&Event::new(7, 9).bytes), Some((7, 9)));
        assert_ne!(Event::new(7, 9).bytes[16..], Event::new(7, 10).bytes[16..]);
    }
}
