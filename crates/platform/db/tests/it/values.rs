//! What goes in comes out, on both engines and with both ways of binding.

use db::testing::TestDatabase;
use db::{DbError, Executor as _, FromRow, Row, Tx, args};
use kernel::{EmailAddress, Locale, Timestamp, UserId};
use serde_json::json;
use uuid::Uuid;

use crate::with_notes_opened;

#[derive(Debug, PartialEq)]
struct Everything {
    flag: bool,
    number: i64,
    small: i32,
    float: f64,
    text: String,
    id: UserId,
    time: Timestamp,
    json: serde_json::Value,
    bytes: Vec<u8>,
    hash: [u8; 4],
    email: EmailAddress,
    locale: Locale,
    nothing: Option<Timestamp>,
    something: Option<String>,
}

impl FromRow for Everything {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            flag: row.column()?,
            number: row.column()?,
            small: row.column()?,
            float: row.column()?,
            text: row.column()?,
            id: row.column()?,
            time: row.column()?,
            json: row.column()?,
            bytes: row.column()?,
            hash: row.column()?,
            email: row.column()?,
            locale: row.column()?,
            nothing: row.column()?,
            something: row.column()?,
        })
    }
}

fn sample() -> Everything {
    Everything {
        flag: true,
        number: i64::MIN,
        small: -7,
        float: 0.1,
        text: "Zürich 🦀 '; --".into(),
        id: UserId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
        time: "2026-01-02T03:04:05.000006Z".parse().unwrap(),
        json: json!({ "a": [1, null, "$1"], "b": { "c": true } }),
        bytes: vec![0, 1, 255],
        hash: [1, 2, 3, 4],
        email: "Ann@Example.com".parse().unwrap(),
        locale: "de".parse().unwrap(),
        nothing: None,
        something: Some("there".into()),
    }
}

async fn round_trip(database: TestDatabase) {
    let create = match database.db.engine() {
        db::Engine::Sqlite => {
            "CREATE TABLE everything (flag INTEGER, number INTEGER, small INTEGER, float REAL, text TEXT, id BLOB, time TEXT,
             json TEXT, bytes BLOB, hash BLOB, email TEXT, locale TEXT, absent TEXT, something TEXT) STRICT"
        }
        db::Engine::Postgres => {
            "CREATE TABLE everything (flag boolean, number bigint, small integer, float double precision, text text, id uuid,
             time timestamptz, json jsonb, bytes bytea, hash bytea, email text, locale text, absent timestamptz, something text)"
        }
    };
    let back = database.db.write(async move |tx: &mut Tx| {
        let it = sample();
        tx.execute(create, args![]).await?;
        let args = args![
            it.flag, it.number, it.small, it.float, &it.text, it.id, it.time, &it.json, &it.bytes, it.hash,
            &it.email, &it.locale, it.nothing, &it.something
        ];
        let columns: Option<Everything> = tx
            .fetch_optional(
                "INSERT INTO everything VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING *",
                args,
            )
            .await?;
        let found: Vec<Everything> = tx
            .fetch_all(
                "SELECT * FROM everything WHERE flag = $1 AND number <= $2 AND small = $3 AND float = $4 AND text = $5
                 AND id = $6 AND time = $7 AND bytes = $8 AND (json ->> 'a') IS NOT NULL AND absent IS NULL
                 AND coalesce(absent, $9) = $9 AND ($10{text} IS NULL OR text = $10) LIMIT $11",
                args![
                    it.flag, it.number, it.small, it.float, &it.text, it.id, it.time, &it.bytes, it.time,
                    None::<String>, 5_i64
                ],
            )
            .await?;
        assert_eq!(found, [sample()]);
        columns.ok_or(DbError::NoRow)
    });
    assert_eq!(back.await.unwrap(), sample());
}

#[tokio::test]
async fn everything_comes_back_as_it_went() {
    round_trip(TestDatabase::new().await).await;
}

#[tokio::test]
async fn everything_comes_back_without_kept_statements() {
    round_trip(with_notes_opened(|config| config.keep_statements = false).await).await;
}

#[tokio::test]
async fn a_column_that_does_not_fit_is_an_error() {
    let database = TestDatabase::new().await;
    let wrong = database
        .db
        .write(async |tx: &mut Tx| tx.fetch_one::<Uuid>("SELECT 'text'", args![]).await);
    assert!(matches!(wrong.await, Err(DbError::Column { index: 0, .. })));
    let missing = database
        .db
        .write(async |tx: &mut Tx| tx.fetch_one::<(i64, i64)>("SELECT 1", args![]).await);
    assert!(matches!(missing.await, Err(DbError::Column { index: 1, .. })));
}

#[tokio::test]
async fn changed_rows_are_counted_alike() {
    let database = with_notes_opened(|_| {}).await;
    let counts = database.db.write(async |tx: &mut Tx| {
        let three = "INSERT INTO notes (id, note) VALUES (1, 'a'), (2, 'b'), (3, 'c')";
        let again = "INSERT INTO notes (id, note) VALUES (1, 'a') ON CONFLICT (id) DO NOTHING";
        let upsert = "INSERT INTO notes (id, note) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET note = 'z' WHERE notes.note <> 'z'";
        let mut counts = Vec::new();
        for sql in [three, again, upsert, upsert, "UPDATE notes SET note = 'n' WHERE id > 7", "DELETE FROM notes"] {
            counts.push(tx.execute(sql, args![]).await?);
        }
        Ok::<_, DbError>(counts)
    });
    assert_eq!(counts.await.unwrap(), [3, 0, 1, 0, 0, 3]);
}
