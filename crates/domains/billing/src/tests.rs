//! The whole domain over a database of its own, on the engine that `MAINSTAY_TEST_DATABASE` says, with a provider that
//! does what a test wants.

mod applying;
mod disputing;
mod provider;
mod refunding;
mod renewing;
mod resolving;
mod starting;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::events::{Envelope, Listener, Publisher, Subscriptions};
use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{Args, DbError, Executor as _, ReadTx, Tx, args};
use guard::{IdempotencyKeys, Limits};
use jobs::{Queue, Registry};
use kernel::context::Idempotency;
use kernel::{
    Actor, Clock, IdSource, Money, OrganizationId, PageRequest, PaymentId, RequestContext, Timestamp, UserId,
};
use mail::{Delivery, Mailer, MailerParts, Template};
use ports::payments::{ObjectKind, ObjectRef, PaymentProvider, Snapshot};
use uuid::Uuid;

use self::provider::TestProvider;
use crate::payment::model::order::{Metadata, PaymentWish, Subject};
use crate::payment::model::{Payment, PaymentFilter, PaymentStatus};
use crate::payment::service::Payments;
use crate::sync::service::Questions;
use crate::{
    BillingConfig, BillingError, Machinery, MachineryParts, Organizations, Providers, Seller, Services,
    Source,
};

pub(crate) struct TestClock(Mutex<Timestamp>);

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

/// Writes down the names of events once they are durable.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

#[async_trait(?Send)]
impl Listener for Heard {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let (heard, name) = (Arc::clone(&self.0), envelope.name.to_string());
        // The bills beside payments have tests of their own.
        if !name.starts_with("invoice.") {
            tx.after_commit(move || heard.lock().unwrap().push(name));
        }
        Ok(())
    }
}

/// Every organization but one is there.
struct Payers;

fn nowhere() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(404))
}

#[async_trait(?Send)]
impl Organizations for Payers {
    async fn name_in(&self, _: &mut Tx, id: OrganizationId) -> Result<Option<String>, DbError> {
        Ok((id != nowhere()).then(|| "Acme".to_owned()))
    }

