//! The steps from every version of an event that was ever written to the one after it.
//!
//! Invariant: a step that is here stays as it is. It knows the two shapes by their bytes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::record::codec::CodecError;
use crate::record::upcast::Upcast;

/// All of them, in order of tag and version.
pub(super) const UPCASTS: &[Upcast] = &[
    Upcast { tag: 11, from: 1, step: same_bytes },
    Upcast { tag: 12, from: 1, step: same_bytes },
    Upcast { tag: 13, from: 1, step: same_bytes },
    Upcast { tag: MARKS_OBSERVED, from: 1, step: marks_without_source },
];

const MARKS_OBSERVED: u16 = 31;

/// Decisions, version 2: the quote's feed may be one of more. What was written before stands for
/// what it stood for.
#[expect(clippy::unnecessary_wraps, reason = "a step may refuse")]
fn same_bytes(body: &[u8]) -> Result<Vec<u8>, CodecError> {
    Ok(Vec::from(body))
}

/// `MarksObserved`, version 2: behind each mark stands the quote that it was taken from, or that
/// this was not recorded. It was not.
fn marks_without_source(body: &[u8]) -> Result<Vec<u8>, CodecError> {
    const NOT_RECORDED: u8 = 0;
    let short = || CodecError::Corrupt {
        tag: MARKS_OBSERVED,
        schema: 1,
        detail: String::from("a mark is cut short, or of no kind of instrument"),
    };
    let (count, mut rest) = body.split_first_chunk().ok_or_else(short)?;
    let mut bytes = Vec::from(count);
    for _ in 0..u64::from_le_bytes(*count) {
        let length = mark_bytes(rest).ok_or_else(short)?;
        let (mark, later) = rest.split_at_checked(length).ok_or_else(short)?;
        bytes.extend_from_slice(mark);
        bytes.push(NOT_RECORDED);
        rest = later;
    }
    bytes.extend_from_slice(rest);
    Ok(bytes)
}

/// How long the mark of version 1 is that begins here: its instrument, three prices and a time.
fn mark_bytes(rest: &[u8]) -> Option<usize> {
    const EQUITY: u8 = 1;
    const OPTION: u8 = 2;
    const TICKER: usize = 8;
    // Expiry, right, strike and multiplier.
    const TERMS: usize = 4 + 1 + 8 + 4;
    const PRICES_AND_TIME: usize = 4 * 8;
    let instrument = match rest {
        [EQUITY, ..] => TICKER,
        [OPTION, root, ..] => usize::from(*root).checked_add(1 + TERMS)?,
        _ => return None,
    };
    instrument.checked_add(1 + PRICES_AND_TIME)
}
