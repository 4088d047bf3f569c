//! What a part of the suite is, and which there are, is decided here. The order is cheapest
//! first, so that a slip shows early.

use anyhow::Result;
use indicatif::ProgressBar;

use crate::suite::{cargo, export, generated, quickstart, readme, sdk};
use crate::tidy;
use crate::workspace::Workspace;

/// One part of the suite.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Run<'_>) -> Result<Outcome>,
}

/// Every part, in the order of running.
pub(crate) const PARTS: &[Part] = &[
    Part { name: "fmt", run: cargo::fmt },
    Part { name: "tidy", run: hold_tidy },
    Part { name: "clippy", run: cargo::clippy },
    Part { name: "test", run: cargo::test },
    Part { name: "docs", run: cargo::docs },
    Part { name: "readme", run: readme::run },
    Part { name: "quickstart", run: quickstart::run },
    Part { name: "generated", run: generated::run },
    Part { name: "export", run: export::run },
    Part { name: "sdk", run: sdk::run },
    Part { name: "benches", run: cargo::benches },
];

/// What a part gets to work with.
pub(crate) struct Run<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) progress: &'a ProgressBar,
    pub(crate) wish: Wish,
}

/// What to do with generated documents that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Compare,
    Bless,
}

/// How a part ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With a note worth a few words, or none.
    Passed(String),
    /// With everything it said.
    Failed(String),
    /// It could not run, and why.
    Skipped(String),
}

fn hold_tidy(run: &Run<'_>) -> Result<Outcome> {
    let report = tidy::report(&run.workspace.root)?;
    if report.faults == 0 {
        return Ok(Outcome::Passed(report.summary()));
    }
    let mut lines = report.lines.clone();
    lines.push(format!("tidy: {}", report.summary()));
    Ok(Outcome::Failed(lines.join("\n")))
}
