//! Starting a subscription, and breaking off in between.

use std::sync::Arc;

use ports::payments::{Capability, ProviderError, Purpose};

use super::desk::Fault;
use super::*;
use crate::subscription::model::Status;

#[tokio::test]
async fn a_subscription_is_started_paid_and_counts() {
    let world = World::new().await;
    let started = world.start(&somebody()).await.unwrap();
    assert_eq!(started.state.status, Status::Incomplete);
    assert_eq!(
        started.checkout.url.as_deref(),
        Some("https://pay.example/page_1")
    );
    assert_eq!(world.names_heard(), ["subscription.created"]);
    {
        let state = world.desk.state();
        let request = state.checkouts.get("page_1").unwrap();
        assert_eq!(request.reference, started.id.to_string());
        assert_eq!(request.buyer.name.as_deref(), Some("Ink & Quill"));
        let Purpose::Subscription {
            price,
            quantity,
            trial_days,
            amount,
        } = &request.purpose
        else {
            panic!("{request:?}");
        };
        assert_eq!((price.as_str(), *quantity, *trial_days), ("price_1", 1, None));
        assert_eq!(amount.to_string(), "19.00 EUR");
    }
    // Coming back proves nothing: nobody has paid.
    assert_eq!(world.synced(started.id).await.state.status, Status::Incomplete);
    world.desk.pay("page_1", world.now());
    let paid = world.synced(started.id).await;
    assert_eq!(paid.state.status, Status::Active);
    assert_eq!(paid.state.reference.as_deref(), Some("sub_1"));
    let heard = world.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    let (name, told) = &heard[0];
    assert_eq!(
        (name.as_str(), told["status"].as_str()),
        ("subscription.updated", Some("active"))
    );
    assert_eq!(told["version"], paid.version);
    // Asked again, nothing has changed.
    assert_eq!(world.synced(started.id).await.version, paid.version);
    assert_eq!(world.names_heard(), [""; 0]);
}

#[tokio::test]
async fn who_breaks_off_goes_on_with_the_same_subscription() {
    for has_keys in [true, false] {
        let missing: &[Capability] = if has_keys {
            &[]
        } else {
            &[Capability::IdempotencyKeys]
        };
        let world = World::with(without(missing)).await;
        let lost = || ProviderError::OutcomeUnknown("no answer".into());
        world.desk.fail(Fault::Before(lost()));
        world.desk.fail(Fault::After(lost()));
        for _ in 0..2 {
            let broken = world.start(&keyed("k")).await;
            refused(broken, "payment_provider_unavailable");
        }
        let started = world.start(&keyed("k")).await.unwrap();
        let again = world.start(&keyed("k")).await.unwrap();
        assert_eq!(
            (started.id, &started.checkout.url),
            (again.id, &again.checkout.url)
        );
        let attempts: Vec<String> = world.desk.asked();
        let of = |attempt: u32| format!("page {} {attempt}", started.id);
        // A provider with keys is asked for the same page; one without never sees a reference twice.
        let expected = if has_keys {
            [of(1), of(1), of(1)]
        } else {
            [of(1), of(2), of(3)]
        };
        assert_eq!(attempts, expected);
        // Without the key it is another request, and there is one already.
        refused(world.start(&somebody()).await, "already_subscribed");
    }
}

#[tokio::test]
async fn of_many_at_once_one_is_started() {
    let world = Arc::new(World::new().await);
    let asked: Vec<_> = (0..6)
        .map(|number| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.start(&keyed(&format!("k{number}"))).await.is_ok() })
        })
        .collect();
    let mut started = 0;
    for asked in asked {
        started += usize::from(asked.await.unwrap());
    }
    assert_eq!(started, 1);
    assert_eq!(world.desk.state().checkouts.len(), 1);
}

#[tokio::test]
async fn what_the_provider_can_not_do_is_refused_before_anything_is_written() {
    let missing = [Capability::Quantity, Capability::Trial];
    let world = World::with(without(&missing)).await;
    let start = async |change: fn(&mut SubscriptionWish)| {
        let mut wish = world.wish();
        change(&mut wish);
        world.services.subscriptions.start(&keyed("k"), wish).await
    };
    refused(
        start(|wish| wish.quantity = Some(2)).await,
        "capability_not_supported",
    );
    refused(
        start(|wish| wish.follows_members = true).await,
        "capability_not_supported",
    );
    refused(
        start(|wish| wish.trial = Some(true)).await,
        "capability_not_supported",
    );
    refused(
        start(|wish| wish.provider = "nobody".into()).await,
        "payment_provider_not_configured",
    );
    refused(
        start(|wish| wish.success_url = Some("javascript:alert(1)".into())).await,
        "validation_failed",
    );
    assert_eq!(world.desk.asked(), [""; 0]);
    let none = world
        .services
        .subscriptions
        .list(
            crate::SubscriptionFilter::default(),
            kernel::PageRequest::default(),
        )
        .await;
    assert_eq!(none.unwrap().items.len(), 0);
    // Where nothing is said, it begins without.
    let mut wish = world.wish();
    wish.trial = None;
    let started = world
        .services
        .subscriptions
        .start(&keyed("k"), wish)
        .await
        .unwrap();
    assert_eq!(started.checkout.trial_days, None);
}