    async fn count_members_in(&self, _: &mut Tx, _: OrganizationId) -> Result<i64, DbError> {
        Ok(1)
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

struct World {
    services: Services,
    payments: Payments,
    machinery: Machinery,
    clock: Arc<TestClock>,
    provider: Arc<TestProvider>,
    heard: Heard,
    _database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        Self::with(TestProvider::capable()).await
    }

    async fn with(provider: TestProvider) -> Self {
        let database = TestDatabase::new().await;
        let db = database.db.clone();
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
        let provider = Arc::new(provider);
        let as_provider: Arc<dyn PaymentProvider> = provider.clone();
        let machinery = Machinery::new(MachineryParts {
            db: db.clone(),
            events: Publisher::new(queue.clone(), ids.clone(), clock.clone()),
            idempotency: IdempotencyKeys::new(&master),
            limits: Limits::new(db, 1),
            clock: clock.clone(),
            ids,
            queue,
            mailer,
            organizations: Arc::new(Payers),
            providers: Providers::new(vec![as_provider]),
            public_url: "https://app.example.com/".parse().unwrap(),
            product_name: "Mainstay".into(),
            config: BillingConfig {
                grace: Duration::from_hours(24 * 7),
                seller: Seller::default(),
                allow_plain_return: false,
            },
        });
        let heard = Heard::default();
        machinery
            .events
            .connect(Subscriptions::new().listen(heard.clone()));
        let services = Services::new(machinery.clone());
        Self {
            payments: Payments::new(machinery.clone(), services.invoices.clone()),
            services,
            machinery,
            clock,
            provider,
            heard,
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

    /// What was published since this was last asked.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }

    async fn number(&self, sql: &'static str, args: Args) -> i64 {
        let work = async move |tx: &mut ReadTx| tx.fetch_one(sql, args.clone()).await;
        let found: Result<i64, DbError> = self.machinery.db.read(work).await;
        found.unwrap()
    }

    /// What the books say of an account.
    async fn balance(&self, account: &str) -> i64 {
        let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_entries WHERE account = $1";
        self.number(sql, args![account]).await
    }

    async fn rows(&self) -> i64 {
        self.number("SELECT count(*) FROM payments", args![]).await
    }

    /// Asks about a payment now.
    async fn sync(
        &self,
        organization: Option<OrganizationId>,
        payment: PaymentId,
    ) -> Result<Payment, BillingError> {
        let appliers = self.services.appliers();
        let questions = Questions::new(self.machinery.clone(), self.payments.clone(), appliers);
        questions.ask(organization, payment).await
    }

    /// All payments, the newest first.
    async fn all(&self) -> Vec<Payment> {
        let (filter, page) = (PaymentFilter::default(), PageRequest::default());
        self.payments.list(filter, page).await.unwrap().items
    }

    async fn start(&self) -> Payment {
        self.payments
            .start(&somebody(), "stub", wish(1000))
            .await
            .unwrap()
    }

    async fn get(&self, id: PaymentId) -> Payment {
        self.payments.get(None, id).await.unwrap()
    }

    async fn status(&self, id: PaymentId) -> PaymentStatus {
        self.get(id).await.standing.status
    }

    /// What the provider answers about an object now, as a job would have it.
    async fn asked(&self, kind: ObjectKind, id: &str) -> Answer {
        let source = Source {
            provider: "stub",
            account: "test".into(),
            asked_at: self.now(),
            reference: None,
        };
        let object = ObjectRef {
            kind,
            id: id.to_owned(),
        };
        let snapshots = self.provider.fetch(&object).await.unwrap();
        Answer { source, snapshots }
    }

    async fn apply(&self, answer: &Answer) {
        let (payments, answer) = (self.payments.clone(), answer.clone());
        let work = async move |tx: &mut Tx| {
            for snapshot in &answer.snapshots {
                if let Snapshot::Payment(snapshot) = snapshot {
                    payments.apply(tx, &answer.source, snapshot).await?;
                }
            }
            Ok::<(), BillingError>(())
        };
        self.machinery.db.write(work).await.unwrap();
    }

    /// Asks about a payment of the provider, and applies what it says.
    async fn tell(&self, provider_payment: &str) {
        let answer = self.asked(ObjectKind::Payment, provider_payment).await;
        self.apply(&answer).await;
    }

    /// Does every job that is due.
    async fn work(&self) {
        let mut registry = Registry::new();
        self.services.register(&mut registry);
        jobs::drain(&self.machinery.db, &self.machinery.queue, &registry)
            .await
            .unwrap();
    }
}

/// What a provider said, and when it was asked.
#[derive(Clone)]
struct Answer {
    source: Source,
    snapshots: Vec<Snapshot>,
}

fn organization() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(1))
}

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn wish(minor: i64) -> PaymentWish {
    PaymentWish {
        organization: organization(),
        subject: Subject::Amount(usd(minor)),
        description: Some("100 credits".into()),
        success_url: None,
        cancel_url: None,
        customer_email: Some("ada@example.com".parse().unwrap()),
        metadata: Metadata::new(),
    }
}

fn somebody() -> RequestContext {
    RequestContext::system().acting_as(Actor::User(UserId::from_uuid(Uuid::from_u128(7))))
}

/// Somebody who wants it once, however often they ask.
fn once(key: &str) -> RequestContext {
    RequestContext {
        idempotency: Some(Arc::new(Idempotency::new("ada".into(), key.into(), [1; 32]))),
        ..somebody()
    }
}

fn code<T: std::fmt::Debug>(outcome: Result<T, BillingError>) -> &'static str {
    kernel::Failure::code(&outcome.unwrap_err())
}
