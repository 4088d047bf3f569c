//! The rule of recovery: what is found where a group should be, and what is done about it.
//!
//! One pure function over everything that can be seen. The labels appear in errors, in `FORMAT.md`
//! and in the test below, which goes through all inputs.

use core::fmt;

/// What the first block of the place looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// Every byte of the block is zero.
    Zero,
    /// Something that is not a group header with right sums.
    Bad,
    /// A group header with right sums.
    Good,
}

/// How a header's numbers (group, position) compare with the next ones expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    Expected,
    Lower,
    Higher,
}

/// What comes after the place, to the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Only zeros.
    Zero,
    /// Bytes, but no sound header of a later group.
    Noise,
    /// A sound header of a later group: what is here was durable once.
    LaterGroup,
}

/// Everything that can be seen at a place. What cannot be seen without a good header is `true` or
/// [`Numbers::Expected`] and has no influence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub header: Header,
    /// The body's sum is right.
    pub body: bool,
    /// Bytes from the body to the end of its last block are zero.
    pub padding: bool,
    /// The salt is the segment's.
    pub salt: bool,
    /// The offset in the header is the place.
    pub offset: bool,
    pub numbers: Numbers,
    /// The digest continues the chain.
    pub chain: bool,
    pub rest: Rest,
    /// The segment is not the last one that holds groups: no write in it was interrupted.
    pub sealed: bool,
}

/// Which rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A sound group: accept it.
    A,
    /// Zeros to the end: the clean end of the log.
    B,
    /// Zeros, and a later group: a write was lost.
    C,
    /// Noise, and no later group: torn.
    D,
    /// A sound header, a torn body, and no later group: torn.
    E,
    /// Any fault, and a later group: damaged.
    F,
    /// A sound group of another segment at the end: stale bytes, never events.
    G,
    /// A group that belongs to another offset: misdirected write.
    H,
    /// A group that was there before: duplicated, or rolled back.
    I,
    /// A group too far on: a gap.
    J,
    /// The right numbers and the wrong chain: history was replaced.
    K,
    /// Any fault in a sealed segment: damaged.
    L,
    /// The newest segment's header is not whole and nothing is in it: make it again.
    M,
    /// A segment is missing, or its header is damaged or out of sequence.
    N,
    /// A sound group with bytes other than zero after it: damaged.
    O,
    /// A frame inside a sound group contradicts it.
    P,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Use the group and go on behind it.
    Accept,
    /// The log ends here.
    End,
    /// The log ends here; what follows goes to quarantine.
    Torn,
    /// Stop.
    Corrupt,
}

impl Label {
    pub(crate) const fn decision(self) -> Decision {
        match self {
            Self::A => Decision::Accept,
            Self::B | Self::M => Decision::End,
            Self::D | Self::E | Self::G => Decision::Torn,
            Self::C
            | Self::F
            | Self::H
            | Self::I
            | Self::J
            | Self::K
            | Self::L
            | Self::N
            | Self::O
            | Self::P => Decision::Corrupt,
        }
    }

    /// What is wrong, in words.
    pub(crate) const fn detail(self) -> &'static str {
        match self {
            Self::A => "a sound group",
            Self::B => "the clean end",
            Self::C => "zeros where a group was: a write was lost",
            Self::D => "a torn write",
            Self::E => "a group whose body is torn",
            Self::F => "a damaged group with later groups behind it",
            Self::G => "stale bytes of another segment",
            Self::H => "a group that belongs elsewhere: misdirected write",
            Self::I => "a group that was there before: duplicated or rolled back",
            Self::J => "a gap in the numbers of groups",
            Self::K => "a group that does not continue the chain: history was replaced",
            Self::L => "a damaged place in a finished segment",
            Self::M => "an unfinished segment",
            Self::N => "a segment is missing, damaged or out of sequence",
            Self::O => "bytes after a group's body that nobody wrote",
            Self::P => "a frame that contradicts its group",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{self:?}")
    }
}

impl Seen {
    /// Everything about the group itself is right.
    pub(crate) fn sound(&self) -> bool {
        let whole = self.header == Header::Good && self.body && self.padding;
        let placed = self.salt && self.offset && self.numbers == Numbers::Expected && self.chain;
        whole && placed
    }
}

