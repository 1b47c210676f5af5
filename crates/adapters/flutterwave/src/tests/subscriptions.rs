//! Subscriptions are found by plan and address, or not at all.

use ports::payments::{CancelMoment, ProviderError, Snapshot, SubscriptionState};

use super::*;

const ID: &str = "4147/3657/a@b.co";

/// What a payment tells of its subscription: its id in the payment, and the subscription beside it.
async fn found(said: &Value, asked: Option<&str>, listed: &[Value]) -> Option<(String, Option<String>)> {
    let world = World::new();
    verified(&world, said);
    refunded(&world, &[]);
    if let Some(asked) = asked {
        world.get(&format!("/subscriptions?{asked}&page=1"), page(listed, 1));
    }
    let found = provider(&world)
        .fetch(&object(ObjectKind::Payment, "288"))
        .await
        .unwrap();
    assert!(world.is_done());
    match found.as_slice() {
        [Snapshot::Payment(payment)] => {
            assert_eq!(payment.subscription, None);
            None
        }
        [Snapshot::Payment(payment), Snapshot::Subscription(subscription)] => {
            assert_eq!(payment.subscription.as_ref(), Some(&subscription.id));
            Some((subscription.id.clone(), subscription.reference.clone()))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_payment_finds_the_one_that_it_made() {
    let kept = json!({ "payment_plan": "3657", "subscription_id": "sub_01hx" });
    let listed = json!([{ "metaname": "payment_plan", "metavalue": "3657" }]);
    let asked = "email=A%40b.co&plan=3657&transaction_id=288";
    for meta in [kept, listed] {
        let said = json!({ "tx_ref": "sub_01hx-1", "meta": meta, "customer": { "email": "A@b.co" } });
        let said = transaction(&said);
        let one = subscription(&json!({}));
        let expected = Some((ID.to_owned(), Some("sub_01hx".to_owned())));
        assert_eq!(
            found(&said, Some(asked), std::slice::from_ref(&one)).await,
            expected
        );
        // Not there yet.
        assert_eq!(found(&said, Some(asked), &[]).await, None);
        // Two that might be it.
        let two = subscription(&json!({ "id": 4148 }));
        assert_eq!(found(&said, Some(asked), &[one.clone(), two]).await, None);
        // What was not asked for does not count.
        let others = [
            subscription(&json!({ "id": 1, "plan": 1 })),
            subscription(&json!({ "id": 2, "customer": { "customer_email": "c@b.co" } })),
            subscription(&json!({ "id": 3, "customer": null })),
            subscription(&json!({ "id": 4, "status": "cancelled" })),
            one,
        ];
        assert_eq!(found(&said, Some(asked), &others).await, expected);
    }
}

#[tokio::test]
async fn a_renewal_finds_the_one_that_goes_on() {
    let expected = Some((ID.to_owned(), None));
    for plan in [
        json!({ "plan": 3657 }),
        json!({ "payment_plan": { "id": "3657" }, "plan": null }),
    ] {
        let said = merged(transaction(&json!({ "tx_ref": "rave-1" })), &plan);
        let listed = [
            subscription(&json!({})),
            subscription(&json!({ "id": 1, "status": "cancelled" })),
        ];
        assert_eq!(
            found(&said, Some("email=a%40b.co&plan=3657"), &listed).await,
            expected
        );
    }
    // Without the plan, by what it costs.
    let said = transaction(&json!({ "tx_ref": "rave-1", "amount": 5000 }));
    let dearer = subscription(&json!({ "id": 2, "plan": 2, "amount": 5001 }));
    let listed = [dearer, subscription(&json!({ "amount": "5000.00" }))];
    assert_eq!(found(&said, Some("email=a%40b.co"), &listed).await, expected);
    let same = subscription(&json!({ "id": 3, "plan": 3 }));
    let listed = [same, subscription(&json!({}))];
    assert_eq!(found(&said, Some("email=a%40b.co"), &listed).await, None);
}

#[tokio::test]
async fn a_payment_of_ours_that_is_for_none_looks_for_none() {
    assert_eq!(found(&transaction(&json!({})), None, &[]).await, None);
    let without = json!({ "tx_ref": "rave-1", "customer": { "email": "none" } });
    assert_eq!(found(&transaction(&without), None, &[]).await, None);
}

#[tokio::test]
async fn one_that_is_known_is_looked_up() {
    for (status, expected) in [
        ("active", SubscriptionState::Active),
        ("cancelled", SubscriptionState::Canceled),
        ("expired", SubscriptionState::Unknown("expired".to_owned())),
    ] {
        let world = World::new();
        let listed = [
            subscription(&json!({ "id": 1 })),
            subscription(&json!({ "status": status })),
        ];
        world.get("/subscriptions?email=a%40b.co&plan=3657&page=1", page(&listed, 1));
        let found = provider(&world)
            .fetch(&object(ObjectKind::Subscription, ID))
            .await
            .unwrap();
        let [Snapshot::Subscription(subscription)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((subscription.id.as_str(), &subscription.state), (ID, &expected));
        assert_eq!(subscription.price.as_deref(), Some("3657"));
        assert_eq!(subscription.customer_email.as_deref(), Some("a@b.co"));
    }
    let world = World::new();
    let other = [subscription(&json!({ "id": 1 }))];
    world.get("/subscriptions?email=a%40b.co&plan=3657&page=1", page(&other, 1));
    let found = provider(&world)
        .fetch(&object(ObjectKind::Subscription, ID))
        .await;
    assert!(matches!(found, Err(ProviderError::NotFound)));
}

#[tokio::test]
async fn it_ends_at_once_and_may_begin_again() {
    let world = World::new();
    let provider = provider(&world);
    let asked = || Some(json!({ "id": 4147 }));
    let answer = |changes: &Value| Answer::Json(200, success(&subscription(changes)));
    let cancelled = answer(&json!({ "status": "cancelled" }));
    world.expect(HttpMethod::Put, "/subscriptions/4147/cancel", asked(), cancelled);
    let ended = provider
        .cancel_subscription(&target(ID), CancelMoment::Now)
        .await
        .unwrap();
    assert_eq!(
        (ended.state, ended.id.as_str()),
        (SubscriptionState::Canceled, ID)
    );
    world.expect(
        HttpMethod::Put,
        "/subscriptions/4147/activate",
        asked(),
        answer(&json!({})),
    );
    let begun = provider.resume_subscription(&target(ID)).await.unwrap();
    assert_eq!(begun.state, SubscriptionState::Active);
    for answer in [
        answer(&json!({ "id": 1 })),
        answer(&json!({ "status": null })),
        Answer::Json(200, success(&json!(null))),
        Answer::Json(200, error("Something went wrong")),
        Answer::Json(503, error("An error occurred. Please contact support")),
        Answer::TimedOut,
    ] {
        world.expect(HttpMethod::Put, "/subscriptions/4147/cancel", asked(), answer);
        let unknown = provider.cancel_subscription(&target(ID), CancelMoment::Now).await;
        assert!(
            matches!(unknown, Err(ProviderError::OutcomeUnknown(_))),
            "{unknown:?}"
        );
    }
    assert!(world.is_done());
    for id in ["4147", "", "4147/3657/nobody", "x/1/a@b.co"] {
        let missing = provider.resume_subscription(&target(id)).await;
        assert!(matches!(missing, Err(ProviderError::NotFound)), "{id}");
    }
}
