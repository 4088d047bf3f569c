//! A connection is made when it is needed and given up after an error; over a network it is
//! encrypted and the server is who its certificate says.

use std::os::unix::fs::PermissionsExt;

use gatefold_postgres::{Address, AddressError, Session, StoreError};
use throwaway_postgres::{Cluster, Setting};

use crate::kit::{ask, migrated, owner, run, session};

#[test]
fn an_aborted_transaction_never_poisons_the_next_statement() {
    let cluster = Cluster::start().unwrap();
    let (_, mut owner) = migrated(&cluster, "day");
    let row = "INSERT INTO dispatch_recommendations \
               (account_name, strategy, symbol, action, quantity, status) \
               VALUES ('large', 's', 'AAPL', 'buy_to_open', 1, 'PENDING')";
    run(&mut owner, row);
    let mut refuse = |sql: &str, code: &str| {
        let failed = owner.run("a test", |client| {
            let mut transaction = client.transaction()?;
            transaction.batch_execute(row)?;
            transaction.batch_execute(sql)?;
            transaction.commit()
        });
        let Err(StoreError::Refused { code: told, .. }) = failed else { panic!("{failed:?}") };
        assert_eq!(told, code);
        assert_eq!(ask(&mut owner, "SELECT count(*) FROM dispatch_recommendations"), "1");
    };
    refuse("UPDATE dispatch_recommendations SET status = 'BURNED'", "23514");
    refuse("UPDATE dispatch_recommendations SET account_name = NULL", "23502");
    refuse("SELECT account_nam FROM dispatch_recommendations", "42703");
    // A transaction that somebody left open by hand, aborted, is not spoken into either.
    let failed = owner.run("a test", |client| {
        client.batch_execute("BEGIN")?;
        client.batch_execute("SELECT 1/0")
    });
    assert!(failed.is_err());
    assert!(!owner.is_connected());
    assert_eq!(ask(&mut owner, "SELECT 1"), "1");
}

#[test]
fn a_session_comes_back_with_the_server() {
    let mut cluster = Cluster::start().unwrap();
    let (_, mut owner) = migrated(&cluster, "day");
    cluster.kill();
    let lost = owner.run("a test", |client| client.batch_execute("SELECT 1")).unwrap_err();
    assert!(["connection lost", "57P01", "57P02", "unreachable"].contains(&lost.cause()), "{lost}");
    let gone = owner.run("a test", |client| client.batch_execute("SELECT 1")).unwrap_err();
    assert_eq!(gone.cause(), "unreachable");
    assert!(gone.to_string().contains("start the server"), "{gone}");
    cluster.restart().unwrap();
    assert_eq!(ask(&mut owner, "SELECT count(*) FROM dispatch_recommendations"), "0");
}

#[test]
fn a_connection_string_comes_from_a_file_that_nobody_else_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("postgres");
    std::fs::write(&file, "postgres://u:secret@127.0.0.1/d\n").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    let open = Address::from_file(&file).unwrap_err();
    assert!(matches!(open, AddressError::Open { mode: 0o640, .. }), "{open}");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(Address::from_file(&file).unwrap().to_string(), "d at 127.0.0.1:5432 as u");
    let unset = Address::from_env("GATEFOLD_TEST_UNSET").unwrap_err();
    assert!(unset.to_string().contains("GATEFOLD_TEST_UNSET"));
}

#[test]
fn a_server_without_a_certificate_that_we_trust_is_not_spoken_to() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, made.cert.pem()).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let cluster = Cluster::start_encrypted(&certificate, &key).unwrap();
    let url = cluster.database("day").unwrap().url("postgres");
    let at = |host: &str| url.replace("127.0.0.1", host) + " sslmode=require";
    let trusted = Address::parse(&at("localhost")).unwrap().with_roots(Some(roots.clone()));
    let mut trusted = Session::new(trusted);
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(ask(&mut trusted, encrypted), "true");
    for address in [
        // Nobody vouches for it.
        Address::parse(&at("localhost")).unwrap(),
        // The certificate is of another name.
        Address::parse(&at("127.0.0.1")).unwrap().with_roots(Some(roots)),
    ] {
        let refused = Session::new(address).run("a test", |client| client.batch_execute(""));
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("certificate"), "{told}");
    }
    // A server that speaks no TLS is refused as well.
    let plain = Cluster::start_with(&[Setting::new("fsync", "off")]).unwrap();
    let url = plain.database("day").unwrap().url("postgres") + " sslmode=require";
    let refused = session(&url).run("a test", |client| client.batch_execute(""));
    assert!(refused.unwrap_err().to_string().contains("TLS"));
    assert_eq!(ask(&mut owner(&plain.database("other").unwrap()), "SELECT 1"), "1");
}
