//! Proofs cannot be forged, reused or skipped, and accounts cannot be crossed: each attempt does
//! not
//! compile, and its twin in `ui/pass`, which differs in that one thing only, does.

use std::collections::BTreeSet;
use std::fs;

fn files(folder: &str, ending: &str) -> BTreeSet<String> {
    let path = format!("{}/tests/ui/{folder}", env!("CARGO_MANIFEST_DIR"));
    let names = fs::read_dir(path).unwrap().map(|it| it.unwrap().file_name());
    let names = names.map(|it| it.into_string().unwrap());
    names.filter_map(|it| it.strip_suffix(ending).map(String::from)).collect()
}

#[test]
fn each_attempt_fails_and_its_twin_compiles() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}

/// Lines in which an attempt and its twin differ: the one thing, whatever lines it takes.
#[test]
fn twins_differ_in_one_place() {
    let attempts = files("fail", ".rs");
    assert!(attempts.len() >= 20);
    assert_eq!(attempts, files("fail", ".stderr"), "every attempt says how it fails");
    assert_eq!(attempts, files("pass", ".rs"), "every attempt has its twin");
    for name in files("fail", ".rs") {
        let read = |folder: &str| {
            let root = env!("CARGO_MANIFEST_DIR");
            fs::read_to_string(format!("{root}/tests/ui/{folder}/{name}.rs")).unwrap()
        };
        let (fail, pass) = (read("fail"), read("pass"));
        let (fail, pass): (Vec<_>, Vec<_>) = (fail.lines().collect(), pass.lines().collect());
        let same = fail.iter().zip(&pass).take_while(|(a, b)| a == b).count();
        let tail = fail.iter().rev().zip(pass.iter().rev()).take_while(|(a, b)| a == b).count();
        let differing = fail.len().saturating_sub(same + tail);
        assert!((1..=5).contains(&differing), "{name} differs in {differing} lines");
    }
}
