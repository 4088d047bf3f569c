//! Reading the tables of `docs/log-format.md`.

use std::path::PathBuf;

/// The text of the page.
pub(super) struct Page {
    text: String,
}

/// Where the page is.
pub(super) fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/log-format.md")
}

/// A number as it stands in a table: with commas, perhaps with a sign.
pub(super) fn number(cell: &str) -> i64 {
    cell.replace(',', "").parse().unwrap_or_else(|_| panic!("{cell} is no number"))
}

impl Page {
    pub(super) fn read() -> Self {
        Self { text: std::fs::read_to_string(path()).unwrap() }
    }

    /// The rows of the table with this first line, cell by cell.
    pub(super) fn rows(&self, head: &str) -> Vec<Vec<String>> {
        let mut lines = self.text.lines().skip_while(|line| *line != head);
        assert!(lines.next().is_some(), "the page has no table {head}");
        assert!(lines.next().is_some_and(|line| line.starts_with("|---")), "{head} has no line");
        let rows = lines.take_while(|line| line.starts_with('|'));
        let cells = |row: &str| {
            row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        rows.map(cells).collect()
    }

    /// Each field of a table of offsets stands in `bytes` where the table says, with this content,
    /// and together they leave no gap.
    pub(super) fn check(&self, of: &str, bytes: &[u8], fields: &[(&str, &[u8])]) {
        let rows = self.rows(&format!("| offset | size | field of {of} |"));
        assert_eq!(rows.len(), fields.len(), "fields of {of}");
        let mut end = 0;
        for (row, (word, content)) in rows.iter().zip(fields) {
            let [offset, size, field] = row.as_slice() else { panic!("{row:?}") };
            assert!(field.starts_with(word), "{of}: {field} where {word} is");
            let length = i64::try_from(bytes.len()).unwrap();
            let offset = Some(number(offset)).map(|at| if at < 0 { length + at } else { at });
            let at = usize::try_from(offset.unwrap()).unwrap();
            assert_eq!(at, end, "{of}: {field} begins where the field before ends");
            let sized = content.len().to_string();
            let size = if size.is_empty() { sized.clone() } else { size.replace(',', "") };
            assert_eq!(size, sized, "{of}: size of {field}");
            end = at + content.len();
            assert_eq!(&bytes[at..end], *content, "{of}: {field}");
        }
        assert_eq!(end, bytes.len(), "{of} ends with its last field");
    }
}
