//! The gates' names, order and codes are a contract: logs, reports and configurations name them.

use std::fmt::Write;

use expect_test::expect;
use gatefold_core::decide::{Code, Gates};

#[test]
fn names_order_and_codes_stay() {
    let mut list = String::new();
    for (place, card) in Gates::standard().cards().enumerate() {
        let must = if card.mandatory { "always" } else { "if set" };
        let (name, guards, unit) = (card.name, card.guards, card.unit);
        let place = place + 1;
        writeln!(list, "{place:2} {name}: {guards:?}, {unit:?}, {must}").unwrap();
        for code in card.codes {
            writeln!(list, "   {} {}", code.to_u16(), code.text()).unwrap();
        }
    }
    expect![[r#"
         1 account-enabled: All, State, always
           10 STATE_FROZEN
           11 STATE_ENTRIES_HALTED
         2 state-fresh: Entries, Time, always
           20 SYNC_NEVER
           21 SYNC_STALE
           22 SYNC_MISMATCH
         3 link-healthy: Entries, Time, always
           30 LINK_DOWN
         4 known-instrument: All, Count, always
           40 INSTRUMENT_UNKNOWN
           41 INSTRUMENT_HALTED
           42 INSTRUMENT_RESTRICTED
           43 INSTRUMENT_NOT_TRADABLE
           44 INSTRUMENT_ADJUSTED
         5 structural: All, Quantity, always
           50 ORDER_QUANTITY_ZERO
           52 ORDER_OFF_LOT
           51 ORDER_OFF_TICK
           53 ORDER_TERMS_ILLEGAL
           54 ORDER_EXPIRED
           55 ORDER_CROSSES_ZERO
           56 ORDER_UNPRICEABLE
           57 ORDER_TOO_MANY_WORKING
         6 uncovered: All, Quantity, always
           60 UNCOVERED_CALL
           61 UNCOVERED_PUT
           62 UNCOVERED_SHORT
           63 UNCOVERED_CLOSE
         7 stale-recommendation: All, Time, always
           70 ADVICE_STALE
           71 ADVICE_FROM_FUTURE
           72 ADVICE_ENDED
         8 duplicate-intent: Entries, Time, always
           80 DUPLICATE_ORDER
         9 cooldown: Entries, Time, if set
           90 COOLDOWN_ACTIVE
        10 one-per-symbol: Entries, Count, if set
           100 SYMBOL_HELD
        11 confidence: Entries, Ratio, if set
           110 CONFIDENCE_LOW
           111 CONFIDENCE_MISSING
           112 CONFIDENCE_MODEL_UNKNOWN
        12 session: All, Time, always
           120 SESSION_CLOSED
           121 SESSION_BLACKOUT
           122 SESSION_UNKNOWN
        13 quote-fresh: All, Time, always
           130 QUOTE_MISSING
           131 QUOTE_STALE
           132 QUOTE_CROSSED
           133 QUOTE_INDICATIVE
           134 QUOTE_FROM_FUTURE
        14 price-collar: All, Price, always
           140 COLLAR_EXCEEDED
           141 COLLAR_UNKNOWN
        15 price-drift: Entries, Price, if set
           150 DRIFT_EXCEEDED
           151 DRIFT_UNKNOWN
        16 spread: Entries, Price, if set
           160 SPREAD_EXCEEDED
           161 SPREAD_UNKNOWN
        17 liquidity: Entries, Quantity, if set
           170 LIQUIDITY_THIN
           171 LIQUIDITY_INTEREST_LOW
           172 LIQUIDITY_UNKNOWN
        18 option-dte: Entries, Count, if set
           180 EXPIRY_TOO_NEAR
           181 EXPIRY_TOO_FAR
           182 EXPIRY_CUTOFF
           183 EXPIRY_UNKNOWN
        19 option-premium: Entries, Dollars, if set
           190 PREMIUM_TOO_HIGH
           191 PREMIUM_TOO_LOW
           56 ORDER_UNPRICEABLE
        20 order-quantity: Entries, Quantity, if set
           200 QUANTITY_EXCEEDED
        21 order-notional: All, Dollars, always
           210 NOTIONAL_EXCEEDED
           56 ORDER_UNPRICEABLE
        22 max-positions: Entries, Count, always
           220 POSITIONS_EXCEEDED
        23 gross-exposure: Entries, Dollars, always
           230 GROSS_EXPOSURE_EXCEEDED
           231 EQUITY_NOT_POSITIVE
           56 ORDER_UNPRICEABLE
        24 net-exposure: Entries, Dollars, if set
           240 NET_EXPOSURE_EXCEEDED
           56 ORDER_UNPRICEABLE
        25 symbol-concentration: Entries, Dollars, if set
           250 SYMBOL_CONCENTRATED
           56 ORDER_UNPRICEABLE
        26 underlying-concentration: Entries, Dollars, if set
           260 UNDERLYING_CONCENTRATED
           56 ORDER_UNPRICEABLE
        27 buying-power: Entries, Dollars, always
           270 BUYING_POWER_SHORT
           271 BUYING_POWER_UNKNOWN
           56 ORDER_UNPRICEABLE
        28 daily-loss: Entries, Dollars, always
           280 DAILY_LOSS_REACHED
           281 DAY_NOT_OPENED
        29 drawdown: Entries, Dollars, if set
           290 DRAWDOWN_REACHED
        30 orders-per-day: All, Count, always
           300 ORDERS_PER_DAY_REACHED
           281 DAY_NOT_OPENED
        31 order-rate: All, Count, always
           310 ORDER_RATE_REACHED
        32 self-cross: Entries, Price, always
           320 SELF_CROSS
           56 ORDER_UNPRICEABLE
        33 closable-quantity: Exits, Quantity, always
           330 CLOSE_TOO_LARGE
        34 reduce-only: All, Quantity, always
           340 REDUCE_ONLY_OPENING
    "#]]
    .assert_eq(&list);
}

/// Every code but `OK` and a user's own belongs to a gate that says so.
#[test]
fn every_code_has_a_gate() {
    let gates = Gates::standard();
    for code in Code::ALL {
        let owned = gates.cards().any(|card| card.codes.contains(code));
        let apart = matches!(*code, Code::Ok | Code::UserDefined);
        assert!(owned || apart, "{} belongs to no gate", code.text());
        assert_eq!(Code::from_u16(code.to_u16()), Some(*code), "{}", code.text());
    }
}
