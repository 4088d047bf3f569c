//! A frame: one event, or one control statement, inside a group's body.

use gatefold_core::record::{Position, Record, Version};

use crate::format::bytes::{
    i64_at, narrow, put, rounded_up, u16_at, u32_at, u64_at, u128_at, wide,
};

/// Bytes before a frame's payload.
pub(crate) const FRAME_HEADER_BYTES: usize = 64;
const HEADER_LEN: u32 = 64;
const SUM_AT: usize = 4;
const SUMMED_FROM: usize = 8;
const FLAG_CONTROL: u16 = 1;
/// Control: the payload is the name of the stream whose id the frame carries.
pub(crate) const CONTROL_STREAM: u16 = 1;
/// Control: the payload is the epoch in force from here on, eight bytes.
pub(crate) const CONTROL_EPOCH: u16 = 2;

/// One frame, its payload still in the group's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// An event's position; 0 for control.
    pub position: u64,
    /// An event's version in its stream; 0 for control.
    pub version: u64,
    /// The stream's number in this log; the first is 1, 0 is none.
    pub stream: u32,
    /// An event's tag, or which control statement it is.
    pub tag: u16,
    /// An event's schema; 0 for control.
    pub schema: u16,
    /// An event's id; 0 for control.
    pub id: u128,
    /// An event's time, nanoseconds since 1970; 0 for control.
    pub at_ns: i64,
    /// Not an event: it has no position and no reader sees it.
    pub control: bool,
    /// The event's body.
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// A statement of the log about itself.
    pub(crate) const fn control(tag: u16, stream: u32, payload: &'a [u8]) -> Self {
        Self {
            position: 0,
            version: 0,
            stream,
            tag,
            schema: 0,
            id: 0,
            at_ns: 0,
            control: true,
            payload,
        }
    }

    /// An event's, at its place in the log.
    pub(crate) fn of(
        record: &'a Record,
        stream: u32,
        version: Version,
        position: Position,
    ) -> Self {
        Self {
            position: position.get(),
            version: version.get(),
            stream,
            tag: record.tag,
            schema: record.schema,
            id: record.id.raw(),
            at_ns: record.at.nanos(),
            control: false,
            payload: &record.body,
        }
    }

    /// Bytes that the frame takes.
    pub(crate) fn encoded_len(&self) -> u32 {
        frame_len(u32::try_from(self.payload.len()).unwrap_or(u32::MAX))
    }

    /// Appends the frame's bytes, padded with zeros to a multiple of eight.
    pub(crate) fn encode(&self, body: &mut Vec<u8>) {
        let start = body.len();
        body.extend_from_slice(&self.head());
        body.extend_from_slice(self.payload);
        body.resize(start + narrow(u64::from(self.encoded_len())), 0);
        let bytes = &mut body[start..];
        let sum = sum_of(bytes);
        put(bytes, SUM_AT, &sum.to_le_bytes());
    }

    /// The checksum that the frame has in the log.
    pub(crate) fn sum(&self) -> u32 {
        let (head, padding) = (self.head(), [0; 8]);
        let padded =
            narrow(u64::from(self.encoded_len())) - FRAME_HEADER_BYTES - self.payload.len();
        let parts = [&head[..SUM_AT], &head[SUMMED_FROM..], self.payload, &padding[..padded]];
        parts.into_iter().fold(0, crc32c::crc32c_append)
    }

    /// The header, its sum left out.
    fn head(&self) -> [u8; FRAME_HEADER_BYTES] {
        let payload_len = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        let mut bytes = [0; FRAME_HEADER_BYTES];
        put(&mut bytes, 0, &self.encoded_len().to_le_bytes());
        put(&mut bytes, 8, &self.position.to_le_bytes());
        put(&mut bytes, 16, &self.version.to_le_bytes());
        put(&mut bytes, 24, &self.stream.to_le_bytes());
        put(&mut bytes, 28, &self.tag.to_le_bytes());
        put(&mut bytes, 30, &self.schema.to_le_bytes());
        put(&mut bytes, 32, &self.id.to_le_bytes());
        put(&mut bytes, 48, &self.at_ns.to_le_bytes());
        put(&mut bytes, 56, &0_u16.to_le_bytes());
        let flags = if self.control { FLAG_CONTROL } else { 0 };
        put(&mut bytes, 58, &flags.to_le_bytes());
        put(&mut bytes, 60, &payload_len.to_le_bytes());
        bytes
    }
}

/// The checksum that the frame at this offset of a sound body has.
pub(crate) fn sum_at(body: &[u8], frame: u32) -> u32 {
    u32_at(body, narrow(u64::from(frame)) + SUM_AT)
}

/// The length of the frame that begins with these bytes, if they can begin one.
pub(crate) fn len_of(start: &[u8]) -> Option<usize> {
    let (len, payload_len) = (u32_at(start, 0), u32_at(start, 60));
    let possible = payload_len <= crate::format::GROUP_BODY_MAX && frame_len(payload_len) == len;
    possible.then(|| narrow(u64::from(len)))
}

/// A frame's checksum: over its length and everything after the checksum.
fn sum_of(frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&frame[..4]), &frame[SUMMED_FROM..])
}

