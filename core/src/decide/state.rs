//! Folded state as bytes that can be read back: those that the state's digest is made of.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::de::Decoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::decide::account::Account;
use crate::decide::thresholds::Thresholds;
use crate::record::snapshot::{STATE_BYTES_MAX, SnapshotError};

/// How state is written. A limit bounds what a damaged length can make a decoder allocate.
type State = Configuration<LittleEndian, Fixint, Limit<STATE_BYTES_MAX>>;

pub(super) const STATE: State = bincode::config::standard()
    .with_little_endian()
    .with_fixed_int_encoding()
    .with_limit::<STATE_BYTES_MAX>();

/// Bytes that were written, counted while they are written so that no more than the bound are kept.
struct Bounded(Vec<u8>);

impl bincode::enc::write::Writer for Bounded {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        if self.0.len().saturating_add(bytes.len()) > STATE_BYTES_MAX {
            return Err(EncodeError::Other("a state has more bytes than a snapshot may hold"));
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// What must be written next: compared as it is written, so that no second copy is made.
struct Expected<'b>(&'b [u8]);

impl bincode::enc::write::Writer for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let rest = self.0.strip_prefix(bytes);
        self.0 = rest.ok_or(EncodeError::Other("other bytes than were read"))?;
        Ok(())
    }
}

/// Turns state into bytes.
pub(crate) fn to_bytes<T: Encode>(state: &T) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Bounded(Vec::new());
    match bincode::encode_into_writer(state, &mut bytes, STATE) {
        Ok(()) => Ok(bytes.0),
        Err(_) => Err(SnapshotError::TooLarge { bytes: bytes.0.len() }),
    }
}

/// Turns bytes into state. All of them must be consumed, and the state must encode to the same
/// bytes again.
pub(crate) fn from_bytes<T: Encode + Decode<()>>(bytes: &[u8]) -> Result<T, SnapshotError> {
    let damaged = |detail: String| SnapshotError::Damaged { detail };
    let (state, read) = bincode::decode_from_slice::<T, _>(bytes, STATE)
        .map_err(|error| damaged(error.to_string()))?;
    if read != bytes.len() {
        return Err(damaged(alloc::format!("{} bytes, of which {read} were read", bytes.len())));
    }
    let mut rest = Expected(bytes);
    let same = bincode::encode_into_writer(&state, &mut rest, STATE).is_ok();
    if !same || !rest.0.is_empty() {
        return Err(damaged(String::from("it does not encode to the same bytes again")));
    }
    Ok(state)
}

impl Account {
    /// Its whole state as bytes; their BLAKE3 digest is [`state_hash`](Self::state_hash).
    ///
    /// # Errors
    /// [`SnapshotError::TooLarge`] above [`STATE_BYTES_MAX`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, SnapshotError> {
        to_bytes(self)
    }

    /// The account that [`to_bytes`](Self::to_bytes) was asked of: equal in everything.
    ///
    /// # Errors
    /// [`SnapshotError::Damaged`] for any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        from_bytes(bytes)
    }
}

/// Written out, since what is derived from limits and day is worked out again.
impl<Context> Decode<Context> for Account {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let mut account = Self {
            id: Decode::decode(decoder)?,
            mode: Decode::decode(decoder)?,
            cost_method: Decode::decode(decoder)?,
            version: Decode::decode(decoder)?,
            limits: Decode::decode(decoder)?,
            thresholds: Thresholds::default(),
            states: Decode::decode(decoder)?,
            gates: Decode::decode(decoder)?,
            grounds: Decode::decode(decoder)?,
            cash: Decode::decode(decoder)?,
            deposits: Decode::decode(decoder)?,
            fees: Decode::decode(decoder)?,
            income: Decode::decode(decoder)?,
            realized: Decode::decode(decoder)?,
            transferred: Decode::decode(decoder)?,
            peak: Decode::decode(decoder)?,
            day: Decode::decode(decoder)?,
            totals: Decode::decode(decoder)?,
            buying_power: Decode::decode(decoder)?,
            contact: Decode::decode(decoder)?,
            pace: Decode::decode(decoder)?,
            books: Decode::decode(decoder)?,
            underlyings: Decode::decode(decoder)?,
            orders: Decode::decode(decoder)?,
            closed: Decode::decode(decoder)?,
            executions: Decode::decode(decoder)?,
            advice: Decode::decode(decoder)?,
            undecided: Decode::decode(decoder)?,
            found: Decode::decode(decoder)?,
            plans: Decode::decode(decoder)?,
            recent: Decode::decode(decoder)?,
        };
        account.thresholds = Thresholds::of(&account.limits, account.day.as_ref());
        Ok(account)
    }
}
