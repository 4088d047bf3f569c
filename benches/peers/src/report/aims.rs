//! The aims of our log, each with its figure and whether it is met.

use crate::peer::PEERS;
use crate::report::{Figures, head, rate, row};
use crate::speed::{CHAIN, FOLD, SUMS, Sample};
use crate::stats::float;

/// One aim.
struct Aim {
    what: &'static str,
    /// What was measured, and whether it is enough; none if it was not measured.
    found: Option<(String, bool)>,
}

/// All aims that the figures speak about.
pub(super) fn table(figures: &Figures) -> String {
    let mut text = String::from("\nAims:\n\n");
    text.push_str(&head(&["aim", "measured", "met"]));
    for aim in appends(figures).into_iter().chain(reads(figures)).chain(faults(figures)) {
        if let Some((measured, met)) = aim.found {
            let met = if met { "yes" } else { "no" };
            text.push_str(&row(&[aim.what.to_owned(), measured, met.to_owned()]));
        }
    }
    text
}

fn at_most(value: Option<f64>, bound: f64) -> Option<(String, bool)> {
    value.map(|it| (format!("{it:.2}"), it <= bound))
}

fn at_least(value: Option<f64>, bound: f64) -> Option<(String, bool)> {
    value.map(|it| (format!("{it:.2}"), it >= bound))
}

fn fast(value: Option<f64>, bound: f64) -> Option<(String, bool)> {
    value.map(|it| (rate(it), it >= bound))
}

fn appends(figures: &Figures) -> Vec<Aim> {
    let ours = PEERS[0].name();
    let latency = |it: &Sample| float(it.p50_ns) / it.probe_ns();
    let work = |it: &Sample| it.events_per_second * it.probe_ns();
    let most = |case| figures.to_best(case, work, f64::min);
    let per_probe = |case| figures.medians(ours, case).map(|it| it.per_probe);
    vec![
        Aim {
            what: "lone append p50, at most 1.05 of the probe",
            found: at_most(figures.medians(ours, "lone").map(|it| it.of_probe), 1.05),
        },
        Aim {
            what: "lone append p50, at most 1.05 of the best peer",
            found: at_most(figures.to_best("lone", latency, f64::max), 1.05),
        },
        Aim {
            what: "8 writers, at least 1.2 of the best peer",
            found: at_least(most("writers-8"), 1.2),
        },
        Aim {
            what: "16 writers, at least 1.2 of the best peer",
            found: at_least(most("writers-16"), 1.2),
        },
        Aim {
            what: "16 writers, at least 5 events in the time of a probe",
            found: at_least(per_probe("writers-16"), 5.0),
        },
        Aim {
            what: "64 writers, at least 100 k/s if a probe takes 100 us (10 in its time)",
            found: at_least(per_probe("writers-64"), 10.0),
        },
        Aim {
            what: "atomic batches of 100, at least the best peer",
            found: at_least(most("batch-100"), 1.0),
        },
    ]
}

fn reads(figures: &Figures) -> Vec<Aim> {
    let ours = PEERS[0].name();
    vec![
        Aim {
            what: "scan with sums, at least 20 M events/s",
            found: fast(figures.scan(ours, SUMS), 20e6),
        },
        Aim {
            what: "scan with the chain, at least 5 M events/s",
            found: fast(figures.scan(ours, CHAIN), 5e6),
        },
        Aim {
            what: "decoded into the fold, at least 5 M events/s",
            found: fast(figures.scan(ours, FOLD), 5e6),
        },
        Aim {
            what: "opening 1 GB after a kill, under 200 ms",
            found: figures.open_ms(ours, false).map(|it| (format!("{it:.0} ms"), it < 200.0)),
        },
        Aim {
            what: "opening 1 GB after a kill with a snapshot, under 20 ms",
            found: figures.open_ms(ours, true).map(|it| (format!("{it:.1} ms"), it < 20.0)),
        },
        Aim {
            what: "scanning, under 16 MiB of memory",
            found: figures
                .scans
                .as_ref()
                .map(|it| (format!("{} KiB", it.ours_peak_kib), it.ours_peak_kib < 16 * 1_024)),
        },
    ]
}

fn faults(figures: &Figures) -> Vec<Aim> {
    let flips = figures.flips.iter().find(|it| it.peer == PEERS[0].name());
    let found = flips.map(|it| {
        let flipped = it.spaced.flips + it.window.flips;
        let silent = it.spaced.silent + it.window.silent;
        (format!("{silent} of {flipped}"), silent == 0)
    });
    vec![Aim { what: "flipped bits that go unnoticed, 0", found }]
}
