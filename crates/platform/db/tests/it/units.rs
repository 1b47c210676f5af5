//! Units of work: what stays, what does not, and what is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use db::{DatabaseUrl, Db, DbError, Engine, Executor as _, ReadTx, Tx, args};
use futures_util::future::join_all;

use crate::{ids, insert, with_notes, with_notes_opened};

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("not this one")]
    NotThisOne,
    #[error(transparent)]
    Db(#[from] DbError),
}

#[tokio::test]
async fn one_that_fails_leaves_the_others_of_its_batch_alone() {
    let database = with_notes().await;
    let units = (0..60_i64).map(|id| {
        database.db.write(async move |tx: &mut Tx| {
            insert(tx, id, "kept").await?;
            match id % 5 {
                0 => Err(Refusal::NotThisOne),
                1 => Ok(insert(tx, id, "twice").await.map(drop)?),
                _ => Ok(()),
            }
        })
    });
    let outcomes = join_all(units).await;
    for (id, outcome) in (0_i64..).zip(&outcomes) {
        match id % 5 {
            0 => assert!(matches!(outcome, Err(Refusal::NotThisOne)), "{id}: {outcome:?}"),
            1 => assert!(
                matches!(outcome, Err(Refusal::Db(error)) if error.is_unique("notes_pkey")),
                "{id}: {outcome:?}"
            ),
            _ => assert!(outcome.is_ok(), "{id}: {outcome:?}"),
        }
    }
    let kept: Vec<i64> = (0..60).filter(|id| id % 5 > 1).collect();
    assert_eq!(ids(&database.db).await, kept);
}

#[tokio::test]
async fn a_failed_statement_is_the_end_of_its_unit() {
    let database = with_notes().await;
    let outcome = database.db.write(async |tx: &mut Tx| {
        insert(tx, 1, "one").await?;
        let _ = insert(tx, 1, "again").await;
        let after = insert(tx, 2, "two").await;
        assert!(matches!(after, Err(DbError::Unique(_))), "{after:?}");
        Ok::<_, DbError>(())
    });
    assert!(outcome.await.unwrap_err().is_unique("notes_pkey"));
    assert_eq!(ids(&database.db).await, [0_i64; 0]);
}

#[tokio::test]
async fn a_panic_undoes_its_unit_and_nothing_else() {
    let database = with_notes().await;
    let units = (0..20_i64).map(|id| {
        database.db.write(async move |tx: &mut Tx| {
            insert(tx, id, "kept").await?;
            assert!(id != 7, "this one panics on purpose");
            Ok::<_, DbError>(())
        })
    });
    let outcomes = join_all(units).await;
    assert!(matches!(outcomes[7], Err(DbError::Panicked)));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 19);
    let write = database
        .db
        .write(async |tx: &mut Tx| insert(tx, 7, "after").await);
    assert_eq!(write.await.unwrap(), 1);
    assert_eq!(ids(&database.db).await, (0..20).collect::<Vec<i64>>());
}

#[tokio::test]
async fn the_outside_is_not_awaited() {
    let database = with_notes().await;
    let slept = database.db.write(async |tx: &mut Tx| {
        insert(tx, 1, "one").await?;
        tokio::task::yield_now().await;
        Ok::<_, DbError>(())
    });
    assert!(matches!(slept.await, Err(DbError::AwaitedOutside)));
    let slept = database.db.read(async |_: &mut ReadTx| {
        tokio::task::yield_now().await;
        Ok::<_, DbError>(())
    });
    assert!(matches!(slept.await, Err(DbError::AwaitedOutside)));
    for inner in [database.db.clone(), database.db.clone()] {
        let nested = database.db.write(async move |tx: &mut Tx| {
            insert(tx, 2, "two").await?;
            let other = async |tx: &mut ReadTx| tx.fetch_one::<i64>("SELECT 1", args![]).await;
            inner.read(other).await
        });
        assert!(matches!(nested.await, Err(DbError::AwaitedOutside)));
    }
    assert_eq!(ids(&database.db).await, [0_i64; 0]);
}

