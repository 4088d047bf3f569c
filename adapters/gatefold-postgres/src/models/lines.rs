//! Rows that are only ever added, in the form that `COPY` reads: written once, by the thread that
//! folds, and handed to the server as they are.

use std::fmt::{self, Display, Write};

/// Many rows of one table.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    text: String,
}

/// One row, its values in the order of its table's columns; it ends when it is dropped.
pub(super) struct Line<'a> {
    text: &'a mut String,
    is_first: bool,
}

impl Lines {
    /// Begins a row.
    pub(super) fn row(&mut self) -> Line<'_> {
        Line { text: &mut self.text, is_first: true }
    }

    /// The rows.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Line<'_> {
    /// A value that is always there.
    pub(super) fn put(self, value: impl Display) -> Self {
        self.next(|text| text.put(value))
    }

    /// A value that may not be there.
    pub(super) fn maybe(self, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.put(value),
            None => self.next(|text| text.0.push_str("\\N")),
        }
    }

    /// An array of numbers.
    pub(super) fn numbers(self, values: impl Iterator<Item = i64>) -> Self {
        self.next(|text| text.list(values, |text, value| text.put(value)))
    }

    /// An array of words.
    pub(super) fn words<'a>(self, values: impl Iterator<Item = &'a str>) -> Self {
        self.next(|text| text.list(values, Text::quote))
    }

    fn next(mut self, value: impl FnOnce(&mut Text<'_>)) -> Self {
        if !self.is_first {
            self.text.push('\t');
        }
        self.is_first = false;
        value(&mut Text(self.text));
        self
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.text.push('\n');
    }
}

/// What is written to it is one value, whatever characters it has.
struct Text<'a>(&'a mut String);

impl Text<'_> {
    fn put(&mut self, value: impl Display) {
        // Only a value that cannot show itself fails, and none of ours does.
        let shown = write!(self, "{value}");
        assert!(shown.is_ok(), "a value shows itself");
    }

    fn list<T>(&mut self, values: impl Iterator<Item = T>, mut put: impl FnMut(&mut Self, T)) {
        self.0.push('{');
        for (place, value) in values.enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            put(self, value);
        }
        self.0.push('}');
    }

    /// An array's element is quoted, and what it holds is a value of the line all the same.
    fn quote(&mut self, word: &str) {
        self.0.push('"');
        for part in word.split_inclusive(['"', '\\']) {
            let plain = part.trim_end_matches(['"', '\\']);
            self.put(plain);
            for quoted in part.chars().skip(plain.chars().count()) {
                self.put('\\');
                self.put(quoted);
            }
        }
        self.0.push('"');
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, value: &str) -> fmt::Result {
        let special = |byte: &u8| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t' | 0);
        if !value.as_bytes().iter().any(special) {
            self.0.push_str(value);
            return Ok(());
        }
        for letter in value.chars() {
            match letter {
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                // The one character that the server does not take.
                '\0' => self.0.push('\u{fffd}'),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_value_is_one_value_whatever_is_in_it() {
        let mut lines = Lines::default();
        lines.row().put("a\tb\\c\nd\re\0").maybe(None::<u8>).maybe(Some("")).put(-7);
        lines.row().numbers([1, -2].into_iter()).words(["", "a b", "\"\\\t"].into_iter());
        let none: [&str; 0] = [];
        lines.row().words(none.into_iter());
        let expected = "a\\tb\\\\c\\nd\\re\u{fffd}\t\\N\t\t-7\n\
                        {1,-2}\t{\"\",\"a b\",\"\\\\\"\\\\\\\\\\t\"}\n{}\n";
        assert_eq!(lines.text(), expected);
    }
}
