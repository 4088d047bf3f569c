//! JSON Lines: every line is exactly one arrival, and says what is wrong with it.

use expect_test::{Expect, expect};
use gatefold::core::advise::{
    Arrival, Effect, Hours, Inbox, OrderPrice, Recommendation, TimeInForce,
};
use gatefold::core::vocabulary::{Price, Quantity, Ratio, Side, Span};
use gatefold::inbox::{JsonLines, LINE_BYTES_MAX, TEXT_BYTES_MAX};
use proptest::prelude::*;

const INCIDENT: &str = r#"{"recommendation_id": "5871", "account": "large", "ticker": "MSFT", "symbol": "MSFT260320P00400000", "instrument": "option", "right": "put", "strike": "400.00", "expiry": "2026-03-20", "action": "buy_to_open", "quantity": "12", "limit_price": "6.00", "confidence": "0.72", "strategy": "swing_trade", "stop_price": "4.5", "target_price": "9", "created_at": "2026-02-03T17:29:10Z"}"#;

const STOCK: &str = r#"{"recommendation_id":"r-1","account":"a","symbol":"BRK.B","action":"sell_to_close","quantity":1.5,"strategy":"s","created_at":"2015-12-24T10:00:00-05:00"}"#;

fn arrivals(bytes: &[u8]) -> Vec<Arrival> {
    let mut inbox = JsonLines::new("test", bytes);
    std::iter::from_fn(|| inbox.next().expect("bytes can be read")).collect()
}

fn advice(line: &str) -> Recommendation {
    match arrivals(line.as_bytes()).as_slice() {
        [Arrival::Recommendation(advice)] => *advice,
        other => panic!("one recommendation: {other:?}"),
    }
}

#[track_caller]
fn failed(line: &[u8]) -> (String, String) {
    match arrivals(line).as_slice() {
        [Arrival::Failed { text, reason, .. }] => (text.clone(), reason.clone()),
        other => panic!("one failure: {other:?}"),
    }
}

/// Checks what is told of a line with some text replaced.
#[track_caller]
fn check(line: &str, from: &str, to: &str, told: Expect) {
    assert!(line.contains(from), "{from:?} is in the line");
    let line = line.replacen(from, to, 1);
    let (text, reason) = failed(line.as_bytes());
    assert_eq!(text, line);
    told.assert_eq(&reason);
}

#[test]
fn a_line_of_the_incident_is_advice() {
    let advice = advice(INCIDENT);
    assert_eq!((advice.id.as_str(), advice.account.as_str()), ("5871", "large"));
    assert_eq!(advice.instrument.to_string(), "MSFT260320P00400000");
    assert_eq!((advice.side, advice.effect), (Side::Buy, Effect::Open));
    assert_eq!(advice.quantity, Quantity::whole(12));
    assert_eq!(advice.price, OrderPrice::Limit(Price::dollars(6)));
    assert_eq!(advice.reference_price, Some(Price::dollars(6)));
    assert_eq!(advice.confidence, Some(Ratio::from_ppm(720_000)));
    assert_eq!(advice.strategy.as_str(), "swing_trade");
    assert_eq!(advice.exits.stop, Some(Price::cents(450)));
    assert_eq!(advice.exits.target, Some(Price::dollars(9)));
    assert_eq!(advice.created_at.to_string(), "2026-02-03T17:29:10Z");
    assert_eq!((advice.time_in_force, advice.hours), (TimeInForce::Day, Hours::Regular));
}

#[test]
fn bare_numbers_keep_their_digits() {
    let advice = advice(STOCK);
    assert_eq!(Some(advice.quantity), "1.5".parse().ok());
    assert_eq!(advice.price, OrderPrice::Market);
    assert_eq!(advice.created_at.to_string(), "2015-12-24T15:00:00Z");
}

#[test]
fn what_is_optional_is_read() {
    let more = r#""trail":"0.1","hold_at_most":"2h","out_before_close":"5m","model_version":"v3","confidence":0.72123456789,"limit_price":null,"reference_price":9,"valid_until":"2015-12-24T16:00:00Z","time_in_force":"gtc","hours":"extended"}"#;
    let advice = advice(&STOCK.replace('}', &format!(",{more}")));
    assert_eq!(advice.exits.trail, Some(Ratio::from_ppm(100_000)));
    assert_eq!(advice.exits.hold_at_most, Some(Span::hours(2)));
    assert_eq!(advice.exits.out_before_close, Some(Span::minutes(5)));
    assert_eq!(advice.model.map(|it| it.to_string()), Some("v3".into()));
    assert_eq!(advice.confidence, Some(Ratio::from_ppm(721_234)), "cut, not rounded");
    assert_eq!(
        (advice.price, advice.reference_price),
        (OrderPrice::Market, Some(Price::dollars(9)))
    );
    assert_eq!(advice.valid_until.map(|it| it.to_string()), Some("2015-12-24T16:00:00Z".into()));
    assert_eq!((advice.time_in_force, advice.hours), (TimeInForce::Gtc, Hours::Extended));
}

