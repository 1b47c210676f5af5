//! What the tests here share.

use std::sync::atomic::{AtomicU64, Ordering};

use db::testing::TestDatabase;
use db::{DbError, Executor as _, Tx, args};
use kernel::{Id, IdSource, Timestamp, UserId};
use uuid::Uuid;

/// How many meet in a race, and how often.
pub(crate) const CROWD: usize = 20;
pub(crate) const ROUNDS: usize = 10;

pub(crate) fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// Ids that count up.
#[derive(Default)]
pub(crate) struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let moment = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(moment, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// A person in the database.
pub(crate) async fn person(database: &TestDatabase, number: u64) -> UserId {
    let user = Id::from_uuid(Uuid::from_u64_pair(1, number));
    let email = format!("person{number}@example.test");
    let insert = async move |tx: &mut Tx| {
        tx.execute(
            "INSERT INTO users (id, email, email_norm, created_at, updated_at) VALUES ($1, $2, $2, $3, $3)",
            args![user, &email, now()],
        )
        .await
    };
    database.db.write::<_, DbError>(insert).await.unwrap();
    user
}

/// What a crowd gets that does the same at the same moment.
pub(crate) async fn race<T, W>(act: impl Fn(usize) -> W) -> Vec<T>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..CROWD).map(|number| tokio::spawn(act(number))).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}
