//! Which of the engine's times and counts the file may change is decided here.

use gatefold_core::engine::Settings;

use crate::config::kind::{COUNT, SPAN};
use crate::config::section::Section;

pub(super) fn read(file: &mut Section<'_>, across_a_network: bool) -> Settings {
    let mut settings = if across_a_network { Settings::default() } else { Settings::simulated() };
    let Some(mut section) = file.section("engine") else {
        return settings;
    };
    section.set(&mut settings.marks_every, "marks_every", &SPAN);
    section.set(&mut settings.snapshot_every, "snapshot_every", &SPAN);
    section.set(&mut settings.mismatch_polls, "mismatch_polls", &COUNT);
    section.set(&mut settings.absent_polls, "absent_polls", &COUNT);
    section.set(&mut settings.absent_for, "absent_for", &SPAN);
    section.set(&mut settings.look_up_every, "look_up_every", &SPAN);
    section.set(&mut settings.exit_patience, "exit_patience", &SPAN);
    section.set(&mut settings.exit_attempts, "exit_attempts", &COUNT);
    section.set(&mut settings.exit_backoff, "exit_backoff", &SPAN);
    section.finish();
    settings
}
