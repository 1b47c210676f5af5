//! What it says that it can't do, it answers as much without asking anybody.

use ports::payments::{
    CancelMoment, Capability, PauseMode, PortalRequest, PriceRequest, Proration, ProviderError,
    SubscriptionChange,
};

use super::*;

fn change() -> SubscriptionChange {
    SubscriptionChange {
        target: target("9"),
        item: Some("5".to_owned()),
        price: Some("33".to_owned()),
        quantity: Some(2),
        proration: Proration::Now,
    }
}

fn is_unsupported<T>(answer: &Result<T, ProviderError>, expected: Capability) -> bool {
    matches!(answer, Err(ProviderError::Unsupported(capability)) if *capability == expected)
}

#[tokio::test]
async fn what_is_not_listed_is_answered_without_a_request() {
    let world = World::new();
    let config = LemonSqueezyConfig {
        payment_variant: None,
        ..config()
    };
    let provider = set_up(config, &world);
    let mut missing = Vec::new();
    for capability in Capability::ALL {
        if provider.capabilities().has(*capability) {
            continue;
        }
        missing.push(*capability);
        let is_refused = match capability {
            Capability::AdHocAmount => is_unsupported(
                &provider.create_checkout(&payment(money(1, "EUR"))).await,
                *capability,
            ),
            Capability::ExpireCheckout => is_unsupported(&provider.expire_checkout("c").await, *capability),
            Capability::Disputes => {
                let dispute = object(ObjectKind::Dispute, "1");
                is_unsupported(&provider.fetch(&dispute).await, *capability)
            }
            Capability::CreatePrice => {
                let price = PriceRequest {
                    reference: "prc_1".to_owned(),
                    name: "Pro".to_owned(),
                    amount: money(1, "EUR"),
                    interval: "month",
                    interval_count: 1,
                    idempotency_key: "key".to_owned(),
                };
                is_unsupported(&provider.create_price(&price).await, *capability)
            }
            Capability::Trial => {
                let purpose = Purpose::Subscription {
                    price: "33".to_owned(),
                    amount: money(1, "EUR"),
                    quantity: 1,
                    trial_days: Some(7),
                };
                is_unsupported(
                    &provider.create_checkout(&checkout_of(purpose)).await,
                    *capability,
                )
            }
            Capability::PreviewChange => {
                is_unsupported(&provider.preview_change(&change()).await, *capability)
            }
            Capability::CancelNow => {
                let target = target("9");
                let ended = provider.cancel_subscription(&target, CancelMoment::Now).await;
                is_unsupported(&ended, *capability)
            }
            // No method is for these.
            Capability::IdempotencyKeys | Capability::SignedTime => true,
            _ => panic!("{capability} is missing and not looked at"),
        };
        assert!(is_refused, "{capability}");
    }
    assert_eq!(missing.len(), 9);
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn any_amount_takes_a_variant() {
    let world = World::new();
    let provider = provider(&world);
    assert!(provider.capabilities().has(Capability::AdHocAmount));
    assert_eq!(provider.capabilities().0.len(), 13);
    assert_eq!((provider.name(), provider.account()), ("lemonsqueezy", "main"));
}

#[tokio::test]
async fn a_portal_is_the_address_of_the_moment() {
    let world = World::new();
    let provider = provider(&world);
    let request = |customer: Option<&str>, subscription: Option<&str>| PortalRequest {
        customer: customer.map(str::to_owned),
        subscription: subscription.map(str::to_owned),
        return_url: "https://app.test".parse().unwrap(),
    };
    world.get("/subscriptions/9", subscription(&json!({})));
    let url = provider.portal(&request(Some("7"), Some("9"))).await.unwrap();
    assert_eq!(url.as_str(), "https://store.lemon.test/billing?expires=1");
    let customer = json!({ "store_id": 51385, "urls": { "customer_portal": "https://store.lemon.test/c" } });
    world.get("/customers/7", resource("customers", "7", &customer));
    let url = provider.portal(&request(Some("7"), None)).await.unwrap();
    assert_eq!(url.as_str(), "https://store.lemon.test/c");
    let none = json!({ "store_id": 51385, "urls": { "customer_portal": null } });
    world.get("/customers/7", resource("customers", "7", &none));
    let nobody = [
        request(Some("7"), None),
        request(None, None),
        request(Some("../7"), None),
    ];
    for request in nobody {
        let portal = provider.portal(&request).await;
        assert!(matches!(portal, Err(ProviderError::NotFound)), "{request:?}");
    }
    for (address, store) in [("javascript:alert(1)", 51385), ("https://x.test", 1)] {
        let customer = json!({ "store_id": store, "urls": { "customer_portal": address } });
        world.get("/customers/7", resource("customers", "7", &customer));
        assert!(provider.portal(&request(Some("7"), None)).await.is_err());
    }
    assert!(world.is_done());
}

#[tokio::test]
async fn a_pause_has_its_mode() {
    let world = World::new();
    let provider = provider(&world);
    for (mode, word, until) in [
        (PauseMode::Free, "free", None),
        (PauseMode::Void, "void", Some("2026-12-01T00:00:00Z")),
    ] {
        let mut pause = json!({ "mode": word });
        if let Some(until) = until {
            pause["resumes_at"] = json!(until);
        }
        let asked = resource("subscriptions", "9", &json!({ "pause": pause }));
        let answer = subscription(&json!({ "status": "paused", "pause": pause }));
        let answer = Answer::Json(200, answer);
        world.expect(HttpMethod::Patch, "/subscriptions/9", Some(asked), answer);
        let paused = provider
            .pause_subscription(&target("9"), mode, until.map(time))
            .await
            .unwrap();
        let pause = paused.pause.unwrap();
        assert_eq!((pause.mode, pause.resumes_at), (mode, until.map(time)));
    }
    assert!(world.is_done());
}
