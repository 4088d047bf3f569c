//! The table of speed, and the medians that it and the aims are made of.

use crate::peer::{FLOOR, PEERS, Peer};
use crate::report::{Figures, head, rate, row};
use crate::speed::{CHAIN, DECODE, FOLD, SUMS, Sample};
use crate::stats::{float, median};

const ABSENT: &str = "-";

/// Medians over the rounds of one peer and case.
pub(super) struct Medians {
    /// Events per second.
    pub(super) rate: f64,
    /// Of one append, in nanoseconds.
    pub(super) p50_ns: f64,
    pub(super) p99_ns: f64,
    /// p50 by the probe's.
    pub(super) of_probe: f64,
    /// Events in the time of one probe.
    pub(super) per_probe: f64,
}

impl Figures {
    fn samples<'a>(&'a self, peer: &'a str, case: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.appends.iter().filter(move |it| it.peer == peer && it.case == case)
    }

    /// One peer's medians in a case, if it was measured.
    pub(super) fn medians(&self, peer: &str, case: &str) -> Option<Medians> {
        let of = |figure: fn(&Sample) -> f64| {
            median(&self.samples(peer, case).map(figure).collect::<Vec<_>>())
        };
        Some(Medians {
            rate: of(|it| it.events_per_second)?,
            p50_ns: of(|it| float(it.p50_ns))?,
            p99_ns: of(|it| float(it.p99_ns))?,
            of_probe: of(|it| float(it.p50_ns) / it.probe_ns())?,
            per_probe: of(|it| it.events_per_second * it.probe_ns() / 1e9)?,
        })
    }

    /// Ours by the peer that we do worst against: for each peer the median over the rounds of
    /// ours by it in the same round, by `figure`, and of these the `worst`. Both are divided by the
    /// probes around them, so that a disk that slows down for a while favors nobody. The peer is
    /// chosen by its median: the luckiest of several peers changes from round to round, and beats
    /// each of them.
    pub(super) fn to_best(
        &self,
        case: &str,
        figure: fn(&Sample) -> f64,
        worst: fn(f64, f64) -> f64,
    ) -> Option<f64> {
        let ours = PEERS[0].name();
        let by = |peer: &dyn Peer| {
            let ratio = |mine: &Sample| {
                let theirs = self.samples(peer.name(), case).find(|it| it.round == mine.round)?;
                Some(figure(mine) / figure(theirs))
            };
            median(&self.samples(ours, case).filter_map(ratio).collect::<Vec<_>>())
        };
        PEERS.into_iter().filter(|it| it.name() != ours).filter_map(by).reduce(worst)
    }

    /// The probe's median over everything, in nanoseconds.
    pub(super) fn probe_ns(&self) -> Option<f64> {
        median(&self.appends.iter().map(Sample::probe_ns).collect::<Vec<_>>())
    }

    /// Events per second of a way of reading.
    pub(super) fn scan(&self, peer: &str, case: &str) -> Option<f64> {
        let scans = self.scans.iter().flat_map(|it| &it.scans);
        let mine = scans.filter(|it| it.peer == peer && it.case == case);
        median(&mine.map(|it| it.events_per_second).collect::<Vec<_>>())
    }

    /// Milliseconds to open the large log, with a snapshot of its end or without.
    pub(super) fn open_ms(&self, peer: &str, snapshot: bool) -> Option<f64> {
        let mine = self.openings.iter().filter(|it| it.peer == peer && it.snapshot == snapshot);
        median(&mine.map(|it| float(it.open_ns) / 1e6).collect::<Vec<_>>())
    }

    fn syncs(&self, peer: &str) -> Option<f64> {
        self.syncs.iter().find(|it| it.peer == peer).map(|it| it.each)
    }
}

