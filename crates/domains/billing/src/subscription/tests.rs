//! Subscriptions over a database of their own, with a provider that remembers what it was asked for.

mod applying;
mod bills;
mod changing;
mod desk;
mod ending;
mod portal;
mod reminding;
mod seats;
mod starting;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{DbError, Tx};
use events::{Envelope, Listener, Publisher};
use guard::{IdempotencyKeys, Limits};
use jobs::{Queue, Registry, drain};
use kernel::context::Idempotency;
use kernel::{
    Actor, Clock, Failure as _, IdSource, OrganizationId, RequestContext, SubscriptionId, Timestamp, UserId,
};
use mail::{Delivery, Mail, Mailbox, Mailer, MailerParts, Template, Templates};
use ports::payments::Capability;
use serde_json::Value;
use uuid::Uuid;

use self::desk::Desk;
use crate::error::BillingError;
use crate::plan::model::{Interval, NewPrice, Period, PlanContent};
use crate::subscription::model::{Subscription, SubscriptionWish};
use crate::{BillingConfig, Machinery, MachineryParts, Organizations, Price, Providers, Seller, Services};

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

/// Writes events down once they are durable.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(String, Value)>>>);

#[async_trait(?Send)]
impl Listener for Heard {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let (heard, name) = (Arc::clone(&self.0), envelope.name.to_string());
        let payload = envelope.payload.clone();
        tx.after_commit(move || heard.lock().unwrap().push((name, payload)));
        Ok(())
    }
}

/// Those who pay, as the domain of organizations knows them.
struct Payers {
    members: Mutex<BTreeMap<OrganizationId, i64>>,
    mailer: Mailer,
}

#[async_trait(?Send)]
impl Organizations for Payers {
    async fn name_in(&self, _: &mut Tx, id: OrganizationId) -> Result<Option<String>, DbError> {
        let is_there = self.members.lock().unwrap().contains_key(&id);
        Ok(is_there.then(|| "Ink & Quill".to_owned()))
    }

    async fn count_members_in(&self, _: &mut Tx, id: OrganizationId) -> Result<i64, DbError> {
        Ok(self.members.lock().unwrap().get(&id).copied().unwrap_or_default())
    }

    async fn mail_owners_in(
        &self,
        tx: &mut Tx,
        id: OrganizationId,
        (template, variables): (Template, Value),
    ) -> Result<(), BillingError> {
        if !self.members.lock().unwrap().contains_key(&id) {
            return Ok(());
        }
        let mail = Mail {
            to: &"owner@example.com".parse().unwrap(),
            template,
            locale: &"en".parse().unwrap(),
            user: None,
            organization: Some(id),
            variables,
        };
        self.mailer.send(tx, mail).await?;
        Ok(())
    }
}

struct World {
    services: Services,
    machinery: Machinery,
    registry: Registry,
    clock: Arc<TestClock>,
    heard: Heard,
    mailbox: Mailbox,
    payers: Arc<Payers>,
    desk: Arc<Desk>,
    organization: OrganizationId,
    price: Price,
    _database: TestDatabase,
}

impl World {
    /// With a provider that can do everything, and a price of €19.00 a month with a trial of 14 days.
    async fn new() -> Self {
        Self::with(Desk::capable()).await
    }

