//! The whole domain over a database of its own, on the engine that `MAINSTAY_TEST_DATABASE` says.

mod choosing;
mod feeds;
mod sending;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::jobs::Queue;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{Args, DbError, Executor as _, ReadTx, Tx, args};
use events::{PublishError, Publisher, Subscriptions};
use guard::IdempotencyKeys;
use kernel::context::Idempotency;
use kernel::event::organization::{MemberRemoved, MemberRolesChanged};
use kernel::{
    Actor, Clock, Event, Failure as _, IdSource, NotificationId, OrganizationId, PageRequest, RequestContext,
    Timestamp, UserId,
};
use mail::{Delivery, Mailer, MailerParts};
use outbound::{Outbound, OutboundConfig};
use serde_json::Map;
use uuid::Uuid;

use crate::{
    Content, FeedFilter, Machinery, MachineryParts, Notification, NotificationError, Notifications,
    PushEndpoints, RawContent, TellMembers, Told, UnreadCount,
};

struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let moment = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(
            moment << 16 | 0x7000,
            1 << 63 | self.0.fetch_add(1, Ordering::Relaxed),
        )
    }
}

struct World {
    notifications: Notifications,
    machinery: Machinery,
    clock: Arc<TestClock>,
    _database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(TestClock(Mutex::new("2026-03-05T17:30:00Z".parse().unwrap())));
        let ids = Arc::new(CountingIds(AtomicU64::new(1)));
        let queue = Queue::new(ids.clone(), clock.clone());
        let master = MasterKey::from_bytes([7; 32]);
        let mailer = Mailer::new(MailerParts {
            queue: queue.clone(),
            sealer: master.sealer("mail"),
            templates: mail::Templates::built_in().unwrap(),
            ids: ids.clone(),
            clock: clock.clone(),
            product_name: "Mainstay".into(),
            host: "app.example.com".into(),
            delivery: Delivery::Mailbox,
            unsubscribe: None,
        });
        let machinery = Machinery::new(MachineryParts {
            db: database.db.clone(),
            events: Publisher::new(queue.clone(), ids.clone(), clock.clone()),
            idempotency: IdempotencyKeys::new(&master),
            clock: clock.clone(),
            ids,
            mailer,
            queue,
            master_key: Arc::new(master),
            http: Arc::new(Outbound::new(&OutboundConfig::default()).unwrap()),
            push_endpoints: PushEndpoints::Https,
            public_url: "https://app.example.com".parse().unwrap(),
        });
        let notifications = Notifications::new(machinery.clone());
        let tell = TellMembers::new(notifications.clone());
        let subscriptions = Subscriptions::new()
            .subscribe::<MemberRolesChanged>(tell.clone())
            .subscribe::<MemberRemoved>(tell);
        machinery.events.connect(subscriptions);
        Self {
            notifications,
            machinery,
            clock,
            _database: database,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance(&self, by: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(by);
    }

    async fn execute(&self, sql: &'static str, args: Args) {
        let work = async move |tx: &mut Tx| tx.execute(sql, args.clone()).await;
        let done: Result<u64, DbError> = self.machinery.db.write(work).await;
        done.unwrap();
    }

    async fn numbers(&self, sql: &'static str, args: Args) -> Vec<i64> {
        let work = async move |tx: &mut ReadTx| tx.fetch_all(sql, args.clone()).await;
        let found: Result<Vec<i64>, DbError> = self.machinery.db.read(work).await;
        found.unwrap()
    }

    async fn rows(&self) -> i64 {
        let count = async |tx: &mut ReadTx| tx.fetch_one("SELECT count(*) FROM notifications", args![]).await;
        let rows: Result<i64, DbError> = self.machinery.db.read(count).await;
        rows.unwrap()
    }

    async fn person(&self, name: &str) -> UserId {
        let (user, now) = (UserId::new(&*self.machinery.ids, self.now()), self.now());
        self.execute(
            "INSERT INTO users (id, email, email_norm, email_verified_at, name, name_norm, created_at, updated_at)
             VALUES ($1, $2, $2, $4, $3, $3, $4, $4)",
            args![user, format!("{name}@example.com"), name, now],
        )
        .await;
        user
    }

    async fn organization(&self, slug: &str) -> OrganizationId {
        let (organization, now) = (OrganizationId::new(&*self.machinery.ids, self.now()), self.now());
        self.execute(
            "INSERT INTO organizations (id, name, slug, settings, created_at, updated_at)
             VALUES ($1, $2, $2, $4, $3, $3)",
            args![organization, slug, now, serde_json::json!({})],
        )
        .await;
        organization
    }

    async fn member(&self, organization: OrganizationId, name: &str) -> UserId {
        let user = self.person(name).await;
        self.join(organization, user).await;
        user
    }

    async fn join(&self, organization: OrganizationId, user: UserId) {
        self.execute(
            "INSERT INTO user_org (organization_id, user_id, joined_at) VALUES ($1, $2, $3)",
            args![organization, user, self.now()],
        )
        .await;
    }

    /// Tells one member something, a second after whatever was before.
    async fn tell(&self, organization: OrganizationId, user: UserId, title: &str) -> NotificationId {
        self.advance(Duration::from_secs(1));
        let context = RequestContext::system();
        let sent = self
            .notifications
            .send(&context, organization, vec![user], content(title))
            .await;
        sent.unwrap().sent[0].id
    }

    async fn feed(&self, user: UserId, filter: FeedFilter) -> Vec<Notification> {
        let page = self
            .notifications
            .list(user, filter, PageRequest::default())
            .await;
        page.unwrap().items
    }

    async fn unread(&self, user: UserId) -> u32 {
        self.notifications.count_unread(user, None).await.unwrap().unread
    }

    async fn publish<E: Event + Clone>(&self, event: E) {
        let events = self.machinery.events.clone();
        let work = async move |tx: &mut Tx| {
            let context = RequestContext::system();
            events.publish(tx, &context, &event).await
        };
        let published: Result<_, PublishError> = self.machinery.db.write(work).await;
        published.unwrap();
    }
}

fn raw(title: &str) -> RawContent {
    RawContent {
        category: "invoice".into(),
        title: title.into(),
        body: "Please look.".into(),
        link: Some("/invoices/7".into()),
        data: Map::from_iter([("invoice".to_owned(), 7.into())]),
        channels: Vec::new(),
    }
}

fn content(title: &str) -> Content {
    Content::parse(raw(title)).unwrap()
}

fn titles(feed: &[Notification]) -> Vec<&str> {
    feed.iter().map(|notification| &*notification.title).collect()
}

fn keyed(user: UserId, idempotency_key: &str, body: u8) -> RequestContext {
    let idempotency = Idempotency::new("test".into(), idempotency_key.into(), [body; 32]);
    RequestContext {
        idempotency: Some(Arc::new(idempotency)),
        ..RequestContext::system().acting_as(Actor::User(user))
    }
}

/// The code of a refusal.
fn code<T>(result: Result<T, NotificationError>) -> &'static str {
    result.err().map_or("none", |error| error.code())
}
