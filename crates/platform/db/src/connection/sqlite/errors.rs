//! SQLite's errors in our words. SQLite names columns where PostgreSQL names constraints
//! (`UNIQUE constraint failed: users.email_norm`), so the index of those columns is looked up.

use std::sync::Arc;

use rusqlite::{Connection, Error, ErrorCode, ffi};

use crate::error::DbError;

/// An error outside any statement of ours.
pub(crate) fn plain(error: &Error) -> DbError {
    let text = error.to_string();
    let source = || Arc::new(std::io::Error::other(text.clone()));
    match error.sqlite_error() {
        Some(ffi::Error {
            extended_code: ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC,
            ..
        }) => DbError::StorageFailed,
        Some(ffi::Error {
            code: ErrorCode::DiskFull,
            ..
        }) => DbError::StorageFull,
        Some(ffi::Error {
            code:
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted,
            ..
        }) => DbError::Unavailable(source()),
        _ => DbError::Internal(source()),
    }
}

/// An error of a statement on `connection`.
pub(crate) fn named(connection: &Connection, error: &Error) -> DbError {
    let Error::SqliteFailure(failure, Some(message)) = error else {
        return plain(error);
    };
    let what = message.split_once(": ").map_or("", |(_, what)| what);
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
            DbError::Unique(unique_name(connection, what).unwrap_or_else(|| what.to_owned()))
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => DbError::ForeignKey(String::new()),
        ffi::SQLITE_CONSTRAINT_CHECK => DbError::Check(what.to_owned()),
        ffi::SQLITE_CONSTRAINT_NOTNULL => DbError::Check(format!("{what} is required")),
        _ => plain(error),
    }
}

/// `users.email_norm` → `users_email_norm_key`; an index on an expression is named by SQLite itself.
fn unique_name(connection: &Connection, what: &str) -> Option<String> {
    if let Some(index) = what.strip_prefix("index '") {
        return index.strip_suffix('\'').map(str::to_owned);
    }
    let mut columns = Vec::new();
    let mut table = "";
    for part in what.split(", ") {
        let (of, column) = part.split_once('.')?;
        table = of;
        columns.push(column.to_owned());
    }
    let mut indexes = connection
        .prepare("SELECT name, origin FROM pragma_index_list(?1) WHERE \"unique\" = 1")
        .ok()?;
    let found = indexes
        .query_map([table], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .ok()?
        .filter_map(Result::ok)
        .find(|(name, _)| index_columns(connection, name).is_some_and(|of_index| of_index == columns));
    match found {
        Some((_, origin)) if origin == "u" => constraint_name(connection, table, &columns),
        Some((name, origin)) if origin == "c" => Some(name),
        // A primary key that is the row's number has no index, and one that is the table has no name.
        _ => Some(format!("{table}_pkey")),
    }
}

/// The index of a constraint does not have its name; only the text of the table tells.
fn constraint_name(connection: &Connection, table: &str, columns: &[String]) -> Option<String> {
    let sql: String = connection
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            [table],
            |row| row.get(0),
        )
        .ok()?;
    sql.split("CONSTRAINT ").skip(1).find_map(|constraint| {
        let (name, rest) = constraint.split_once(" UNIQUE (")?;
        let (list, _) = rest.split_once(')')?;
        let is_it = !name.contains(' ') && list.split(',').map(str::trim).eq(columns.iter());
        is_it.then(|| name.to_owned())
    })
}

fn index_columns(connection: &Connection, index: &str) -> Option<Vec<String>> {
    let mut statement = connection
        .prepare("SELECT name FROM pragma_index_info(?1) ORDER BY seqno")
        .ok()?;
    let columns = statement.query_map([index], |row| row.get::<_, String>(0)).ok()?;
    columns.collect::<Result<_, _>>().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::dialect::Engine;
    use crate::migrate::MIGRATIONS;

    fn strings(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// SQLite tells the columns only, so they must be enough to know the constraint by.
    #[test]
    fn every_unique_constraint_of_the_schema_is_known_by_its_columns() {
        let connection = Connection::open_in_memory().unwrap();
        for migration in MIGRATIONS {
            connection.execute_batch(migration.sql(Engine::Sqlite)).unwrap();
        }
        let mut count = 0;
        for table in strings(&connection, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
            let indexes = format!("SELECT name FROM pragma_index_list('{table}') WHERE \"unique\" = 1");
            let mut names = HashSet::new();
            for index in strings(&connection, &indexes) {
                let columns = index_columns(&connection, &index).unwrap();
                let what: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
                let name = unique_name(&connection, &what.join(", ")).unwrap();
                assert!(
                    index.starts_with("sqlite_autoindex") || index == name,
                    "{index} is taken for {name}"
                );
                assert!(name.ends_with("_key") || name.ends_with("_pkey"), "{name}");
                assert!(names.insert(name.clone()), "two of {table} are taken for {name}");
                count += 1;
            }
        }
        assert!(count > 40, "{count} seen");
    }
}
