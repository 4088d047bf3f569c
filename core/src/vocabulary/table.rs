//! A map with constant-time look-up whose order depends only on what was done to it.
//!
//! Hash maps iterate by hash and tree maps look up in logarithmic time; folded state needs neither:
//! equal histories must give equal bytes, and a gate's cost must not grow with what is held.

use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};

use bincode::de::{BorrowDecoder, Decoder};
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Decode, Encode};
use rustc_hash::FxBuildHasher;

/// Cells of the smallest index.
const CELLS_MIN: usize = 8;

/// A map in order of insertion; removal moves the last entry into the gap.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    entries: Vec<(K, V)>,
    /// A power of two of cells, at most half of them taken, or none: an entry stands in the first
    /// free cell from the one on that its hash names.
    index: Vec<Cell>,
}

/// Nothing, or an entry's place and 32 bits of its key's hash, so that other keys are passed over
/// without a look at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    hash: u32,
    /// The place plus one; 0 is no entry.
    after: u32,
}

impl Cell {
    const FREE: Cell = Cell { hash: 0, after: 0 };

    #[inline]
    fn new(hash: u32, slot: usize) -> Cell {
        let after = u32::try_from(slot).ok().and_then(|slot| slot.checked_add(1));
        assert!(after.is_some(), "no table has four billion entries");
        Cell { hash, after: after.unwrap_or(0) }
    }

    #[inline]
    fn slot(self) -> Option<usize> {
        usize::try_from(self.after.checked_sub(1)?).ok()
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), index: Vec::new() }
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    /// The value of a key.
    #[inline]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.at(self.slot(key)?).map(|(_, value)| value)
    }

    /// The value of a key, to change it.
    #[inline]
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.at_mut(self.slot(key)?).map(|(_, value)| value)
    }

    /// Whether the key is there.
    #[inline]
    pub fn contains(&self, key: &K) -> bool {
        self.slot(key).is_some()
    }

    /// Where a key stands now. Valid until the next removal.
    #[inline]
    pub fn slot(&self, key: &K) -> Option<usize> {
        self.find(key, hash(key)).map(|(_, slot)| slot)
    }

    /// The entry at a place.
    #[inline]
    pub fn at(&self, slot: usize) -> Option<(&K, &V)> {
        self.entries.get(slot).map(|(key, value)| (key, value))
    }

    /// The entry at a place, to change it.
    #[inline]
    pub fn at_mut(&mut self, slot: usize) -> Option<(&K, &mut V)> {
        self.entries.get_mut(slot).map(|(key, value)| (&*key, value))
    }

    /// The entry of a key, to change it.
    #[inline]
    pub fn entry_mut(&mut self, key: &K) -> Option<(&K, &mut V)> {
        let hash = hash(key);
        let cell = self.home(hash);
        let found = self.index.get(cell)?;
        let slot = found.slot()?;
        // As in `find`; that the place is there is not asked again.
        if found.hash == hash && self.entries.get(slot)?.0 == *key {
            return self.at_mut(slot);
        }
        let (_, slot) = self.find_beyond(key, hash, cell)?;
        self.at_mut(slot)
    }

    /// Sets the value of a key and answers where it stands.
    pub fn insert(&mut self, key: K, value: V) -> usize {
        let hash = hash(&key);
        let slot = self.entries.len();
        if let Some((_, slot)) = self.find(&key, hash)
            && let Some(entry) = self.entries.get_mut(slot)
        {
            entry.1 = value;
            return slot;
        }
        if self.index.len() < slot.saturating_add(1).saturating_mul(2) {
            self.rebuild(self.index.len().saturating_mul(2).max(CELLS_MIN));
        }
        self.entries.push((key, value));
        self.take_cell(Cell::new(hash, slot));
        slot
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (cell, slot) = self.find(key, hash(key))?;
        self.free_cell(cell);
        let last = self.entries.len().checked_sub(1)?;
        if slot != last
            && let Some((moved, _)) = self.entries.last()
        {
            let hash = hash(moved);
            let (cell, _) = self.find(moved, hash)?;
            *self.index.get_mut(cell)? = Cell::new(hash, slot);
        }
        Some(self.entries.swap_remove(slot).1)
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let before = self.entries.len();
        self.entries.retain_mut(|(key, value)| keep(key, value));
        if self.entries.len() != before {
            self.rebuild(self.index.len());
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.index.fill(Cell::FREE);
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + Clone {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// All values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// All values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// All keys.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The cell and the place of a key.
    #[inline]
    fn find(&self, key: &K, hash: u32) -> Option<(usize, usize)> {
        let cell = self.home(hash);
        let found = self.index.get(cell)?;
        let slot = found.slot()?;
        // Most stand at home: the walk to the others is not in the way of those.
        if found.hash == hash && self.entries.get(slot)?.0 == *key {
            return Some((cell, slot));
        }
        self.find_beyond(key, hash, cell)
    }

    #[inline(never)]
    fn find_beyond(&self, key: &K, hash: u32, mut cell: usize) -> Option<(usize, usize)> {
        loop {
            cell = self.following(cell);
            let found = self.index.get(cell)?;
            let slot = found.slot()?;
            if found.hash == hash && self.entries.get(slot)?.0 == *key {
                return Some((cell, slot));
            }
        }
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        usize::try_from(hash).unwrap_or(0) & self.index.len().wrapping_sub(1)
    }

    #[inline]
    fn following(&self, cell: usize) -> usize {
        cell.wrapping_add(1) & self.index.len().wrapping_sub(1)
    }

    fn take_cell(&mut self, entry: Cell) {
        let mut at = self.home(entry.hash);
        while let Some(cell) = self.index.get_mut(at) {
            if *cell == Cell::FREE {
                *cell = entry;
                return;
            }
            at = self.following(at);
        }
    }

    /// Frees a cell, and moves back into the gap what would not be found beyond it.
    fn free_cell(&mut self, freed: usize) {
        let mask = self.index.len().wrapping_sub(1);
        let (mut gap, mut at) = (freed, freed);
        loop {
            at = self.following(at);
            let next = self.index.get(at).copied().unwrap_or(Cell::FREE);
            if next == Cell::FREE {
                break;
            }
            // It may stand in the gap if that is not before its home.
            let from_home = at.wrapping_sub(self.home(next.hash)) & mask;
            if from_home >= at.wrapping_sub(gap) & mask {
                if let Some(cell) = self.index.get_mut(gap) {
                    *cell = next;
                }
                gap = at;
            }
        }
        if let Some(cell) = self.index.get_mut(gap) {
            *cell = Cell::FREE;
        }
    }

    /// Makes the index anew, of so many cells.
    #[cold]
    fn rebuild(&mut self, cells: usize) {
        self.index.clear();
        self.index.resize(cells, Cell::FREE);
        for slot in 0..self.entries.len() {
            if let Some((key, _)) = self.entries.get(slot) {
                self.take_cell(Cell::new(hash(key), slot));
            }
        }
    }
}

/// The lower half of a key's hash, in which its bits are mixed best.
#[inline]
fn hash(key: &impl Hash) -> u32 {
    let whole = FxBuildHasher.hash_one(key);
    u32::try_from(whole & u64::from(u32::MAX)).unwrap_or(0)
}

impl<K: Hash + Eq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Hash + Eq, V: Eq> Eq for Table<K, V> {}

impl<K: Encode, V: Encode> Encode for Table<K, V> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        u64::try_from(self.entries.len()).unwrap_or(u64::MAX).encode(encoder)?;
        for (key, value) in &self.entries {
            key.encode(encoder)?;
            value.encode(encoder)?;
        }
        Ok(())
    }
}

