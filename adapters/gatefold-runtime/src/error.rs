//! What can end a shard, and why the edge refuses an input, is named here.

use std::sync::Arc;
use std::time::Duration;

use gatefold_core::engine::Input;
use gatefold_core::record::CommitError;
use gatefold_core::vocabulary::AccountId;

/// Why a shard ended. Nothing that waited for the log was released.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// An append failed. **Handling:** drop the shard, open the log again, fold it and start a new
    /// shard; what was not durable is decided again.
    #[error("the shard stopped, since a decision could not be recorded: {error}")]
    Commit {
        /// What the log said.
        error: Arc<CommitError>,
    },
    /// The log thread panicked. **Handling:** a bug in the log; report it. Open the log again and
    /// start a new shard.
    #[error("the log thread panicked ({text}): open the log again and start anew")]
    LogDied {
        /// The panic's message.
        text: String,
    },
    /// A broker adapter panicked. **Handling:** a bug in the adapter; report it. Start anew: what
    /// was under way is of unknown fate and is looked up.
    #[error("the broker thread of account {account} panicked ({text}): start anew")]
    BrokerDied {
        /// Its account.
        account: AccountId,
        /// The panic's message.
        text: String,
    },
    /// The engine panicked. **Handling:** a bug in the core; report it with the log. Do not start
    /// anew before it is understood.
    #[error("the engine thread panicked ({text}): report it together with the log")]
    EngineDied {
        /// The panic's message.
        text: String,
    },
    /// The engine asks something of an account that no broker thread serves. **Handling:** name
    /// every account of the log and the configuration in [`Parts`](crate::Parts).
    #[error("account {account} has no broker thread: name it when the shard is started")]
    NoBroker {
        /// The account.
        account: AccountId,
    },
    /// The shard did not come to rest in time. **Handling:** stop it; a broker call hangs, or the
    /// log is slow beyond reason.
    #[error("the shard did not come to rest within {within:?}: a broker or the log hangs")]
    Unsettled {
        /// How long was waited.
        within: Duration,
    },
    /// Broker calls were not answered before the end. **Handling:** start anew: what was under way
    /// is of unknown fate and is looked up. The log is complete up to here.
    #[error("{calls} broker calls were not answered within {within:?} of the stop; start anew")]
    Unanswered {
        /// How many.
        calls: usize,
        /// How long was waited.
        within: Duration,
    },
    /// Polling the broker gives new reports again and again. **Handling:** a bug in the broker
    /// adapter; report it.
    #[error("the broker had new reports in {rounds} polls in a row: it never comes to rest")]
    Endless {
        /// How many polls.
        rounds: usize,
    },
    /// A thread could not be started. **Handling:** raise the limit on threads or memory.
    #[error("thread {name} could not be started: {text}")]
    NoThread {
        /// The thread's name.
        name: String,
        /// What the operating system said.
        text: String,
    },
    /// The handle was dropped without a stop. **Handling:** none; nobody is there to hear it.
    #[error("the shard's handle was dropped without a stop")]
    Abandoned,
}

/// Why the edge does not take an input; the input is handed back.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The inbox channel is full. **Handling:** slow down and send it again; nothing was lost.
    #[error("{pending} inputs are waiting already: slow down and send it again")]
    Full {
        /// How many wait.
        pending: usize,
        /// The input that was not taken.
        input: Box<Input>,
    },
    /// The shard has ended. **Handling:** stop it to learn why, then start anew and send it again.
    #[error("the shard has ended: stop it to learn why, start anew and send it again")]
    Ended {
        /// The input that was not taken.
        input: Box<Input>,
    },
}

/// What a panic said, as far as it is text.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
