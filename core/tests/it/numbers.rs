//! Numbers, names and moments survive printing and bytes; arithmetic agrees with a wider one.

use std::fmt::{Debug, Display};
use std::hash::{BuildHasher, Hash};
use std::str::FromStr;

use bincode::{Decode, Encode};
use gatefold_core::vocabulary::{
    AccountId, Date, EventId, ExecutionId, Instrument, Money, Multiplier, NetQuantity,
    OptionContract, OrderKey, Phase, Price, Quantity, Ratio, RecommendationId, Right, Root,
    Rounding, Side, Span, Symbol, Text, Timestamp, Weekday,
};
use proptest::prelude::*;

const ATTOS_PER_MICRO: i128 = 1_000_000_000_000;

fn price() -> impl Strategy<Value = Price> {
    edges(0..=i64::MAX).prop_map(|nanos| Price::from_nanos(nanos).unwrap())
}

fn quantity() -> impl Strategy<Value = Quantity> {
    edges(0..=i64::MAX).prop_map(|nanos| Quantity::from_nanos(nanos).unwrap())
}

fn multiplier() -> impl Strategy<Value = Multiplier> {
    (1_u32..=10_000).prop_map(|units| Multiplier::new(units).unwrap())
}

fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![any::<u32>(), 0..3_000_000_u32].prop_map(Ratio::from_ppm)
}

fn money() -> impl Strategy<Value = Money> {
    let small = -1_000_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000;
    prop_oneof![any::<i128>(), small, -100_i128..100].prop_map(Money::from_attos)
}

/// An amount as large as a recorded fact may be.
fn fact() -> impl Strategy<Value = Money> {
    let max = Money::MAX_FACT.attos();
    prop_oneof![-max..=max, -1_000_i128..1_000].prop_map(Money::from_attos)
}

/// The whole range, what is usual, and what is tiny.
fn edges(range: std::ops::RangeInclusive<i64>) -> impl Strategy<Value = i64> {
    prop_oneof![range, 0..1_000_000_000_000_i64, 0..10_i64]
}

#[track_caller]
fn check_text<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(value: T) {
    let text = value.to_string();
    assert_eq!(text.parse::<T>().unwrap(), value, "{text}");
}

fn settings() -> impl bincode::config::Config {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<65536>()
}

#[track_caller]
fn check_bytes<T: Encode + Decode<()> + PartialEq + Debug>(value: T) {
    let bytes = bincode::encode_to_vec(&value, settings()).unwrap();
    let (found, length) = bincode::decode_from_slice::<T, _>(&bytes, settings()).unwrap();
    assert_eq!((found, length), (value, bytes.len()));
    let short = &bytes[..bytes.len() - 1];
    assert!(bincode::decode_from_slice::<T, _>(short, settings()).is_err());
}

/// Whatever is decoded is a value: it is written as the bytes it was read from.
fn check_foreign_bytes<T: Encode + Decode<()> + Debug>(bytes: &[u8]) {
    if let Ok((value, length)) = bincode::decode_from_slice::<T, _>(bytes, settings()) {
        let again = bincode::encode_to_vec(&value, settings()).unwrap();
        assert_eq!(again, bytes[..length], "{value:?}");
    }
}

fn check_all_foreign_bytes(bytes: &[u8]) {
    check_foreign_bytes::<Price>(bytes);
    check_foreign_bytes::<Quantity>(bytes);
    check_foreign_bytes::<NetQuantity>(bytes);
    check_foreign_bytes::<Multiplier>(bytes);
    check_foreign_bytes::<Money>(bytes);
    check_foreign_bytes::<Ratio>(bytes);
    check_foreign_bytes::<Text<6>>(bytes);
    check_foreign_bytes::<AccountId>(bytes);
    check_foreign_bytes::<ExecutionId>(bytes);
    check_foreign_bytes::<OrderKey>(bytes);
    check_foreign_bytes::<EventId>(bytes);
    check_foreign_bytes::<Symbol>(bytes);
    check_foreign_bytes::<Root>(bytes);
    check_foreign_bytes::<OptionContract>(bytes);
    check_foreign_bytes::<Instrument>(bytes);
    check_foreign_bytes::<Date>(bytes);
    check_foreign_bytes::<Timestamp>(bytes);
    check_foreign_bytes::<Span>(bytes);
    check_foreign_bytes::<(Right, Side, Rounding, Weekday, Phase)>(bytes);
}

