//! Payments for subscriptions.

use ports::payments::{PaymentSnapshot, PaymentState};

use super::provider::blank;
use super::*;
use crate::payment::model::PaymentKind;
use crate::plan::model::{Interval, NewPrice, Period, PlanContent};

impl World {
    /// A subscription that the provider calls `sub_1`.
    async fn subscribed(&self) -> Uuid {
        let plans = &self.services.plans;
        let content = PlanContent {
            name: "Pro".into(),
            description: String::new(),
            features: std::collections::BTreeMap::new(),
            trial_days: 0,
            is_public: true,
            rank: 0,
        };
        let plan = plans
            .create(&somebody(), "pro".parse().unwrap(), content)
            .await
            .unwrap();
        let new = NewPrice {
            amount: usd(2000),
            period: Some(Period {
                interval: Interval::Month,
                count: 1,
            }),
        };
        let price = plans.create_price(&somebody(), plan.id, new).await.unwrap();
        let (id, now) = (Uuid::from_u128(77), self.now());
        let work = async move |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO subscriptions
                    (id, organization_id, plan_id, price_id, provider, provider_account, provider_reference, status, quantity,
                     metadata, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, 'stub', 'test', 'sub_1', 'active', 1, $5, $6, $6)",
                args![id, organization(), plan.id, price.id, serde_json::json!({}), now],
            )
            .await
        };
        let written: Result<u64, DbError> = self.machinery.db.write(work).await;
        written.unwrap();
        id
    }

    fn renew(&self, id: &str, subscription: &str, amount: i64, state: PaymentState) {
        let snapshot = PaymentSnapshot {
            id: Some(id.into()),
            subscription: Some(subscription.into()),
            ..blank(state, usd(amount))
        };
        self.provider.state().payments.insert(id.into(), snapshot);
    }
}

#[tokio::test]
async fn a_renewal_is_a_payment_of_the_organization_that_subscribed() {
    let world = Arc::new(World::new().await);
    let subscription = world.subscribed().await;
    world.heard();
    world.renew("pi_1", "sub_1", 1834, PaymentState::Succeeded);
    let answer = world.asked(ObjectKind::Payment, "pi_1").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (world, answer) = (Arc::clone(&world), answer.clone());
            tokio::spawn(async move { world.apply(&answer).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let all = world.all().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].kind, PaymentKind::Subscription);
    assert_eq!(all[0].organization, organization());
    assert_eq!(all[0].subscription.map(kernel::Id::uuid), Some(subscription));
    assert_eq!((all[0].amount, all[0].standing.paid), (1834, 1834));
    assert_eq!(all[0].standing.status, PaymentStatus::Succeeded);
    assert_eq!(world.heard(), ["payment.created", "payment.succeeded"]);
    assert_eq!(world.balance("revenue").await, -1834);
}

#[tokio::test]
async fn a_renewal_may_fail_and_then_succeed_and_what_costs_nothing_is_none() {
    let world = World::new().await;
    world.subscribed().await;
    world.heard();
    let declined = PaymentState::Failed {
        code: "card_declined".into(),
    };
    world.renew("pi_1", "sub_1", 2000, declined);
    world.tell("pi_1").await;
    world.advance(Duration::from_secs(1));
    world
        .provider
        .change("pi_1", |payment| payment.state = PaymentState::Succeeded);
    world.tell("pi_1").await;
    assert_eq!(
        world.heard(),
        ["payment.created", "payment.failed", "payment.succeeded"]
    );
    world.renew("pi_2", "sub_1", 0, PaymentState::Succeeded);
    world.renew("pi_3", "sub_of_others", 2000, PaymentState::Succeeded);
    for id in ["pi_2", "pi_3"] {
        world.tell(id).await;
    }
    assert_eq!(world.rows().await, 1);
}
