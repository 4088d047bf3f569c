//! Where every stream stands, folded from sound groups or taken from the footers of segments.

use std::collections::HashMap;
use std::ops::ControlFlow;

use gatefold_core::record::{Epoch, Stream, Version};

use crate::format::footer::Footer;
use crate::index::{Statements, stream_named};

/// Where every stream stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads {
    /// What control frames stated so far.
    pub statements: Statements,
    numbers: HashMap<Stream, u32>,
    /// The version of each stream, by number.
    versions: Vec<u64>,
}

impl Heads {
    /// The version of a stream.
    pub(crate) fn version(&self, stream: &Stream) -> Version {
        let number = self.numbers.get(stream).copied();
        Version::new(number.and_then(|number| self.versions.get(slot(number)?)).map_or(0, |it| *it))
    }

    /// The stream's number, if it was declared.
    pub(crate) fn number(&self, stream: &Stream) -> Option<u32> {
        self.numbers.get(stream).copied()
    }

    /// Takes in the frames of a sound group.
    pub(crate) fn apply(
        &mut self,
        first_position: u64,
        events: u32,
        frames: &[u8],
    ) -> Result<(), &'static str> {
        let Self { statements, versions, .. } = self;
        let mut follows = true;
        let _: ControlFlow<()> =
            statements.read_numbered(first_position, events, frames, |number, entry| {
                let Some(slot) = slot(number) else {
                    return ControlFlow::Break(());
                };
                if versions.len() <= slot {
                    versions.resize(slot + 1, 0);
                }
                let next = versions[slot] + 1;
                follows &= entry.version.get() == next;
                versions[slot] = next;
                if follows { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        if !follows {
            return Err("an event's version does not follow the one before in its stream");
        }
        self.name_new()
    }

    /// Gives streams that were declared by now their numbers.
    fn name_new(&mut self) -> Result<(), &'static str> {
        let named = self.numbers.len();
        for (number, stream) in self.statements.declared().skip(named) {
            if self.numbers.insert(stream, number).is_some() {
                return Err("a stream is declared twice");
            }
        }
        Ok(())
    }

    /// Takes in a whole segment by its footer; `None` if the footer does not say enough or does
    /// not fit what came before.
    pub(crate) fn after_segment(&self, footer: &Footer) -> Option<Self> {
        let mut after = self.clone();
        for stream in footer.streams.as_ref()? {
            let name = stream_named(&stream.name)?;
            after.statements.declare(stream.number, name).ok()?;
            let slot = slot(stream.number)?;
            if after.versions.len() <= slot {
                after.versions.resize(slot + 1, 0);
            }
            let (first, last) = stream.versions;
            if last > 0 {
                if after.versions[slot] + 1 != first {
                    return None;
                }
                after.versions[slot] = last;
            }
        }
        after.name_new().ok()?;
        after.statements.epoch = after.statements.epoch.max(Epoch::new(footer.epoch));
        Some(after)
    }
}

/// The place of a stream in a list by number; numbers begin with 1.
fn slot(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}
