//! Reads: they change nothing, wait for nobody, and stop when nobody waits for them.

use std::time::{Duration, Instant};

use db::{DbError, Engine, Executor as _, ReadTx, Tx, args};
use futures_util::future::join_all;

use crate::{ids, insert, with_notes, with_notes_opened};

#[tokio::test]
async fn many_at_once() {
    let database = with_notes().await;
    let write = async |tx: &mut Tx| insert(tx, 1, "one").await;
    database.db.write(write).await.unwrap();
    let reads = (0..200).map(|_| {
        database.db.read(async |tx: &mut ReadTx| {
            tx.fetch_one::<String>("SELECT note FROM notes WHERE id = $1", args![1_i64])
                .await
        })
    });
    for note in join_all(reads).await {
        assert_eq!(note.unwrap(), "one");
    }
}

#[tokio::test]
async fn a_panic_or_a_mistake_leaves_the_connection_as_it_was() {
    let database = with_notes_opened(|config| config.readers = 1).await;
    for _ in 0..3 {
        let panics = database.db.read(async |tx: &mut ReadTx| {
            tx.fetch_one::<i64>("SELECT 1", args![]).await?;
            assert!(std::env::args().count() == 0, "this one panics on purpose");
            Ok::<_, DbError>(())
        });
        assert!(matches!(panics.await, Err(DbError::Panicked)));
        let mistaken = database.db.read(async |tx: &mut ReadTx| {
            assert!(
                tx.fetch_one::<i64>("SELECT nothing FROM nowhere", args![])
                    .await
                    .is_err()
            );
            tx.fetch_one::<i64>("SELECT 2", args![]).await
        });
        assert_eq!(mistaken.await.unwrap(), 2);
    }
}

#[tokio::test]
async fn sqlite_readers_write_nothing() {
    let database = with_notes().await;
    if database.db.engine() == Engine::Postgres {
        return;
    }
    let write = database
        .db
        .read(async |tx: &mut ReadTx| tx.execute("DELETE FROM notes", args![]).await);
    assert!(write.await.is_err());
    let write = database
        .db
        .read_aside(async |tx: &mut ReadTx| tx.execute("DELETE FROM notes", args![]).await);
    assert!(write.await.is_err());
}

#[tokio::test]
async fn long_ones_stop_when_nobody_waits() {
    let database = with_notes().await;
    let endless = match database.db.engine() {
        Engine::Sqlite => {
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        }
        Engine::Postgres => "SELECT count(*) FROM (SELECT generate_series(1, 100000000000)) AS numbers",
    };
    let started = Instant::now();
    // More than there are threads, and then some that never get their turn.
    let reads = (0..4).map(|_| {
        let read = database
            .db
            .read_aside(async move |tx: &mut ReadTx| tx.fetch_one::<i64>(endless, args![]).await);
        tokio::time::timeout(Duration::from_millis(200), read)
    });
    assert!(join_all(reads).await.iter().all(Result::is_err));
    let next = database
        .db
        .read_aside(async |tx: &mut ReadTx| tx.fetch_one::<i64>("SELECT 1", args![]).await);
    assert_eq!(next.await.unwrap(), 1);
    if database.db.engine() == Engine::Postgres {
        let running = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%generate_series(1%'
                       AND state = 'active' AND pid <> pg_backend_pid()";
        let count = async || {
            let read = database
                .db
                .read(async move |tx: &mut ReadTx| tx.fetch_one::<i64>(running, args![]).await);
            read.await.unwrap()
        };
        while count().await > 0 {
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "the server still works on it"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn short_ones_do_not_wait_behind_long_ones() {
    let database = with_notes().await;
    let slow = match database.db.engine() {
        Engine::Sqlite => {
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000000) SELECT count(*) FROM n"
        }
        Engine::Postgres => "SELECT count(*) FROM (SELECT pg_sleep(1)) AS slept",
    };
    let long = database
        .db
        .read_aside(async move |tx: &mut ReadTx| tx.fetch_one::<i64>(slow, args![]).await);
    let mut long = std::pin::pin!(long);
    assert!(
        tokio::time::timeout(Duration::from_millis(50), &mut long)
            .await
            .is_err()
    );
    for _ in 0..4 {
        assert_eq!(ids(&database.db).await, [0_i64; 0]);
        database.db.check().await.unwrap();
    }
    assert!(
        tokio::time::timeout(Duration::from_millis(1), &mut long)
            .await
            .is_err()
    );
    assert!(long.await.unwrap() > 0);
}
