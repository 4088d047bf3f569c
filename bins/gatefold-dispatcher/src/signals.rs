//! How the operating system asks the dispatcher to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Context as _;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Whether, and by which signal, a stop was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    pub(crate) asked: Arc<AtomicBool>,
    by: Arc<AtomicUsize>,
}

impl Stop {
    /// Listens to SIGINT and SIGTERM from now on.
    pub(crate) fn on_signals() -> anyhow::Result<Self> {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            let number = usize::try_from(signal)?;
            signal_hook::flag::register_usize(signal, Arc::clone(&stop.by), number)
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop.asked)))
                .context("the operating system takes no signal handler")?;
        }
        Ok(stop)
    }

    /// The exit code by which shells know a program that a signal ended.
    pub(crate) fn exit_code(&self) -> u8 {
        let signal = u8::try_from(self.by.load(Ordering::SeqCst)).unwrap_or(0);
        128_u8.saturating_add(signal)
    }
}