#[tokio::test]
async fn a_plan_is_tried_once() {
    let world = World::new().await;
    let mut wish = world.wish();
    wish.trial = None;
    let trying = world.running_by(wish.clone()).await;
    assert_eq!(trying.state.status, Status::Trialing);
    assert_eq!(trying.state.trial_end, Some(world.now().plus(DAY * 14)));
    world.desk.change("sub_1", |there| {
        there.state = ports::payments::SubscriptionState::Canceled;
    });
    assert_eq!(world.synced(trying.id).await.state.status, Status::Canceled);
    let again = world
        .services
        .subscriptions
        .start(&keyed("a"), wish.clone())
        .await
        .unwrap();
    assert_eq!(again.checkout.trial_days, None);
    world
        .services
        .subscriptions
        .cancel(
            &somebody(),
            (None, again.id),
            crate::subscription::model::CancelTime::Now,
        )
        .await
        .unwrap();
    wish.trial = Some(true);
    refused(
        world.services.subscriptions.start(&keyed("b"), wish).await,
        "wrong_state",
    );
}

#[tokio::test]
async fn what_nobody_pays_is_given_up_and_counts_when_it_is_paid_after_all() {
    let world = World::new().await;
    let started = world.start(&keyed("a")).await.unwrap();
    world.advance(DAY + Duration::from_hours(1));
    world.services.subscriptions.expire().await.unwrap();
    let over = world.get(started.id).await;
    assert_eq!((over.state.status, over.next_sync_at), (Status::Expired, None));
    // Another one can be started, and then the first is paid in the end.
    let second = world.start(&keyed("b")).await.unwrap();
    world.desk.pay("page_1", world.now());
    let late = world.synced(started.id).await;
    assert_eq!(late.state.status, Status::NeedsReview);
    assert_eq!(late.state.reason.as_deref(), Some("subscribed_twice"));
    let cancel = world
        .services
        .subscriptions
        .cancel(
            &somebody(),
            (None, second.id),
            crate::subscription::model::CancelTime::PeriodEnd,
        )
        .await;
    assert_eq!(cancel.unwrap().state.status, Status::Expired);
    assert_eq!(world.desk.state().closed, ["page_2"]);
    assert_eq!(world.synced(started.id).await.state.status, Status::Active);
}

#[tokio::test]
async fn a_refusal_frees_the_place() {
    let world = World::new().await;
    world.desk.fail(Fault::Before(ProviderError::Refused {
        code: "no".into(),
        message: "no".into(),
    }));
    refused(world.start(&keyed("a")).await, "payment_provider_refused");
    // The same request stays what it was; another one may go better.
    assert_eq!(
        world.start(&keyed("a")).await.unwrap().state.status,
        Status::Expired
    );
    assert_eq!(
        world.start(&keyed("b")).await.unwrap().state.status,
        Status::Incomplete
    );
}

#[tokio::test]
async fn prices_get_names_at_providers() {
    let world = World::new().await;
    let plans = &world.services.plans;
    let month = Period {
        interval: Interval::Month,
        count: 1,
    };
    let new = NewPrice::new(500, "EUR".parse().unwrap(), Some(month));
    let plan = world.price.plan;
    let price = plans.create_price(&somebody(), plan, new).await.unwrap();
    refused(
        plans
            .set_reference((plan, price.id), "desk", "price_1".into())
            .await,
        "price_reference_taken",
    );
    let made = plans.create_reference((plan, price.id), "desk").await.unwrap();
    assert_eq!(made.reference_at("desk", "test"), Some("made_1"));
    // Made once, however often it is asked for.
    let again = plans.create_reference((plan, price.id), "desk").await.unwrap();
    assert_eq!(again.references, made.references);
    assert_eq!(world.desk.state().prices.len(), 1);
    assert_eq!(world.desk.state().prices[0].interval, "month");
    // It can be corrected until somebody has subscribed under it.
    let corrected = plans
        .set_reference((plan, price.id), "desk", "price_9".into())
        .await;
    assert_eq!(corrected.unwrap().reference_at("desk", "test"), Some("price_9"));
    world.running().await;
    let set = |reference: &str| plans.set_reference((plan, world.price.id), "desk", reference.into());
    refused(set("price_2").await, "wrong_state");
    set("price_1").await.unwrap();
}
