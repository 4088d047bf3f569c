//! Read models made anew from the whole log, beside the ones in use, and swapped for them at the
//! end. The dispatcher goes on meanwhile.

use gatefold_core::record::Position;
use postgres::{Error, Transaction};

use crate::address::Address;
use crate::inbox::answers;
use crate::migrations::MIGRATIONS;
use crate::projector::follower::{Follower, Progress};
use crate::projector::{ProjectorError, Source};
use crate::schema::check_schema;
use crate::session::Session;

/// What a rebuild did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The last event that is in the tables now.
    pub position: Position,
}

/// One rebuild at a time.
const REBUILD_LOCK: i64 = 0x7265_6275_696c_6400;

/// Makes the read models anew and swaps them in. Needs the role that owns the tables.
///
/// Whoever reads sees the old rows until the swap and the new ones after it; rights that were
/// granted stay. A rebuild that ends before the swap changed nothing. `progress` hears the last
/// event written and the last one of the log.
///
/// # Errors
/// As [`ProjectorError`] says.
pub fn rebuild(
    address: &Address,
    source: Box<dyn Source>,
    progress: &mut dyn FnMut(Position, Position),
) -> Result<Rebuilt, ProjectorError> {
    let mut owner = Session::new(address.clone());
    check_schema(&mut owner)?;
    let (live, shadow) = owner.run("the preparation of a rebuild", |client| {
        client.execute("SELECT pg_advisory_lock($1)", &[&REBUILD_LOCK])?;
        let live: String = client.query_one("SELECT current_schema()::text", &[])?.try_get(0)?;
        let shadow = format!("{live}_rebuild");
        let mut transaction = client.transaction()?;
        prepare(&mut transaction, &shadow)?;
        transaction.commit()?;
        Ok((live, shadow))
    })?;
    let mut follower = Follower::shadow(owner.beside(&shadow), source)?;
    let position = loop {
        let Progress { position, head } = follower.step()?;
        progress(position, head);
        if position >= head {
            break position;
        }
    };
    owner.run("the swap of the read models", |client| {
        let mut transaction = client.transaction()?;
        swap(&mut transaction, &live, &shadow)?;
        transaction.commit()
    })?;
    Ok(Rebuilt { position })
}

/// An empty schema beside, with the tables that the migrations of the read models make.
fn prepare(transaction: &mut Transaction<'_>, shadow: &str) -> Result<(), Error> {
    let name = quoted(transaction, shadow)?;
    transaction.batch_execute(&format!("DROP SCHEMA IF EXISTS {name} CASCADE"))?;
    transaction.batch_execute(&format!("CREATE SCHEMA {name}"))?;
    transaction.batch_execute(&format!("SET LOCAL search_path = {name}"))?;
    for migration in MIGRATIONS.iter().filter(|it| it.name.starts_with("read_")) {
        transaction.batch_execute(migration.sql)?;
    }
    Ok(())
}

/// Puts the tables of one schema in the place of those of the other, rights included.
fn swap(transaction: &mut Transaction<'_>, live: &str, shadow: &str) -> Result<(), Error> {
    let (live, shadow) = (quoted(transaction, live)?, quoted(transaction, shadow)?);
    let tables = relations(transaction, &shadow, "r")?;
    let views = relations(transaction, &shadow, "v")?;
    // Whoever is writing finishes first; who comes next finds the new tables. It takes as long as
    // there are answers to write.
    transaction.batch_execute(&format!(
        "LOCK TABLE {live}.projection_checkpoint IN ACCESS EXCLUSIVE MODE; \
         SET LOCAL statement_timeout = 0; SET LOCAL search_path = {shadow}, {live}"
    ))?;
    // The checkpoint may pass over events whose rows of the inbox have no answer yet.
    transaction.execute(&answers::of_all(), &[])?;
    let granted = grants(transaction, &live, &[tables.as_slice(), views.as_slice()].concat())?;
    let old = |names: &[String]| -> String {
        names.iter().map(|name| format!("{live}.{name}")).collect::<Vec<_>>().join(", ")
    };
    if !views.is_empty() {
        transaction.batch_execute(&format!("DROP VIEW {}", old(&views)))?;
    }
    transaction.batch_execute(&format!("DROP TABLE {}", old(&tables)))?;
    for (kind, names) in [("TABLE", &tables), ("VIEW", &views)] {
        for name in names {
            let moved = format!("ALTER {kind} {shadow}.{name} SET SCHEMA {live}");
            transaction.batch_execute(&moved)?;
        }
    }
    for grant in granted {
        transaction.batch_execute(&grant)?;
    }
    transaction.batch_execute(&format!("DROP SCHEMA {shadow}"))
}

/// The relations of a kind in a schema.
fn relations(
    transaction: &mut Transaction<'_>,
    schema: &str,
    kind: &str,
) -> Result<Vec<String>, Error> {
    let listed = "SELECT quote_ident(relname) FROM pg_class \
                  WHERE relnamespace = $1::text::regnamespace AND relkind::text = $2 \
                  ORDER BY relname";
    let rows = transaction.query(listed, &[&schema, &kind])?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The statements that give relations of a schema back to their owners, and others their rights.
fn grants(
    transaction: &mut Transaction<'_>,
    schema: &str,
    names: &[String],
) -> Result<Vec<String>, Error> {
    let granted = "WITH ours AS ( \
            SELECT oid, relname, relowner, relacl FROM pg_class \
            WHERE relnamespace = $1::text::regnamespace AND relkind IN ('r', 'v') \
                AND quote_ident(relname) = ANY ($2)), \
        given AS ( \
            SELECT relname, relowner, '' AS part, (aclexplode(relacl)).* FROM ours \
            UNION ALL \
            SELECT relname, relowner, format(' (%I)', attname), (aclexplode(attacl)).* \
            FROM ours JOIN pg_attribute ON attrelid = ours.oid) \
        SELECT format('ALTER TABLE %s.%I OWNER TO %s', $1::text, relname, relowner::regrole) \
        FROM ours WHERE relowner <> current_user::regrole \
        UNION ALL \
        SELECT format('GRANT %s%s ON %s.%I TO %s', privilege_type, part, $1::text, relname, \
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END) \
        FROM given WHERE grantee <> relowner";
    let rows = transaction.query(granted, &[&schema, &names])?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

fn quoted(transaction: &mut Transaction<'_>, name: &str) -> Result<String, Error> {
    transaction.query_one("SELECT quote_ident($1)", &[&name])?.try_get(0)
}
