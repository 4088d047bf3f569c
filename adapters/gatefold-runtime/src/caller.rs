//! A broker thread: makes one account's blocking calls, one after the other, and hands back what
//! the broker answered and reported.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use gatefold_core::decide::Intent;
use gatefold_core::engine::Input;
use gatefold_core::record::Recorded;
use gatefold_core::record::event::{Link, LinkChanged};
use gatefold_core::route::{Broker, RejectClass, Report, Submission};
use gatefold_core::vocabulary::{AccountId, BrokerOrderId, OrderKey};

/// What is to be asked of the broker.
#[derive(Debug)]
pub(crate) enum Call {
    /// With the moment since which it waits.
    Submit(Box<Recorded<Intent>>, Instant),
    Cancel {
        key: OrderKey,
        broker_order_id: Option<BrokerOrderId>,
    },
    LookUp {
        key: OrderKey,
    },
    Snapshot,
    Poll,
}

/// Exactly one for each call.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) account: AccountId,
    /// What the engine must be told, in order; or the message of the broker's panic.
    pub(crate) told: Result<Vec<Input>, String>,
}

/// One account's line to the broker.
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) broker: Arc<dyn Broker>,
    /// What was last said of the link, by the broker's own word or by ours.
    link: Option<Said>,
    submit_within: Option<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The broker said so.
    Told(Link),
    /// We concluded it from a poll that worked or failed.
    Seen(Link),
}

impl Caller {
    pub(crate) fn new(
        account: AccountId,
        broker: Arc<dyn Broker>,
        submit_within: Option<Duration>,
    ) -> Self {
        Self { account, broker, link: None, submit_within }
    }

    /// Calls until the engine thread is gone or the broker panics.
    pub(crate) fn run(mut self, calls: &Receiver<Call>, answers: &Sender<Answer>) {
        let account = self.account;
        for call in calls {
            // The thread ends after a panic, so that no broken state is looked at again.
            let told = catch_unwind(AssertUnwindSafe(|| self.carry_out(call)))
                .map_err(|panic| crate::error::panic_text(panic.as_ref()));
            let died = told.is_err();
            if answers.send(Answer { account, told }).is_err() || died {
                break;
            }
        }
    }

    fn carry_out(&mut self, call: Call) -> Vec<Input> {
        let (account, broker) = (self.account, Arc::clone(&self.broker));
        let mut told = match call {
            Call::Submit(order, since) => {
                let (key, waited) = (order.get().key(), since.elapsed());
                let answer = if self.submit_within.is_some_and(|most| waited > most) {
                    let reason = format!("not sent: it waited {waited:?} for the broker");
                    Submission::Rejected { class: RejectClass::Rate, reason }
                } else {
                    broker.submit(*order)
                };
                vec![Input::Submitted { account, key, answer }]
            }
            Call::Cancel { key, broker_order_id } => {
                let answer = broker.cancel(&account, key, broker_order_id.as_ref());
                vec![Input::CancelAnswered { account, key, answer }]
            }
            Call::LookUp { key } => {
                let answer = broker.look_up(&account, key);
                vec![Input::LookedUp { account, key, answer }]
            }
            Call::Snapshot => {
                // What was reported before the snapshot must be booked before it is compared.
                let mut told = self.poll();
                let answer = broker.snapshot(&account);
                told.push(Input::SnapshotTaken { account, answer });
                told
            }
            Call::Poll => Vec::new(),
        };
        told.extend(self.poll());
        told
    }

    fn poll(&mut self) -> Vec<Input> {
        let account = self.account;
        let (mut reports, seen, evidence) = match self.broker.reports(&account) {
            Ok(reports) => (reports, Link::Up, "the broker answers".to_owned()),
            Err(fault) => (Vec::new(), Link::Down, fault.to_string()),
        };
        for report in &reports {
            if let Report::Link(said) = report {
                self.link = Some(Said::Told(said.link));
            }
        }
        let changed = match (self.link, seen) {
            // The broker took its own stream for down: it will say when it is up again.
            (Some(Said::Told(Link::Down)), Link::Up) => false,
            (Some(Said::Told(link) | Said::Seen(link)), seen) => link != seen,
            (None, _) => true,
        };
        if changed {
            self.link = Some(Said::Seen(seen));
            // What a link brought is booked before anything is judged on its being up.
            let at = if seen == Link::Up { reports.len() } else { 0 };
            reports.insert(at, Report::Link(LinkChanged { link: seen, evidence }));
        }
        reports.into_iter().map(|report| Input::Reported { account, report }).collect()
    }
}
