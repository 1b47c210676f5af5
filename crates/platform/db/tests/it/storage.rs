//! The file of the embedded engine: who may have it, and what happens when there is no room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use db::testing::Place;
use db::{Db, DbError, Engine, Executor as _, Tx, args};
use futures_util::future::join_all;

use crate::{ids, insert, with_notes};

#[tokio::test]
async fn a_full_disk_refuses_writes_keeps_reads_and_heals() {
    let database = with_notes().await;
    if database.db.engine() == Engine::Postgres {
        return;
    }
    let room = async |more: i64| {
        let set = database.db.write(async move |tx: &mut Tx| {
            let pages: i64 = tx.fetch_one("PRAGMA page_count", args![]).await?;
            let sql = if more > 1000 {
                "PRAGMA max_page_count = 1000000"
            } else {
                Box::leak(format!("PRAGMA max_page_count = {}", pages + more).into_boxed_str())
            };
            tx.fetch_one::<i64>(sql, args![]).await
        });
        set.await.unwrap()
    };
    room(20).await;
    let note = "x".repeat(3000);
    let is_full = AtomicBool::new(false);
    let mut kept = Vec::new();
    for round in 0..10_i64 {
        let writes = (0..16).map(|id| {
            let note = note.clone();
            database
                .db
                .write(async move |tx: &mut Tx| insert(tx, round * 100 + id, &note).await)
        });
        for (id, outcome) in (round * 100..).zip(join_all(writes).await) {
            match outcome {
                Ok(_) => kept.push(id),
                Err(DbError::StorageFull) => is_full.store(true, Ordering::Relaxed),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(
            ids(&database.db).await,
            kept,
            "what was confirmed, and nothing else"
        );
    }
    assert!(is_full.load(Ordering::Relaxed) && !kept.is_empty());
    room(100_000).await;
    let write = database
        .db
        .write(async |tx: &mut Tx| insert(tx, 9999, "healed").await);
    assert_eq!(write.await.unwrap(), 1);
    let check = database
        .db
        .write(async |tx: &mut Tx| tx.fetch_one::<String>("PRAGMA integrity_check", args![]).await);
    assert_eq!(check.await.unwrap(), "ok");
}

#[tokio::test]
async fn a_second_process_is_refused_and_a_next_one_is_not() {
    let database = with_notes().await;
    if database.db.engine() == Engine::Postgres {
        return;
    }
    let Err(error) = Db::open(&database.place.config) else {
        panic!("opened twice");
    };
    assert!(
        error
            .to_string()
            .contains("is in use by another mainstay process"),
        "{error}"
    );
    database
        .db
        .write(async |tx: &mut Tx| insert(tx, 1, "one").await)
        .await
        .unwrap();
    database.db.close().await;
    let late = database
        .db
        .write(async |tx: &mut Tx| insert(tx, 2, "two").await)
        .await;
    assert!(matches!(late, Err(DbError::Unavailable(_))), "{late:?}");
    let next = Db::open(&database.place.config).unwrap();
    assert_eq!(ids(&next).await, [1]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_nobody_elses_business() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut place = Place::empty().await;
    let Some(folder) = place.folder() else { return };
    let inner = folder.join("data").join("mainstay");
    place.config.url = db::DatabaseUrl::Sqlite(inner.join("mainstay.db"));
    let db = Db::open(&place.config).unwrap();
    let create = async |tx: &mut Tx| tx.execute("CREATE TABLE t (id INTEGER)", args![]).await;
    db.write(create).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&inner), 0o700);
    for file in ["mainstay.db", "mainstay.db-wal", "mainstay.db-shm"] {
        assert_eq!(mode(&inner.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_place_that_is_none_is_named() {
    let mut place = Place::empty().await;
    let Some(folder) = place.folder() else { return };
    let file = folder.join("file");
    std::fs::write(&file, "not a folder").unwrap();
    place.config.url = db::DatabaseUrl::Sqlite(file.join("mainstay.db"));
    let Err(error) = Db::open(&place.config) else {
        panic!("opened in a file");
    };
    let text = error.to_string();
    assert!(
        text.contains(&*file.to_string_lossy()) && !text.contains('\n'),
        "{text}"
    );
}

#[tokio::test]
async fn the_log_does_not_grow_without_end() {
    let database = with_notes().await;
    let Some(folder) = database.place.folder() else {
        return;
    };
    let note = "x".repeat(20_000);
    for id in 0..1500_i64 {
        let note = note.clone();
        let write = database
            .db
            .write_soft(async move |tx: &mut Tx| insert(tx, id, &note).await);
        write.await.unwrap();
    }
    let log = std::fs::metadata(folder.join("mainstay.db-wal")).unwrap().len();
    assert!(log < 8_000_000, "{log} bytes");
}

#[tokio::test]
async fn a_commit_that_fails_is_answered_to_its_whole_batch() {
    let database = with_notes().await;
    if database.db.engine() == Engine::Postgres {
        return;
    }
    let create = async |tx: &mut Tx| {
        let sql = "CREATE TABLE replies (id INTEGER, note_id INTEGER REFERENCES notes (id))";
        tx.execute(sql, args![]).await
    };
    database.db.write(create).await.unwrap();
    // Keeps the writer busy until all the others wait, so that they share a transaction.
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let db = database.db.clone();
    let first = tokio::spawn(async move {
        let hold = async move |tx: &mut Tx| {
            released.lock().unwrap().recv().unwrap();
            insert(tx, 100, "first").await
        };
        db.write(hold).await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let others = (0..8_i64).map(|id| {
        database.db.write(async move |tx: &mut Tx| {
            if id == 3 {
                tx.execute("PRAGMA defer_foreign_keys = ON", args![]).await?;
                tx.execute("INSERT INTO replies (id, note_id) VALUES (1, 7777)", args![])
                    .await?;
            }
            tx.after_commit(|| unreachable!("it did not commit"));
            insert(tx, id, "note").await
        })
    });
    let release = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        release.send(()).unwrap();
    };
    let (others, ()) = tokio::join!(join_all(others), release);
    first.await.unwrap().unwrap();
    assert!(others.iter().all(Result::is_err), "{others:?}");
    assert_eq!(ids(&database.db).await, [100]);
    let next = database.db.write(async |tx: &mut Tx| insert(tx, 3, "next").await);
    assert_eq!(next.await.unwrap(), 1);
}
