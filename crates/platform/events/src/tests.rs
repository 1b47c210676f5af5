//! Publishing on a real database, on both engines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use db::testing::TestDatabase;
use db::{DbError, Executor as _, Tx, args};
use jobs::{JobError, Queue, Registry, drain};
use kernel::event::user::{UserRegistered, UserSuspended};
use kernel::time::SystemClock;
use kernel::{Actor, Event, Failure, FailureKind, IdSource, RequestContext, Timestamp, UserId};
use uuid::Uuid;

use crate::{Envelope, Listener, Outbox, PublishError, Publisher, Subscriber, Subscriptions};

#[derive(Default)]
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn uuid_v7(&self, _: Timestamp) -> Uuid {
        Uuid::from_u64_pair(0x7000, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Writes down what it hears, and refuses when it is told to.
#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<String>>,
    refuses: bool,
}

impl Ear {
    fn note(&self, what: impl Into<String>) {
        self.heard.lock().unwrap().push(what.into());
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no room")]
struct NoRoom;

impl Failure for NoRoom {
    fn kind(&self) -> FailureKind {
        FailureKind::Conflict
    }
    fn code(&self) -> &'static str {
        "no_room"
    }
}

#[async_trait(?Send)]
impl Subscriber<UserRegistered> for Ear {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &UserRegistered) -> Result<(), PublishError> {
        tx.execute(
            "INSERT INTO schedule_ticks (schedule, tick) VALUES ($1, {now})",
            args![event.email.as_str()],
        )
        .await?;
        self.note(format!("subscriber {}", event.email.as_str()));
        if self.refuses {
            return Err(PublishError::refused(NoRoom));
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Listener for Ear {
    async fn on(&self, _: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        self.note(format!("listener {}", envelope.name));
        Ok(())
    }
}

#[async_trait]
impl Outbox<UserRegistered> for Ear {
    async fn deliver(&self, event: UserRegistered, envelope: &Envelope) -> Result<(), JobError> {
        assert_eq!(envelope.actor, Actor::System);
        assert_eq!(envelope.target.as_ref().unwrap().id, event.user_id.uuid());
        self.note(format!("outbox {} {}", envelope.name, event.email.as_str()));
        Ok(())
    }
}

struct Scene {
    test: TestDatabase,
    queue: Queue,
    publisher: Publisher,
    registry: Registry,
}

impl Scene {
    async fn set(subscriptions: Subscriptions) -> Self {
        let ids: Arc<dyn IdSource> = Arc::new(Counting::default());
        let clock = Arc::new(SystemClock);
        let queue = Queue::new(Arc::clone(&ids), clock.clone());
        let publisher = Publisher::new(queue.clone(), ids, clock);
        let mut registry = Registry::new();
        publisher.register(&mut registry);
        publisher.connect(subscriptions);
        Self {
            test: TestDatabase::new().await,
            queue,
            publisher,
            registry,
        }
    }

    async fn publish(&self, event: impl Event + Clone) -> Result<(), PublishError> {
        let publisher = self.publisher.clone();
        self.test
            .db
            .write(async move |tx: &mut Tx| publisher.publish(tx, &RequestContext::system(), &event).await)
            .await
    }

    async fn deliver(&self) -> usize {
        let drained = drain(&self.test.db, &self.queue, &self.registry).await.unwrap();
        assert_eq!(drained.failed, []);
        drained.completed
    }

    async fn written(&self) -> i64 {
        self.test
            .db
            .read(async |tx: &mut db::ReadTx| {
                tx.fetch_one("SELECT count(*) FROM schedule_ticks", args![]).await
            })
            .await
            .map_err(|error: DbError| error)
            .unwrap()
    }
}

fn user() -> UserId {
    UserId::from_uuid(Uuid::from_u128(7))
}

fn registered() -> UserRegistered {
    UserRegistered {
        user_id: user(),
        email: "ada@example.com".parse().unwrap(),
        email_verified: false,
    }
}

#[tokio::test]
async fn everybody_who_is_concerned_hears_and_in_this_order() {
    let ear = Arc::new(Ear::default());
    let scene = Scene::set(
        Subscriptions::new()
            .outbox::<UserRegistered>("one", Arc::clone(&ear))
            .outbox::<UserRegistered>("two", Arc::clone(&ear))
            .subscribe::<UserRegistered>(Arc::clone(&ear))
            .listen(Arc::clone(&ear)),
    )
    .await;
    scene.publish(registered()).await.unwrap();
    scene.publish(UserSuspended { user_id: user() }).await.unwrap();
    assert_eq!(
        ear.heard(),
        [
            "listener user.registered",
            "subscriber ada@example.com",
            "listener user.suspended"
        ]
    );
    assert_eq!(scene.deliver().await, 2);
    assert_eq!(
        ear.heard().split_off(3),
        [
            "outbox user.registered ada@example.com",
            "outbox user.registered ada@example.com"
        ]
    );
    assert_eq!(scene.deliver().await, 0);
}

#[tokio::test]
async fn who_refuses_undoes_the_fact_and_is_heard_with_their_own_words() {
    let refusing = Arc::new(Ear {
        refuses: true,
        ..Ear::default()
    });
    let outside = Arc::new(Ear::default());
    let scene = Scene::set(
        Subscriptions::new()
            .subscribe::<UserRegistered>(Arc::clone(&refusing))
            .outbox::<UserRegistered>("one", Arc::clone(&outside)),
    )
    .await;
    let error = scene.publish(registered()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (FailureKind::Conflict, "no_room"));
    assert_eq!(error.to_string(), "no room");
    assert_eq!(scene.written().await, 0);
    assert_eq!(scene.deliver().await, 0);
    assert!(outside.heard().is_empty());
}

#[tokio::test]
async fn only_the_first_connection_counts() {
    let (first, second) = (Arc::new(Ear::default()), Arc::new(Ear::default()));
    let scene = Scene::set(Subscriptions::new().listen(Arc::clone(&first))).await;
    scene
        .publisher
        .connect(Subscriptions::new().listen(Arc::clone(&second)));
    scene.publish(registered()).await.unwrap();
    assert_eq!((first.heard().len(), second.heard().len()), (1, 0));
}