/// `a` x `b` / `c` toward zero, by long division one bit at a time: slow, but it cannot overflow.
fn wide_share(a: i128, b: i64, c: i64) -> i128 {
    let (size, c) = (a.unsigned_abs(), u128::try_from(c).unwrap());
    let b = u128::try_from(b).unwrap();
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    for bit in (0..128).rev() {
        // Invariant: what is read of `size` so far, times b, is quotient x c + rest.
        let next = rest * 2 + if size >> bit & 1 == 1 { b } else { 0 };
        quotient = quotient * 2 + next / c;
        rest = next % c;
    }
    let share = i128::try_from(quotient).unwrap();
    if a < 0 { -share } else { share }
}

proptest! {
    #[test]
    fn numbers_are_read_as_they_were_printed(
        price in price(),
        quantity in quantity(),
        net in any::<i64>(),
        money in money(),
        ratio in ratio(),
    ) {
        check_text(price);
        check_text(quantity);
        check_text(money);
        check_text(ratio);
        let net = NetQuantity::from_nanos(net);
        prop_assert_eq!(net.to_string().starts_with('-'), net.is_short());
        prop_assert_eq!(net.saturating_neg().saturating_neg(), net);
        check_bytes(price);
        check_bytes(quantity);
        check_bytes(money);
        check_bytes(ratio);
        check_bytes(net);
    }

    #[test]
    fn moments_are_read_as_they_were_printed(nanos in any::<i64>(), days in any::<i32>()) {
        check_text(Timestamp::from_nanos(nanos));
        check_text(Span::from_nanos(nanos));
        check_bytes(Timestamp::from_nanos(nanos));
        check_bytes(Span::from_nanos(nanos));
        let day = Date::from_days(days.rem_euclid(3_000_000) - 700_000);
        if let Some(day) = day {
            check_text(day);
            check_bytes(day);
            prop_assert_eq!(Date::new(day.year(), day.month(), day.day()), Some(day));
            prop_assert!(day == Date::MAX || day.next().previous() == day);
        }
    }

    #[test]
    fn any_text_is_refused_or_printed_back(text in "[-0-9.]{0,12}|[A-Z/.0-9]{0,10}|\\PC{0,30}") {
        if let Ok(price) = text.parse::<Price>() {
            check_text(price);
        }
        if let Ok(span) = text.parse::<Span>() {
            check_text(span);
        }
        if let Ok(name) = text.parse::<AccountId>() {
            prop_assert_eq!(name.as_str(), &text);
            check_bytes(name);
        }
        if let Ok(name) = text.parse::<Text<24>>() {
            prop_assert_eq!(name.as_str(), &text);
            check_bytes(name);
        }
        if let Ok(instrument) = text.parse::<Instrument>() {
            prop_assert_eq!(instrument.to_string(), text.replace('/', "."));
            check_bytes(instrument);
        }
        let _ = text.parse::<Timestamp>();
        let _ = text.parse::<Date>();
    }

    #[test]
    fn foreign_bytes_are_refused_or_written_back(
        bytes in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        check_all_foreign_bytes(&bytes);
    }

    #[test]
    fn foreign_bytes_near_a_value_are_refused_or_written_back(
        at in 0..32_usize,
        byte in prop_oneof![any::<u8>(), 0..3_u8, 0x20..0x7f_u8],
    ) {
        for text in ["BRK.B", "SPXW230111C02400000"] {
            let value = Instrument::parse(text).unwrap();
            let mut bytes = bincode::encode_to_vec(value, settings()).unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            check_all_foreign_bytes(&bytes);
            check_all_foreign_bytes(&bytes[1..]);
        }
    }

    #[test]
    fn the_cost_is_exact_or_none(
        price in price(),
        quantity in quantity(),
        multiplier in multiplier(),
    ) {
        // Price x quantity fits 126 bits; the multiplier goes over halves of 64 bits.
        let size = |nanos: i64| u128::from(nanos.unsigned_abs());
        let product = size(price.nanos()) * size(quantity.nanos());
        let units = u128::from(multiplier.get());
        let low = (product & u128::from(u64::MAX)) * units;
        let high = (product >> 64) * units + (low >> 64);
        let fits = high >> 63 == 0;
        let expected = (high << 64) | (low & u128::from(u64::MAX));
        let found = price.times(quantity, multiplier);
        prop_assert_eq!(found.is_some(), fits);
        if let Some(found) = found {
            prop_assert_eq!(found.attos().unsigned_abs(), expected);
            prop_assert!(!found.is_negative());
            if !quantity.is_zero() {
                prop_assert_eq!(found.per_unit(quantity, multiplier), price);
            }
        }
    }

    #[test]
    fn a_share_is_exact_and_shares_add_up(
        amount in fact(),
        part in quantity(),
        whole in quantity(),
    ) {
        let all = if whole.is_zero() { Money::ZERO } else { amount };
        prop_assert_eq!(amount.prorate(whole, whole), all);
        let (part, whole) = (part.min(whole), part.max(whole));
        if whole.is_zero() {
            prop_assert_eq!(amount.prorate(part, whole), Money::ZERO);
            return Ok(());
        }
        let first = amount.prorate(part, whole);
        let second = amount.prorate(whole.saturating_sub(part), whole);
        prop_assert_eq!(first.attos(), wide_share(amount.attos(), part.nanos(), whole.nanos()));
        let lost = amount.attos() - first.attos() - second.attos();
        prop_assert!(lost.abs() <= 1 && lost.signum() * amount.attos().signum() >= 0, "{}", lost);
    }

    #[test]
    fn a_ratio_of_an_amount_is_the_next_amount_below_or_above(amount in fact(), ratio in ratio()) {
        let exact = amount.attos().checked_mul(i128::from(ratio.ppm()));
        let down = amount.scale(ratio, Rounding::Down).map(Money::attos);
        let up = amount.scale(ratio, Rounding::Up).map(Money::attos);
        if let Some(exact) = exact {
            prop_assert_eq!(down, Some(exact.div_euclid(1_000_000)));
            let above = exact.div_euclid(1_000_000) + i128::from(exact.rem_euclid(1_000_000) != 0);
            prop_assert_eq!(up, Some(above));
        }
        if let Some(price) = i64::try_from(amount.attos().abs()).ok().and_then(Price::from_nanos) {
            let scaled = price.scale(Ratio::ONE, Rounding::Up);
            prop_assert_eq!(scaled, Some(price));
        }
    }

    #[test]
    fn a_part_is_never_reported_as_less_of_the_whole_than_it_is(part in fact(), whole in fact()) {
        let (part, whole) = (part.abs(), whole.abs());
        if let Some(ratio) = part.ratio_of(whole) {
            let (ppm, part, whole) = (i128::from(ratio.ppm()), part.attos(), whole.attos());
            // Divided by a million on both sides, so that the largest facts do not overflow.
            let millionths = |amount: i128| amount.checked_mul(ppm);
            if let (Some(at_most), Some(parts)) = (millionths(whole), part.checked_mul(1_000_000)) {
                prop_assert!(at_most >= parts);
                prop_assert!(ppm == 0 || at_most - whole < parts);
            }
        }
        prop_assert_eq!(part.ratio_of(Money::ZERO), None);
        if part.is_positive() {
            prop_assert_eq!(part.saturating_neg().ratio_of(whole), None);
        }
    }

    #[test]
    fn micros_and_cents_are_the_nearest(amount in fact()) {
        let (attos, micros) = (amount.attos(), i128::from(amount.micros_away()));
        if micros.abs() < i128::from(i64::MAX) {
            prop_assert!(micros.abs() * ATTOS_PER_MICRO >= attos.abs());
            prop_assert!(micros.abs() * ATTOS_PER_MICRO - attos.abs() < ATTOS_PER_MICRO);
            prop_assert!(micros.signum() == attos.signum());
        }
        let cents = amount.round_to_cents().attos();
        prop_assert_eq!(cents % 10_000_000_000_000_000, 0);
        let off = cents.abs() - attos.abs();
        let half = 5_000_000_000_000_000;
        prop_assert!(-half < off && off <= half, "{}", off);
    }

    #[test]
    fn a_price_on_the_grid_is_the_next_one(price in price(), tick in price()) {
        let (down, up) = (price.floor_to(tick), price.ceil_to(tick));
        if tick.is_zero() {
            prop_assert_eq!((down, up), (price, Some(price)));
            prop_assert!(!price.is_multiple_of(tick));
            return Ok(());
        }
        prop_assert!(down.is_multiple_of(tick) && down <= price);
        prop_assert!(price.saturating_sub(down) < tick);
        if let Some(up) = up {
            prop_assert!(up.is_multiple_of(tick) && up >= price);
            prop_assert!(up.saturating_sub(price) < tick);
        }
        let middle = i128::from(price.midpoint(tick).nanos());
        prop_assert_eq!(middle, (i128::from(price.nanos()) + i128::from(tick.nanos())) / 2);
    }

    #[test]
    fn names_sort_and_hash_as_their_text(a in "[!-~]{1,24}", b in "[!-~]{1,24}") {
        let (x, y) = (Text::<24>::new(&a).unwrap(), Text::<24>::new(&b).unwrap());
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(hash(&x) == hash(&y), a == b);
    }

    #[test]
    fn derived_ids_differ_with_each_of_their_parts(
        account in "[a-z]{1,24}",
        advice in "[!-~]{1,40}",
        attempt in any::<u16>(),
        cause in any::<u128>(),
    ) {
        let name = AccountId::new(&account).unwrap();
        let other = AccountId::new("Other").unwrap();
        let recommendation = RecommendationId::new(&advice).unwrap();
        let key = OrderKey::of(&name, &recommendation, attempt);
        check_text(key);
        check_bytes(key);
        prop_assert!(key.to_string().len() <= 48);
        prop_assert_ne!(key, OrderKey::of(&other, &recommendation, attempt));
        prop_assert_ne!(key, OrderKey::of(&name, &recommendation, attempt.wrapping_add(1)));
        let id = EventId::of(&account, cause, 3);
        check_text(id);
        check_bytes(id);
        prop_assert_ne!(id, EventId::of(&account, cause.wrapping_add(1), 3));
        prop_assert_ne!(id, EventId::of(&account, cause, 4));
        prop_assert_ne!(id, EventId::of("Other", cause, 3));
    }
}

