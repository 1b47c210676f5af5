//! The data door from outside, on whichever engine `MAINSTAY_TEST_DATABASE` says.

#![cfg(test)]

mod constraints;
mod dialect;
mod reads;
mod schema;
mod storage;
mod units;
mod values;

use db::testing::{Place, TestDatabase};
use db::{Db, DbConfig, DbError, Executor as _, ReadTx, Tx, args};

/// A database with one table of numbered notes.
async fn with_notes() -> TestDatabase {
    let database = TestDatabase::new().await;
    create_notes(&database.db).await;
    database
}

/// As [`with_notes`], opened in another way.
async fn with_notes_opened(change: impl FnOnce(&mut DbConfig)) -> TestDatabase {
    let mut place = Place::migrated().await;
    change(&mut place.config);
    let db = Db::open(&place.config).unwrap();
    create_notes(&db).await;
    TestDatabase { db, place }
}

async fn create_notes(db: &Db) {
    db.write(async |tx: &mut Tx| {
        let sql = "CREATE TABLE notes (id bigint NOT NULL, note text NOT NULL, CONSTRAINT notes_pkey PRIMARY KEY (id))";
        tx.execute(sql, args![]).await
    })
    .await
    .unwrap();
}

async fn insert(tx: &mut Tx, id: i64, note: &str) -> Result<u64, DbError> {
    tx.execute("INSERT INTO notes (id, note) VALUES ($1, $2)", args![id, note])
        .await
}

async fn ids(db: &Db) -> Vec<i64> {
    db.read(async |tx: &mut ReadTx| tx.fetch_all("SELECT id FROM notes ORDER BY id", args![]).await)
        .await
        .unwrap()
}