#[tokio::test]
async fn what_waits_for_the_commit_happens_only_then_and_breaks_nothing() {
    let database = with_notes().await;
    let count = Arc::new(AtomicU32::new(0));
    let units = (0..10_i64).map(|id| {
        let count = Arc::clone(&count);
        database.db.write(async move |tx: &mut Tx| {
            let count = Arc::clone(&count);
            tx.after_commit(move || {
                count.fetch_add(1, Ordering::Relaxed);
                assert!(id != 3, "this one panics on purpose");
            });
            insert(tx, id, "note").await?;
            if id == 4 {
                return Err(Refusal::NotThisOne);
            }
            Ok(())
        })
    });
    let outcomes = join_all(units).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 9);
    assert_eq!(count.load(Ordering::Relaxed), 9);
    assert_eq!(ids(&database.db).await.len(), 9);
}

#[tokio::test]
async fn more_than_the_queue_holds_is_busy() {
    let database = with_notes_opened(|config| {
        config.queue = 4;
        config.max_connections = 2;
    })
    .await;
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let held = database.db.write(async move |tx: &mut Tx| {
        released.lock().unwrap().recv().unwrap();
        insert(tx, 0, "held").await
    });
    let others = (1..200_i64).map(|id| {
        database
            .db
            .write(async move |tx: &mut Tx| insert(tx, id, "note").await)
    });
    let others = async {
        let others = join_all(others.map(Box::pin));
        let mut others = std::pin::pin!(others);
        let early = tokio::time::timeout(Duration::from_millis(300), &mut others).await;
        assert!(early.is_err(), "some wait for their turn");
        release.send(()).unwrap();
        others.await
    };
    let (held, others) = tokio::join!(held, others);
    assert_eq!(held.unwrap(), 1);
    let busy = others
        .iter()
        .filter(|outcome| matches!(outcome, Err(DbError::Busy)))
        .count();
    let done = others.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(busy >= 1 && busy + done == 199, "{busy} busy, {done} done");
    assert_eq!(ids(&database.db).await.len(), done + 1);
}

#[tokio::test]
async fn patience_ends() {
    let database = with_notes_opened(|config| {
        config.patience = Duration::from_millis(100);
        config.max_connections = 2;
    })
    .await;
    let slow = database.db.write(async |tx: &mut Tx| match tx.engine() {
        Engine::Sqlite => {
            std::thread::sleep(Duration::from_millis(400));
            insert(tx, 1, "slow").await
        }
        Engine::Postgres => {
            tx.fetch_all::<String>("SELECT pg_sleep(0.4)::text", args![])
                .await?;
            insert(tx, 1, "slow").await
        }
    });
    let late = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        database
            .db
            .write(async |tx: &mut Tx| insert(tx, 2, "late").await)
            .await
    };
    let (slow, late) = tokio::join!(slow, late);
    assert!(slow.is_ok());
    assert!(matches!(late, Err(DbError::Busy)), "{late:?}");
    assert_eq!(ids(&database.db).await, [1]);
}