fn hash(value: &impl Hash) -> u64 {
    rustc_hash::FxBuildHasher.hash_one(value)
}

#[test]
fn derived_ids_never_change() {
    let account = AccountId::new("paper-1").unwrap();
    let advice = RecommendationId::new("r-17").unwrap();
    let key = OrderKey::of(&account, &advice, 1);
    let bytes =
        b"\x11\0\0\0\0\0\0\0gatefold order v1\x07\0\0\0\0\0\0\0paper-1\x04\0\0\0\0\0\0\0r-17\x01\0";
    assert_eq!(key.to_string(), format!("gf-{}", &blake3::hash(bytes).to_hex()[..32]));
    assert_eq!(key.to_string(), "gf-e76325480dcb05cd6981f4110d5951e4");
    let mut bytes = b"\x11\0\0\0\0\0\0\0gatefold event v1\x06\0\0\0\0\0\0\0system\x07".to_vec();
    bytes.extend([0; 15 + 4]);
    let id = EventId::of("system", 7, 0);
    assert_eq!(id.to_string(), &blake3::hash(&bytes).to_hex()[..32]);
}

#[test]
fn a_length_of_zero_or_of_too_much_is_no_text() {
    for bytes in [&[0_u8, b'A', 0, 0, 0, 0, 0][..], &[7, b'A', b'A', b'A', b'A', b'A', b'A', b'A']]
    {
        assert!(bincode::decode_from_slice::<Text<6>, _>(bytes, settings()).is_err());
    }
    let mut bytes = vec![24_u8];
    bytes.extend([b'a'; 24]);
    let (name, _) = bincode::decode_from_slice::<AccountId, _>(&bytes, settings()).unwrap();
    assert_eq!(name.as_str(), "a".repeat(24));
    bytes[24] = b'/';
    assert!(bincode::decode_from_slice::<AccountId, _>(&bytes, settings()).is_err());
}

