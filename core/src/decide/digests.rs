//! A set of digests: whether an execution was booked before, in one look at memory.
//!
//! Sixteen bytes an entry in one array, looked for from the place that the digest names onward.
//! There is no text to compare and nothing is taken out, so that a look-up ends at the first gap.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::vocabulary::Digest;

/// Places of the smallest array that is not empty.
const PLACES_MIN: usize = 16;

/// Below so many places, a megabyte of them, an array grows to four times its size and beyond it
/// doubles: moving is what costs, and little memory is lost where there is little.
const PLACES_SMALL: usize = 65_536;

/// The words of a digest, or nothing: the first word of a digest is never zero.
type Place = [u64; 2];

const FREE: Place = [0, 0];

/// A set of digests. Where each stands follows from what was put in, in which order: equal
/// histories give equal bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digests {
    /// A power of two of places, or none.
    places: Box<[Place]>,
    /// How many more fit before the array grows.
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
    pub(crate) fn contains(&self, digest: Digest) -> bool {
        let words = digest.words();
        let mut place = self.home(words);
        while let Some([low, high]) = self.places.get(place) {
            if *low == 0 {
                return false;
            }
            if [*low, *high] == words {
                return true;
            }
            place = self.following(place);
        }
        false
    }

    /// Puts a digest in. Answers whether it was not there yet.
    #[inline(always)]
    pub(crate) fn insert(&mut self, digest: Digest) -> bool {
        if self.room == 0 {
            self.grow();
        }
        let words = digest.words();
        let mut at = self.home(words);
        while let Some(place) = self.places.get_mut(at) {
            let [low, high] = *place;
            if low == 0 {
                *place = words;
                self.room = self.room.wrapping_sub(1);
                return true;
            }
            // One word tells nearly all apart.
            if low == words[0] && high == words[1] {
                return false;
            }
            at = self.following(at);
        }
        false
    }

    /// Where a digest is looked for first. The products in a digest have poor low bits, so that all
    /// of it is mixed once more and the highest bits are taken: a larger array keeps the order.
    #[inline]
    fn home(&self, [low, high]: Place) -> usize {
        const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed = (high ^ low.rotate_left(29)).wrapping_mul(MIXER);
        let places = u64::try_from(self.places.len()).unwrap_or(0);
        let scaled = u128::from(mixed).wrapping_mul(u128::from(places)) >> 64_u32;
        usize::try_from(scaled).unwrap_or(0)
    }

    #[inline]
    fn following(&self, place: usize) -> usize {
        place.wrapping_add(1) & self.places.len().wrapping_sub(1)
    }

    /// Makes the array larger. What is moved keeps its order, so that both arrays are read and
    /// written from front to back.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let before = self.places.len();
        let count = larger(before);
        let known = core::mem::replace(&mut self.places, alloc::vec![FREE; count].into());
        self.room = most(count).saturating_sub(most(before));
        for words in known.iter().filter(|[low, _]| *low != 0) {
            let mut at = self.home(*words);
            while let Some(place) = self.places.get_mut(at) {
                if place[0] == 0 {
                    *place = *words;
                    break;
                }
                at = self.following(at);
            }
        }
    }
}

/// How many places an array of so many grows to.
fn larger(places: usize) -> usize {
    let times = if places < PLACES_SMALL { 4 } else { 2 };
    places.saturating_mul(times).max(PLACES_MIN)
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
        let gap = self.places.iter().rposition(|place| *place == FREE);
        let first = gap.map_or(0, |gap| gap.saturating_add(1));
        let turned = self.places.iter().skip(first).chain(self.places.iter().take(first));
        turned.filter(|place| **place != FREE).try_for_each(|words| words.encode(encoder))
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
        // What it grew from; a size that nothing grows to is none.
        let sizes = core::iter::successors(Some(0), |size| Some(larger(*size)));
        let before = sizes.take_while(|size| *size < places).last().unwrap_or(0);
        let fits = (most(before)..=most(places)).contains(&len);
        if larger(before) != places || !fits {
            return Err(IMPOSSIBLE);
        }
        // Read before the array is made, so that a claim alone allocates nothing.
        let mut digests = Vec::new();
        for _ in 0..len {
            digests.push(Digest::of_words(Decode::decode(decoder)?).ok_or(IMPOSSIBLE)?);
        }
        let mut set = Self { places: alloc::vec![FREE; places].into(), room: most(places) };
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

    const ODD: u128 = 0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15;

    fn digest(bits: u128) -> Digest {
        let words = [bits & u128::from(u64::MAX), bits >> 64_u32];
        Digest::of_words(words.map(|word| u64::try_from(word).unwrap())).unwrap()
    }

    /// Different digests as far apart as an even step takes them.
    fn digests(count: u128, step: u128) -> impl Iterator<Item = Digest> {
        assert_eq!(step % 2, 0, "the last bit is that of every digest");
        (1..=count).map(move |n| digest(n.wrapping_mul(step) | 1))
    }

    #[test]
    fn it_knows_what_was_put_in_and_nothing_else() {
        for step in [2, 1 << 64_u32, ODD << 1_u32] {
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
        let mut set = Digests::default();
        for (n, digest) in digests(700, ODD << 1_u32).enumerate() {
            let bytes = bincode::encode_to_vec(&set, config).unwrap();
            let (mut back, read) =
                bincode::decode_from_slice::<Digests, _>(&bytes, config).unwrap();
            assert_eq!((&back, read), (&set, bytes.len()), "{n}");
            set.insert(digest);
            back.insert(digest);
            // A repetition may make the array larger and change nothing else.
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
        assert!(refused(1, 16, &[1 << 64]), "half of nothing");
        assert!(refused(2, 16, &[1]), "too few");
        assert!(refused(2, 15, &[1, 2]), "no power of two");
        assert!(refused(2, 8, &[1, 2]), "too small");
        assert!(refused(2, 64, &[1, 2]), "larger than it ever grew");
        assert!(refused(11, 32, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), "a size it never has");
        assert!(!refused(11, 64, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
        assert!(refused(1, 0, &[1]), "no place");
        assert!(refused(u64::MAX, 1 << 63, &[]), "a claim alone");
    }

    #[test]
    fn an_empty_one_takes_no_memory_and_knows_nothing() {
        let set = Digests::default();
        assert!(set.is_empty() && set.places.is_empty());
        assert!(!set.contains(digest(1)) && !set.contains(digest(u128::MAX)));
    }

    #[test]
    fn all_that_stand_at_the_end_are_found_round_the_corner() {
        let mut set = Digests::default();
        let last = |set: &Digests, digest: Digest| set.home(digest.words()) + 1 == set.places.len();
        set.insert(digest(1));
        let many: BTreeSet<_> =
            digests(500, 6).filter(|digest| last(&set, *digest)).take(8).collect();
        assert_eq!(many.len(), 8);
        assert!(many.iter().all(|digest| set.insert(*digest)));
        assert_eq!(set.places.len(), 16, "they stand in the first array");
        assert!(many.iter().all(|digest| set.contains(*digest)));
    }

    #[test]
    fn a_place_stays_near_its_home() {
        let mut set = Digests::default();
        digests(40_000, ODD << 1_u32).for_each(|digest| assert!(set.insert(digest)));
        let taken = set.places.iter().enumerate().filter(|(_, words)| **words != FREE);
        let far = |(place, words): (usize, &Place)| {
            place.wrapping_sub(set.home(*words)) & (set.places.len() - 1)
        };
        let steps: usize = taken.map(far).sum();
        assert!(steps < 2 * set.len(), "{steps} steps for {}", set.len());
    }
}
