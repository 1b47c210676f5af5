//! What it says that it can't do, it answers as much without asking anybody.

use ports::payments::{
    CancelMoment, Capability, PauseMode, PortalRequest, Proration, ProviderError, SubscriptionChange,
};

use super::*;

fn change(price: Option<&str>, quantity: Option<u32>) -> SubscriptionChange {
    SubscriptionChange {
        target: target("4147/3657/a@b.co"),
        item: None,
        price: price.map(str::to_owned),
        quantity,
        proration: Proration::Now,
    }
}

fn is_unsupported<T>(answer: &Result<T, ProviderError>, expected: Capability) -> bool {
    matches!(answer, Err(ProviderError::Unsupported(capability)) if *capability == expected)
}

#[tokio::test]
async fn what_is_not_listed_is_answered_without_a_request() {
    let world = World::new();
    let provider = provider(&world);
    let subscription = target("4147/3657/a@b.co");
    let mut missing = 0;
    for capability in Capability::ALL.iter().copied() {
        if provider.capabilities().has(capability) {
            continue;
        }
        missing += 1;
        let is = |answer: bool| assert!(answer, "{capability}");
        match capability {
            Capability::Disputes => {
                let dispute = provider.fetch(&object(ObjectKind::Dispute, "1")).await;
                is(is_unsupported(&dispute, capability));
            }
            Capability::Invoices => {
                let invoice = provider.fetch(&object(ObjectKind::Invoice, "1")).await;
                is(is_unsupported(&invoice, capability));
            }
            Capability::Trial => {
                let trial = provider.create_checkout(&subscribe("3657", 1, Some(7))).await;
                is(is_unsupported(&trial, capability));
            }
            Capability::Quantity => {
                let two = provider.create_checkout(&subscribe("3657", 2, None)).await;
                is(is_unsupported(&two, capability));
                let two = provider.change_subscription(&change(None, Some(2))).await;
                is(is_unsupported(&two, capability));
            }
            Capability::ChangePrice => {
                let changed = provider.change_subscription(&change(Some("1"), None)).await;
                is(is_unsupported(&changed, capability));
            }
            Capability::PreviewChange => {
                let preview = provider.preview_change(&change(Some("1"), None)).await;
                is(is_unsupported(&preview, capability));
            }
            Capability::CancelAtPeriodEnd => {
                let ended = provider
                    .cancel_subscription(&subscription, CancelMoment::PeriodEnd)
                    .await;
                is(is_unsupported(&ended, capability));
            }
            Capability::Pause => {
                let paused = provider
                    .pause_subscription(&subscription, PauseMode::Void, None)
                    .await;
                is(is_unsupported(&paused, capability));
            }
            Capability::Portal => {
                let request = PortalRequest {
                    customer: Some("1".to_owned()),
                    subscription: None,
                    return_url: "https://app.test".parse().unwrap(),
                };
                is(is_unsupported(&provider.portal(&request).await, capability));
            }
            // No method is for these alone.
            Capability::IdempotencyKeys
            | Capability::RefundEvents
            | Capability::Proration
            | Capability::Tax
            | Capability::SignedTime => {}
            _ => panic!("{capability} is missing and not looked at"),
        }
    }
    assert_eq!((missing, provider.capabilities().0.len()), (14, 7));
    assert!(world.asked().is_empty());
    assert_eq!((provider.name(), provider.account()), ("flutterwave", "main"));
}
