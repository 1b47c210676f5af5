use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use db::testing::TestDatabase;
use db::{Db, Engine, Executor as _, ReadTx, args};
use serde::Deserialize;
use tokio::sync::Notify;

use super::*;
use crate::testing::{CROWD, ROUNDS, now, race};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Answer {
    number: i64,
    secret: String,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    #[error("refused")]
    Refused,
}

struct Scene {
    database: TestDatabase,
    keys: IdempotencyKeys,
    done: Arc<AtomicI64>,
}

impl Scene {
    async fn new() -> Self {
        Self {
            database: TestDatabase::new().await,
            keys: IdempotencyKeys::new(&MasterKey::from_bytes([6; 32])),
            done: Arc::default(),
        }
    }

    async fn request(&self, context: RequestContext) -> Result<Answer, Error> {
        self.request_at(context, now()).await
    }

    async fn request_at(&self, context: RequestContext, now: Timestamp) -> Result<Answer, Error> {
        let (db, keys, done) = (self.database.db.clone(), self.keys.clone(), self.done.clone());
        request(db, keys, done, context, now).await
    }

    /// How many rows the work left behind, which is how often it was really done.
    async fn count(&self) -> i64 {
        let count = async |tx: &mut ReadTx| tx.fetch_one("SELECT count(*) FROM rate_counters", args![]).await;
        self.database.db.read::<i64, DbError>(count).await.unwrap()
    }
}

/// Work that leaves a row behind and answers something else each time.
async fn request(
    db: Db,
    keys: IdempotencyKeys,
    done: Arc<AtomicI64>,
    context: RequestContext,
    now: Timestamp,
) -> Result<Answer, Error> {
    db.write(async move |tx: &mut Tx| {
        let work = async |tx: &mut Tx| {
            let number = done.fetch_add(1, Ordering::SeqCst);
            tx.execute(
                "INSERT INTO rate_counters (key, window_ends_at, count) VALUES ($1, $2, 1)",
                args![format!("row {number}"), now],
            )
            .await?;
            let secret = format!("ms_live_{number}");
            Ok(Answer { number, secret })
        };
        keys.once(tx, &context, now, work).await
    })
    .await
}

fn context(scope: &str, key: &str, body: u8) -> RequestContext {
    let idempotency = Idempotency::new(scope.to_owned(), key.to_owned(), [body; 32]);
    RequestContext {
        idempotency: Some(Arc::new(idempotency)),
        ..RequestContext::system()
    }
}

