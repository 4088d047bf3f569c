//! What goes wrong as it was asked to, and that nothing is lost by it.

use super::*;

#[test]
fn faults_of_orders_and_cancels_come_as_asked() {
    let desk = desk(1_000, "14:30:30 IBM 10.00 500 10.10 500");
    let refused = SubmitFault::Rejected { class: RejectClass::Rate, reason: "slow down".into() };
    desk.broker.set_faults(Faults {
        submits: [SubmitFault::LostAnswer, SubmitFault::LostOrder, refused].into(),
        cancels: [CancelFault::Lost, CancelFault::FilledFirst].into(),
        ..Faults::default()
    });
    assert!(matches!(desk.send(buy("a", 1, Some("9.00"))), Submission::Unknown { .. }));
    assert!(matches!(desk.broker.look_up(&me(), key("a")), LookUp::Found(_)));
    assert!(matches!(desk.send(buy("b", 1, Some("9.00"))), Submission::Unknown { .. }));
    assert!(matches!(desk.broker.look_up(&me(), key("b")), LookUp::Missing));
    let Submission::Rejected { class, reason } = desk.send(buy("c", 1, None)) else {
        panic!("it was taken");
    };
    assert_eq!((class, reason.as_str()), (RejectClass::Rate, "slow down"));
    assert!(is_accepted(&desk.send(buy("b", 1, Some("9.00")))), "sent again under its key");
    let lost = desk.broker.cancel(&me(), key("a"), None);
    assert!(matches!(lost, CancelAnswer::Unknown { .. }));
    assert_eq!(desk.account().working.len(), 2);
    assert_eq!(desk.broker.cancel(&me(), key("a"), None), CancelAnswer::Requested);
    assert_eq!(desk.account().ended[0].state, OrderState::Filled);
}

#[test]
fn faults_of_reports_lose_nothing() {
    let desk = desk(1_000, "14:30:30 IBM 10.00 500 10.10 500");
    let two = |first: &str, second: &str| {
        desk.send(buy(first, 1, None));
        desk.send(buy(second, 1, None));
    };
    let told = || {
        let mut orders = Vec::new();
        for report in desk.reports() {
            let Report::Execution(fill) = report else { panic!("{report:?} is no fill") };
            orders.push(fill.order.unwrap());
        }
        orders
    };
    let fault = |fault| {
        desk.broker.set_faults(Faults { reports: [fault].into(), ..Faults::default() });
    };
    fault(ReportFault::Doubled);
    two("a", "b");
    assert_eq!(told(), [key("a"), key("a"), key("b"), key("b")]);
    fault(ReportFault::Reordered);
    two("c", "d");
    assert_eq!(told(), [key("d"), key("c")]);
    fault(ReportFault::Delayed);
    two("e", "f");
    assert_eq!(told(), []);
    assert_eq!(told(), [key("e"), key("f")]);
    fault(ReportFault::Dropped);
    two("g", "h");
    assert_eq!(told(), []);
    assert_eq!(told(), [], "nothing comes by itself");
    two("i", "j");
    desk.broker.snapshot(&me()).unwrap();
    assert_eq!(told(), [key("g"), key("h"), key("i"), key("j")]);
}

#[test]
fn a_link_that_is_down_is_told_once_and_hides_nothing_for_ever() {
    let desk = desk(1_000, "14:30:30 IBM 10.00 500 10.10 500");
    let links = |reports: Vec<Report>| -> Vec<Link> {
        let link = |report: &Report| match report {
            Report::Link(link) => Some(link.link),
            Report::Order(_)
            | Report::Execution(_)
            | Report::Cash(_)
            | Report::Activity(_)
            | Report::Books(_)
            | Report::Difference(_)
            | Report::Alarm { .. } => None,
        };
        reports.iter().filter_map(link).collect()
    };
    assert_eq!(links(desk.broker.reports(&me()).unwrap()), [Link::Up]);
    desk.send(buy("a", 1, None));
    desk.broker.set_faults(Faults { link_down: true, ..Faults::default() });
    assert_eq!(links(desk.broker.reports(&me()).unwrap()), [Link::Down]);
    assert!(desk.broker.reports(&me()).is_err());
    assert!(desk.broker.snapshot(&me()).is_err());
    assert!(matches!(desk.send(buy("b", 1, None)), Submission::Unknown { .. }));
    assert!(matches!(desk.broker.look_up(&me(), key("a")), LookUp::Unavailable { .. }));
    let answer = desk.broker.cancel(&me(), key("a"), None);
    assert!(matches!(answer, CancelAnswer::Unknown { .. }));
    desk.broker.set_faults(Faults::default());
    let reports = desk.broker.reports(&me()).unwrap();
    assert!(matches!(&reports[..], [Report::Link(_), Report::Execution(_)]));
    assert!(matches!(desk.broker.look_up(&me(), key("b")), LookUp::Missing));
}

#[test]
fn faults_by_a_seed_are_the_same_for_the_same_seed() {
    let run = |seed| {
        let desk = desk(100_000, "14:30:30 IBM 10.00 500 10.10 500");
        let seeded = Some(Seeded { seed, per_mille: 300 });
        desk.broker.set_faults(Faults { seeded, ..Faults::default() });
        let send = |n: u32| is_accepted(&desk.send(buy(&format!("r{n}"), 1, None)));
        (0..64).map(send).collect::<Vec<bool>>()
    };
    let answers = run(3);
    let lost = answers.iter().filter(|accepted| !**accepted).count();
    assert!((6..40).contains(&lost), "{lost} of 64 at 30 %");
    assert_eq!(answers, run(3));
    assert_ne!(answers, run(4));
}
