//! What the reader of an anchor's line owes to text that nobody printed is decided here: no panic,
//! and what it accepts is what it would have printed, but for spaces.

#![no_main]

use gatefold_log::Anchor;
use libfuzzer_sys::fuzz_target;

const LINE: &str = "gatefold-anchor 1 30313233343536373839616263646566 41 7 \
                    24c878cd705df07a7be7574a7af7243634e4451f10ba0b260c6ef5171e53860c";

fn check(line: &str) {
    if let Ok(anchor) = line.parse::<Anchor>() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        assert_eq!(anchor.to_string(), words.join(" "), "it comes back as another");
    }
}

fuzz_target!(|input: (&str, Vec<(u8, u8)>)| {
    let (line, changes) = input;
    check(line);
    let mut bytes = LINE.as_bytes().to_vec();
    for (at, byte) in changes {
        let at = usize::from(at) % bytes.len();
        bytes[at] = byte;
    }
    if let Ok(line) = std::str::from_utf8(&bytes) {
        check(line);
    }
});