fn is_replayed(context: &RequestContext) -> bool {
    context.idempotency.as_ref().unwrap().is_replayed()
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let scene = Scene::new().await;
    let first = context("alice POST /things", "k1", 1);
    let answer = scene.request(first.clone()).await.unwrap();
    assert!(!is_replayed(&first));
    for _ in 0..3 {
        let again = context("alice POST /things", "k1", 1);
        assert_eq!(scene.request(again.clone()).await.unwrap(), answer);
        assert!(is_replayed(&again));
    }
    assert_eq!(scene.count().await, 1);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_a_mistake() {
    let scene = Scene::new().await;
    scene
        .request(context("alice POST /things", "k1", 1))
        .await
        .unwrap();
    let other = context("alice POST /things", "k1", 2);
    let error = scene.request(other.clone()).await.unwrap_err();
    assert!(matches!(error, Error::Idempotency(IdempotencyError::Reused)));
    assert!(!is_replayed(&other));
    assert_eq!(scene.count().await, 1);
    assert_eq!(IdempotencyError::Reused.kind(), FailureKind::Invalid);
    assert_eq!(IdempotencyError::Reused.code(), "idempotency_key_reused");
    assert_eq!(IdempotencyError::InProgress.kind(), FailureKind::Conflict);
}

#[tokio::test]
async fn keys_count_for_their_scope() {
    let scene = Scene::new().await;
    let answers = [
        scene
            .request(context("alice POST /things", "k1", 1))
            .await
            .unwrap(),
        scene.request(context("bob POST /things", "k1", 2)).await.unwrap(),
        scene
            .request(context("alice POST /things", "k2", 1))
            .await
            .unwrap(),
    ];
    assert_eq!(answers.map(|answer| answer.number), [0, 1, 2]);
}

#[tokio::test]
async fn without_a_key_everything_is_done() {
    let scene = Scene::new().await;
    for number in 0..3 {
        let answer = scene.request(RequestContext::system()).await.unwrap();
        assert_eq!(answer.number, number);
    }
}

#[tokio::test]
async fn what_failed_may_be_tried_again() {
    let scene = Scene::new().await;
    let (keys, failing) = (scene.keys.clone(), context("alice POST /things", "k1", 1));
    let refuse = async move |tx: &mut Tx| {
        let work = async |_: &mut Tx| Err::<Answer, _>(Error::Refused);
        keys.once(tx, &failing, now(), work).await
    };
    let refused = scene.database.db.write(refuse).await;
    assert!(matches!(refused, Err(Error::Refused)));
    // With a corrected body as well: nothing was kept.
    assert!(
        scene
            .request(context("alice POST /things", "k1", 2))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn answers_are_kept_for_a_day() {
    let scene = Scene::new().await;
    let key = || context("alice POST /things", "k1", 1);
    let first = scene.request(key()).await.unwrap();
    let last = now().plus(KEPT).minus(Duration::from_micros(1));
    assert_eq!(scene.request_at(key(), last).await.unwrap(), first);
    // Then it is a new request, whether or not a job has tidied up, and may be another one.
    let next_day = now().plus(KEPT);
    let other = context("alice POST /things", "k1", 2);
    assert_eq!(scene.request_at(other, next_day).await.unwrap().number, 1);
    let error = scene.request_at(key(), next_day).await.unwrap_err();
    assert!(matches!(error, Error::Idempotency(IdempotencyError::Reused)));
}

#[tokio::test]
async fn what_is_kept_is_deleted_after_its_time() {
    let scene = Scene::new().await;
    for number in 0..4 {
        let context = context("alice POST /things", &format!("k{number}"), 1);
        scene.request(context).await.unwrap();
    }
    for (moment, expected) in [(now(), 0), (now().plus(KEPT), 4)] {
        let keys = scene.keys.clone();
        let delete = async move |tx: &mut Tx| keys.delete_expired(tx, moment).await;
        assert_eq!(scene.database.db.write(delete).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn answers_are_sealed_and_belong_to_their_key() {
    let scene = Scene::new().await;
    for key in ["k1", "k2"] {
        scene.request(context("alice", key, 1)).await.unwrap();
    }
    let read = async |tx: &mut ReadTx| {
        tx.fetch_all::<Vec<u8>>("SELECT sealed_result FROM idempotency_keys", args![])
            .await
    };
    for sealed in scene.database.db.read::<_, DbError>(read).await.unwrap() {
        assert!(!String::from_utf8_lossy(&sealed).contains("ms_live"));
    }
    let swap = async |tx: &mut Tx| {
        tx.execute(
            "UPDATE idempotency_keys SET sealed_result = (
                SELECT other.sealed_result FROM idempotency_keys AS other WHERE other.key = 'k2'
            ) WHERE key = 'k1'",
            args![],
        )
        .await
    };
    scene.database.db.write::<_, DbError>(swap).await.unwrap();
    let error = scene.request(context("alice", "k1", 1)).await.unwrap_err();
    assert!(matches!(error, Error::Idempotency(IdempotencyError::Unreadable)));
}

/// On SQLite one follows the other, so there is nothing to wait for.
#[tokio::test]
async fn who_waits_too_long_for_the_first_is_told_so() {
    let scene = Scene::new().await;
    if scene.database.place.engine() == Engine::Sqlite {
        return;
    }
    let key = || context("alice POST /things", "k1", 1);
    let has_begun = Arc::new(Notify::new());
    let (keys, slow, begun) = (scene.keys.clone(), key(), has_begun.clone());
    let first = async move |tx: &mut Tx| {
        let work = async |tx: &mut Tx| {
            begun.notify_one();
            tx.fetch_one::<String>("SELECT pg_sleep(1)::text", args![])
                .await?;
            Ok::<_, Error>(1_i64)
        };
        keys.once(tx, &slow, now(), work).await
    };
    let db = scene.database.db.clone();
    let first = tokio::spawn(async move { db.write(first).await });
    has_begun.notified().await;
    let (keys, impatient) = (scene.keys.clone(), key());
    let second = async move |tx: &mut Tx| {
        tx.execute("SET LOCAL lock_timeout = '20ms'", args![]).await?;
        let work = async |_: &mut Tx| Ok::<_, Error>(2_i64);
        keys.once(tx, &impatient, now(), work).await
    };
    let second = scene.database.db.write(second).await;
    assert!(matches!(
        second,
        Err(Error::Idempotency(IdempotencyError::InProgress))
    ));
    assert_eq!(first.await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn a_crowd_with_one_key_does_it_once() {
    let scene = Scene::new().await;
    for round in 0..ROUNDS {
        let key = format!("k{round}");
        let answers = race(|_| {
            let (db, keys, done) = (scene.database.db.clone(), scene.keys.clone(), scene.done.clone());
            let context = context("alice POST /things", &key, 1);
            async move {
                let answer = request(db, keys, done, context.clone(), now()).await.unwrap();
                (answer, is_replayed(&context))
            }
        })
        .await;
        let (first, _) = answers.first().unwrap();
        assert!(answers.iter().all(|(answer, _)| answer == first));
        let replays = answers.iter().filter(|(_, is_replayed)| *is_replayed);
        assert_eq!(replays.count(), CROWD - 1);
        assert_eq!(scene.count().await, i64::try_from(round + 1).unwrap());
    }
}

#[tokio::test]
async fn an_answer_can_be_looked_up_before_the_work_is_prepared() {
    let scene = Scene::new().await;
    let look = |context: RequestContext, at: Timestamp| {
        let (db, keys) = (scene.database.db.clone(), scene.keys.clone());
        async move {
            let work = async move |tx: &mut ReadTx| keys.answered(tx, &context, at).await;
            db.read::<Option<Answer>, Error>(work).await
        }
    };
    let same = || context("alice POST /things", "k1", 1);
    assert_eq!(look(same(), now()).await.unwrap(), None);
    assert_eq!(look(RequestContext::system(), now()).await.unwrap(), None);
    let answer = scene.request(same()).await.unwrap();
    let again = same();
    assert_eq!(look(again.clone(), now()).await.unwrap(), Some(answer));
    assert!(is_replayed(&again));
    let other = look(context("alice POST /things", "k1", 2), now()).await;
    assert!(matches!(other, Err(Error::Idempotency(IdempotencyError::Reused))));
    assert_eq!(
        look(context("bob POST /things", "k1", 1), now()).await.unwrap(),
        None
    );
    assert_eq!(look(same(), now().plus(KEPT)).await.unwrap(), None);
}