/// Entry by entry: what is allocated is bounded by the bytes that are there, whatever they claim.
impl<Context, K: Hash + Eq + Decode<Context>, V: Decode<Context>> Decode<Context> for Table<K, V> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let count = u64::decode(decoder)?;
        let mut table = Self::default();
        for _ in 0..count {
            let (key, value) = (K::decode(decoder)?, V::decode(decoder)?);
            let slot = table.len();
            if table.insert(key, value) != slot {
                return Err(DecodeError::Other("a key is in a table twice"));
            }
        }
        Ok(table)
    }
}

impl<'de, Context, K: Hash + Eq + Decode<Context>, V: Decode<Context>> BorrowDecode<'de, Context>
    for Table<K, V>
{
    fn borrow_decode<D: BorrowDecoder<'de, Context = Context>>(
        decoder: &mut D,
    ) -> Result<Self, DecodeError> {
        Self::decode(decoder)
    }
}

#[cfg(test)]
mod tests {
    use core::hash::Hasher;

    use proptest::prelude::*;

    use super::*;

    /// A key of which many have one hash.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Clashing(u8);

    impl Hash for Clashing {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u8(self.0 % 5);
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Insert(u8, u16),
        Remove(u8),
        Retain(u8),
        Clear,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            20 => (0..64_u8, any::<u16>()).prop_map(|(key, value)| Step::Insert(key, value)),
            12 => (0..64_u8).prop_map(Step::Remove),
            1 => (2..7_u8).prop_map(Step::Retain),
            1 => Just(Step::Clear),
        ];
        prop::collection::vec(step, 0..300)
    }

    /// Does the steps to a table and to a plain list, and compares all that can be seen.
    fn agrees<K: Hash + Eq + Copy + core::fmt::Debug>(steps: &[Step], of: fn(u8) -> K) {
        let mut table = Table::default();
        let mut list: Vec<(u8, u16)> = Vec::new();
        for step in steps {
            match *step {
                Step::Insert(key, value) => {
                    let place = list.iter().position(|(it, _)| *it == key);
                    let place = place.unwrap_or(list.len());
                    list.truncate(list.len().max(place));
                    if place == list.len() {
                        list.push((key, value));
                    }
                    list[place].1 = value;
                    assert_eq!(table.insert(of(key), value), place);
                }
                Step::Remove(key) => {
                    let place = list.iter().position(|(it, _)| *it == key);
                    let removed = place.map(|place| list.swap_remove(place).1);
                    assert_eq!(table.remove(&of(key)), removed);
                }
                Step::Retain(divisor) => {
                    list.retain(|(_, value)| !value.is_multiple_of(u16::from(divisor)));
                    table.retain(|_, value| !value.is_multiple_of(u16::from(divisor)));
                }
                Step::Clear => {
                    list.clear();
                    table.clear();
                }
            }
            let seen: Vec<(K, u16)> = table.iter().map(|(key, value)| (*key, *value)).collect();
            let known: Vec<(K, u16)> = list.iter().map(|(key, value)| (of(*key), *value)).collect();
            assert_eq!(seen, known);
            for key in 0..64 {
                let place = list.iter().position(|(it, _)| *it == key);
                assert_eq!(table.slot(&of(key)), place, "{key}");
                assert_eq!(table.get(&of(key)).copied(), place.map(|place| list[place].1));
            }
        }
    }

    proptest! {
        #[test]
        fn a_table_is_a_list_that_is_looked_up_by_key(steps in steps()) {
            agrees(&steps, |key| key);
            agrees(&steps, Clashing);
        }
    }
}
