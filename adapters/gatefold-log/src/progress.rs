//! How far a long piece of work is, for whoever watches it.

/// What is being done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Reading and checking what is there.
    Checking,
    /// Writing copies.
    Copying,
    /// Reading copies back and checking them.
    Verifying,
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done now.
    pub doing: Doing,
    /// Bytes done of this.
    pub done: u64,
    /// Bytes to be done in all of this.
    pub total: u64,
}
