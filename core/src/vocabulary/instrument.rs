//! Which things trade here is decided here: US stocks and listed options, and nothing else.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{AllowedEnumVariants, DecodeError, EncodeError};
use bincode::{Decode, Encode};

use crate::vocabulary::decimal::clip;
use crate::vocabulary::run::{self, wire_plain};
use crate::vocabulary::wire::wire_enum;
use crate::vocabulary::{Date, Multiplier, OptionContract, Symbol, SymbolError};

/// The direction of an order or a fill.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// Quantity comes in, money goes out.
    Buy,
    /// Quantity goes out, money comes in.
    Sell,
}

wire_enum!(Side { Buy = 1, Sell = 2 });

impl Side {
    /// The other side.
    #[inline]
    pub const fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// 1 for a buy and -1 for a sell: the direction in which the quantity held moves.
    #[inline]
    pub const fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Side::Buy => "buy",
            Side::Sell => "sell",
        })
    }
}

/// A US stock or fund.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct Equity(pub Symbol);

wire_plain!(Equity: Symbol);

impl fmt::Display for Equity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

/// A thing that trades.
///
/// ```
/// use gatefold_core::vocabulary::{Instrument, Multiplier, SymbolError};
///
/// let weekly = Instrument::parse("SPXW  230111C02400000")?;
/// assert_eq!(weekly.underlying().as_str(), "SPX");
/// assert_eq!(Instrument::parse("AAPL")?.multiplier(), Multiplier::ONE);
/// assert!(matches!(Instrument::parse("BTC/USD"), Err(SymbolError::Crypto { .. })));
/// # Ok::<(), SymbolError>(())
/// ```
#[derive(Clone, Copy, Eq, PartialOrd, Ord)]
pub enum Instrument {
    /// A stock.
    Equity(Equity),
    /// An option.
    Option(OptionContract),
}

impl Instrument {
    const EQUITY: u8 = 1;
    const OPTION: u8 = 2;

    /// Reads a ticker or an OCC option symbol.
    pub fn parse(text: &str) -> Result<Instrument, SymbolError> {
        // No ticker is as long as the shortest option symbol: root, date, right and strike.
        const OPTION_LENGTH: core::ops::RangeInclusive<usize> = 16..=23;
        if text.contains([',', ';', '|', '+', '&']) {
            return Err(SymbolError::MultiLeg { text: clip(text) });
        }
        if text.contains('/') {
            return Symbol::new(text).map(|symbol| Instrument::Equity(Equity(symbol)));
        }
        if text.len() > *OPTION_LENGTH.end() && text.trim().contains(' ') {
            return Err(SymbolError::MultiLeg { text: clip(text) });
        }
        if text.len() >= *OPTION_LENGTH.start() {
            return OptionContract::parse(text).map(Instrument::Option);
        }
        Symbol::new(text).map(|symbol| Instrument::Equity(Equity(symbol)))
    }

    /// The stock itself, or what the option is on.
    #[inline]
    pub const fn underlying(&self) -> Symbol {
        match self {
            Instrument::Equity(Equity(symbol)) => *symbol,
            Instrument::Option(contract) => contract.underlying(),
        }
    }

    /// Units of the underlying per unit traded.
    #[inline]
    pub const fn multiplier(&self) -> Multiplier {
        match self {
            Instrument::Equity(_) => Multiplier::ONE,
            Instrument::Option(contract) => contract.multiplier(),
        }
    }

    /// Whether this is an option.
    #[inline]
    pub const fn is_option(&self) -> bool {
        matches!(self, Instrument::Option(_))
    }

    /// The contract, if this is an option.
    #[inline]
    pub const fn option(&self) -> Option<&OptionContract> {
        match self {
            Instrument::Equity(_) => None,
            Instrument::Option(contract) => Some(contract),
        }
    }

    /// The expiration date, if this is an option.
    #[inline]
    pub const fn expiry(&self) -> Option<Date> {
        match self {
            Instrument::Equity(_) => None,
            Instrument::Option(contract) => Some(contract.expiry()),
        }
    }
}

impl PartialEq for Instrument {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Instrument::Option(one), Instrument::Option(other)) => one == other,
            (Instrument::Equity(one), Instrument::Equity(other)) => one == other,
            (Instrument::Option(_), Instrument::Equity(_))
            | (Instrument::Equity(_), Instrument::Option(_)) => false,
        }
    }
}

impl Hash for Instrument {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // One word for a stock and three for an option: the count tells them apart.
        match self {
            Instrument::Equity(equity) => equity.hash(state),
            Instrument::Option(contract) => contract.hash(state),
        }
    }
}

impl FromStr for Instrument {
    type Err = SymbolError;

    fn from_str(text: &str) -> Result<Instrument, SymbolError> {
        Instrument::parse(text)
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instrument::Equity(equity) => fmt::Display::fmt(equity, formatter),
            Instrument::Option(contract) => fmt::Display::fmt(contract, formatter),
        }
    }
}

impl fmt::Debug for Instrument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instrument::Equity(Equity(symbol)) => fmt::Debug::fmt(symbol, formatter),
            Instrument::Option(contract) => fmt::Debug::fmt(contract, formatter),
        }
    }
}

impl Encode for Instrument {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            Instrument::Equity(equity) => run::encode(&(Instrument::EQUITY, *equity), encoder),
            Instrument::Option(contract) => {
                Instrument::OPTION.encode(encoder)?;
                contract.encode(encoder)
            }
        }
    }
}

impl<Context> Decode<Context> for Instrument {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Instrument, DecodeError> {
        match u8::decode(decoder)? {
            Instrument::EQUITY => {
                let symbol = Symbol::decode(decoder)?;
                Ok(Instrument::Equity(Equity(symbol)))
            }
            Instrument::OPTION => Decode::decode(decoder).map(Instrument::Option),
            found => Err(DecodeError::UnexpectedVariant {
                type_name: "Instrument",
                allowed: &AllowedEnumVariants::Allowed(&[1, 2]),
                found: u32::from(found),
            }),
        }
    }
}

bincode::impl_borrow_decode!(Instrument);
