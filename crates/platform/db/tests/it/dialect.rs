//! Every token is understood by the engine.

use db::dialect::TOKENS;
use db::testing::TestDatabase;
use db::{DbError, Executor as _, Filter, Tx, args};
use kernel::time::{Clock as _, SystemClock};
use kernel::{OrganizationId, Timestamp};
use uuid::Uuid;

use crate::{insert, with_notes};

/// A statement for each token, of which the engine can make sense only when the token is right.
const STATEMENTS: [(&str, &str); 11] = [
    ("{now}", "SELECT id FROM jobs WHERE run_at <= {now}"),
    ("{for_update}", "SELECT id FROM users WHERE id = $1 {for_update}"),
    (
        "{for_update_skip_locked}",
        "SELECT id FROM jobs ORDER BY run_at LIMIT 5 {for_update_skip_locked}",
    ),
    ("{for_share}", "SELECT id FROM users WHERE id = $1 {for_share}"),
    ("{timestamptz}", "SELECT $1{timestamptz}"),
    ("{uuid}", "SELECT $1{uuid}"),
    ("{jsonb}", "SELECT $1{jsonb}"),
    ("{text}", "SELECT $1{text}"),
    ("{bigint}", "SELECT $1{bigint}"),
    ("{boolean}", "SELECT $1{boolean}"),
    ("{bytea}", "SELECT $1{bytea}"),
];

#[tokio::test]
async fn every_token_is_understood() {
    let database = TestDatabase::new().await;
    for (token, _, _) in TOKENS {
        assert!(
            STATEMENTS.iter().any(|(tried, _)| tried == token),
            "{token} is not tried"
        );
    }
    for (token, sql) in STATEMENTS {
        let prepared = database.db.write(async move |tx: &mut Tx| tx.prepare(sql).await);
        prepared.await.unwrap_or_else(|error| panic!("{token}: {error}"));
    }
    let unknown = database
        .db
        .write(async |tx: &mut Tx| tx.prepare("SELECT {nought}").await);
    assert!(unknown.await.is_err());
}

#[tokio::test]
async fn casts_carry_values() {
    let database = TestDatabase::new().await;
    let outcome = database.db.write(async |tx: &mut Tx| {
        let time: Timestamp = "2026-01-02T03:04:05.000006Z".parse().unwrap();
        let id = OrganizationId::from_uuid(Uuid::from_u128(7));
        assert_eq!(
            tx.fetch_one::<Timestamp>("SELECT $1{timestamptz}", args![time])
                .await?,
            time
        );
        assert_eq!(
            tx.fetch_one::<OrganizationId>("SELECT $1{uuid}", args![id])
                .await?,
            id
        );
        assert_eq!(tx.fetch_one::<String>("SELECT $1{text}", args!["a"]).await?, "a");
        assert_eq!(tx.fetch_one::<i64>("SELECT $1{bigint}", args![9_i64]).await?, 9);
        assert!(tx.fetch_one::<bool>("SELECT $1{boolean}", args![true]).await?);
        assert_eq!(
            tx.fetch_one::<Vec<u8>>("SELECT $1{bytea}", args![vec![9_u8]])
                .await?,
            [9]
        );
        let json = serde_json::json!({ "a": 1 });
        assert_eq!(
            tx.fetch_one::<serde_json::Value>("SELECT $1{jsonb}", args![&json])
                .await?,
            json
        );
        assert_eq!(
            tx.fetch_one::<Option<Uuid>>("SELECT $1{uuid}", args![None::<Uuid>])
                .await?,
            None
        );
        Ok::<_, DbError>(())
    });
    outcome.await.unwrap();
}

#[tokio::test]
async fn the_clock_is_that_of_now_and_counts_forward() {
    let database = TestDatabase::new().await;
    let before = SystemClock.now();
    let (now, later, earlier) = database
        .db
        .write(async |tx: &mut Tx| {
            let sql = "SELECT {now}, {after:90 seconds}, {after:-2 hours}";
            tx.fetch_one::<(Timestamp, Timestamp, Timestamp)>(sql, args![])
                .await
        })
        .await
        .unwrap();
    assert!(now.since(before).as_secs() < 10 && before.since(now).as_secs() < 10);
    assert_eq!(later.since(now).as_secs().div_ceil(10), 9);
    assert!((7195..=7200).contains(&now.since(earlier).as_secs()));
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let database = with_notes().await;
    let found = database.db.write(async |tx: &mut Tx| {
        for id in 1..=9 {
            insert(tx, id, if id % 2 == 0 { "even" } else { "odd" }).await?;
        }
        let filter = Filter::new(args![1_i64])
            .and_some("note = $?", Some("odd"))
            .and_some("id < $?", None::<i64>)
            .and_args("(note, id) > ($?, $?)", Some(args!["odd", 3_i64]));
        tx.fetch_filtered::<i64>(
            "SELECT id FROM notes WHERE id >= $1",
            filter,
            "ORDER BY note, id LIMIT $?",
            args![2_i64],
        )
        .await
    });
    assert_eq!(found.await.unwrap(), [5, 7]);
}
