//! The mutations of the rule of recovery: what is found where a group should be. One test goes
//! through all inputs, and has to notice each.

use super::{Mutant, by, mutant};

const DECIDE: &str = "adapters/gatefold-log/src/recovery/decide.rs";
const WALK: &str = "adapters/gatefold-log/src/recovery/walk.rs";

#[rustfmt::skip]
pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        "rule: a good header", DECIDE,
        "let whole = self.header == Header::Good && self.body && self.padding;",
        "let whole = self.body && self.padding;",
        by::DECIDE,
    ),
    mutant(
        "rule: a right body", DECIDE,
        "let whole = self.header == Header::Good && self.body && self.padding;",
        "let whole = self.header == Header::Good && self.padding;",
        by::DECIDE,
    ),
    mutant(
        "rule: padding", DECIDE,
        "let whole = self.header == Header::Good && self.body && self.padding;",
        "let whole = self.header == Header::Good && self.body;",
        by::DECIDE,
    ),
    mutant(
        "rule: salt", DECIDE,
        "let placed = self.salt && self.offset && self",
        "let placed = self.offset && self",
        by::DECIDE,
    ),
    mutant(
        "rule: offset", DECIDE,
        "let placed = self.salt && self.offset && self",
        "let placed = self.salt && self",
        by::DECIDE,
    ),
    mutant(
        "rule: numbers", DECIDE,
        "self.numbers == Numbers::Expected && self.chain;",
        "self.chain;",
        by::DECIDE,
    ),
    mutant(
        "rule: chain", DECIDE,
        "self.numbers == Numbers::Expected && self.chain;",
        "self.numbers == Numbers::Expected;",
        by::DECIDE,
    ),
    mutant(
        "rule: a finished segment", DECIDE,
        "    if seen.sealed {\n",
        "    if false {\n",
        by::DECIDE,
    ),
    mutant(
        "rule: zeros before a later group", DECIDE,
        "(Header::Zero, Rest::LaterGroup) => Label::C,",
        "(Header::Zero, Rest::LaterGroup) => Label::B,",
        by::DECIDE,
    ),
    mutant(
        "rule: damage before a later group", DECIDE,
        "(Header::Good | Header::Bad, Rest::LaterGroup) => Label::F,",
        "(Header::Good | Header::Bad, Rest::LaterGroup) => Label::D,",
        by::DECIDE,
    ),
    mutant(
        "rule: a good header at the end that does not fit", DECIDE,
        "(Header::Good, Rest::Zero | Rest::Noise) => misfit(seen),",
        "(Header::Good, Rest::Zero | Rest::Noise) => Label::D,",
        by::DECIDE,
    ),
    mutant(
        "rule: another segment's group at the end", DECIDE,
        "    if !seen.salt {\n",
        "    if false {\n",
        by::DECIDE,
    ),
    mutant(
        "rule: another offset at the end", DECIDE,
        "} else if !seen.offset {",
        "} else if false {",
        by::DECIDE,
    ),
    mutant(
        "rule: a lower number at the end", DECIDE,
        "} else if seen.numbers == Numbers::Lower {",
        "} else if false {",
        by::DECIDE,
    ),
    mutant(
        "rule: a higher number at the end", DECIDE,
        "} else if seen.numbers == Numbers::Higher {",
        "} else if false {",
        by::DECIDE,
    ),
    mutant(
        "rule: a torn body at the end", DECIDE,
        "    } else if !seen.body {\n",
        "    } else if false {\n",
        by::DECIDE,
    ),
    mutant(
        "rule: another chain at the end", DECIDE,
        "    } else if !seen.chain {\n",
        "    } else if false {\n",
        by::DECIDE,
    ),
    mutant(
        "walk: a later group's salt", WALK,
        "let placed = header.salt == self.header.salt && header.offset == at;",
        "let placed = header.offset == at;",
        by::HITS,
    ),
    mutant(
        "walk: a later group's offset", WALK,
        "let placed = header.salt == self.header.salt && header.offset == at;",
        "let _ = at;\n        let placed = header.salt == self.header.salt;",
        by::HITS,
    ),
    mutant(
        "walk: a later group's number", WALK,
        "placed && header.number > cursor.group + 1",
        "{ let _ = cursor; placed }",
        by::HITS,
    ),
    mutant(
        "walk: a lower position", WALK,
        "if found.0 < expected.0 || found.1 < expected.1 {",
        "if found.0 < expected.0 {",
        by::HITS,
    ),
    mutant(
        "walk: a group's number", WALK,
        "} else if found == expected {",
        "} else if found.1 == expected.1 {",
        by::HITS,
    ),
    mutant(
        "walk: a group's position", WALK,
        "} else if found == expected {",
        "} else if found.0 == expected.0 {",
        by::HITS,
    ),
    mutant(
        "walk: a body that is not there", WALK,
        "            None => false,\n",
        "            None => true,\n",
        by::HITS,
    ),
    mutant(
        "walk: a later version's group", WALK,
        "return Err(WalkError::TooNew { place, detail });",
        "let _ = (place, detail);\n                return Ok(Found { seen, header: None });",
        by::HITS,
    ),
];
