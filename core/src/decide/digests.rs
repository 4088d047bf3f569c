//! A set of digests: whether an execution was booked before, in one look at a small memory.
//!
//! Nearly all that come are new, and a [`Filter`] of two to four bytes a digest says so. Those that
//! it does not know to be new are looked for in the [`Segment`]s that keep all, of which only the
//! last is written to. Nothing is taken out.

mod filter;
mod segment;

use alloc::vec::Vec;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::decide::digests::filter::Filter;
use crate::decide::digests::segment::{SEGMENT, Segment};
use crate::vocabulary::Digest;

/// What there is room for, one after the other, until segments are full: to put all in again is
/// what costs, so that it is done for few. An account that never trades has none of these.
const ROOMS: [usize; 3] = [32, 512, SEGMENT];

/// The words of a digest.
type Place = [u64; 2];

/// A digest that is looked for, with all its bits mixed into one word for those who look.
struct Sought {
    words: Place,
    spread: u64,
}

impl Sought {
    /// The products in a digest have poor low bits: both words are multiplied with each other,
    /// and the halves of the product laid over each other.
    #[inline(always)]
    fn of(words: Place) -> Self {
        const MIXERS: Place = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
        let [low, high] = [words[0] ^ MIXERS[0], words[1] ^ MIXERS[1]].map(u128::from);
        let product = low.wrapping_mul(high);
        let mixed = (product ^ (product >> 64_u32)) & u128::from(u64::MAX);
        Self { words, spread: u64::try_from(mixed).unwrap_or(0) }
    }
}

/// A set of digests that knows in which order they came: equal histories give equal bytes, and
/// what it keeps besides the lists follows from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digests {
    filter: Filter,
    full: Vec<Segment>,
    last: Segment,
}

impl Digests {
    /// All digests, in the order in which they came.
    fn iter(&self) -> impl Iterator<Item = &Place> {
        self.full.iter().chain([&self.last]).flat_map(Segment::list)
    }

    fn len(&self) -> usize {
        self.full.len().saturating_mul(SEGMENT).saturating_add(self.last.list().len())
    }

    /// Whether a digest is in it.
    #[inline(always)]
    pub(crate) fn contains(&self, digest: Digest) -> bool {
        let sought = Sought::of(digest.words());
        self.filter.may_hold(&sought) && self.find(digest)
    }

    /// Puts a digest in. Answers whether it was not there yet.
    #[inline(always)]
    pub(crate) fn insert(&mut self, digest: Digest) -> bool {
        if self.last.is_full() {
            return self.insert_with_room(digest);
        }
        self.put(digest)
    }

    /// The same where nothing fits any more.
    #[cold]
    #[inline(never)]
    fn insert_with_room(&mut self, digest: Digest) -> bool {
        self.make_room();
        self.put(digest)
    }

    #[inline(always)]
    fn put(&mut self, digest: Digest) -> bool {
        let sought = Sought::of(digest.words());
        if self.filter.put(&sought) && self.find(digest) {
            return false;
        }
        self.last.push(&sought);
        true
    }

    /// Looks for a digest that the filter lets pass. It is handed over in two registers: were it
    /// in memory, those who need no look would wait for it there, too.
    #[cold]
    #[inline(never)]
    fn find(&self, digest: Digest) -> bool {
        let sought = Sought::of(digest.words());
        self.last.contains(&sought)
            || self.full.iter().rev().any(|segment| segment.contains(&sought))
    }

    /// Makes room in the last segment or after it, and as much in the filter.
    fn make_room(&mut self) {
        let held = self.last.list().len();
        match ROOMS.into_iter().find(|room| *room > held) {
            Some(room) => self.last.grow(room),
            None => self.full.push(core::mem::replace(&mut self.last, Segment::with_room(SEGMENT))),
        }
        let room = self.full.len().saturating_mul(SEGMENT).saturating_add(self.last.room());
        if self.filter.room() < room {
            let mut filter = Filter::with_room(room.next_power_of_two());
            self.iter().for_each(|words| {
                filter.put(&Sought::of(*words));
            });
            self.filter = filter;
        }
    }
}

impl PartialEq for Digests {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Digests {}

impl Encode for Digests {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        u64::try_from(self.len()).unwrap_or(u64::MAX).encode(encoder)?;
        self.iter().try_for_each(|words| words.encode(encoder))
    }
}

/// One by one: what is allocated is bounded by the bytes that are there, whatever they claim.
impl<Context> Decode<Context> for Digests {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let mut set = Self::default();
        for _ in 0..u64::decode(decoder)? {
            let digest = Digest::of_words(Decode::decode(decoder)?);
            if !digest.is_some_and(|digest| set.insert(digest)) {
                return Err(DecodeError::Other("no such set of digests can be"));
            }
        }
        Ok(set)
    }
}

