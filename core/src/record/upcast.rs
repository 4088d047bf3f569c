//! How an event of an older version is read: its bytes become those of the version after it, step
//! by step, each time it is read. The log keeps what was written.
//!
//! A step knows two shapes by their bytes alone, and none of today's structs: those will change
//! again, and the step must not change with them. Most steps insert bytes: the codec writes fields
//! in order, integers little-endian and of fixed width, an `Option` as one byte and its value, a
//! text or a list as a 64-bit count and its items. A field that is added at the end is
//!
//! ```
//! use gatefold_core::record::codec::CodecError;
//! use gatefold_core::record::upcast::{Upcast, upcast};
//!
//! /// Version 2 adds an optional note at the end; there was none before.
//! fn without_note(body: &[u8]) -> Result<Vec<u8>, CodecError> {
//!     Ok([body, &[0]].concat())
//! }
//!
//! let steps = [Upcast { tag: 7, from: 1, step: without_note }];
//! assert_eq!(upcast(&steps, (7, 1), 2, &[1, 2, 3])?, [1, 2, 3, 0]);
//! # Ok::<(), CodecError>(())
//! ```

use alloc::vec::Vec;

use crate::record::codec::CodecError;
use crate::record::log::EVENT_BYTES_MAX;

/// One step: from a version of a tag to the next.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// Which kind of event.
    pub tag: u16,
    /// The version whose bytes go in; those of the next one come out.
    pub from: u16,
    /// The step. What it makes of bytes that are not of that version it may refuse or leave to the
    /// decoder, but it must not panic.
    pub step: fn(&[u8]) -> Result<Vec<u8>, CodecError>,
}

/// The bytes of version `current` that an event of an older version `(tag, version)` means.
///
/// # Errors
/// [`CodecError::Unknown`] if a step is missing, [`CodecError::Corrupt`] if a step makes more
/// bytes than an event may have, and what a step answers.
pub fn upcast(
    steps: &[Upcast],
    (tag, schema): (u16, u16),
    current: u16,
    body: &[u8],
) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::from(body);
    for version in schema..current {
        let found = steps.iter().find(|step| (step.tag, step.from) == (tag, version));
        let Upcast { step, .. } = found.ok_or(CodecError::Unknown { tag, schema })?;
        bytes = step(&bytes)?;
        if bytes.len() > EVENT_BYTES_MAX {
            let detail = alloc::format!(
                "as version {} it has {} bytes, more than the {EVENT_BYTES_MAX} of an event",
                version.saturating_add(1),
                bytes.len()
            );
            return Err(CodecError::Corrupt { tag, schema, detail });
        }
    }
    Ok(bytes)
}
