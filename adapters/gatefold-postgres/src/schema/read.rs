//! How a live schema is read out of the server's catalog.

use postgres::{Error, Transaction};

use crate::schema::Parts;

/// One migration as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    pub(super) version: i32,
    pub(super) name: String,
    pub(super) checksum: String,
}

/// The migrations that were applied; their table is there and whole.
pub(super) fn applied(transaction: &mut Transaction<'_>) -> Result<Vec<Applied>, Error> {
    let sql = "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version";
    let mut applied = Vec::new();
    for row in transaction.query(sql, &[])? {
        let (version, name) = (row.try_get(0)?, row.try_get::<_, Option<String>>(1)?);
        let checksum = row.try_get::<_, Option<String>>(2)?;
        let (name, checksum) = (name.unwrap_or_default(), checksum.unwrap_or_default());
        applied.push(Applied { version, name, checksum });
    }
    Ok(applied)
}

/// Everything of these tables and views. Where a definition names the schema, the name is left
/// out, so that the same tables are equal in any schema.
const PARTS: &str = "
    WITH ours AS (
        SELECT oid, relname, relkind, relpersistence, relrowsecurity FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v')
            AND relname = ANY ($1)),
    plain AS (SELECT quote_ident(current_schema()) || '.' AS prefix)
    SELECT 'table ' || relname,
        CASE relpersistence WHEN 'p' THEN 'logged' ELSE 'not logged' END
            || CASE WHEN relrowsecurity THEN ', row security' ELSE '' END
            || CASE WHEN EXISTS (SELECT FROM pg_inherits WHERE oid IN (inhparent, inhrelid))
                THEN ', inherited' ELSE '' END
    FROM ours WHERE relkind <> 'v'
    UNION ALL
    SELECT 'view ' || relname, replace(pg_get_viewdef(oid), prefix, '')
    FROM ours, plain WHERE relkind = 'v'
    UNION ALL
    SELECT 'column ' || relname || '.' || attname,
        format_type(atttypid, atttypmod)
            || CASE WHEN attnotnull THEN ' not null' ELSE '' END
            || CASE attidentity WHEN 'd' THEN ' identity' WHEN 'a' THEN ' always identity'
                ELSE '' END
            || CASE attgenerated WHEN '' THEN '' ELSE ' generated' END
            || CASE WHEN attcollation NOT IN (0, 'pg_catalog.\"default\"'::regcollation)
                THEN ' collate ' || attcollation::regcollation ELSE '' END
            || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
    FROM ours JOIN pg_attribute ON attrelid = ours.oid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraint ' || relname || '.' || conname,
        replace(pg_get_constraintdef(pg_constraint.oid), prefix, '')
            || CASE WHEN EXISTS (SELECT FROM pg_trigger
                WHERE tgconstraint = pg_constraint.oid AND tgenabled <> 'O')
                THEN ' (disabled)' ELSE '' END
    FROM ours JOIN pg_constraint ON conrelid = ours.oid, plain
    WHERE contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT 'index ' || relname || '.' || (SELECT relname FROM pg_class WHERE oid = indexrelid),
        replace(pg_get_indexdef(indexrelid), prefix, '')
            || CASE WHEN indisvalid THEN '' ELSE ' (not valid)' END
    FROM ours JOIN pg_index ON indrelid = ours.oid, plain
    UNION ALL
    SELECT 'trigger ' || relname || '.' || tgname,
        replace(pg_get_triggerdef(pg_trigger.oid), prefix, '')
            || CASE tgenabled WHEN 'O' THEN '' ELSE ' (disabled)' END
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid, plain WHERE NOT tgisinternal
    UNION ALL
    SELECT 'rule ' || relname || '.' || rulename, 'a rule'
    FROM ours JOIN pg_rewrite ON ev_class = ours.oid WHERE rulename <> '_RETURN'
    UNION ALL
    SELECT 'function ' || relname || '.' || proname, 'body ' || md5(prosrc)
            || CASE WHEN prosecdef THEN ', as its owner' ELSE '' END
            || coalesce(', with ' || array_to_string(proconfig, ', '), '')
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal
    UNION ALL
    SELECT 'routine ' || proname,
        pg_get_function_identity_arguments(pg_proc.oid) || ' returns '
            || pg_get_function_result(pg_proc.oid)
            || CASE WHEN prosecdef THEN ', as its owner' ELSE '' END || ', body ' || md5(prosrc)
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname = 'log_append'";

/// The parts of these tables as they are now.
pub(super) fn live(transaction: &mut Transaction<'_>, tables: &[String]) -> Result<Parts, Error> {
    let mut parts = Parts::new();
    for row in transaction.query(PARTS, &[&tables])? {
        let (name, what): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        // One part is one line.
        parts.insert(name, what.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    Ok(parts)
}