bincode::impl_borrow_decode!(Digests);

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

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
    fn what_is_in_a_full_segment_stays_known() {
        let many = || digests(100_000, ODD << 1_u32);
        let mut set = Digests::default();
        many().for_each(|digest| assert!(set.insert(digest)));
        assert_eq!((set.full.len(), set.len()), (6, 100_000));
        many().for_each(|digest| assert!(!set.insert(digest)));
        assert!(many().all(|digest| set.contains(digest)));
        assert!(set.iter().copied().eq(many().map(Digest::words)), "in the order they came");
        assert_eq!(set.len(), 100_000);
    }

    /// What the speed of the fold rests on, while the filter fills and just before it grows.
    #[test]
    fn few_of_those_that_are_new_need_a_look() {
        let mut set = Digests::default();
        let mut looks = 0;
        for digest in digests(65_536, ODD << 1_u32) {
            looks += usize::from(set.filter.may_hold(&Sought::of(digest.words())));
            set.insert(digest);
        }
        assert!(looks < 65_536 / 100, "{looks}");
        assert_eq!(set.filter.room(), set.len(), "it is full");
        let others = digests(131_072, ODD << 1_u32).skip(65_536);
        let passed = others.filter(|it| set.filter.may_hold(&Sought::of(it.words()))).count();
        assert!(passed < 65_536 / 100, "{passed}");
    }

    proptest! {
        /// Any questions and insertions, in runs that fill and leave segments and come back to what
        /// is known, with writing and reading back between them.
        #[test]
        fn it_is_a_plain_set_in_order(
            runs in prop::collection::vec((0..2_000_u128, 1..400_usize, 0..4_u8), 1..12),
            step in prop_oneof![Just(2_u128), Just(1 << 64_u32), Just(ODD << 1_u32)],
        ) {
            let config = bincode::config::standard().with_fixed_int_encoding();
            let (mut set, mut model) = (Digests::default(), BTreeSet::new());
            let mut order = Vec::new();
            for (first, count, kind) in runs {
                for n in (first..).take(count) {
                    let digest = digest(n.wrapping_mul(step) | 1);
                    prop_assert_eq!(set.contains(digest), model.contains(&digest));
                    if kind > 0 {
                        let is_new = model.insert(digest);
                        prop_assert_eq!(set.insert(digest), is_new);
                        order.extend(is_new.then_some(digest.words()));
                    }
                }
                let bytes = bincode::encode_to_vec(&set, config).unwrap();
                let whole = u64::try_from(order.len()).unwrap();
                let listed = bincode::encode_to_vec((whole, Listed(&order)), config).unwrap();
                prop_assert_eq!(&bytes, &listed);
                if kind > 2 {
                    set = bincode::decode_from_slice(&bytes, config).unwrap().0;
                }
            }
        }
    }

    /// A list as it is written without its length.
    struct Listed<'a>(&'a [Place]);

    impl Encode for Listed<'_> {
        fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
            self.0.iter().try_for_each(|words| words.encode(encoder))
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
            // A repetition may make room and changes nothing else.
            set.insert(digest);
            back.insert(digest);
            assert_eq!(back, set, "{n}");
        }
    }

    #[test]
    fn what_no_insertions_make_is_refused() {
        let config = bincode::config::standard().with_fixed_int_encoding();
        let refused = |len: u64, digests: &[u128]| {
            let mut bytes = bincode::encode_to_vec(len, config).unwrap();
            for digest in digests {
                bytes.extend(bincode::encode_to_vec(digest, config).unwrap());
            }
            bincode::decode_from_slice::<Digests, _>(&bytes, config).is_err()
        };
        assert!(!refused(2, &[1, 2]));
        assert!(!refused(0, &[]));
        assert!(refused(2, &[1, 1]), "twice the same");
        assert!(refused(1, &[0]), "nothing");
        assert!(refused(1, &[1 << 64]), "half of nothing");
        assert!(refused(2, &[1]), "too few");
        assert!(refused(u64::MAX, &[]), "a claim alone");
    }

    #[test]
    fn an_empty_one_takes_no_memory_and_knows_nothing() {
        let set = Digests::default();
        assert_eq!((set.len(), set.filter.room(), set.last.room()), (0, 0, 0));
        assert!(!set.contains(digest(1)) && !set.contains(digest(u128::MAX)));
    }

    #[test]
    fn the_order_they_came_in_tells_sets_apart() {
        let (mut one, mut other) = (Digests::default(), Digests::default());
        for (first, second) in
            digests(40, 2).zip(digests(40, 2).collect::<Vec<_>>().into_iter().rev())
        {
            one.insert(first);
            other.insert(second);
        }
        assert_ne!(one, other);
        assert_eq!(one, one.clone());
    }
}
