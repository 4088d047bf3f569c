//! The digest of folded state: equal histories give equal digests, on any machine.

use crate::decide::account::Account;
use crate::decide::state::STATE;

/// A digest of an account's folded state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateHash([u8; 32]);

impl core::fmt::Display for StateHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

struct HashWriter(blake3::Hasher);

impl bincode::enc::write::Writer for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.update(bytes);
        Ok(())
    }
}

impl StateHash {
    pub(super) fn of(account: &Account) -> Self {
        let mut hasher = HashWriter(blake3::Hasher::new());
        let encoded = bincode::encode_into_writer(account, &mut hasher, STATE);
        assert!(encoded.is_ok(), "folded state always encodes: {encoded:?}");
        Self(*hasher.0.finalize().as_bytes())
    }
}
