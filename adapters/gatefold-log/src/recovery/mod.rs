//! What a directory of bytes says: pure decisions in [`decide`], walking in [`walk`] and
//! [`layout`], footers in [`ending`], all of a log in [`gather`], a checkpoint to go on from in
//! [`resume`], the space ahead in [`zeros`], and the few effects that opening may have in [`mend`].

pub(crate) mod decide;
pub(crate) mod ending;
pub(crate) mod gather;
pub(crate) mod layout;
pub(crate) mod mend;
pub(crate) mod resume;
pub(crate) mod start;
pub(crate) mod walk;
pub(crate) mod zeros;