#[test]
fn a_symbol_has_nothing_after_its_end() {
    for bytes in [b"A\0B\0\0\0\0\0", b"A\0\0\0\0\0\0B", b"\0AAPL\0\0\0", b"BRK/B\0\0\0"] {
        assert!(bincode::decode_from_slice::<Symbol, _>(bytes, settings()).is_err());
    }
    let (symbol, _) = bincode::decode_from_slice::<Symbol, _>(b"ABCDEF.B", settings()).unwrap();
    assert_eq!(symbol.as_str(), "ABCDEF.B");
}

#[test]
fn moments_are_written_as_rfc_3339() {
    for (text, printed) in [
        ("2015-12-24T14:30:00Z", Some("2015-12-24T14:30:00Z")),
        ("2015-12-24T09:30:00.50-05:00", Some("2015-12-24T14:30:00.5Z")),
        ("1969-12-31T23:59:59.999999999Z", Some("1969-12-31T23:59:59.999999999Z")),
        ("2015-12-24T14:30:00", None),
        ("2015-12-24", None),
        ("9999-01-01T00:00:00Z", None),
        ("", None),
    ] {
        let found = text.parse::<Timestamp>().ok().map(|moment| moment.to_string());
        assert_eq!(found.as_deref(), printed, "{text}");
    }
}

