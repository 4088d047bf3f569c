//! How columns are laid out for people is decided here.

/// Columns of a terminal that everything fits into.
const COLUMNS_MAX: usize = 100;
/// However narrow it gets, the last column keeps this many.
const LAST_COLUMNS_MIN: usize = 24;
const GAP: &str = "  ";

/// On which side a column is flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a heading. A long last column is broken into lines.
#[derive(Debug)]
pub(crate) struct Table {
    heads: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heads: &[(&'static str, Side)]) -> Self {
        assert!(!heads.is_empty(), "a table has columns");
        Self { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// Rows without a heading.
    pub(crate) fn plain(sides: &[Side]) -> Self {
        Self::new(&sides.iter().map(|side| ("", *side)).collect::<Vec<_>>())
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        assert!(N == self.heads.len(), "a row has a cell for each column");
        self.rows.push(cells.into());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, each indented by so many columns.
    pub(crate) fn render(&self, indent: usize) -> String {
        let heads: Vec<String> = self.heads.iter().map(|(head, _)| (*head).to_owned()).collect();
        let headed = heads.iter().any(|head| !head.is_empty());
        let rows: Vec<&Vec<String>> =
            headed.then_some(&heads).into_iter().chain(&self.rows).collect();
        let columns = self.heads.len();
        let widths: Vec<usize> = (0..columns)
            .map(|column| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0))
            .collect();
        let before: usize =
            indent + widths[..columns - 1].iter().map(|width| width + GAP.len()).sum::<usize>();
        let room = COLUMNS_MAX.saturating_sub(before).max(LAST_COLUMNS_MIN);
        let mut text = String::new();
        for row in rows {
            let mut line = " ".repeat(indent);
            for ((cell, (_, side)), wide) in
                row.iter().zip(&self.heads).zip(&widths).take(columns - 1)
            {
                line.push_str(&pad(cell, *side, *wide));
                line.push_str(GAP);
            }
            let (_, side) = self.heads[columns - 1];
            let wide = if side == Side::Right { widths[columns - 1] } else { 0 };
            for (index, part) in wrap(&row[columns - 1], room).iter().enumerate() {
                if index > 0 {
                    line = " ".repeat(before);
                }
                line.push_str(&pad(part, side, wide));
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
        text
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, side: Side, wide: usize) -> String {
    match side {
        Side::Left => format!("{text:<wide$}"),
        Side::Right => format!("{text:>wide$}"),
    }
}

/// Breaks a text between words, at least into one line.
pub(crate) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else {
            continue;
        };
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_in_no_blanks() {
        let mut table =
            Table::new(&[("gate", Side::Left), ("seen", Side::Right), ("", Side::Left)]);
        table.row(["a".to_owned(), "1,000".to_owned(), String::new()]);
        table.row(["long-name".to_owned(), "2".to_owned(), "why".to_owned()]);
        let expected = "  gate        seen\n  a          1,000\n  long-name      2  why\n";
        assert_eq!(table.render(2), expected);
    }

    #[test]
    fn the_last_column_is_broken_between_words() {
        let mut table = Table::plain(&[Side::Left, Side::Left]);
        table.row(["x".to_owned(), "word ".repeat(40).trim_end().to_owned()]);
        let text = table.render(2);
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS_MAX));
        assert!(text.lines().nth(1).unwrap().starts_with("     word"));
    }
}
