//! A rebuild repairs what somebody changed, and keeps the rights that were granted.

use gatefold_postgres::{Address, check_schema, rebuild};
use throwaway_postgres::Cluster;

use crate::kit::{ask, dump, migrated, run, session};
use crate::world::{Beside, World};

#[test]
fn rows_that_were_changed_by_hand_are_as_they_were_and_rights_stay() {
    let cluster = Cluster::start().unwrap();
    let (database, mut owner) = migrated(&cluster, "day");
    let names = &["large", "tiny"];
    let mut world = World::new(names, 1);
    (0..100).for_each(|_| world.happen(names));
    let address = Address::parse(&database.url("postgres")).unwrap();
    let again = || {
        let source = Box::new(Beside(world.log.clone(), "test"));
        rebuild(&address, source, &mut |_, _| {}).unwrap();
    };
    again();
    let before = dump(&mut owner);
    run(&mut owner, "CREATE ROLE reader LOGIN; GRANT SELECT ON account_state TO reader");
    run(&mut owner, "UPDATE account_state SET cash = 0; DELETE FROM dispatch_executions");
    run(&mut owner, "CREATE SCHEMA public_rebuild; CREATE TABLE public_rebuild.half (n int)");
    again();
    assert_eq!(dump(&mut owner), before);
    check_schema(&mut owner).unwrap();
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname = 'public_rebuild'";
    assert_eq!(ask(&mut owner, left), "0");
    let mut reader = session(&database.url("reader"));
    assert_eq!(ask(&mut reader, "SELECT count(*) FROM account_state"), "2");
    let refused = reader.run("a test", |client| client.batch_execute("TABLE gate_verdicts"));
    assert_eq!(refused.unwrap_err().cause(), "42501");
}
