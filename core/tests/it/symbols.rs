//! Option symbols recorded elsewhere are read, printed and refused as their sources say.

use gatefold_core::vocabulary::{
    Date, Instrument, Multiplier, OptionContract, Price, Right, Symbol, SymbolError,
};

const VECTORS: &str = include_str!("data/symbols/osi_vectors.csv");
const INVALID: &str = include_str!("data/symbols/osi_invalid.csv");

/// The fields of each line after the header; the first ten never hold a quoted comma.
fn rows(csv: &str) -> impl Iterator<Item = Vec<&str>> {
    csv.lines().skip(1).map(|line| line.split(',').collect())
}

#[test]
fn every_recorded_symbol_is_read_and_printed_back() {
    let mut count = 0;
    for row in rows(VECTORS) {
        let [form, text, root, underlying, expiry, right, strike, multiplier, ..] = row[..] else {
            panic!("{row:?} has too few fields");
        };
        let contract = OptionContract::parse(text).unwrap_or_else(|error| panic!("{error}"));
        // One vendor keeps the point of BRK.B in the root; the contract is the OCC's BRKB.
        assert_eq!(contract.root().as_str(), root.replace('.', ""), "{text}");
        assert_eq!(contract.expiry(), expiry.parse::<Date>().unwrap(), "{text}");
        assert_eq!(contract.right().letter().to_string(), right, "{text}");
        assert_eq!(contract.strike(), strike.parse::<Price>().unwrap(), "{text}");
        assert_eq!(contract.underlying().as_str(), underlying, "{text}");
        assert_eq!(contract.is_adjusted(), multiplier.is_empty(), "{text}");
        assert_eq!(contract.multiplier(), Multiplier::HUNDRED, "{text}");
        match form {
            "padded" => assert_eq!(contract.padded(), text),
            "compact" => assert_eq!(contract.to_string(), text),
            "nonstandard" => assert_eq!(contract.to_string(), "BRKB260206C00495000"),
            other => panic!("{other} is no form we know"),
        }
        assert_eq!(contract.padded().len(), 21);
        assert_eq!(contract.to_string().parse(), Ok(contract));
        assert_eq!(contract.padded().parse(), Ok(contract));
        assert_eq!(text.parse(), Ok(Instrument::Option(contract)));
        count += 1;
    }
    assert_eq!(count, 95);
}

#[test]
fn every_symbol_recorded_as_invalid_is_refused() {
    let mut count = 0;
    for row in rows(INVALID) {
        for text in [row[0].to_string(), format!("{:<6}{}", &row[0][..3], &row[0][3..])] {
            let refused = OptionContract::parse(&text);
            assert!(matches!(refused, Err(SymbolError::Option { .. })), "{text}: {refused:?}");
            assert!(Instrument::parse(&text).is_err(), "{text}");
        }
        count += 1;
    }
    assert_eq!(count, 3);
}

/// Each symbol, and the beginning of why it is refused.
#[test]
fn text_that_is_nearly_an_option_symbol_is_refused_with_the_part_that_is_wrong() {
    for (text, why) in [
        ("AAPL240614C0010000", "the right"),
        ("240614C00100000", "the root"),
        ("AAPL 240614C00100000", "the root"),
        ("AAPL  240614C00100000 ", "the right"),
        ("1APL240614C00100000", "the root"),
        ("TOOLONG240614C00100000", "the root"),
        ("AA-PL240614C00100000", "the root"),
        (".A    240614C00100000", "the root"),
        ("AAPL240229P0010000O", "the strike"),
        ("AAPL230229P00100000", "the expiry"),
        ("AAPL24+614C00100000", "the expiry"),
        ("AAPL240614C00000000", "the strike"),
        ("AAPL240614C+0100000", "the strike"),
        ("AAPL240614É0100000", "it is not"),
        ("É240614C00100000", "the root"),
        ("A240614C0010000", "the right"),
        ("AAPL", "it is shorter"),
    ] {
        match OptionContract::parse(text) {
            Err(SymbolError::Option { why: found, .. }) => {
                assert!(found.starts_with(why), "{text}: {found}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn tickers_are_capitals_and_pairs_and_combinations_are_refused_by_name() {
    for text in ["A", "AAPL", "BRK.B", "BF.A", "V", "ABCDEFGH", "A1"] {
        assert_eq!(Symbol::new(text).unwrap().as_str(), text);
        assert_eq!(Instrument::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Symbol::new("BRK/B"), Symbol::new("BRK.B"));
    assert_eq!(Symbol::new(""), Err(SymbolError::Empty));
    for text in ["BTC/USD", "SHIB/USDT", "btc/usd"] {
        assert!(matches!(Instrument::parse(text), Err(SymbolError::Crypto { .. })), "{text}");
    }
    for text in ["aapl", "AAPl", "aapl240614C00100000"] {
        assert!(matches!(Instrument::parse(text), Err(SymbolError::LowerCase { .. })), "{text}");
    }
    let two = "AAPL240614C00100000 AAPL240614P00100000";
    for text in ["AAPL,MSFT", "AAPL+MSFT", "AAPL|MSFT", two] {
        assert!(matches!(Instrument::parse(text), Err(SymbolError::MultiLeg { .. })), "{text}");
    }
    for text in ["1A", ".A", "A.", "A..B", "A.B.C", " A", "A B", "BRK/", "Ä", "A\0", "A-B"] {
        assert!(matches!(Symbol::new(text), Err(SymbolError::Malformed { .. })), "{text:?}");
    }
    assert!(matches!(Symbol::new("ABCDEFGHI"), Err(SymbolError::TooLong { .. })));
}

#[test]
fn the_underlying_of_a_weekly_index_a_share_class_and_an_adjusted_root_is_known() {
    for (root, underlying) in [
        ("SPXW", "SPX"),
        ("SPX", "SPX"),
        ("BRKB", "BRK.B"),
        ("BRKB1", "BRK.B"),
        ("BFB", "BF.B"),
        ("TSLL1", "TSLL"),
        ("AAPL7", "AAPL"),
    ] {
        let text = format!("{root}250321P00090000");
        let contract = OptionContract::parse(&text).unwrap();
        assert_eq!(contract.underlying().as_str(), underlying, "{root}");
    }
}

#[test]
fn terms_that_no_symbol_can_name_make_no_contract() {
    let named = OptionContract::parse("AAPL240614C00100000").unwrap();
    let make = |expiry: &str, strike: &str| {
        let (expiry, strike) = (expiry.parse().unwrap(), strike.parse().unwrap());
        OptionContract::new(named.root(), expiry, Right::Call, strike, Multiplier::HUNDRED)
    };
    assert_eq!(make("2024-06-14", "100"), Ok(named));
    assert!(make("2024-06-14", "100.0005").is_err(), "finer than a symbol");
    assert!(make("2024-06-14", "99999.999").is_ok());
    assert!(make("2024-06-14", "100000").is_err(), "nine digits");
    assert!(make("2024-06-14", "0").is_err());
    assert!(make("1999-12-31", "100").is_err());
    assert!(make("2100-01-01", "100").is_err());
}

#[test]
fn an_instrument_stays_small() {
    assert!(size_of::<Instrument>() <= 40, "{}", size_of::<Instrument>());
    assert_eq!(size_of::<Symbol>(), 8);
}
