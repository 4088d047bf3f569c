//! The table of faults.

use crate::faults::STORED;
use crate::faults::flip::Counts;
use crate::report::{Figures, head, row};

/// What flips and failed syncs did.
pub(super) fn table(figures: &Figures) -> String {
    if figures.flips.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\nOne bit flipped at a time in {STORED} acknowledged events of a log that was not closed; \
         then opened with defaults and read to the end. Silent: `Ok`, but events missing, altered \
         or doubled (in brackets: of the worst flip).\n\n"
    );
    text.push_str(&head(&[
        "log",
        "flips over the whole log",
        "silent",
        "reported",
        "harmless",
        "hang or crash",
        "flips in every byte of one record",
        "silent",
        "reported",
        "harmless",
        "hang or crash",
        "one sync fails, then more appends",
    ]));
    for flips in &figures.flips {
        let mut cells = vec![flips.peer.clone()];
        cells.extend(counts(&flips.spaced));
        cells.extend(counts(&flips.window));
        let failed = figures.failed_syncs.iter().find(|it| it.peer == flips.peer);
        cells.push(failed.map_or_else(|| "-".to_owned(), |it| it.outcome.clone()));
        text.push_str(&row(&cells));
    }
    let examples = figures.flips.iter().filter_map(|it| Some((&it.peer, it.example.as_ref()?)));
    text.push_str("\nA report, word for word:\n\n");
    for (peer, example) in examples {
        text.push_str(&format!("- {peer}: `{}`\n", example.trim().replace('`', "'")));
    }
    text
}

fn counts(counts: &Counts) -> [String; 5] {
    let silent = match counts.silent {
        0 => "0".to_owned(),
        silent => format!("{silent} ({})", counts.worst),
    };
    [
        counts.flips.to_string(),
        silent,
        counts.reported.to_string(),
        counts.harmless.to_string(),
        (counts.hang + counts.crash).to_string(),
    ]
}
