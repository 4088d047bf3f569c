//! The mutations of the log that a test has to notice: each sync, each sync of a directory and each
//! check of writer, recovery, readers, backup and archive, once removed.
//!
//! Those that no test can notice are `equivalent`, each with its reason; those that stand for no
//! check of their own are in `redundant`.

mod append;
mod archive;
mod backup;
mod behind;
mod books;
mod by;
mod disk;
mod footer;
mod format;
mod joints;
mod open;
mod reading;
mod recovery;
mod redundant;
mod repeats;
mod restore;
mod resume;
mod rule;
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
    let writing = [append::MUTANTS, repeats::MUTANTS, books::MUTANTS, behind::MUTANTS];
    let opening = [recovery::MUTANTS, resume::MUTANTS, open::MUTANTS, footer::MUTANTS];
    let walking = [rule::MUTANTS, walk::MUTANTS, joints::MUTANTS, turns::MUTANTS];
    let copies = [backup::MUTANTS, restore::MUTANTS, archive::MUTANTS];
    let rest = [format::MUTANTS, reading::MUTANTS, disk::MUTANTS, redundant::MUTANTS];
    let parts = writing.into_iter().chain(opening).chain(walking).chain(copies).chain(rest);
    parts.flatten()
}