/// The rule.
pub(crate) fn decide(seen: &Seen) -> Label {
    if seen.sound() {
        return Label::A;
    }
    if seen.sealed {
        return Label::L;
    }
    match (seen.header, seen.rest) {
        (Header::Zero, Rest::Zero) => Label::B,
        (Header::Zero, Rest::LaterGroup) => Label::C,
        (Header::Good | Header::Bad, Rest::LaterGroup) => Label::F,
        (Header::Zero, Rest::Noise) | (Header::Bad, Rest::Zero | Rest::Noise) => Label::D,
        (Header::Good, Rest::Zero | Rest::Noise) => misfit(seen),
    }
}

/// Which way a good header at the end of the log does not fit.
fn misfit(seen: &Seen) -> Label {
    if !seen.salt {
        Label::G
    } else if !seen.offset {
        Label::H
    } else if seen.numbers == Numbers::Lower {
        Label::I
    } else if seen.numbers == Numbers::Higher {
        Label::J
    } else if !seen.body {
        Label::E
    } else if !seen.chain {
        Label::K
    } else {
        Label::O
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [bool; 2] = [false, true];

    fn all() -> Vec<Seen> {
        let mut all = Vec::new();
        for header in [Header::Zero, Header::Bad, Header::Good] {
            for numbers in [Numbers::Expected, Numbers::Lower, Numbers::Higher] {
                for rest in [Rest::Zero, Rest::Noise, Rest::LaterGroup] {
                    for bits in 0..64_u8 {
                        let bit = |index: u8| BOTH[usize::from(bits >> index & 1)];
                        all.push(Seen {
                            header,
                            body: bit(0),
                            padding: bit(1),
                            salt: bit(2),
                            offset: bit(3),
                            numbers,
                            chain: bit(4),
                            rest,
                            sealed: bit(5),
                        });
                    }
                }
            }
        }
        all
    }

    /// The table of `FORMAT.md`, row by row: which rows an input matches.
    fn rows(seen: &Seen) -> Vec<Label> {
        let Seen { header, body, padding, salt, offset, numbers, chain, rest, sealed } = *seen;
        let (good, later) = (header == Header::Good, rest == Rest::LaterGroup);
        let expected = numbers == Numbers::Expected;
        let sound = good && body && padding && salt && offset && expected && chain;
        let open_end = !sealed && !later;
        let placed = good && salt && offset && open_end;
        let table = [
            (Label::A, sound),
            (Label::B, header == Header::Zero && rest == Rest::Zero && !sealed),
            (Label::C, header == Header::Zero && later && !sealed),
            (Label::D, header == Header::Bad && open_end),
            (Label::D, header == Header::Zero && rest == Rest::Noise && !sealed),
            (Label::E, placed && expected && !body),
            (Label::F, header != Header::Zero && !sound && later && !sealed),
            (Label::G, good && !salt && open_end),
            (Label::H, good && salt && !offset && open_end),
            (Label::I, placed && numbers == Numbers::Lower),
            (Label::J, placed && numbers == Numbers::Higher),
            (Label::K, placed && expected && body && !chain),
            (Label::L, !sound && sealed),
            (Label::O, placed && expected && body && chain && !padding),
        ];
        table.iter().filter(|(_, matches)| *matches).map(|(label, _)| *label).collect()
    }

    #[test]
    fn every_input_is_decided_by_exactly_one_row_of_the_table() {
        let all = all();
        assert_eq!(all.len(), 3 * 3 * 3 * 64);
        for seen in all {
            assert_eq!(rows(&seen), [decide(&seen)], "{seen:?}");
        }
    }

    #[test]
    fn every_label_of_a_place_is_reached() {
        let mut labels: Vec<_> = all().iter().map(decide).collect();
        labels.sort();
        labels.dedup();
        use Label::{A, B, C, D, E, F, G, H, I, J, K, L, O};
        assert_eq!(labels, [A, B, C, D, E, F, G, H, I, J, K, L, O]);
    }

    #[test]
    fn nothing_before_a_later_group_or_in_a_finished_segment_is_ever_cut() {
        for seen in all() {
            if seen.sealed || seen.rest == Rest::LaterGroup {
                let decision = decide(&seen).decision();
                assert!(matches!(decision, Decision::Accept | Decision::Corrupt), "{seen:?}");
            }
        }
    }
}