/// Everything about speed.
pub(super) fn tables(figures: &Figures) -> String {
    let mut text = String::new();
    if figures.appends.is_empty() {
        return text;
    }
    if let Some(probe) = figures.probe_ns() {
        let [lone, batches, writers] = ["lone", "batch-100", "writers-8"].map(|case| {
            let rounds = figures.samples(PEERS[0].name(), case).map(|it| it.round + 1);
            rounds.max().unwrap_or(0)
        });
        text.push_str(&format!(
            "Raw probe (4 KiB into zero-filled space, fdatasync): median {:.0} us. Medians of \
             {lone} samples of lone appends, {batches} of batches and {writers} of several \
             writers, each in a new file; `x` is by the probe around the same sample; in brackets, \
             events in the time of one probe.\n\n",
            probe / 1e3
        ));
    }
    text.push_str(&head(&[
        "log",
        "syncs an append",
        "lone append p50",
        "p99",
        "atomic batches of 100, events",
        "8 writers",
        "16 writers",
        "64 writers",
        "scan with sums",
        "open after a kill",
    ]));
    for peer in PEERS.into_iter().chain([FLOOR]) {
        text.push_str(&row(&cells(figures, peer)));
    }
    text.push_str(&reading(figures));
    text
}

/// What was appended, a row for each case and log in the order they were measured.
pub(super) fn medians(figures: &Figures) -> String {
    let mut text = head(&["case", "log", "p50", "p50 by the probe", "p99", "events", "per probe"]);
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for Sample { case, peer, .. } in &figures.appends {
        if seen.contains(&(case, peer)) {
            continue;
        }
        seen.push((case, peer));
        if let Some(it) = figures.medians(peer, case) {
            text.push_str(&row(&[
                case.clone(),
                peer.clone(),
                format!("{:.0} us", it.p50_ns / 1e3),
                format!("{:.2} x", it.of_probe),
                format!("{:.0} us", it.p99_ns / 1e3),
                rate(it.rate),
                format!("{:.1}", it.per_probe),
            ]));
        }
    }
    text
}

/// What was read, a row for each case and log.
pub(super) fn scans(figures: &Figures) -> String {
    let mut text = head(&["case", "log", "events"]);
    for peer in PEERS {
        for case in [SUMS, CHAIN, DECODE, FOLD] {
            if let Some(it) = figures.scan(peer.name(), case) {
                text.push_str(&row(&[case.to_owned(), peer.name().to_owned(), rate(it)]));
            }
        }
    }
    text
}

fn cells(figures: &Figures, peer: &dyn Peer) -> Vec<String> {
    let name = peer.name();
    let absent = || ABSENT.to_owned();
    let lone = figures.medians(name, "lone");
    let many = |case| {
        let medians = figures.medians(name, case);
        medians.map_or_else(absent, |it| format!("{} ({:.1})", rate(it.rate), it.per_probe))
    };
    let batches = figures.medians(name, "batch-100");
    let label = if peer.durable() { "" } else { ", never synced" };
    vec![
        format!("{name}{label}"),
        figures.syncs(name).map_or_else(absent, |it| format!("{it:.2}")),
        lone.as_ref()
            .map_or_else(absent, |it| format!("{:.0} us, {:.2} x", it.p50_ns / 1e3, it.of_probe)),
        lone.as_ref().map_or_else(absent, |it| format!("{:.0} us", it.p99_ns / 1e3)),
        batches.map_or_else(absent, |it| rate(it.rate)),
        many("writers-8"),
        many("writers-16"),
        many("writers-64"),
        figures.scan(name, SUMS).map_or_else(absent, rate),
        figures.open_ms(name, false).map_or_else(absent, |it| format!("{it:.0} ms")),
    ]
}

/// What only ours has, and what was opened.
fn reading(figures: &Figures) -> String {
    let mut text = String::new();
    let ours = PEERS[0].name();
    let rates = [CHAIN, DECODE, FOLD].map(|case| figures.scan(ours, case));
    if let ([Some(chain), Some(decode), Some(fold)], Some(scans)) = (rates, &figures.scans) {
        text.push_str(&format!(
            "\nOurs, read with the chain checked: {}; fills decoded: {}; decoded and folded into \
             an account: {}; most memory of the process that reads: {} KiB.\n",
            rate(chain),
            rate(decode),
            rate(fold),
            scans.ours_peak_kib
        ));
    }
    if let Some(opening) = figures.openings.iter().find(|it| it.peer == ours) {
        text.push_str(&format!(
            "\nOpened: {} events of 200 bytes in batches of 1,000 ({} MB of ours), the writer \
             killed, page cache warm.\n",
            opening.events,
            opening.log_bytes / 1_000_000
        ));
    }
    if let Some(ms) = figures.open_ms(ours, true) {
        text.push_str(&format!("With a snapshot saved at the end of ours: {ms:.1} ms.\n"));
    }
    text
}
