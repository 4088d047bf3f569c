//! A verdict as it is recorded: a row of bytes, in memory as in the log.

use crate::decide::code::Code;
use crate::decide::verdict::{Outcome, STOPS, Verdict};

/// Bytes of a verdict in memory, and in the log where its outcome carries numbers.
pub(super) const ROW_BYTES: usize = 19;

/// A verdict as it is recorded: outcome, code, what was seen, what may be.
pub(crate) type Row = [u8; ROW_BYTES];

/// Writes a verdict as its row. Where an outcome carries no numbers they are zero.
#[inline(always)]
pub(crate) fn write(verdict: Verdict, row: &mut Row, seen: &mut u8) {
    if verdict.outcome.bits() & STOPS != 0 {
        *seen |= STOPS;
    }
    // Three stores instead of nineteen: the fourth byte of the first is written again at once.
    let head = u32::from(verdict.outcome.to_byte()) | (u32::from(verdict.code.to_u16()) << 8_u32);
    if let Some(place) = row.first_chunk_mut() {
        *place = head.to_le_bytes();
    }
    let [_, _, _, numbers @ ..] = row;
    let (observed, limit) = (verdict.observed.cast_unsigned(), verdict.limit.cast_unsigned());
    *numbers = (u128::from(observed) | (u128::from(limit) << 64_u32)).to_le_bytes();
}

/// The verdict in a row; `None` if it is none.
pub(super) fn read(row: &Row) -> Option<Verdict> {
    let [outcome, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = *row;
    Some(Verdict {
        outcome: Outcome::ALL.iter().copied().find(|it| it.to_byte() == outcome)?,
        code: Code::from_u16(u16::from_le_bytes([c, d]))?,
        observed: i64::from_le_bytes([e, f, g, h, i, j, k, l]),
        limit: i64::from_le_bytes([m, n, o, p, q, r, s, t]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_as_the_verdict_that_was_written() {
        let numbers = [i64::MIN, -1, 0, 1, 0x0123_4567_89ab_cdef, i64::MAX];
        for (observed, limit) in numbers.into_iter().zip(numbers.into_iter().rev()) {
            for (outcome, code) in [(Outcome::Pass, Code::Ok), (Outcome::Defer, Code::UserDefined)]
            {
                let verdict = Verdict { outcome, code, observed, limit };
                let (mut row, mut seen) = ([0xff; ROW_BYTES], 0);
                write(verdict, &mut row, &mut seen);
                assert_eq!(read(&row), Some(verdict));
                assert_eq!(seen == STOPS, outcome == Outcome::Defer, "{verdict:?}");
            }
        }
    }
}