#[tokio::test]
async fn one_that_nobody_waits_for_is_not_begun() {
    let database = with_notes().await;
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    if database.db.engine() == Engine::Postgres {
        return; // Another connection would be free to begin it.
    }
    let db = database.db.clone();
    let held = tokio::spawn(async move {
        db.write(async move |tx: &mut Tx| {
            released.lock().unwrap().recv().unwrap();
            insert(tx, 0, "held").await
        })
        .await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let given_up = database
        .db
        .write(async |tx: &mut Tx| insert(tx, 1, "given up").await);
    assert!(
        tokio::time::timeout(Duration::from_millis(50), given_up)
            .await
            .is_err()
    );
    release.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert_eq!(ids(&database.db).await, [0]);
}

async fn move_note(db: &Db, from: i64, to: i64, runs: Arc<AtomicU32>) -> Result<(), DbError> {
    db.write(async move |tx: &mut Tx| {
        runs.fetch_add(1, Ordering::Relaxed);
        for id in [from, to] {
            tx.execute("UPDATE notes SET note = note || 'x' WHERE id = $1", args![id])
                .await?;
            if tx.engine() == Engine::Postgres {
                tx.fetch_all::<String>("SELECT pg_sleep(0.2)::text", args![])
                    .await?;
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_that_lock_each_other_out_both_get_through() {
    let database = with_notes().await;
    let fill = async |tx: &mut Tx| {
        insert(tx, 1, "").await?;
        insert(tx, 2, "").await
    };
    database.db.write(fill).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let (one, other) = tokio::join!(
        move_note(&database.db, 1, 2, Arc::clone(&runs)),
        move_note(&database.db, 2, 1, Arc::clone(&runs))
    );
    one.unwrap();
    other.unwrap();
    let notes = database
        .db
        .read(async |tx: &mut ReadTx| tx.fetch_all::<String>("SELECT note FROM notes", args![]).await);
    assert_eq!(notes.await.unwrap(), ["xx", "xx"]);
    if database.db.engine() == Engine::Postgres {
        assert!(runs.load(Ordering::Relaxed) > 2, "the deadlock was met");
    }
}

#[tokio::test]
async fn a_conflict_that_only_the_commit_sees_is_run_again() {
    let database = with_notes().await;
    if database.db.engine() == Engine::Sqlite {
        return; // Units of work follow each other.
    }
    let runs = Arc::new(AtomicU32::new(0));
    let skew = |id: i64| {
        let runs = Arc::clone(&runs);
        database.db.write(async move |tx: &mut Tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            tx.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", args![])
                .await?;
            let count: i64 = tx.fetch_one("SELECT count(*) FROM notes", args![]).await?;
            tx.fetch_all::<String>("SELECT pg_sleep(0.2)::text", args![])
                .await?;
            insert(tx, id, &count.to_string()).await
        })
    };
    let (one, other) = tokio::join!(skew(1), skew(2));
    one.unwrap();
    other.unwrap();
    let notes = database.db.read(async |tx: &mut ReadTx| {
        tx.fetch_all::<String>("SELECT note FROM notes ORDER BY note", args![])
            .await
    });
    assert_eq!(notes.await.unwrap(), ["0", "1"]);
    assert_eq!(runs.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn soft_and_hard_take_turns() {
    let database = with_notes_opened(|config| {
        if let DatabaseUrl::Postgres(url) = &mut config.url {
            // Servers of tests have it off.
            let mark = if url.contains('?') { '&' } else { '?' };
            url.push(mark);
            url.push_str("options=-csynchronous_commit%3Don");
        }
    })
    .await;
    let sql = match database.db.engine() {
        Engine::Sqlite => "SELECT CAST(synchronous AS text) FROM pragma_synchronous",
        Engine::Postgres => "SELECT current_setting('synchronous_commit')",
    };
    let (hard, soft) = match database.db.engine() {
        Engine::Sqlite => ("2", "1"),
        Engine::Postgres => ("on", "off"),
    };
    for _ in 0..3 {
        let seen = database
            .db
            .write(async move |tx: &mut Tx| tx.fetch_one::<String>(sql, args![]).await);
        assert_eq!(seen.await.unwrap(), hard);
        let seen = database
            .db
            .write_soft(async move |tx: &mut Tx| tx.fetch_one::<String>(sql, args![]).await);
        assert_eq!(seen.await.unwrap(), soft);
    }
}

#[tokio::test]
async fn a_connection_that_is_gone_is_replaced_unnoticed() {
    let database = with_notes().await;
    if database.db.engine() == Engine::Sqlite {
        return;
    }
    for round in 0..4_i64 {
        let kill = database.db.write(async |tx: &mut Tx| {
            let sql = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            tx.fetch_all::<bool>(sql, args![]).await
        });
        kill.await.unwrap();
        let writes = (0..6).map(|id| {
            database
                .db
                .write(async move |tx: &mut Tx| insert(tx, round * 10 + id, "note").await)
        });
        for outcome in join_all(writes).await {
            outcome.unwrap();
        }
        assert_eq!(
            ids(&database.db).await.len(),
            usize::try_from(round + 1).unwrap() * 6
        );
    }
}

#[tokio::test]
async fn what_is_over_is_deleted_to_the_end_but_never_much_at_once() {
    let database = with_notes().await;
    let fill = async |tx: &mut Tx| {
        for id in 0..1201_i64 {
            insert(tx, id, if id < 1200 { "over" } else { "kept" }).await?;
        }
        Ok::<_, DbError>(())
    };
    database.db.write(fill).await.unwrap();
    let units = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&units);
    let delete = async move |tx: &mut Tx, most: u32| {
        counted.fetch_add(1, Ordering::Relaxed);
        let sql =
            "DELETE FROM notes WHERE id IN (SELECT id FROM notes WHERE note = 'over' ORDER BY id LIMIT $1)";
        tx.execute(sql, args![most]).await
    };
    database.db.delete_in_batches(delete).await.unwrap();
    assert_eq!(ids(&database.db).await, [1200]);
    assert_eq!(units.load(Ordering::Relaxed), 3, "500, 500 and the rest");
}
