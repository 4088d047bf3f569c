//! Which known word a misspelled one was meant to be is decided here.

/// The known word that is nearest, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let bound = word.chars().count().div_ceil(3);
    let distances = known.iter().map(|known| (distance(word, known), *known));
    let (least, best) = distances.min_by_key(|(distance, _)| *distance)?;
    (least <= bound).then_some(best)
}

/// How many letters must be added, dropped or replaced to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut next = vec![at.saturating_add(1)];
        for ((found, diagonal), above) in other.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(0);
            let replaced = diagonal.saturating_add(usize::from(*found != letter));
            let moved = left.min(*above).saturating_add(1);
            next.push(replaced.min(moved));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn a_slip_finds_its_word_and_another_word_finds_none() {
        let known = ["max_exposure", "max_positions", "collar"];
        assert_eq!(nearest("max_expsure", &known), Some("max_exposure"));
        assert_eq!(nearest("max_position", &known), Some("max_positions"));
        assert_eq!(nearest("leverage", &known), None);
    }
}
