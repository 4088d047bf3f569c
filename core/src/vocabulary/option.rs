//! What one option contract is, and what it is on, is decided here.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::num::NonZeroU64;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::vocabulary::run;
use crate::vocabulary::text::{padded, text_type};
use crate::vocabulary::wire::wire_enum;
use crate::vocabulary::{Date, Multiplier, Price, Symbol, SymbolError, Text};

/// What the holder of an option may do with the underlying.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Right {
    /// Buy it.
    Call,
    /// Sell it.
    Put,
}

wire_enum!(Right { Call = 1, Put = 2 });

impl Right {
    /// `C` or `P`, as in OCC symbols.
    pub const fn letter(self) -> char {
        match self {
            Right::Call => 'C',
            Right::Put => 'P',
        }
    }
}

const fn is_root(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

text_type!(
    /// The first part of an OCC symbol: usually the ticker without its point, and a digit after an
    /// adjustment.
    Root, 6, "option root", "A-Z and 0-9", is_root
);

/// Roots whose underlying is written differently: weekly series of indexes, and share classes,
/// whose point the OCC drops. Padded with zeros, so that a root is compared in one instruction.
const UNDERLYINGS: [(u64, [u8; 8]); 6] = [
    (u64::from_le_bytes(*b"SPXW\0\0\0\0"), *b"SPX\0\0\0\0\0"),
    (u64::from_le_bytes(*b"NDXP\0\0\0\0"), *b"NDX\0\0\0\0\0"),
    (u64::from_le_bytes(*b"RUTW\0\0\0\0"), *b"RUT\0\0\0\0\0"),
    (u64::from_le_bytes(*b"VIXW\0\0\0\0"), *b"VIX\0\0\0\0\0"),
    (u64::from_le_bytes(*b"BRKB\0\0\0\0"), *b"BRK.B\0\0\0"),
    (u64::from_le_bytes(*b"BFB\0\0\0\0\0"), *b"BF.B\0\0\0\0"),
];

/// 2000-01-01 and 2099-12-31: the years that two digits can name.
const EXPIRY_DAYS_MIN: i32 = 10_957;
const EXPIRY_DAYS_MAX: i32 = 47_481;

/// The strike's unit in OCC symbols, and the highest that eight digits can name.
const MILL: Price = match Price::from_nanos(1_000_000) {
    Some(mill) => mill,
    None => Price::ZERO,
};
const STRIKE_MAX: Price = Price::dollars(100_000).saturating_sub(MILL);

/// Root and right in one word, since the fold hashes and compares contracts with every event: the
/// characters of the root, and behind them the right.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Series(NonZeroU64);

impl Series {
    /// One in the byte behind six characters, and two.
    const CALL: NonZeroU64 = NonZeroU64::MIN.saturating_add(0xffff_ffff_ffff);
    const PUT: NonZeroU64 = Self::CALL.saturating_add(Self::CALL.get());

    #[inline]
    fn new(root: Root, right: Right) -> Series {
        let right = match right {
            Right::Call => Self::CALL,
            Right::Put => Self::PUT,
        };
        Series(right | u64::from_le_bytes(padded(root.0.bytes())))
    }

    #[inline]
    const fn root(self) -> Root {
        let [a, b, c, d, e, f, _, _] = self.0.get().to_le_bytes();
        Root(Text::of_bytes([a, b, c, d, e, f]))
    }

    #[inline]
    const fn right(self) -> Right {
        if self.0.get() & Self::CALL.get() == 0 { Right::Put } else { Right::Call }
    }
}

/// One listed US option contract.
///
/// ```
/// use gatefold_core::vocabulary::{OptionContract, Price, Right};
///
/// let contract = OptionContract::parse("MSFT  060318C00047500")?;
/// assert_eq!((contract.right(), contract.strike()), (Right::Call, Price::cents(4750)));
/// assert_eq!(contract.to_string(), "MSFT060318C00047500");
/// assert!(OptionContract::parse("SPY250232C00600000").is_err(), "there is no 32 February");
/// # Ok::<(), gatefold_core::vocabulary::SymbolError>(())
/// ```
#[derive(Clone, Copy)]
pub struct OptionContract {
    series: Series,
    expiry: Date,
    strike: Price,
    multiplier: Multiplier,
    // Derived from the root, kept because every gate on concentration asks for it.
    underlying: Symbol,
}

impl OptionContract {
    /// The contract with these terms; refused if OCC text cannot name it.
    pub fn new(
        root: Root,
        expiry: Date,
        right: Right,
        strike: Price,
        multiplier: Multiplier,
    ) -> Result<OptionContract, SymbolError> {
        let text = root.as_str().into();
        OptionContract::checked(root, expiry, right, strike, multiplier)
            .map_err(|why| SymbolError::Option { text, why })
    }

    /// The contract with these terms, or what keeps OCC text from naming it.
    #[inline]
    pub(crate) fn checked(
        root: Root,
        expiry: Date,
        right: Right,
        strike: Price,
        multiplier: Multiplier,
    ) -> Result<OptionContract, &'static str> {
        let Some(underlying) = underlying(&root) else {
            return Err("the root does not begin with a letter");
        };
        if !(EXPIRY_DAYS_MIN..=EXPIRY_DAYS_MAX).contains(&expiry.days()) {
            return Err("the expiry is not in 2000 to 2099");
        }
        if !strike.is_multiple_of(MILL) || strike > STRIKE_MAX {
            return Err("the strike is not a number of 0.001 dollars below 100000");
        }
        if strike.is_zero() {
            return Err("the strike is zero");
        }
        let series = Series::new(root, right);
        Ok(OptionContract { series, expiry, strike, multiplier, underlying })
    }

    /// The same contract with another multiplier, for adjusted contracts whose terms are known.
    pub const fn with_multiplier(self, multiplier: Multiplier) -> OptionContract {
        OptionContract { multiplier, ..self }
    }

    /// The OCC root.
    #[inline]
    pub const fn root(&self) -> Root {
        self.series.root()
    }

    /// The expiration date in the symbol; monthly options of before February 2015 name a Saturday.
    #[inline]
    pub const fn expiry(&self) -> Date {
        self.expiry
    }

    /// Call or put.
    #[inline]
    pub const fn right(&self) -> Right {
        self.series.right()
    }

    /// Dollars per unit of the underlying.
    #[inline]
    pub const fn strike(&self) -> Price {
        self.strike
    }

    /// Units of the underlying per contract.
    #[inline]
    pub const fn multiplier(&self) -> Multiplier {
        self.multiplier
    }

    /// The stock or index that the contract is on.
    ///
    /// It is the root, but: the digit of an adjusted root is dropped (TSLL1 is on TSLL), a weekly
    /// index series is on its index (SPXW on SPX), and a share class gets its point back (BRKB on
    /// BRK.B).
    #[inline]
    pub const fn underlying(&self) -> Symbol {
        self.underlying
    }

    /// Whether the contract was adjusted after a corporate action: its root ends in a digit.
    ///
    /// Its deliverable, and with it the multiplier, is then not known to be standard.
    #[inline]
    pub fn is_adjusted(&self) -> bool {
        let root = self.root();
        let mut from_end = root.0.bytes().iter().rev();
        from_end.find(|byte| **byte != 0).is_some_and(u8::is_ascii_digit)
    }
}

