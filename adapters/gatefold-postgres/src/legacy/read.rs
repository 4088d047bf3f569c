//! How the old tables are read out of PostgreSQL: all three in one transaction that cannot write,
//! whatever their columns' types are.

use postgres::{Client, Error, IsolationLevel, Transaction};

use crate::legacy::error::LegacyError;
use crate::legacy::shape::{Header, LegacyRow, LegacyTable, LegacyTables, Naming};
use crate::session::Session;

/// The one table of ours that no old service had.
const OURS: &str = "projection_checkpoint";

const COLUMNS: &str = "
    SELECT attname::text, atttypid::regtype::text FROM pg_attribute
    WHERE attrelid = to_regclass(quote_ident($1) || '.' || quote_ident($2))
        AND attnum > 0 AND NOT attisdropped ORDER BY attnum";

/// A column, and its type as PostgreSQL prints it.
type Column = (String, String);

/// Reads the tables of the old service in a schema, as they all were at one moment.
///
/// # Errors
/// [`LegacyError`]: a table or column that is not there, by name; or the database's refusal.
pub fn read_legacy(
    session: &mut Session,
    schema: &str,
    naming: &Naming,
) -> Result<LegacyTables, LegacyError> {
    let place = format!("schema {schema} of {}", session.address());
    let mut refused = None;
    let read = session.run("the reading of the old tables", |client| {
        let mut transaction = begin(client)?;
        let read = read(&mut transaction, schema, &place, naming)?;
        transaction.rollback()?;
        Ok(read.map_err(|error| refused = Some(error)).ok())
    })?;
    match (read, refused) {
        (Some(tables), _) => Ok(tables),
        (None, Some(error)) => Err(error),
        (None, None) => unreachable!("what was not read was refused"),
    }
}

fn begin(client: &mut Client) -> Result<Transaction<'_>, Error> {
    let transaction = client.build_transaction().read_only(true);
    transaction.isolation_level(IsolationLevel::RepeatableRead).start()
}

fn read(
    transaction: &mut Transaction<'_>,
    schema: &str,
    place: &str,
    naming: &Naming,
) -> Result<Result<LegacyTables, LegacyError>, Error> {
    let place = place.to_owned();
    if !columns(transaction, schema, OURS)?.is_empty() {
        return Ok(Err(LegacyError::OurOwn { place, found: OURS.to_owned() }));
    }
    let mut tables = LegacyTables::default();
    for table in LegacyTable::ALL {
        let names = naming.tables(table);
        let mut found = None;
        for name in &names {
            let columns = columns(transaction, schema, name)?;
            if !columns.is_empty() {
                found = Some((name.clone(), columns));
                break;
            }
        }
        let Some((name, columns)) = found else {
            return Ok(Err(LegacyError::NoTable { table, names, place }));
        };
        let known: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let header = match naming.header(table, &name, &known) {
            Ok(header) => header,
            Err(error) => return Ok(Err(error)),
        };
        for (_, at) in &header.places {
            if let Some((column, kind)) = columns.get(*at)
                && kind == "timestamp without time zone"
            {
                tables.notes.push(format!("{name}.{column} has no time zone and is read as UTC"));
            }
        }
        let rows = rows(transaction, schema, &name, &header, &columns)?;
        tables.add(table, header, rows);
    }
    Ok(Ok(tables))
}

fn columns(
    transaction: &mut Transaction<'_>,
    schema: &str,
    table: &str,
) -> Result<Vec<Column>, Error> {
    let rows = transaction.query(COLUMNS, &[&schema, &table])?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The rows in the order of their ids, and of everything else where ids are equal: the same table
/// gives the same rows in the same order.
fn rows(
    transaction: &mut Transaction<'_>,
    schema: &str,
    table: &str,
    header: &Header,
    columns: &[Column],
) -> Result<Vec<LegacyRow>, Error> {
    let wanted = header.places.iter().filter_map(|(_, at)| columns.get(*at));
    let texts: Vec<String> = wanted.map(text).collect();
    let (schema, table) = (quoted(schema), quoted(table));
    let id = header.places.first().and_then(|(_, at)| columns.get(*at));
    let id = id.map_or_else(|| "1".to_owned(), |(name, _)| quoted(name));
    let rest: Vec<String> = (1..=texts.len()).map(|place| place.to_string()).collect();
    let (texts, rest) = (texts.join(", "), rest.join(", "));
    let sql = format!("SELECT {texts} FROM {schema}.{table} ORDER BY {id}, {rest}");
    let mut read = Vec::new();
    for row in transaction.query(&sql, &[])? {
        let mut fields = Vec::new();
        for (place, (field, _)) in header.places.iter().enumerate() {
            if let Some(text) = row.try_get::<_, Option<String>>(place)? {
                fields.push((*field, text));
            }
        }
        read.push(LegacyRow::of(fields));
    }
    Ok(read)
}

/// A column as text: times in UTC to the microsecond, everything else as the server prints it.
fn text((name, kind): &Column) -> String {
    const FORM: &str = "YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"";
    let name = quoted(name);
    match kind.as_str() {
        "timestamp with time zone" => format!("to_char({name} AT TIME ZONE 'UTC', '{FORM}')"),
        "timestamp without time zone" => format!("to_char({name}, '{FORM}')"),
        _ => format!("{name}::text"),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
