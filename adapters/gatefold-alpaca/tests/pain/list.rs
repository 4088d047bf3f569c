//! The document names for each of the 25 points what is done and which test shows it; here it is
//! held to that.

use std::collections::BTreeSet;
use std::path::Path;

const SOURCES: [&str; 6] = [
    include_str!("stream.rs"),
    include_str!("sending.rs"),
    include_str!("changing.rs"),
    include_str!("holding.rs"),
    include_str!("ending.rs"),
    include_str!("reading.rs"),
];

/// The names of all tests of the points.
fn written() -> BTreeSet<String> {
    let lines = SOURCES.iter().flat_map(|source| source.lines());
    let tests = lines.filter_map(|line| line.strip_prefix("fn ")?.split('(').next());
    tests.filter(|name| name.starts_with('p')).map(str::to_owned).collect()
}

#[test]
fn every_point_has_a_test_and_the_document_names_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/alpaca.md");
    let document = std::fs::read_to_string(path).unwrap();
    let mut named = BTreeSet::new();
    for point in 1..=25 {
        let head = format!("| P{point:02} |");
        let row = document.lines().find(|line| line.starts_with(&head));
        let row = row.unwrap_or_else(|| panic!("docs/alpaca.md has no row {head}"));
        let tests: Vec<&str> =
            row.split('`').filter(|it| it.starts_with(&format!("p{point:02}_"))).collect();
        assert!(!tests.is_empty(), "no test shows P{point:02}: {row}");
        named.extend(tests.into_iter().map(str::to_owned));
    }
    assert_eq!(named, written(), "left: docs/alpaca.md; right: the tests");
}
