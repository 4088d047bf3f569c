//! What is told of text that is no TOML is decided here: the cause, not each of its consequences.

use toml::Spanned;
use toml::de::DeTable;

use crate::config::problem::Source;

/// The file as a table; `None` if any of it is no TOML, because the rest would be misunderstood.
pub(super) fn parse<'a>(source: &Source<'_>, text: &'a str) -> Option<Spanned<DeTable<'a>>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut doubled: Vec<&str> = Vec::new();
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        if error.message() != "duplicate key" {
            source.refuse(span, error.message(), "correct the TOML here");
            continue;
        }
        // Every key of a doubled section counts as doubled, too; the section is enough to tell.
        let header = header(text, span.start);
        let inside = |outer: &&str| {
            let rest = header.strip_prefix(*outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if doubled.iter().any(inside) {
            continue;
        }
        let line_start = text.get(..span.start).and_then(|before| before.rfind('\n'));
        let begun = text.get(line_start.unwrap_or(0)..span.start).unwrap_or("").trim_start();
        let message = if begun.starts_with('[') {
            doubled.push(header);
            format!("[{header}] is written twice")
        } else {
            format!("{} is written twice", source.words(span.clone()))
        };
        source.refuse(span, message, "remove one of the two, or rename it");
    }
    errors.is_empty().then_some(table)
}

/// The section in which a place lies, as its header names it.
fn header(text: &str, place: usize) -> &str {
    let end = text.get(place..).and_then(|rest| rest.find('\n'));
    let until = end.map_or(text.len(), |end| place.saturating_add(end));
    let lines = text.get(..until).unwrap_or("").lines().rev().map(str::trim);
    let header = lines.filter_map(|line| line.strip_prefix('[')).next().unwrap_or("");
    header.split(']').next().unwrap_or("").trim()
}