/// The stock or index behind a root; `None` if the root does not begin with a letter.
#[inline]
fn underlying(root: &Root) -> Option<Symbol> {
    let all = u64::from_le_bytes(padded(root.0.bytes()));
    // Of capitals, digits and zeros only capitals have this bit: what follows the last is dropped.
    let capitals = all & 0x4040_4040_4040_4040;
    let behind = capitals.leading_zeros().saturating_sub(1);
    let name = all & u64::MAX.checked_shr(behind).unwrap_or(0);
    let known = UNDERLYINGS.iter().find(|(root, _)| *root == name);
    let name = known.map_or(name.to_le_bytes(), |(_, underlying)| *underlying);
    // What is left consists of capitals and digits, so that the first character decides.
    Symbol::of_root(name)
}

impl fmt::Debug for OptionContract {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self} x{}", self.multiplier)
    }
}

impl OptionContract {
    /// All that tells it from others, in words. What follows from the root is left out.
    #[inline]
    fn words(&self) -> [u64; 3] {
        let expiry = u64::from(self.expiry.days().cast_unsigned());
        let terms = expiry | (u64::from(self.multiplier.get()) << 32_u32);
        [self.series.0.get(), terms, self.strike.nanos().cast_unsigned()]
    }
}

impl PartialEq for OptionContract {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let ([series, terms, strike], [other_series, other_terms, other_strike]) =
            (self.words(), other.words());
        series == other_series && terms == other_terms && strike == other_strike
    }
}

impl Eq for OptionContract {}

impl Hash for OptionContract {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words().into_iter().for_each(|word| state.write_u64(word));
    }
}

impl PartialOrd for OptionContract {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OptionContract {
    fn cmp(&self, other: &Self) -> Ordering {
        let terms = |it: &Self| (it.root(), it.expiry, it.right(), it.strike, it.multiplier);
        terms(self).cmp(&terms(other))
    }
}

impl Encode for OptionContract {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.root().encode(encoder)?;
        run::encode(&(self.expiry, self.right(), self.strike, self.multiplier), encoder)
    }
}

impl<Context> Decode<Context> for OptionContract {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let root = Root::decode(decoder)?;
        let (expiry, right, strike, multiplier) = run::decode(decoder)?;
        OptionContract::checked(root, expiry, right, strike, multiplier).map_err(DecodeError::Other)
    }
}

bincode::impl_borrow_decode!(OptionContract);
