//! The schema of a migrated database, read back from the engine: what documents are made from.

use serde::Serialize;

use crate::dialect::Engine;
use crate::error::DbError;
use crate::executor::{Executor, ReadTx};
use crate::row::{FromRow, Row};
use crate::{Db, args};

/// All tables, by name.
#[derive(Debug, Clone, Serialize)]
pub struct Schema {
    /// The tables.
    pub tables: Vec<Table>,
}

/// One table.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<SchemaColumn>,
    /// What it points to.
    pub foreign_keys: Vec<ForeignKey>,
    /// The statements that would make it and its indexes.
    #[serde(skip)]
    pub statements: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, Serialize)]
pub struct SchemaColumn {
    /// Its name.
    pub name: String,
    /// Its type, as the engine calls it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it may be empty.
    pub nullable: bool,
    /// Whether it is part of the primary key.
    pub primary_key: bool,
}

/// Columns that point to another table's.
#[derive(Debug, Clone, Serialize)]
pub struct ForeignKey {
    /// The columns here.
    pub columns: Vec<String>,
    /// The table there.
    pub table: String,
    /// The columns there.
    pub references: Vec<String>,
}

impl Schema {
    /// Reads the schema back.
    pub async fn read(db: &Db) -> Result<Self, DbError> {
        let engine = db.engine();
        db.read_aside(async move |tx: &mut ReadTx| {
            let names: Vec<String> = tx.fetch_all(table_names(engine), args![]).await?;
            let mut tables = Vec::new();
            for name in names {
                tables.push(read_table(tx, engine, name).await?);
            }
            Ok(Self { tables })
        })
        .await
    }

    /// The whole schema as statements.
    pub fn to_sql(&self) -> String {
        let mut sql = String::new();
        for statement in self.tables.iter().flat_map(|table| &table.statements) {
            sql.push_str(statement.trim_end());
            sql.push_str(";\n\n");
        }
        sql.trim_end().to_owned() + "\n"
    }
}

const fn table_names(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Engine::Postgres => {
            "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace \
             AND NOT relispartition ORDER BY relname::text COLLATE \"C\""
        }
    }
}

async fn read_table(tx: &mut ReadTx, engine: Engine, name: String) -> Result<Table, DbError> {
    let columns: Vec<SchemaColumn> = tx.fetch_all(columns_of(engine), args![&name]).await?;
    let keys: Vec<KeyColumn> = tx.fetch_all(foreign_keys_of(engine), args![&name]).await?;
    let statements = match engine {
        Engine::Sqlite => {
            let sql = "SELECT sql FROM sqlite_schema WHERE tbl_name = $1 AND sql IS NOT NULL AND type IN ('table', 'index', 'trigger') ORDER BY type DESC, name";
            tx.fetch_all(sql, args![&name]).await?
        }
        Engine::Postgres => postgres_statements(tx, &name).await?,
    };
    Ok(Table {
        name,
        columns,
        foreign_keys: group(keys),
        statements,
    })
}

const fn columns_of(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT name, type, \"notnull\" = 0 AND pk = 0, pk > 0 FROM pragma_table_xinfo($1) WHERE hidden <> 1 ORDER BY cid"
        }
        Engine::Postgres => {
            "SELECT attname::text, format_type(atttypid, atttypmod), NOT attnotnull, \
             EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = attrelid AND contype = 'p' AND attnum = ANY (conkey)) \
             FROM pg_attribute WHERE attrelid = ($1::text)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        }
    }
}

const fn foreign_keys_of(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT id, \"from\", \"table\", \"to\" FROM pragma_foreign_key_list($1) ORDER BY id, seq"
        }
        Engine::Postgres => {
            "SELECT c.oid::bigint, a.attname::text, c.confrelid::regclass::text, f.attname::text FROM pg_constraint c \
             CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k(here, there, place) \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.here \
             JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.there \
             WHERE c.contype = 'f' AND c.conrelid = ($1::text)::regclass ORDER BY c.conname, k.place"
        }
    }
}

/// PostgreSQL keeps no text of a table; it is put together from the catalogue.
async fn postgres_statements(tx: &mut ReadTx, name: &str) -> Result<Vec<String>, DbError> {
    let columns = "SELECT '    ' || quote_ident(attname) || ' ' || format_type(atttypid, atttypmod) \
         || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END \
         || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') \
         FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum \
         WHERE attrelid = ($1::text)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
    let constraints = "SELECT '    CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
         WHERE conrelid = ($1::text)::regclass AND contype IN ('p', 'u', 'f', 'c', 'x') ORDER BY contype = 'p' DESC, conname::text COLLATE \"C\"";
    let indexes = "SELECT replace(pg_get_indexdef(indexrelid), ' ON ' || quote_ident(current_schema()) || '.', ' ON ') FROM pg_index \
         WHERE indrelid = ($1::text)::regclass \
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x')) \
         ORDER BY indexrelid::regclass::text COLLATE \"C\"";
    let mut lines: Vec<String> = tx.fetch_all(columns, args![name]).await?;
    lines.extend(tx.fetch_all::<String>(constraints, args![name]).await?);
    let mut statements = vec![format!("CREATE TABLE {name} (\n{}\n)", lines.join(",\n"))];
    statements.extend(tx.fetch_all::<String>(indexes, args![name]).await?);
    Ok(statements)
}

struct KeyColumn {
    key: i64,
    column: String,
    table: String,
    there: Option<String>,
}

fn group(columns: Vec<KeyColumn>) -> Vec<ForeignKey> {
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    for KeyColumn {
        key,
        column,
        table,
        there,
    } in columns
    {
        // SQLite leaves out what is the primary key over there.
        let there = there.unwrap_or_else(|| "id".into());
        match keys.last_mut().filter(|(last, _)| *last == key) {
            Some((_, found)) => {
                found.columns.push(column);
                found.references.push(there);
            }
            None => keys.push((
                key,
                ForeignKey {
                    columns: vec![column],
                    table,
                    references: vec![there],
                },
            )),
        }
    }
    keys.into_iter().map(|(_, key)| key).collect()
}

impl FromRow for SchemaColumn {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            name: row.column()?,
            kind: row.column()?,
            nullable: row.column()?,
            primary_key: row.column()?,
        })
    }
}

impl FromRow for KeyColumn {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            key: row.column()?,
            column: row.column()?,
            table: row.column()?,
            there: row.column()?,
        })
    }
}
