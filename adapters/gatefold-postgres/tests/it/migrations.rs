//! Migrations are applied once, in order, and never by a build that does not know all of them.

use gatefold_postgres::{
    MIGRATIONS, MigrationError, SchemaError, check_schema, migrate, migrate_to,
};
use throwaway_postgres::Cluster;

use crate::kit::{ask, migrated, owner, run};

#[test]
fn a_second_migration_changes_nothing_and_half_of_them_start_nothing() {
    let cluster = Cluster::start().unwrap();
    let mut half = owner(&cluster.database("half").unwrap());
    let Err(SchemaError::Behind { found: 0, differences, .. }) = check_schema(&mut half) else {
        panic!("an empty database was taken for ready")
    };
    assert!(differences.iter().any(|it| it.to_string().contains("table account_state is missing")));
    assert_eq!(migrate_to(&mut half, 1).unwrap().len(), 1);
    let behind = check_schema(&mut half).unwrap_err();
    let told = behind.to_string();
    assert!(matches!(behind, SchemaError::Behind { found: 1, .. }), "{told}");
    assert!(told.contains("gatefold migrate") && told.contains("table active_positions"), "{told}");
    assert!(!told.contains("table dispatch_recommendations"), "{told}");
    assert_eq!(migrate(&mut half).unwrap().len(), MIGRATIONS.len() - 1);
    let newest = MIGRATIONS.last().unwrap().version;
    assert_eq!(check_schema(&mut half).unwrap().version, newest);
    assert_eq!(migrate(&mut half).unwrap(), []);
}

#[test]
fn an_old_build_refuses_a_newer_schema_and_a_reworded_history() {
    let cluster = Cluster::start().unwrap();
    let (_, mut newer) = migrated(&cluster, "newer");
    run(
        &mut newer,
        "INSERT INTO refinery_schema_history \
         SELECT 999, 'later', applied_on, '1' FROM refinery_schema_history LIMIT 1",
    );
    let refused = check_schema(&mut newer).unwrap_err();
    assert!(matches!(refused, SchemaError::Newer { found: 999, .. }), "{refused}");
    assert!(matches!(migrate(&mut newer), Err(MigrationError::Refused { .. })));
    run(&mut newer, "DELETE FROM refinery_schema_history WHERE version = 999");
    run(&mut newer, "UPDATE refinery_schema_history SET checksum = '1' WHERE version = 1");
    let told = check_schema(&mut newer).unwrap_err().to_string();
    assert!(told.contains("migration V1__inbox is inbox with checksum 1"), "{told}");
    assert!(migrate(&mut newer).unwrap_err().to_string().contains("V1__inbox"));
}

#[test]
fn two_that_migrate_at_once_apply_everything_once() {
    let cluster = Cluster::start().unwrap();
    let database = cluster.database("day").unwrap();
    let applied: usize = std::thread::scope(|scope| {
        let one = || migrate(&mut owner(&database)).unwrap().len();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(applied, MIGRATIONS.len());
    assert_eq!(ask(&mut owner(&database), "SELECT count(*) FROM refinery_schema_history"), {
        MIGRATIONS.len().to_string()
    });
}
