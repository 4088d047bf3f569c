//! How verdicts are written and read: rows are copied, not taken apart.

use bincode::de::Decoder;
use bincode::de::read::Reader;
use bincode::enc::Encoder;
use bincode::enc::write::Writer;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::decide::code::Code;
use crate::decide::verdict::{BARE, GATES_MAX, Outcome, ROW_BYTES, Row, Verdicts, read};
use crate::vocabulary::run::Run as _;

impl Encode for Verdicts {
    /// A count byte, then per gate its outcome, and where it has any its code and numbers. Rows
    /// that follow each other in full are written at once.
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let writer = encoder.writer();
        writer.write(&[self.count])?;
        let mut rest = self.rows();
        while let Some(full) = first_bare(rest) {
            let (before, [bare, after @ ..]) = rest.split_at(full) else { break };
            let [outcome, ..] = *bare;
            writer.write(before.as_flattened())?;
            writer.write(&[outcome])?;
            rest = after;
        }
        writer.write(rest.as_flattened())
    }
}

impl<Context> Decode<Context> for Verdicts {
    #[inline]
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let mut verdicts = Self::new();
        verdicts.read(decoder)?;
        Ok(verdicts)
    }
}
bincode::impl_borrow_decode!(Verdicts);

/// Where the first row without code and numbers is. Most rows have both, and eight are passed by
/// without counting them.
#[inline]
fn first_bare(rows: &[Row]) -> Option<usize> {
    let bare = |[outcome, ..]: &Row| outcome & BARE != 0;
    let (chunks, rest) = rows.as_chunks::<8>();
    for (chunk, place) in chunks.iter().zip((0_usize..).step_by(8)) {
        if let Some(within) = chunk.iter().position(bare) {
            return Some(place.saturating_add(within));
        }
    }
    let place = rows.len().saturating_sub(rest.len());
    rest.iter().position(bare).map(|within| place.saturating_add(within))
}

impl Verdicts {
    /// Reads verdicts into the place of none.
    #[inline]
    pub(crate) fn read<D: Decoder>(&mut self, decoder: &mut D) -> Result<(), DecodeError> {
        if let Some(bytes) = self.copy_from(decoder.reader()) {
            decoder.claim_bytes_read(bytes)?;
            decoder.reader().consume(bytes);
            return Ok(());
        }
        *self = Self::by_row(decoder)?;
        Ok(())
    }

    /// Copies the rows that a reader has next and answers how many bytes they take; `None` if they
    /// are not all there and valid.
    #[inline]
    fn copy_from(&mut self, reader: &mut impl Reader) -> Option<usize> {
        let [count] = *reader.peek_read(1)?.first_chunk()?;
        let places = self.rows.get_mut(..usize::from(count))?;
        let mut bytes = 1_usize;
        for _ in places.iter() {
            // Far below any overflow: there are few places.
            let outcome = *reader.peek_read(bytes.wrapping_add(1))?.last()?;
            let length = if outcome & BARE == 0 { ROW_BYTES } else { 1 };
            bytes = bytes.wrapping_add(length);
        }
        let mut rows = reader.peek_read(bytes)?.get(1..)?;
        for place in places {
            let outcome = *rows.first()?;
            self.seen |= Outcome::take(&mut [outcome].as_slice())?.bits();
            if outcome & BARE == 0 {
                let (row @ [_, c, d, ..], rest) = rows.split_first_chunk::<ROW_BYTES>()?;
                if !Code::is_known(u16::from_le_bytes([*c, *d])) {
                    return None;
                }
                (*place, rows) = (*row, rest);
            } else {
                let [first, ..] = place;
                *first = outcome;
                rows = rows.get(1..)?;
            }
        }
        self.count = count;
        Some(bytes)
    }

    /// The same field by field, which finds the first fault.
    #[cold]
    #[inline(never)]
    fn by_row<D: Decoder>(decoder: &mut D) -> Result<Self, DecodeError> {
        let count = usize::from(u8::decode(decoder)?);
        if count > GATES_MAX {
            return Err(DecodeError::Other("more verdicts than gates can be"));
        }
        let mut verdicts = Self::new();
        for _ in 0..count {
            let outcome = Outcome::decode(decoder)?;
            let mut row = [0; ROW_BYTES];
            let [byte, numbers @ ..] = &mut row;
            *byte = outcome.to_byte();
            if outcome.bits() & BARE == 0 {
                decoder.claim_bytes_read(numbers.len())?;
                decoder.reader().read(numbers)?;
            }
            let verdict = read(&row).ok_or(DecodeError::Other("unknown verdict code"))?;
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }
}
