//! The mutations of the log that a test has to notice: each sync, each sync of a directory and each
//! check of the writer, of recovery and of reading, once removed.
//!
//! Two syncs are not here, because nothing depends on them alone: the one of zeros written ahead
//! (the group's own sync covers them), and the one of the segments' directory when a log is opened
//! (whoever makes a segment syncs it before it is used).

mod format;
mod recovery;
mod writer;

/// One change of one file.
pub(crate) struct Mutant {
    /// What is removed.
    pub(crate) name: &'static str,
    /// The file, from the root.
    pub(crate) file: &'static str,
    /// Text that stands in the file exactly once.
    pub(crate) find: &'static str,
    /// What stands there instead.
    pub(crate) replace: &'static str,
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    [recovery::MUTANTS, format::MUTANTS, writer::MUTANTS].into_iter().flatten()
}
