//! The mutations of the log that a test has to notice: each sync, each sync of a directory and each
//! check of writer, recovery, readers, backup and archive, once removed.
//!
//! Some are not here, because nothing depends on them alone:
//! - the sync of zeros ahead: the group's own sync covers them, it only takes longer;
//! - the sync of a spare's last zeros by the keeper: the header's sync in the roll covers them;
//! - the look for groups where a segment is made: whoever makes one has looked before;
//! - space for the footer before a roll: the group before took it, and where none was written
//!   since the opening, it only decides whether lack of space is called that;
//! - the length of a spare for a batch longer than a segment: the zeros that follow give it that;
//! - the two benches of those who wait: one would do, and wake more threads than it has to;
//! - the BLAKE3 that a footer carries: the file is read for it where it was not taken in before.

mod append;
mod archive;
mod backup;
mod books;
mod by;
mod disk;
mod footer;
mod format;
mod open;
mod reading;
mod recovery;
mod restore;
mod turns;
mod walk;

pub(crate) use by::By;

/// One change of one file.
#[derive(Debug)]
pub(crate) struct Mutant {
    /// What is removed.
    pub(crate) name: &'static str,
    /// The file, from the root.
    pub(crate) file: &'static str,
    /// Text that stands in the file exactly once.
    pub(crate) find: &'static str,
    /// What stands there instead.
    pub(crate) replace: &'static str,
    /// The tests that are to notice it; they are tried first.
    pub(crate) by: By,
    /// Why no test can notice it. They are all asked nevertheless, and none may.
    pub(crate) equivalent: Option<&'static str>,
}

impl Mutant {
    /// A mutant that names no tests.
    pub(crate) const fn new(
        name: &'static str,
        file: &'static str,
        find: &'static str,
        replace: &'static str,
    ) -> Self {
        Self { name, file, find, replace, by: &[], equivalent: None }
    }
}

const fn mutant(
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
    by: By,
) -> Mutant {
    Mutant { by, ..Mutant::new(name, file, find, replace) }
}

/// A mutation that changes nothing that anybody can see, and why.
const fn equivalent(
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
    reason: &'static str,
) -> Mutant {
    Mutant { equivalent: Some(reason), ..Mutant::new(name, file, find, replace) }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    let writing = [append::MUTANTS, books::MUTANTS, turns::MUTANTS];
    let opening = [recovery::MUTANTS, walk::MUTANTS, open::MUTANTS, footer::MUTANTS];
    let copies = [backup::MUTANTS, restore::MUTANTS, archive::MUTANTS];
    let rest = [format::MUTANTS, reading::MUTANTS, disk::MUTANTS];
    let parts = writing.into_iter().chain(opening).chain(copies).chain(rest);
    parts.flatten()
}
