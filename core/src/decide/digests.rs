//! A set of digests: whether an execution was booked before, in one look at memory.
//!
//! Sixteen bytes an entry in one array, looked for from the place that the digest names onward.
//! There is no text to compare and nothing is taken out, so that a look-up ends at the first gap.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU128;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

/// Places of the smallest array that is not empty.
const PLACES_MIN: usize = 16;

/// A set of digests. Where each stands follows from what was put in, in which order: equal
/// histories give equal bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digests {
    /// A power of two of places, or none.
    places: Box<[Option<NonZeroU128>]>,
    /// How many more fit before the array doubles.
    room: usize,
}

impl Digests {
    /// Whether there is nothing in it.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn len(&self) -> usize {
        most(self.places.len()).saturating_sub(self.room)
    }

    /// Whether a digest is in it.
    #[inline]
    pub(crate) fn contains(&self, digest: NonZeroU128) -> bool {
        let mut place = self.home(digest);
        while let Some(Some(other)) = self.places.get(place) {
            if *other == digest {
                return true;
            }
            place = self.following(place);
        }
        false
    }

    /// Puts a digest in. Answers whether it was not there yet.
    #[inline(always)]
    pub(crate) fn insert(&mut self, digest: NonZeroU128) -> bool {
        if self.room == 0 {
            self.grow();
        }
        let mut at = self.home(digest);
        while let Some(place) = self.places.get_mut(at) {
            match place {
                None => {
                    *place = Some(digest);
                    self.room = self.room.wrapping_sub(1);
                    return true;
                }
                Some(other) if *other == digest => return false,
                Some(_) => at = self.following(at),
            }
        }
        false
    }

    /// Where a digest is looked for first. The products in a digest have poor low bits, so that all
    /// of it is mixed once more and the highest bits are taken: a larger array keeps the order.
    #[inline]
    fn home(&self, digest: NonZeroU128) -> usize {
        const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;
        let high = u64::try_from(digest.get() >> 64_u32).unwrap_or(0);
        let low = u64::try_from(digest.get() & u128::from(u64::MAX)).unwrap_or(0);
        let mixed = (high ^ low.rotate_left(29)).wrapping_mul(MIXER);
        let places = u64::try_from(self.places.len()).unwrap_or(0);
        let scaled = u128::from(mixed).wrapping_mul(u128::from(places)) >> 64_u32;
        usize::try_from(scaled).unwrap_or(0)
    }

    #[inline]
    fn following(&self, place: usize) -> usize {
        place.wrapping_add(1) & self.places.len().wrapping_sub(1)
    }

    /// Doubles the array. What is moved keeps its order, so that both arrays are read and written
    /// from front to back.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let before = self.places.len();
        let count = before.saturating_mul(2).max(PLACES_MIN);
        let known = core::mem::replace(&mut self.places, alloc::vec![None; count].into());
        self.room = most(count).saturating_sub(most(before));
        for digest in known.iter().flatten() {
            let mut at = self.home(*digest);
            while self.places.get(at).is_some_and(Option::is_some) {
                at = self.following(at);
            }
            if let Some(gap) = self.places.get_mut(at) {
                *gap = Some(*digest);
            }
        }
    }
}

/// How many of so many places may be taken: five in eight. A look for what is new then ends within
/// one line of memory, most often.
fn most(places: usize) -> usize {
    (places >> 1_u32).saturating_add(places >> 3_u32)
}

impl Encode for Digests {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        wide(self.len()).encode(encoder)?;
        wide(self.places.len()).encode(encoder)?;
        // From behind a gap on, so that no run is parted: put in again in this order, each comes to
        // stand where it stood.
        let gap = self.places.iter().rposition(Option::is_none);
        let first = gap.map_or(0, |gap| gap.saturating_add(1));
        let turned = self.places.iter().skip(first).chain(self.places.iter().take(first));
        turned.flatten().try_for_each(|digest| digest.get().encode(encoder))
    }
}

impl<Context> Decode<Context> for Digests {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        const IMPOSSIBLE: DecodeError = DecodeError::Other("no such set of digests can be");
        let (len, places) = (u64::decode(decoder)?, u64::decode(decoder)?);
        let (Ok(len), Ok(places)) = (usize::try_from(len), usize::try_from(places)) else {
            return Err(IMPOSSIBLE);
        };
        if places == 0 && len == 0 {
            return Ok(Self::default());
        }
        let smaller = if places == PLACES_MIN { 0 } else { most(places >> 1_u32) };
        let fits = (smaller..=most(places)).contains(&len);
        if places < PLACES_MIN || !places.is_power_of_two() || !fits {
            return Err(IMPOSSIBLE);
        }
        // Read before the array is made, so that a claim alone allocates nothing.
        let mut digests = Vec::new();
        for _ in 0..len {
            digests.push(NonZeroU128::new(u128::decode(decoder)?).ok_or(IMPOSSIBLE)?);
        }
        let mut set = Self { places: alloc::vec![None; places].into(), room: most(places) };
        if digests.iter().all(|digest| set.insert(*digest)) { Ok(set) } else { Err(IMPOSSIBLE) }
    }
}