#[test]
fn spans_are_written_with_their_units() {
    for (text, printed) in [
        ("120s", Some("2m")),
        ("5m", Some("5m")),
        ("24h", Some("24h")),
        ("1d", Some("24h")),
        ("250ms", Some("250ms")),
        ("1m30s", Some("1m30s")),
        ("-90s", Some("-1m30s")),
        ("0s", Some("0s")),
        ("1us1ns", Some("1us1ns")),
        ("", None),
        ("-", None),
        ("5", None),
        ("s", None),
        ("1.5s", None),
        ("30s1m", None),
        ("1s1s", None),
        ("1 s", None),
        ("+1s", None),
        ("1S", None),
        ("300000d", None),
    ] {
        let found = text.parse::<Span>().ok().map(|span| span.to_string());
        assert_eq!(found.as_deref(), printed, "{text}");
    }
}

#[test]
fn dates_are_written_as_iso_8601() {
    assert_eq!("2024-02-29".parse::<Date>().unwrap(), Date::new(2024, 2, 29).unwrap());
    assert_eq!(Date::new(1970, 1, 1).unwrap().days(), 0);
    assert_eq!(Date::new(1, 1, 1), Some(Date::MIN));
    assert_eq!(Date::new(9999, 12, 31), Some(Date::MAX));
    assert_eq!((Date::MIN.previous(), Date::MAX.next()), (Date::MIN, Date::MAX));
    for text in ["2023-02-29", "20240229", "2024-2-29", "2024-02-29T00:00:00Z", "0000-01-01", ""] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
    assert_eq!(Date::new(0, 12, 31), None);
    assert_eq!(Date::new(1970, 1, 1).unwrap().weekday(), Weekday::Thu);
    assert_eq!(Date::MIN.weekday(), Weekday::Mon);
}

