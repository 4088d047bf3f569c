//! Which tests are to notice a mutant is decided here.

/// Tests, as the arguments of `cargo test` for the log's package.
pub(crate) type By = &'static [&'static str];

// Over a simulated disk.
pub(super) const CRASH: By = &["--test", "it", "--", "crash::", "faults::", "row_11", "row_12"];
pub(super) const FULL: By = &[
    "--test",
    "it",
    "--",
    "faults::",
    "aside::",
    "row_12",
    "row_11",
    "threads::",
    "--skip",
    "idle",
];
pub(super) const THREADS: By =
    &["--test", "it", "--", "threads::", "meanwhile::", "--skip", "idle"];
pub(super) const IDLE: By = &["--test", "it", "--", "threads::an_idle_log"];
pub(super) const SEALED: By = &["--test", "it", "--", "sealed::", "index::"];
pub(super) const ASKED: By = &["--test", "it", "--", "asked::"];
pub(super) const ASIDE: By = &["--test", "it", "--", "aside::", "faults::"];
pub(super) const HITS: By = &["--test", "it", "--", "hits::", "rejoined::"];
pub(super) const ROLLING: By = &["--test", "it", "--", "rolling::"];
pub(super) const DAMAGE: By = &[
    "--test",
    "it",
    "--",
    "damage::",
    "forged::",
    "segments::",
    "misplaced::",
    "rows::tail",
    "formats::",
    "bounds::",
    "reader::",
    "--skip",
    "any_byte",
    "--skip",
    "bit",
];
pub(super) const ROT: By = &[
    "--test",
    "it",
    "--",
    "footers::",
    "damage::",
    "forged::",
    "sealed::",
    "segments::",
    "--skip",
    "any_byte",
];
pub(super) const RESUME: By =
    &["--test", "it", "--", "resume::", "checkpoint::", "forged::", "--skip", "damage_"];
pub(super) const KEPT: By = &["--test", "it", "--", "keeper::"];
pub(super) const AHEAD: By = &["--test", "it", "--", "keeper::", "row_08"];
pub(super) const BOUNDS: By = &["--test", "it", "--", "row_22"];
pub(super) const ROWS16: By = &["--test", "it", "--", "row_16"];
pub(super) const LOCKED: By = &["--test", "it", "--", "locked::"];
pub(super) const BACKUP: By = &["--test", "it", "--", "backup", "restored::"];
pub(super) const ARCHIVE: By = &["--test", "it", "--", "archive"];
pub(super) const READER: By =
    &["--test", "it", "--", "reader::", "tail::", "row_25", "damage::", "--skip", "bit"];
pub(super) const TAIL: By = &["--test", "it", "--", "tail::"];
// Inside the package.
pub(super) const LIB: By = &["--lib"];
pub(super) const DECIDE: By = &["--lib", "--", "decide"];
pub(super) const LIBIDS: By = &["--lib", "--", "ids::"];
pub(super) const LIBFOOT: By = &["--lib", "--", "footer"];
pub(super) const LIBMAN: By = &["--lib", "--", "manifest"];
pub(super) const LIBARC: By = &["--lib", "--", "archive"];
pub(super) const LIBFMT: By = &["--lib", "--", "format"];
/// What every log has to do.
pub(super) const CONTRACT: By = &["--test", "contract"];
/// The hand-over under a model checker.
pub(super) const TURNS: By = &["--test", "turns"];
/// The operating system's disk, with system calls that fail.
pub(super) const KERNEL: By = &["--test", "kernel"];