#[test]
fn a_bad_line_has_its_number_and_stops_nothing() {
    let text = format!("\u{feff}{INCIDENT}\r\n\n  \nnonsense\n{STOCK}");
    let arrivals = arrivals(text.as_bytes());
    let [Arrival::Recommendation(_), failed, Arrival::Recommendation(_)] = arrivals.as_slice()
    else {
        panic!("advice, a failure, advice: {arrivals:?}")
    };
    expect![[r#"
        Failed {
            source: "test",
            line: 4,
            text: "nonsense",
            reason: "not a JSON object: expected ident (column 2)",
        }
    "#]]
    .assert_debug_eq(failed);
}

#[test]
fn what_is_missing_is_told() {
    check(
        STOCK,
        r#""account":"a","#,
        "",
        expect!["`account` is missing: name one; there is no default"],
    );
    check(
        STOCK,
        r#""account":"a""#,
        r#""account":null"#,
        expect!["`account` is missing: name one; there is no default"],
    );
    check(
        STOCK,
        STOCK,
        "{}",
        expect![
            "`recommendation_id` is missing: give it an id; `account` is missing: name one; \
             there is no default; `strategy` is missing: name one; there is no default; \
             `symbol` is missing: give a ticker such as AAPL, or an OCC option symbol; \
             `action` is missing: write buy_to_open, sell_to_open, buy_to_close or \
             sell_to_close; `quantity` is missing: say how many; `created_at` is missing: say \
             when the advice was given, as in 2015-12-24T14:30:00Z"
        ],
    );
}

#[test]
fn a_misspelled_field_is_told_with_the_nearest() {
    check(
        INCIDENT,
        "stop_price",
        "stop_prise",
        expect!["unknown field `stop_prise`: did you mean `stop_price`?"],
    );
    check(INCIDENT, "confidence", "mood", expect!["unknown field `mood`: remove it"]);
    check(STOCK, "{", r#"{"quantity":100,"#, expect!["`quantity` is given twice: remove one"]);
}

#[test]
fn fields_that_contradict_the_symbol_are_told() {
    check(
        INCIDENT,
        "\"400.00\"",
        "\"410.00\"",
        expect![
            "`strike` is 410.00, but symbol MSFT260320P00400000 is at 400.00: correct one of them"
        ],
    );
    check(
        INCIDENT,
        "\"put\"",
        "\"call\"",
        expect!["`right` is call, but symbol MSFT260320P00400000 is a put: correct one of them"],
    );
    check(
        INCIDENT,
        "2026-03-20",
        "2026-03-27",
        expect![
            "`expiry` is 2026-03-27, but symbol MSFT260320P00400000 is of 2026-03-20: correct \
             one of them"
        ],
    );
    check(
        INCIDENT,
        "\"MSFT\"",
        "\"AAPL\"",
        expect!["`ticker` is AAPL, but symbol MSFT260320P00400000 is on MSFT: correct one of them"],
    );
    check(
        INCIDENT,
        "\"option\"",
        "\"equity\"",
        expect![
            "`instrument` is equity, but symbol MSFT260320P00400000 is an option: correct one \
             of them"
        ],
    );
    check(
        STOCK,
        "{",
        r#"{"strike":400,"instrument":"stock","#,
        expect!["`strike` is 400.00, but symbol BRK.B is no option: correct one of them"],
    );
}

#[test]
fn values_that_mean_nothing_are_told() {
    check(
        STOCK,
        "sell_to_close",
        "sell",
        expect![[
            r#"`action`: "sell" does not say whether it opens or closes: write sell_to_open or sell_to_close"#
        ]],
    );
    check(
        STOCK,
        "sell_to_close",
        "short",
        expect![[
            r#"`action`: "short" is not known: write buy_to_open, sell_to_open, buy_to_close or sell_to_close"#
        ]],
    );
    check(
        STOCK,
        "1.5",
        "-1",
        expect![[
            r#"`quantity`: "-1" is negative: write the size without a sign and the direction in its own field"#
        ]],
    );
    check(
        STOCK,
        "1.5",
        "1e3",
        expect![[
            r#"`quantity`: "1e3" is not plain decimal text: write digits and at most one point, as in "12.50""#
        ]],
    );
    check(
        STOCK,
        "1.5",
        "0",
        expect!["quantity is 0: a recommendation must say how many shares or contracts"],
    );
    check(STOCK, "1.5", "[1]", expect!["`quantity` is [1]: write text or a number"]);
    check(
        INCIDENT,
        "0.72",
        "72",
        expect!["`confidence`: 72 is above 1: write a fraction, as in 0.72"],
    );
    check(
        INCIDENT,
        "\"4.5\"",
        "\"9.5\"",
        expect![
            "`stop_price` 9.50 and `target_price` 9.00 are the wrong way round for this \
             action: a buy stops below its target, a sale above"
        ],
    );
    check(
        STOCK,
        "r-1",
        "exit-1",
        expect![
            "id exit-1 begins with `exit-` or `close-`, which the engine keeps for its own advice"
        ],
    );
    check(
        STOCK,
        "10:00:00-05:00",
        "10:00:00",
        expect![[
            r#"`created_at`: time "2015-12-24T10:00:00" is not RFC 3339 with an offset: write it as in "2015-12-24T14:30:00Z""#
        ]],
    );
    check(
        STOCK,
        STOCK,
        "[1, 2]",
        expect!["not a JSON object: invalid type: sequence, expected a JSON object"],
    );
    check(
        STOCK,
        STOCK,
        r#"{"account":"#,
        expect!["not a JSON object: EOF while parsing a value (column 11)"],
    );
}

#[test]
fn a_line_without_end_is_bounded() {
    let mut text = "é".repeat(LINE_BYTES_MAX);
    text.push('\n');
    text.push_str(STOCK);
    let arrivals = arrivals(text.as_bytes());
    let [Arrival::Failed { line: 1, text, reason, .. }, Arrival::Recommendation(_)] =
        arrivals.as_slice()
    else {
        panic!("a failure, advice")
    };
    assert_eq!(text.len(), TEXT_BYTES_MAX);
    assert_eq!(reason, "the line is longer than 65536 bytes: shorten it");
}

#[test]
fn bytes_that_are_no_text_fail_their_line_only() {
    let mut bytes = b"{\"account\": \"\xff\"}\n".to_vec();
    bytes.extend_from_slice(STOCK.as_bytes());
    let arrivals = arrivals(&bytes);
    let [Arrival::Failed { text, reason, .. }, Arrival::Recommendation(_)] = arrivals.as_slice()
    else {
        panic!("a failure, advice")
    };
    assert_eq!(text, "{\"account\": \"\u{fffd}\"}");
    assert_eq!(reason, "byte 14 is not UTF-8: write the file as UTF-8");
}

#[test]
fn a_file_is_read_and_its_growth_is_seen() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("advice.jsonl");
    let mut file = std::fs::File::create(&path).unwrap();
    let mut inbox = JsonLines::open(&path, "advice.jsonl").unwrap();
    assert_eq!(inbox.next().unwrap(), None);
    writeln!(file, "{STOCK}").unwrap();
    assert!(matches!(inbox.next().unwrap(), Some(Arrival::Recommendation(_))));
    assert_eq!(inbox.next().unwrap(), None);
    let missing = JsonLines::open(&folder.path().join("none"), "none").err().unwrap();
    assert!(missing.to_string().contains("correct the path of the inbox"), "{missing}");
}

/// Bytes that are often nearly advice.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..80);
    let nearly = (0..INCIDENT.len(), any::<u8>()).prop_map(|(at, byte)| {
        let mut line = INCIDENT.as_bytes().to_vec();
        line[at] = byte;
        line
    });
    let cut = (0..STOCK.len()).prop_map(|at| STOCK.as_bytes()[..at].to_vec());
    let line = prop_oneof![bytes, nearly, cut, Just(STOCK.as_bytes().to_vec())];
    proptest::collection::vec(line, 0..6).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #[test]
    fn every_line_that_is_not_blank_is_exactly_one_arrival(bytes in lines()) {
        let some = |line: &&[u8]| !line.trim_ascii().is_empty();
        let expected = bytes.split(|byte| *byte == b'\n').filter(some).count();
        let arrivals = arrivals(&bytes);
        prop_assert_eq!(arrivals.len(), expected);
        for arrival in arrivals {
            if let Arrival::Failed { line, text, reason, .. } = arrival {
                let at = usize::try_from(line).unwrap();
                let found = bytes.split(|byte| *byte == b'\n').nth(at - 1).unwrap();
                let found = String::from_utf8_lossy(found);
                prop_assert_eq!(text, found.trim_ascii());
                prop_assert!(!reason.is_empty());
            }
        }
    }
}