#[test]
fn the_ends_of_the_ranges_hold() {
    let most = Quantity::from_nanos(i64::MAX).unwrap();
    assert_eq!(most.saturating_add(most), most);
    assert_eq!(most.checked_add(Quantity::whole(1)), None);
    assert_eq!(Quantity::ZERO.checked_sub(Quantity::whole(1)), None);
    assert_eq!(Quantity::whole(1).saturating_sub(most), Quantity::ZERO);
    assert!(!most.is_multiple_of(Quantity::ZERO));
    assert_eq!(most, Quantity::MAX);
    assert_eq!(most.saturating_times(Multiplier::HUNDRED), most);
    assert_eq!(Quantity::whole(3).saturating_times(Multiplier::HUNDRED), Quantity::whole(300));
    let odd: Quantity = "12.5".parse().unwrap();
    assert_eq!(odd.floor_to(Quantity::whole(1)), Quantity::whole(12));
    assert_eq!(odd.floor_to(Quantity::SMALLEST), odd);
    assert_eq!(odd.floor_to(Quantity::ZERO), odd);
    assert_eq!(Price::from_nanos(-1), None);
    assert_eq!(Price::dollars(u32::MAX).to_string(), "4294967295.00");
    assert_eq!(Money::dollars(i64::MIN).to_string(), "-9223372036854775808.00");
    assert_eq!(Money::from_attos(i128::MIN).abs().attos(), i128::MAX);
    assert_eq!(Money::from_attos(i128::MIN).checked_neg(), None);
    assert_eq!(Money::from_attos(i128::MAX).micros_away(), i64::MAX);
    assert_eq!(Money::from_attos(i128::MIN).micros_away(), i64::MIN);
    assert_eq!(Money::from_attos(1).micros_away(), 1);
    assert_eq!(Money::from_attos(-1).micros_away(), -1);
    assert_eq!(Money::from_micros(-5), "-0.000005".parse().unwrap());
    assert_eq!(Money::cents(-1).round_to_cents(), Money::cents(-1));
    let half: Money = "-0.005".parse().unwrap();
    assert_eq!(half.round_to_cents(), Money::cents(-1));
    assert_eq!(Money::dollars(1).ratio_of(Money::dollars(3)), Some(Ratio::from_ppm(333_334)));
    assert_eq!(Money::ZERO.ratio_of(Money::dollars(3)), Some(Ratio::ZERO));
    assert_eq!(Money::dollars(5_000).ratio_of(Money::dollars(1)), None);
}

#[test]
fn an_average_price_is_rounded_half_up() {
    let one = Multiplier::ONE;
    let three = Quantity::whole(3);
    assert_eq!(Money::dollars(10).per_unit(three, one).to_string(), "3.333333333");
    assert_eq!(Money::dollars(20).per_unit(three, one).to_string(), "6.666666667");
    let half = Money::from_attos(3_000_000_000);
    assert_eq!(half.per_unit(Quantity::whole(2), one).nanos(), 2);
    assert_eq!(half.per_unit(Quantity::ZERO, one), Price::ZERO);
    assert_eq!(Money::dollars(-1).per_unit(three, one), Price::ZERO);
    let most = Money::from_attos(i128::MAX);
    assert_eq!(most.per_unit(Quantity::from_nanos(1).unwrap(), one).nanos(), i64::MAX);
}
