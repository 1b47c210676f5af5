//! The whole domain over a database of its own, for the tests beside the code.

pub(crate) mod till;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{Args, Db, DbError, Executor as _, FromRow, ReadTx, Tx, args};
use events::{Envelope, Listener, Publisher, Subscriptions};
use guard::{IdempotencyKeys, Limits};
use jobs::{Drained, Queue, Registry, drain};
use kernel::{Clock, IdSource, OrganizationId, PaymentId, Timestamp};
use mail::{Delivery, Mailer, MailerParts, Template, Templates};
use uuid::Uuid;

use self::till::Till;
use crate::config::{BillingConfig, Seller};
use crate::error::BillingError;
use crate::machinery::{Machinery, MachineryParts, Organizations};
use crate::providers::Providers;
use crate::services::Services;

pub(crate) struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl TestClock {
    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(by);
    }
}

struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let moment = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(moment << 16 | 0x7000, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Writes down the names of events.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

#[async_trait(?Send)]
impl Listener for Heard {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let (heard, name) = (Arc::clone(&self.0), envelope.name.to_string());
        tx.after_commit(move || heard.lock().unwrap().push(name));
        Ok(())
    }
}

/// Every organization is there, and has three members.
struct Everybody;

#[async_trait(?Send)]
impl Organizations for Everybody {
    async fn name_in(&self, _: &mut Tx, _: OrganizationId) -> Result<Option<String>, DbError> {
        Ok(Some("Analytical Engines".to_owned()))
    }

    async fn count_members_in(&self, _: &mut Tx, _: OrganizationId) -> Result<i64, DbError> {
        Ok(3)
    }

    async fn mail_owners_in(
        &self,
        _: &mut Tx,
        _: OrganizationId,
        _: (Template, serde_json::Value),
    ) -> Result<(), BillingError> {
        Ok(())
    }
}

/// The services of this domain, and what surrounds them.
pub(crate) struct Billing {
    pub(crate) machinery: Machinery,
    pub(crate) services: Services,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) till: Arc<Till>,
    heard: Heard,
    _database: TestDatabase,
}

impl Billing {
    /// With an account at one provider, [`Till`].
    pub(crate) async fn open() -> Self {
        let database = TestDatabase::new().await;
        let now = "2026-03-05T17:30:00Z".parse().unwrap();
        let clock = Arc::new(TestClock(Mutex::new(now)));
        let (heard, till) = (Heard::default(), Arc::new(Till::default()));
        let machinery = machinery(&database, Arc::clone(&clock), &heard, Arc::clone(&till));
        Self {
            services: Services::new(machinery.clone()),
            machinery,
            clock,
            till,
            heard,
            _database: database,
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.machinery.db
    }

    /// Does what is due.
    pub(crate) async fn work(&self) -> Drained {
        let mut registry = Registry::new();
        self.services.register(&mut registry);
        drain(self.db(), &self.machinery.queue, &registry).await.unwrap()
    }

    /// Lets every job be due, whatever it waits for, and the product's clock go on by that.
    pub(crate) async fn later(&self, by: Duration) {
        self.clock.advance(by);
        self.execute("UPDATE jobs SET run_at = {after:-1 seconds} WHERE lease_until IS NULL")
            .await;
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        let done = self
            .db()
            .write(async move |tx: &mut Tx| tx.execute(sql, args![]).await);
        done.await.unwrap();
    }

    pub(crate) async fn rows<R: FromRow + Send + 'static>(&self, sql: &'static str) -> Vec<R> {
        self.rows_with(sql, args![]).await
    }

    pub(crate) async fn rows_with<R: FromRow + Send + 'static>(
        &self,
        sql: &'static str,
        args: Args,
    ) -> Vec<R> {
        let rows = self
            .db()
            .read(async move |tx: &mut ReadTx| tx.fetch_all::<R>(sql, args.clone()).await);
        rows.await.unwrap()
    }

    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        self.rows(sql).await[0]
    }

    /// A payment of 19.99 USD at the till that is waited for, and is asked about in ten minutes.
    pub(crate) async fn payment(&self, reference: Option<&'static str>) -> PaymentId {
        let now = self.clock.now();
        let id = PaymentId::new(&*self.machinery.ids, now);
        let organization = OrganizationId::from_uuid(Uuid::from_u128(1));
        let insert = async move |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO payments
                    (id, organization_id, kind, provider, provider_account, provider_reference, attempt, amount, currency,
                     status, metadata, next_sync_at, created_at, updated_at)
                 VALUES ($1, $2, 'one_off', $3, $4, $5, 1, 1999, 'USD', 'pending', $6, $7, $8, $8)",
                args![
                    id,
                    organization,
                    till::TILL,
                    till::ACCOUNT,
                    reference,
                    serde_json::json!({}),
                    now.plus(Duration::from_mins(10)),
                    now
                ],
            )
            .await
        };
        self.db().write::<_, DbError>(insert).await.unwrap();
        id
    }

    /// How often an event was heard.
    pub(crate) fn heard(&self, name: &str) -> usize {
        let heard = self.heard.0.lock().unwrap();
        heard.iter().filter(|heard| *heard == name).count()
    }
}

fn machinery(database: &TestDatabase, clock: Arc<TestClock>, heard: &Heard, till: Arc<Till>) -> Machinery {
    static STARTS: AtomicU64 = AtomicU64::new(1);
    let start = STARTS.fetch_add(1, Ordering::Relaxed) << 32;
    let clock: Arc<dyn Clock> = clock;
    let ids: Arc<dyn IdSource> = Arc::new(CountingIds(AtomicU64::new(start)));
    let master_key = MasterKey::generate();
    let queue = Queue::new(Arc::clone(&ids), Arc::clone(&clock));
    let events = Publisher::new(queue.clone(), Arc::clone(&ids), Arc::clone(&clock));
    events.connect(Subscriptions::new().listen(heard.clone()));
    let mailer = Mailer::new(MailerParts {
        queue: queue.clone(),
        sealer: master_key.sealer("mail"),
        templates: Templates::built_in().unwrap(),
        ids: Arc::clone(&ids),
        clock: Arc::clone(&clock),
        product_name: String::from("Mainstay"),
        host: String::from("localhost"),
        delivery: Delivery::Mailbox,
        unsubscribe: None,
    });
    Machinery::new(MachineryParts {
        db: database.db.clone(),
        events,
        idempotency: IdempotencyKeys::new(&master_key),
        limits: Limits::new(database.db.clone(), 1),
        clock,
        ids,
        queue,
        mailer,
        organizations: Arc::new(Everybody),
        providers: Providers::new(vec![till]),
        public_url: "https://app.example.com".parse().unwrap(),
        product_name: String::from("Mainstay"),
        config: BillingConfig {
            grace: Duration::from_hours(24 * 7),
            seller: Seller::default(),
            allow_plain_return: false,
        },
    })
}

#[test]
fn schedules_can_be_read() {
    let schedules = Services::schedules().unwrap();
    assert!(schedules.len() >= 5);
}
