//! The whole domain over a database of its own, on the engine that `MAINSTAY_TEST_DATABASE` says.

mod checks;
mod events;
mod reservations;
mod staff;
mod usage;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::events::{Envelope, Listener, Publisher, Subscriptions};
use async_trait::async_trait;
use crypto::MasterKey;
use db::testing::TestDatabase;
use db::{DbError, Executor as _, Tx, args};
use guard::IdempotencyKeys;
use jobs::Queue;
use kernel::event::organization::OrganizationDeleted;
use kernel::event::subscription::{PlanSaved, SubscriptionUpdated};
use kernel::{
    Clock, Event, FeatureGrant, FeatureKey, FeaturePeriod, IdSource, OrganizationId, PlanId, RequestContext,
    SubscriptionId, Timestamp,
};
use uuid::Uuid;

use crate::{EntitlementsConfig, Machinery, MachineryParts, Services, UpgradeUrl, Verdict};

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

/// Writes down events once they are durable.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Envelope>>>);

#[async_trait(?Send)]
impl Listener for Heard {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        let (heard, envelope) = (Arc::clone(&self.0), envelope.clone());
        tx.after_commit(move || heard.lock().unwrap().push(envelope));
        Ok(())
    }
}

struct World {
    services: Services,
    machinery: Machinery,
    clock: Arc<TestClock>,
    heard: Heard,
    _database: TestDatabase,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key(name: &str) -> FeatureKey {
    name.parse().unwrap()
}

const fn days(number: u64) -> Duration {
    Duration::from_hours(24 * number)
}

const fn limited(limit: i64) -> FeatureGrant {
    FeatureGrant {
        limit: Some(limit),
        is_per_seat: false,
        period: FeaturePeriod::Billing,
    }
}

fn counted(limit: i64, period: FeaturePeriod) -> FeatureGrant {
    FeatureGrant {
        period,
        ..limited(limit)
    }
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(TestClock(Mutex::new(at("2026-03-15T12:00:00Z"))));
        let ids = Arc::new(CountingIds(AtomicU64::new(1)));
        let queue = Queue::new(ids.clone(), clock.clone());
        let machinery = Machinery::new(MachineryParts {
            db: database.db.clone(),
            events: Publisher::new(queue.clone(), ids.clone(), clock.clone()),
            idempotency: IdempotencyKeys::new(&MasterKey::from_bytes([7; 32])),
            clock: clock.clone(),
            ids,
            queue,
            config: EntitlementsConfig {
                grace: days(7),
                read_only: days(14),
                default_plan: Some("free".to_owned()),
                upgrade_url: UpgradeUrl::parse("https://app.example.com/more?of={feature}").ok(),
            },
        });
        let services = Services::new(&machinery);
        let heard = Heard::default();
        machinery.events.connect(
            Subscriptions::new()
                .listen(heard.clone())
                .subscribe::<PlanSaved>(services.keep_sold())
                .subscribe::<SubscriptionUpdated>(services.keep_sold())
                .subscribe::<OrganizationDeleted>(services.keep_sold()),
        );
        Self {
            services,
            machinery,
            clock,
            heard,
            _database: database,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn set(&self, text: &str) {
        *self.clock.0.lock().unwrap() = at(text);
    }

    fn uuid(&self) -> Uuid {
        self.machinery.ids.uuid_v7(self.now())
    }

    /// What the names of events that were published are.
    fn names(&self) -> Vec<String> {
        let heard = self.heard.0.lock().unwrap();
        heard.iter().map(|envelope| envelope.name.to_string()).collect()
    }

    async fn publish<E: Event + Clone>(&self, event: &E) {
        let (events, event) = (self.machinery.events.clone(), event.clone());
        let work = async move |tx: &mut Tx| {
            let published = events.publish(tx, &RequestContext::system(), &event).await;
            published.map_err(DbError::internal)
        };
        self.machinery.db.write(work).await.unwrap();
    }

    async fn organization(&self) -> OrganizationId {
        let id = OrganizationId::from_uuid(self.uuid());
        let now = self.now();
        let work = async move |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO organizations (id, name, slug, settings, created_at, updated_at)
                 VALUES ($1, 'Ink', $2, $3, $4, $4)",
                args![id, id.to_string(), serde_json::json!({}), now],
            )
            .await
        };
        self.machinery.db.write(work).await.unwrap();
        id
    }

    async fn plan<const N: usize>(&self, name: &str, features: [(&str, FeatureGrant); N]) -> PlanId {
        let plan = PlanId::from_uuid(self.uuid());
        self.save_plan(plan, name, features).await;
        plan
    }

    async fn save_plan<const N: usize>(&self, plan: PlanId, name: &str, features: [(&str, FeatureGrant); N]) {
        let features: BTreeMap<_, _> = features
            .into_iter()
            .map(|(feature, grant)| (key(feature), grant))
            .collect();
        self.publish(&PlanSaved {
            plan_id: plan,
            key: name.to_owned(),
            name: name.to_owned(),
            features,
            is_active: true,
        })
        .await;
    }

    /// Active from the fifth to the fifth.
    fn subscription(&self, organization: OrganizationId, plan: PlanId) -> SubscriptionUpdated {
        SubscriptionUpdated {
            subscription_id: SubscriptionId::from_uuid(self.uuid()),
            organization_id: organization,
            plan_id: plan,
            status: "active".to_owned(),
            quantity: 1,
            current_period_start: Some(at("2026-03-05T09:00:00Z")),
            current_period_end: Some(at("2026-04-05T09:00:00Z")),
            trial_end: None,
            cancel_at: None,
            past_due_since: None,
            pause_mode: None,
            version: 1,
        }
    }

    /// An organization with an active subscription to a plan of its own.
    async fn subscribed<const N: usize>(&self, features: [(&str, FeatureGrant); N]) -> OrganizationId {
        let organization = self.organization().await;
        let plan = self.plan("pro", features).await;
        self.publish(&self.subscription(organization, plan)).await;
        organization
    }

    async fn check(&self, organization: OrganizationId, feature: &str, amount: i64) -> Verdict {
        let checked = self
            .services
            .entitlements
            .check(organization, vec![key(feature)], amount);
        checked.await.unwrap().verdicts.remove(0)
    }
}
