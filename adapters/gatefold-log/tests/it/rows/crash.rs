//! Rows 10 and 15: names that are not durable, and a crash during what mends a crash.

use gatefold_sim::disk::{Faults, Keep, SimDisk};

use crate::kit::{append_while_possible, assert_goes_on, open, short_history};

#[test]
fn row_10_a_name_that_is_not_durable_leaves_no_hole() {
    let batches = short_history(14);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &batches);
    let operations = rehearsal.counts().changes;
    for operation in 1..=operations {
        for keep in [Keep::Names, Keep::Contents, Keep::Nothing] {
            let disk = SimDisk::default();
            disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
            let acknowledged = append_while_possible(&disk, &batches);
            let when = format!("crash at {operation} of {operations}, {keep:?}");
            assert_goes_on(&disk.lost_power(keep), &batches, acknowledged, &when);
        }
    }
}

#[test]
fn row_15_recovery_interrupted_again_and_again_ends_the_same() {
    let batches = short_history(9);
    let rehearsal = SimDisk::default();
    append_while_possible(&rehearsal, &batches);
    let operations = rehearsal.counts().changes;
    for operation in (1..=operations).step_by(5) {
        let disk = SimDisk::default();
        disk.set_faults(Faults { crash_at: Some(operation), ..Faults::default() });
        let acknowledged = append_while_possible(&disk, &batches);
        let mut disk = disk.lost_power(Keep::Some(operation));
        // Each opening gets one operation further than the last one, and loses the power there.
        for step in 1..=12 {
            disk.set_faults(Faults { crash_at: Some(step), ..Faults::default() });
            drop(open(&disk));
            disk = disk.lost_power(Keep::Some(operation * 100 + step));
        }
        let when = format!("crash at {operation}, then a dozen interrupted openings");
        assert_goes_on(&disk, &batches, acknowledged, &when);
    }
}
