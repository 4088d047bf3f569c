//! What somebody could take away from a schema, for tests that a program notices.

/// A query of every column, constraint and index of the tables of `public`, read off the catalog:
/// its kind and name, as in `column day.price`; the statement that renames it to `gone`; the one
/// that gives the name back; and the one that drops it, null for an index that is a constraint's.
pub const PARTS: &str = "
    WITH tables AS (
        SELECT oid, relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')
    SELECT format('column %s.%s', relname, attname),
        format('ALTER TABLE %I RENAME COLUMN %I TO gone', relname, attname),
        format('ALTER TABLE %I RENAME COLUMN gone TO %I', relname, attname),
        format('ALTER TABLE %I DROP COLUMN %I CASCADE', relname, attname)
    FROM tables JOIN pg_attribute ON attrelid = tables.oid
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT format('constraint %s.%s', relname, conname),
        format('ALTER TABLE %I RENAME CONSTRAINT %I TO gone', relname, conname),
        format('ALTER TABLE %I RENAME CONSTRAINT gone TO %I', relname, conname),
        format('ALTER TABLE %I DROP CONSTRAINT %I CASCADE', relname, conname)
    FROM tables JOIN pg_constraint ON conrelid = tables.oid
    WHERE contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT format('index %s.%s', tables.relname, index.relname),
        format('ALTER INDEX %I RENAME TO gone', index.relname),
        format('ALTER INDEX gone RENAME TO %I', index.relname),
        CASE WHEN NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = index.oid)
            THEN format('DROP INDEX %I', index.relname) END
    FROM tables JOIN pg_index ON indrelid = tables.oid
        JOIN pg_class AS index ON index.oid = indexrelid
    ORDER BY 1";