/// Bytes that a frame with such a payload takes.
fn frame_len(payload_len: u32) -> u32 {
    let len = wide(FRAME_HEADER_BYTES) + u64::from(payload_len);
    u32::try_from(rounded_up(len, 8)).unwrap_or(u32::MAX)
}

/// The frames of a body, in order, each with its own sum; ends after the first fault.
pub(crate) fn frames(body: &[u8]) -> Frames<'_> {
    Frames { rest: body, summed: false }
}

/// The frames of a body whose sum is known to be right. That sum covers every byte of every frame,
/// so theirs are not taken again: they are there for reading one event without its group.
pub(crate) fn frames_of_summed(body: &[u8]) -> Frames<'_> {
    Frames { rest: body, summed: true }
}

/// See [`frames`].
pub(crate) struct Frames<'a> {
    rest: &'a [u8],
    summed: bool,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, &'static str>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let result = first_of(self.rest, self.summed);
        self.rest = match &result {
            Ok((_, rest)) => rest,
            Err(_) => &[],
        };
        Some(result.map(|(frame, _)| frame))
    }
}

#[inline]
fn first_of(rest: &[u8], summed: bool) -> Result<(Frame<'_>, &[u8]), &'static str> {
    let Some(head) = rest.first_chunk::<FRAME_HEADER_BYTES>() else {
        return Err("a frame's header runs past the end of its group");
    };
    let len = u32_at(head, 0);
    let payload_len = u32_at(head, 60);
    if payload_len > crate::format::GROUP_BODY_MAX || frame_len(payload_len) != len {
        return Err("a frame's length does not fit its payload");
    }
    let Some((bytes, rest)) = rest.split_at_checked(narrow(u64::from(len))) else {
        return Err("a frame runs past the end of its group");
    };
    if !summed && sum_of(bytes) != u32_at(head, SUM_AT) {
        return Err("a frame's checksum does not fit");
    }
    let flags = u16_at(head, 58);
    if u16_at(head, 56) != 0 || flags & !FLAG_CONTROL != 0 {
        return Err("a frame has flags or metadata that this version does not know");
    }
    let payload_end = FRAME_HEADER_BYTES + narrow(u64::from(payload_len));
    // The last word of the frame holds all of its padding, as the bytes of highest value.
    let padding_bits = 8 * (len - HEADER_LEN - payload_len);
    // In two steps: without padding one of them would be by all bits.
    if u64_at(bytes, bytes.len() - 8) >> 1 >> (63 - padding_bits) != 0 {
        return Err("a frame's padding is not zero");
    }
    let frame = Frame {
        position: u64_at(head, 8),
        version: u64_at(head, 16),
        stream: u32_at(head, 24),
        tag: u16_at(head, 28),
        schema: u16_at(head, 30),
        id: u128_at(head, 32),
        at_ns: i64_at(head, 48),
        control: flags == FLAG_CONTROL,
        payload: &bytes[FRAME_HEADER_BYTES..payload_end],
    };
    Ok((frame, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Frame<'static> {
        Frame {
            position: 41,
            version: 7,
            stream: 2,
            tag: 3,
            schema: 1,
            id: 0x0123_4567_89ab_cdef_0011_2233_4455_6677,
            at_ns: -5,
            control: false,
            payload: b"hello",
        }
    }

    #[test]
    fn frames_come_back_in_order() {
        let mut body = Vec::new();
        let declared = Frame::control(CONTROL_STREAM, 2, b"account:large");
        declared.encode(&mut body);
        sample().encode(&mut body);
        assert_eq!(body.len(), 80 + 72);
        let back: Result<Vec<_>, _> = frames(&body).collect();
        assert_eq!(back, Ok(vec![declared, sample()]));
    }

    /// Sums that fit would let it pass: it is what nobody reads, and could say anything.
    #[test]
    fn padding_that_is_not_zero_is_seen() {
        for length in 0..=16 {
            let payload = vec![0xff; length];
            let mut body = Vec::new();
            Frame { payload: &payload, ..sample() }.encode(&mut body);
            assert!(frames(&body).all(|frame| frame.is_ok()), "{length}");
            for bit in 8 * (FRAME_HEADER_BYTES + length)..8 * body.len() {
                let mut other = body.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                let sum = sum_of(&other);
                put(&mut other, SUM_AT, &sum.to_le_bytes());
                let refused = Some(Err("a frame's padding is not zero"));
                assert_eq!(frames(&other).next(), refused, "bit {bit} of {length}");
                assert_eq!(frames_of_summed(&other).next(), refused, "bit {bit} of {length}");
            }
        }
    }

    #[test]
    fn every_flipped_bit_of_a_frame_is_seen() {
        let mut body = Vec::new();
        sample().encode(&mut body);
        for bit in 0..body.len() * 8 {
            let mut flipped = body.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let back: Result<Vec<_>, _> = frames(&flipped).collect();
            assert!(back.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn no_prefix_of_a_frame_is_a_frame() {
        let mut body = Vec::new();
        sample().encode(&mut body);
        for len in 1..body.len() {
            assert!(frames(&body[..len]).all(|frame| frame.is_err()), "{len}");
        }
    }
}