    async fn with(desk: Desk) -> Self {
        let database = TestDatabase::new().await;
        let db = database.db.clone();
        let clock = Arc::new(TestClock(Mutex::new("2026-03-05T12:00:00Z".parse().unwrap())));
        let ids = Arc::new(CountingIds(AtomicU64::new(1)));
        let queue = Queue::new(ids.clone(), clock.clone());
        let master = MasterKey::from_bytes([7; 32]);
        let mailer = Mailer::new(MailerParts {
            queue: queue.clone(),
            sealer: master.sealer("mail"),
            templates: Templates::built_in().unwrap(),
            ids: ids.clone(),
            clock: clock.clone(),
            product_name: "Mainstay".into(),
            host: "app.example.com".into(),
            delivery: Delivery::Mailbox,
            unsubscribe: None,
        });
        let organization = OrganizationId::new(&*ids, clock.now());
        let payers = Arc::new(Payers {
            members: Mutex::new(BTreeMap::from([(organization, 3)])),
            mailer: mailer.clone(),
        });
        let desk = Arc::new(desk);
        let machinery = Machinery::new(MachineryParts {
            db: db.clone(),
            events: Publisher::new(queue.clone(), ids.clone(), clock.clone()),
            idempotency: IdempotencyKeys::new(&master),
            limits: Limits::new(db.clone(), 1),
            clock: clock.clone(),
            ids,
            queue,
            mailer: mailer.clone(),
            organizations: payers.clone(),
            providers: Providers::new(vec![desk.clone()]),
            public_url: "https://app.example.com/".parse().unwrap(),
            product_name: "Mainstay".into(),
            config: BillingConfig {
                grace: Duration::from_hours(24 * 7),
                seller: Seller::default(),
                allow_plain_return: false,
            },
        });
        let services = Services::new(machinery.clone());
        let mailbox = mailer.mailbox(db);
        let heard = Heard::default();
        machinery
            .events
            .connect(events::Subscriptions::new().listen(heard.clone()));
        let mut registry = Registry::new();
        services.register(&mut registry);
        let price = price(&services, "pro", 1900, "price_1").await;
        let world = Self {
            services,
            machinery,
            registry,
            clock,
            heard,
            mailbox,
            payers,
            desk,
            organization,
            price,
            _database: database,
        };
        world.heard();
        world
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance(&self, by: Duration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(by);
    }

    /// What was published since this was last asked.
    fn heard(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }

    fn names_heard(&self) -> Vec<String> {
        self.heard().into_iter().map(|(name, _)| name).collect()
    }

    fn wish(&self) -> SubscriptionWish {
        SubscriptionWish {
            organization: self.organization,
            price: self.price.id,
            provider: "desk".into(),
            quantity: None,
            follows_members: false,
            trial: Some(false),
            success_url: None,
            cancel_url: None,
            customer_email: None,
            metadata: BTreeMap::new(),
        }
    }

    async fn start(&self, context: &RequestContext) -> Result<Subscription, BillingError> {
        self.services.subscriptions.start(context, self.wish()).await
    }

    /// One that somebody has paid for, as the provider's `sub_1` or later.
    async fn running(&self) -> Subscription {
        self.running_by(self.wish()).await
    }

    async fn running_by(&self, wish: SubscriptionWish) -> Subscription {
        let started = self
            .services
            .subscriptions
            .start(&somebody(), wish)
            .await
            .unwrap();
        self.desk.pay(&started.checkout.reference.unwrap(), self.now());
        self.synced(started.id).await
    }

    /// As it is after the provider was asked.
    async fn synced(&self, id: SubscriptionId) -> Subscription {
        self.services.subscriptions.sync_now(id).await.unwrap();
        self.get(id).await
    }

    async fn get(&self, id: SubscriptionId) -> Subscription {
        self.services.subscriptions.get(None, id).await.unwrap()
    }

    /// Does what is due, and what waits for its time: the queue's own clock stands still in tests.
    async fn work(&self) {
        let hurry = async |tx: &mut Tx| {
            use db::Executor as _;
            tx.execute("UPDATE jobs SET run_at = {now}", db::args![]).await
        };
        self.machinery.db.write(hurry).await.unwrap();
        drain(&self.machinery.db, &self.machinery.queue, &self.registry)
            .await
            .unwrap();
    }
}

/// A plan with a price by the month that the desk knows.
async fn price(services: &Services, key: &str, amount: i64, reference: &str) -> Price {
    let content = PlanContent {
        name: "Pro".into(),
        description: String::new(),
        features: BTreeMap::new(),
        trial_days: 14,
        is_public: true,
        rank: 0,
    };
    let plan = services
        .plans
        .create(&somebody(), key.parse().unwrap(), content)
        .await;
    price_of(services, plan.unwrap().id, amount, reference).await
}

async fn price_of(services: &Services, plan: kernel::PlanId, amount: i64, reference: &str) -> Price {
    let month = Period {
        interval: Interval::Month,
        count: 1,
    };
    let new = NewPrice::new(amount, "EUR".parse().unwrap(), Some(month));
    let price = services.plans.create_price(&somebody(), plan, new).await.unwrap();
    let named = services
        .plans
        .set_reference((plan, price.id), "desk", reference.to_owned())
        .await;
    named.unwrap()
}

fn somebody() -> RequestContext {
    RequestContext {
        actor: Actor::User(UserId::from_uuid(Uuid::from_u128(77))),
        ..RequestContext::system()
    }
}

/// Somebody who says that they ask once.
fn keyed(key: &str) -> RequestContext {
    RequestContext {
        idempotency: Some(Arc::new(Idempotency::new("test".into(), key.into(), [1; 32]))),
        ..somebody()
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, BillingError>, code: &str) {
    assert_eq!(result.unwrap_err().code(), code);
}

/// What `Desk` can do without `missing`.
fn without(missing: &[Capability]) -> Desk {
    let left: Vec<_> = Capability::ALL
        .iter()
        .copied()
        .filter(|one| !missing.contains(one))
        .collect();
    Desk::of(Box::leak(left.into_boxed_slice()))
}

const DAY: Duration = Duration::from_hours(24);