bincode::impl_borrow_decode!(Digests);

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    fn digests(count: u128, step: u128) -> impl Iterator<Item = NonZeroU128> {
        (1..=count).filter_map(move |n| NonZeroU128::new(n.wrapping_mul(step)))
    }

    #[test]
    fn it_knows_what_was_put_in_and_nothing_else() {
        let odd = 0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15;
        for step in [1, 1 << 64_u32, odd] {
            let mut set = Digests::default();
            let mut model = BTreeSet::new();
            for (n, digest) in digests(5_000, step).enumerate() {
                assert!(!set.contains(digest));
                assert!(set.insert(digest));
                model.insert(digest);
                assert!(!set.insert(digest), "again");
                assert_eq!(set.len(), n + 1);
            }
            for digest in digests(10_000, step) {
                assert_eq!(set.contains(digest), model.contains(&digest));
            }
        }
    }

    #[test]
    fn one_that_was_read_back_goes_on_as_the_one_that_was_written() {
        let config = bincode::config::standard().with_fixed_int_encoding();
        let odd = 0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15;
        let mut set = Digests::default();
        for (n, digest) in digests(700, odd).enumerate() {
            let bytes = bincode::encode_to_vec(&set, config).unwrap();
            let (mut back, read) =
                bincode::decode_from_slice::<Digests, _>(&bytes, config).unwrap();
            assert_eq!((&back, read), (&set, bytes.len()), "{n}");
            set.insert(digest);
            back.insert(digest);
            // A repetition may double the array and change nothing else.
            set.insert(digest);
            back.insert(digest);
            assert_eq!(back, set, "{n}");
        }
    }

    #[test]
    fn what_no_insertions_make_is_refused() {
        let config = bincode::config::standard().with_fixed_int_encoding();
        let refused = |len: u64, places: u64, digests: &[u128]| {
            let mut bytes = bincode::encode_to_vec((len, places), config).unwrap();
            for digest in digests {
                bytes.extend(bincode::encode_to_vec(digest, config).unwrap());
            }
            bincode::decode_from_slice::<Digests, _>(&bytes, config).is_err()
        };
        assert!(!refused(2, 16, &[1, 2]));
        assert!(refused(2, 16, &[1, 1]), "twice the same");
        assert!(refused(1, 16, &[0]), "nothing");
        assert!(refused(2, 16, &[1]), "too few");
        assert!(refused(2, 15, &[1, 2]), "no power of two");
        assert!(refused(2, 8, &[1, 2]), "too small");
        assert!(refused(2, 64, &[1, 2]), "larger than it ever grew");
        assert!(refused(1, 0, &[1]), "no place");
        assert!(refused(u64::MAX, 1 << 63, &[]), "a claim alone");
    }

    #[test]
    fn an_empty_one_takes_no_memory_and_knows_nothing() {
        let set = Digests::default();
        assert!(set.is_empty() && set.places.is_empty());
        assert!(!set.contains(NonZeroU128::MIN) && !set.contains(NonZeroU128::MAX));
    }

    #[test]
    fn all_that_stand_at_the_end_are_found_round_the_corner() {
        let mut set = Digests::default();
        let last = |set: &Digests, digest| set.home(digest) + 1 == set.places.len();
        set.insert(NonZeroU128::MIN);
        let many: BTreeSet<_> =
            digests(500, 3).filter(|digest| last(&set, *digest)).take(8).collect();
        assert_eq!(many.len(), 8);
        assert!(many.iter().all(|digest| set.insert(*digest)));
        assert_eq!(set.places.len(), 16, "they stand in the first array");
        assert!(many.iter().all(|digest| set.contains(*digest)));
    }

    #[test]
    fn a_place_stays_near_its_home() {
        let odd = 0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15;
        let mut set = Digests::default();
        digests(40_000, odd).for_each(|digest| assert!(set.insert(digest)));
        let far = |(place, digest): (usize, &Option<NonZeroU128>)| {
            let home = set.home((*digest)?);
            Some(place.wrapping_sub(home) & (set.places.len() - 1))
        };
        let steps: usize = set.places.iter().enumerate().filter_map(far).sum();
        assert!(steps < 2 * set.len(), "{steps} steps for {}", set.len());
    }
}
