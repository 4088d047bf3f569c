//! What counts as code in a Rust file is decided here: comments, literals and test items are
//! blanked out, and every other byte keeps its place, so that line numbers stay true.

/// The text with comments and the insides of literals replaced by spaces.
pub(crate) fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut kept = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_or_comment(bytes, at);
        if end > at {
            for byte in &mut kept[at..end] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
            at = end;
        } else {
            at += 1;
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Where the comment or literal that starts at `at` ends; `at` itself if none does.
fn literal_or_comment(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return at + block_comment(rest);
    }
    if rest.starts_with(b"\"") {
        return at + quoted(rest, b'"');
    }
    let fresh = at == 0 || !is_word(bytes[at - 1]);
    let after_b = rest.strip_prefix(b"b").unwrap_or(rest);
    if fresh && after_b.starts_with(b"r") {
        let hashes = after_b[1..].iter().take_while(|byte| **byte == b'#').count();
        if after_b.get(1 + hashes) == Some(&b'"') {
            return at + (rest.len() - after_b.len()) + raw_string(after_b, hashes);
        }
    }
    if rest.starts_with(b"'") && is_char(rest) {
        return at + quoted(rest, b'\'');
    }
    at
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[u8], hashes: usize) -> usize {
    let mut close = vec![b'"'];
    close.extend(std::iter::repeat_n(b'#', hashes));
    let body = 2 + hashes;
    let found = rest[body..].windows(close.len()).position(|window| window == close);
    found.map_or(rest.len(), |at| body + at + close.len())
}

/// A quote starts a character and not a lifetime if it closes after one (escaped) character.
fn is_char(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        Some(first) => {
            let width = match first {
                0x00..=0x7f => 1,
                0x80..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xff => 4,
            };
            rest.get(1 + width) == Some(&b'\'')
        }
        None => false,
    }
}

/// Whether the byte may stand in an identifier.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Code (see [`code`]) with every item under `#[cfg(test)]` blanked out as well.
pub(crate) fn without_tests(code: &str) -> String {
    let mut kept = code.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = item_end(code.as_bytes(), start + "#[cfg(test)]".len());
        for byte in &mut kept[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        from = end;
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Where the item that begins at `at` ends: at its `;`, or at the brace that closes it.
fn item_end(code: &[u8], at: usize) -> usize {
    let mut nesting = 0_usize;
    for (index, byte) in code.iter().enumerate().skip(at) {
        match byte {
            b';' if nesting == 0 => return index + 1,
            b'(' | b'[' => nesting += 1,
            b')' | b']' => nesting = nesting.saturating_sub(1),
            b'{' if nesting == 0 => return closing(code, index).map_or(code.len(), |it| it + 1),
            _ => {}
        }
    }
    code.len()
}

/// The place of the brace that closes the one at `open`.
pub(crate) fn closing(code: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in code.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

/// The places where `word` stands as a whole word.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = at.checked_sub(1).and_then(|it| text.as_bytes().get(it));
        let after = text.as_bytes().get(at + word.len());
        let free = |byte: Option<&u8>| byte.is_none_or(|byte| !is_word(*byte));
        free(before) && free(after)
    })
}

/// The line number, from 1, of a place in a text.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_nothing_moves() {
        let text = "let a = \"x // \\\" y\"; // b\n/* c /* d */ e */ let f = 'g'; r#\"h\"# i\n";
        let left = code(text);
        assert_eq!(left.len(), text.len());
        assert_eq!(left.split_whitespace().collect::<String>(), "leta=;letf=;i");
        assert_eq!(line_of(&left, left.find('i').unwrap()), 2);
    }

    #[test]
    fn a_lifetime_is_not_a_character() {
        assert_eq!(code("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
        let left = code("if c == '\\'' || c == 'é' {}");
        assert_eq!(left.split_whitespace().collect::<String>(), "ifc==||c=={}");
    }

    #[test]
    fn test_items_go_and_their_neighbors_stay() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { {} } }\nfn c() {}\n\
                    #[cfg(test)]\nuse d::E;\nfn f() {}\n";
        let left = without_tests(&code(text));
        assert_eq!(
            left.split_whitespace().collect::<Vec<_>>().join(" "),
            "fn a() {} fn c() {} fn f() {}"
        );
    }

    #[test]
    fn a_word_is_found_whole_only() {
        assert_eq!(words("Approved IntentApproved Approved2 (Approved)", "Approved").count(), 2);
    }
}
