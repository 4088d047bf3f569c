//! A map with constant-time look-up whose order depends only on what was done to it.
//!
//! Hash maps iterate by hash and tree maps look up in logarithmic time; folded state needs neither:
//! equal histories must give equal bytes, and a gate's cost must not grow with what is held.

use core::hash::Hash;

use bincode::Encode;
use bincode::enc::Encoder;
use bincode::error::EncodeError;
use indexmap::IndexMap;
use indexmap::map::Entry;
use rustc_hash::FxBuildHasher;

/// A map in order of insertion; removal moves the last entry into the gap.
#[derive(Clone, Debug)]
pub struct Table<K, V>(IndexMap<K, V, FxBuildHasher>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(IndexMap::with_hasher(FxBuildHasher))
    }
}

impl<K: Hash + Eq, V> Table<K, V> {
    /// The value of a key.
    #[inline]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    /// The value of a key, to change it.
    #[inline]
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// Whether the key is there.
    #[inline]
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Where a key stands now. Valid until the next removal.
    #[inline]
    pub fn slot(&self, key: &K) -> Option<usize> {
        self.0.get_index_of(key)
    }

    /// The entry at a place.
    #[inline]
    pub fn at(&self, slot: usize) -> Option<(&K, &V)> {
        self.0.get_index(slot)
    }

    /// The entry at a place, to change it.
    #[inline]
    pub fn at_mut(&mut self, slot: usize) -> Option<(&K, &mut V)> {
        self.0.get_index_mut(slot)
    }

    /// Sets the value of a key and answers where it stands.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> usize {
        self.0.insert_full(key, value).0
    }

    /// Sets the value of a key that is not there yet. Answers whether it was not.
    #[inline]
    pub fn insert_new(&mut self, key: K, value: V) -> bool {
        match self.0.entry(key) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(value);
                true
            }
        }
    }

    /// Takes a key out.
    #[inline]
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.0.swap_remove(key)
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain(keep);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All entries.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + Clone {
        self.0.iter()
    }

    /// All values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.values_mut()
    }

    /// All values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.0.values()
    }

    /// All keys.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        self.0.keys()
    }
}

impl<K: Hash + Eq, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Hash + Eq, V: Eq> Eq for Table<K, V> {}

impl<K: Encode, V: Encode> Encode for Table<K, V> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX).encode(encoder)?;
        for (key, value) in &self.0 {
            key.encode(encoder)?;
            value.encode(encoder)?;
        }
        Ok(())
    }
}
