//! The schema as it is read back.

use std::collections::BTreeSet;

use db::testing::TestDatabase;
use db::{Db, DbConfig, Engine, Schema, Table, migrate};
use kernel::time::{Clock as _, SystemClock};

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    schema.tables.iter().find(|table| table.name == name).unwrap()
}

#[tokio::test]
async fn tells_tables_columns_and_what_points_where() {
    let database = TestDatabase::new().await;
    let schema = Schema::read(&database.db).await.unwrap();
    let members = table(&schema, "user_org");
    let keys = members.columns.iter().filter(|column| column.primary_key);
    let keys: Vec<&str> = keys.map(|column| column.name.as_str()).collect();
    assert_eq!(keys, ["organization_id", "user_id"]);
    let roles = table(&schema, "user_role");
    let pair = roles
        .foreign_keys
        .iter()
        .find(|key| key.columns.len() == 2)
        .unwrap();
    assert_eq!(pair.table, "user_org");
    assert_eq!(pair.columns, ["organization_id", "user_id"]);
    assert_eq!(pair.references, ["organization_id", "user_id"]);
    let users = table(&schema, "users");
    let nullable = |name: &str| {
        users
            .columns
            .iter()
            .find(|column| column.name == name)
            .unwrap()
            .nullable
    };
    assert!(nullable("name") && !nullable("email") && !nullable("id"));
    let sql = schema.to_sql();
    for part in [
        "CREATE TABLE users (",
        "users_email_norm_key UNIQUE (email_norm)",
        "CREATE UNIQUE INDEX jobs_unique_key",
    ] {
        assert!(sql.contains(part), "{part}");
    }
}

#[tokio::test]
async fn is_the_same_on_both_engines() {
    let database = TestDatabase::new().await;
    if database.db.engine() == Engine::Sqlite {
        return; // Compared where both are to be had.
    }
    let folder = tempfile::tempdir().unwrap();
    let config = DbConfig::new(db::DatabaseUrl::Sqlite(folder.path().join("mainstay.db")));
    let file = Db::open(&config).unwrap();
    migrate::run(&file, &config, SystemClock.now()).await.unwrap();
    let (here, there) = (
        outline(&Schema::read(&database.db).await.unwrap()),
        outline(&Schema::read(&file).await.unwrap()),
    );
    assert_eq!(here.difference(&there).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(there.difference(&here).collect::<Vec<_>>(), [""; 0]);
}

/// A line for each column and key, without what the engines call their types.
fn outline(schema: &Schema) -> BTreeSet<String> {
    let lines = schema.tables.iter().flat_map(|table| {
        let columns = table.columns.iter().map(move |column| {
            let (nullable, primary) = (column.nullable, column.primary_key);
            format!(
                "{}.{} nullable {nullable} primary {primary}",
                table.name, column.name
            )
        });
        let keys = table.foreign_keys.iter().map(move |key| {
            format!(
                "{} {:?} -> {} {:?}",
                table.name, key.columns, key.table, key.references
            )
        });
        columns.chain(keys)
    });
    lines.collect()
}
