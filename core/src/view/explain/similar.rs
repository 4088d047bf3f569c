//! Which text names an id, and which ids are spelled alike, is decided here.

use alloc::vec::Vec;

/// The field of a JSON line that holds the id.
const FIELD: &str = "\"recommendation_id\"";

/// Whether a failed input names an id: as its `recommendation_id` where it has one, else anywhere
/// as a whole word.
pub(super) fn names(text: &str, id: &str) -> bool {
    let of_field = |rest: &str| {
        let rest = rest.trim_start_matches(|it: char| it == ':' || it.is_whitespace());
        let value = rest
            .strip_prefix('"')
            .map_or_else(|| rest.split([',', '}', ' ']).next(), |quoted| quoted.split('"').next());
        value == Some(id)
    };
    match text.split_once(FIELD) {
        Some((_, rest)) => of_field(rest),
        None => {
            text.split(|it: char| it.is_whitespace() || "\",:{}[]".contains(it)).any(|it| it == id)
        }
    }
}

/// How many characters must be added, taken away or changed to get from one text to the other.
pub(super) fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, left) in from.bytes().enumerate() {
        let mut diagonal = index;
        let mut before = index.saturating_add(1);
        for (cell, right) in row.iter_mut().skip(1).zip(to.bytes()) {
            let changed = diagonal.saturating_add(usize::from(left != right));
            diagonal = *cell;
            before = changed.min(before.saturating_add(1)).min(diagonal.saturating_add(1));
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = index.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_changes() {
        assert_eq!(distance("5871", "5871"), 0);
        assert_eq!(distance("5871", "5872"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn an_id_is_named_by_its_field_and_not_by_another_number() {
        let line = r#"{"recommendation_id": "5871", "quantity": "12"}"#;
        assert!(names(line, "5871"));
        assert!(!names(line, "12"));
        assert!(!names(line, "587"));
        assert!(names(r#"{"recommendation_id":17,"x":1}"#, "17"));
        assert!(names(r#"{"recommendation_id": "5871"#, "5871"), "a line that was cut");
    }

    #[test]
    fn without_the_field_a_whole_word_names_it() {
        assert!(names("recommendation 5871 for nobody", "5871"));
        assert!(!names("recommendation 58711 for nobody", "5871"));
        assert!(names(r#"{"id": "r-1"}"#, "r-1"));
    }
}
