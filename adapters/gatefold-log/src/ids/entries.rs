//! Where the events of the segment that is written to stand: those that a checkpoint kept, which
//! others look at too, and those behind it.

use std::sync::Arc;

use crate::ids::IdAt;

/// See the file's first lines.
#[derive(Default)]
pub(crate) struct Entries {
    /// Shared with the [`Prefix`](crate::ids::prefix::Prefix) of the segment: there are millions.
    before: Arc<Vec<IdAt>>,
    after: Vec<IdAt>,
}

impl Entries {
    /// Those that a checkpoint kept.
    pub(crate) fn kept(before: Arc<Vec<IdAt>>) -> Self {
        Self { before, after: Vec::new() }
    }

    /// Takes in one more.
    pub(crate) fn push(&mut self, entry: IdAt) {
        self.after.push(entry);
    }

    /// All of them.
    pub(crate) fn into_all(self) -> Vec<IdAt> {
        let Self { before, mut after } = self;
        after.extend_from_slice(&before);
        after
    }
}

impl Extend<IdAt> for Entries {
    fn extend<T: IntoIterator<Item = IdAt>>(&mut self, entries: T) {
        self.after.extend(entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_and_what_came_later_is_all_there_is() {
        let at = |key| IdAt { key, group: 4_096, frame: 0 };
        let before = Arc::new(vec![at(1), at(2)]);
        let mut entries = Entries::kept(Arc::clone(&before));
        entries.push(at(9));
        entries.extend([at(3)]);
        let mut all = entries.into_all();
        all.sort_unstable();
        assert_eq!(all, [at(1), at(2), at(3), at(9)]);
        assert_eq!(*before, [at(1), at(2)], "whoever shares them still has them");
    }
}
