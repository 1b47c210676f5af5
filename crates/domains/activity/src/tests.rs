//! The log on a real database, on both engines.

mod chains;
mod lists;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use db::testing::TestDatabase;
use db::{DbError, Executor as _, ReadTx, Tx, args};
use events::{Publisher, Subscriptions};
use kernel::event::organization::MemberJoined;
use kernel::event::user::UserRegistered;
use kernel::{Actor, Clock, Event, IdSource, OrganizationId, RequestContext, Timestamp, UserId};
use uuid::Uuid;

use crate::{ActivityLog, RecordActivity, SealActivity, SealActivityHandler};

/// Ids that sort by the order in which they were made.
#[derive(Default)]
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn uuid_v7(&self, _: Timestamp) -> Uuid {
        Uuid::from_u64_pair(0x7000, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// A clock that goes on by a millisecond whenever it is looked at.
#[derive(Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let passed = Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed));
        Timestamp::from_unix_seconds(1_800_000_000).unwrap().plus(passed)
    }
}

struct Scene {
    test: TestDatabase,
    queue: jobs::Queue,
    publisher: Publisher,
    log: ActivityLog,
}

impl Scene {
    async fn set() -> Self {
        let test = TestDatabase::new().await;
        let ids: Arc<dyn IdSource> = Arc::new(Counting::default());
        let clock: Arc<dyn Clock> = Arc::new(Ticking::default());
        let queue = jobs::Queue::new(Arc::clone(&ids), Arc::clone(&clock));
        let log = ActivityLog::new(test.db.clone(), queue.clone(), Arc::clone(&clock));
        let publisher = Publisher::new(queue.clone(), ids, clock);
        publisher.connect(Subscriptions::new().listen(RecordActivity(log.clone())));
        Self {
            test,
            queue,
            publisher,
            log,
        }
    }

    async fn publish_by(&self, context: RequestContext, event: impl Event + Clone) {
        let publisher = self.publisher.clone();
        self.test
            .db
            .write(async move |tx: &mut Tx| publisher.publish(tx, &context, &event).await)
            .await
            .unwrap();
    }

    async fn publish(&self, event: impl Event + Clone) {
        self.publish_by(RequestContext::system(), event).await;
    }

    async fn number(&self, sql: &'static str) -> i64 {
        let number = async move |tx: &mut ReadTx| tx.fetch_one::<i64>(sql, args![]).await;
        self.test.db.read(number).await.unwrap()
    }

    async fn execute(&self, sql: &'static str) -> u64 {
        let done = async move |tx: &mut Tx| tx.execute(sql, args![]).await;
        self.test.db.write(done).await.unwrap()
    }
}

fn organization(number: u128) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(0x0a00 + number))
}

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(0x0b00 + number))
}

fn registered(number: u128) -> UserRegistered {
    UserRegistered {
        user_id: user(number),
        email: "ada@example.com".parse().unwrap(),
        email_verified: true,
    }
}

fn joined(where_to: u128, who: u128) -> MemberJoined {
    MemberJoined {
        organization_id: organization(where_to),
        user_id: user(who),
        roles: vec!["member".into()],
    }
}

fn from_browser(who: u128) -> RequestContext {
    RequestContext {
        actor: Actor::User(user(who)),
        on_behalf_of: None,
        ip: Some("192.0.2.7".parse().unwrap()),
        user_agent: Some("Browser/1".into()),
        request_id: Some("req-1".into()),
        idempotency: None,
    }
}

#[tokio::test]
async fn there_is_an_entry_exactly_when_there_is_the_fact() {
    let scene = Scene::set().await;
    scene.publish_by(from_browser(1), joined(1, 2)).await;
    let publisher = scene.publisher.clone();
    let undone: Result<(), DbError> = scene
        .test
        .db
        .write(async move |tx: &mut Tx| {
            let context = RequestContext::system();
            let outcome = publisher.publish(tx, &context, &registered(3)).await;
            outcome.map_err(DbError::internal)?;
            Err(DbError::NoRow)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(scene.number("SELECT COUNT(*) FROM activity_logs").await, 1);
    let is_whole = "SELECT COUNT(*) FROM activity_logs
         WHERE action = 'member.joined' AND actor_kind = 'user' AND target_kind = 'user' AND outcome = 'success'
             AND ip = '192.0.2.7' AND user_agent = 'Browser/1' AND request_id = 'req-1' AND hash IS NULL";
    assert_eq!(scene.number(is_whole).await, 1);
}

#[tokio::test]
async fn one_job_seals_what_gathers() {
    let scene = Scene::set().await;
    for who in 0..3 {
        scene.publish(registered(who)).await;
    }
    assert_eq!(
        scene
            .number("SELECT COUNT(*) FROM jobs WHERE kind = 'activity.seal'")
            .await,
        1
    );
    scene.execute("UPDATE jobs SET run_at = {now}").await;
    let mut registry = jobs::Registry::new();
    registry.on::<SealActivity>(SealActivityHandler(scene.log.clone()));
    let drained = jobs::drain(&scene.test.db, &scene.queue, &registry)
        .await
        .unwrap();
    assert_eq!(drained.completed, 1);
    assert_eq!(scene.log.verify().await.unwrap().entries, 3);
}
