//! How the old tables are read out of a folder of CSV files, as `COPY ... TO ... CSV HEADER` writes
//! them; an empty cell is `NULL`.

use std::path::Path;

use gatefold::postgres::{LegacyError, LegacyRow, LegacyTable, LegacyTables, Naming};

/// Reads `recommendations.csv`, `dispatch_executions.csv` and `active_positions.csv`, or whatever
/// they are called.
pub(crate) fn read(folder: &Path, naming: &Naming) -> Result<LegacyTables, LegacyError> {
    let mut tables = LegacyTables::default();
    for table in LegacyTable::ALL {
        let names = naming.tables(table);
        let place = folder.display().to_string();
        let Some(name) = names.iter().find(|name| folder.join(format!("{name}.csv")).is_file())
        else {
            let names = names.iter().map(|name| format!("{name}.csv")).collect();
            return Err(LegacyError::NoTable { table, names, place });
        };
        let file = folder.join(format!("{name}.csv"));
        let unreadable = |error: csv::Error| LegacyError::Unreadable {
            place: file.display().to_string(),
            reason: error.to_string(),
        };
        let mut reader = csv::Reader::from_path(&file).map_err(unreadable)?;
        let columns: Vec<String> =
            reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
        let header = naming.header(table, name, &columns)?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            let cell = |(field, at): &(&'static str, usize)| {
                let text = record.get(*at).filter(|text| !text.is_empty())?;
                Some((*field, text.to_owned()))
            };
            rows.push(LegacyRow::of(header.places.iter().filter_map(cell)));
        }
        tables.add(table, header, rows);
    }
    Ok(tables)
}
