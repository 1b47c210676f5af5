//! What objects are, and what hangs on them.

use ports::payments::{
    InvoiceState, PauseMode, PaymentSnapshot, PaymentState, ProviderError, Snapshot, SubscriptionSnapshot,
    SubscriptionState,
};

use super::*;

async fn payment_of(changes: &Value) -> Result<PaymentSnapshot, ProviderError> {
    let world = World::new();
    world.get("/orders/1", order(changes));
    let found = provider(&world)
        .fetch(&object(ObjectKind::Payment, "order:1"))
        .await?;
    assert!(world.is_done());
    match found.as_slice() {
        [Snapshot::Payment(payment)] => Ok(payment.clone()),
        other => panic!("{other:?}"),
    }
}

async fn subscription_of(changes: &Value) -> Result<SubscriptionSnapshot, ProviderError> {
    let world = World::new();
    world.get("/subscriptions/9", subscription(changes));
    let found = provider(&world)
        .fetch(&object(ObjectKind::Subscription, "9"))
        .await?;
    match found.as_slice() {
        [Snapshot::Subscription(subscription)] => Ok(subscription.clone()),
        other => panic!("{other:?}"),
    }
}

fn payments(found: &[Snapshot]) -> Vec<&PaymentSnapshot> {
    let payments = found.iter().filter_map(|found| match found {
        Snapshot::Payment(payment) => Some(payment),
        _ => None,
    });
    payments.collect()
}

#[tokio::test]
async fn an_order_is_a_payment() {
    let payment = payment_of(&json!({})).await.unwrap();
    let at = Some(time("2026-01-12T19:08:56Z"));
    assert_eq!(
        payment,
        PaymentSnapshot {
            reference: None,
            checkout: None,
            id: Some("order:1".to_owned()),
            subscription: None,
            invoice: None,
            customer: Some("7".to_owned()),
            customer_email: Some("a@b.co".to_owned()),
            state: PaymentState::Succeeded,
            amount: money(1999, "EUR"),
            total: money(2399, "EUR"),
            tax: Some(money(400, "EUR")),
            fee: None,
            refunded: money(0, "EUR"),
            refunds: Vec::new(),
            paid_at: at,
            created_at: at,
        }
    );
}

#[tokio::test]
async fn what_was_asked_for_is_the_price_before_taxes_that_come_on_top_and_discounts() {
    for (what, changes, asked, total) in [
        ("on top", json!({ "tax_inclusive": false }), 1999, 2399),
        ("not said", json!({ "tax_inclusive": null }), 1999, 2399),
        (
            "inside, in the subtotal",
            json!({ "tax_inclusive": true, "subtotal": 1999, "tax": 333, "total": 1999 }),
            1999,
            1999,
        ),
        (
            "inside, beside the subtotal",
            json!({ "tax_inclusive": true, "subtotal": 1666, "tax": 333, "total": 1999 }),
            1999,
            1999,
        ),
        (
            "a code, on top",
            json!({ "discount_total": 500, "tax": 300, "total": 1799 }),
            1999,
            1799,
        ),
        (
            "a code, inside",
            json!({ "tax_inclusive": true, "discount_total": 500, "tax": 250, "total": 1499 }),
            1999,
            1499,
        ),
        (
            "a code for all of it",
            json!({ "discount_total": 1999, "tax": 0, "total": 0 }),
            1999,
            0,
        ),
        (
            "rounded apart",
            json!({ "subtotal": 1499, "tax": 359, "total": 1859 }),
            1500,
            1859,
        ),
        (
            "a setup fee",
            json!({ "subtotal": 5899, "setup_fee": 4999, "tax": 0, "total": 5899 }),
            5899,
            5899,
        ),
    ] {
        let payment = payment_of(&changes).await.unwrap();
        assert_eq!(payment.amount, money(asked, "EUR"), "{what}");
        assert_eq!(payment.total, money(total, "EUR"), "{what}");
    }
}

#[tokio::test]
async fn words_are_known_or_unknown_and_never_success() {
    for (word, expected) in [
        ("paid", PaymentState::Succeeded),
        ("refunded", PaymentState::Succeeded),
        ("pending", PaymentState::Processing),
        (
            "failed",
            PaymentState::Failed {
                code: "failed".to_owned(),
            },
        ),
        ("void", PaymentState::Canceled),
        (
            "fraudulent",
            PaymentState::Suspicious {
                reason: "fraudulent".to_owned(),
            },
        ),
        ("Paid", PaymentState::Unknown("Paid".to_owned())),
        ("paid\n", PaymentState::Unknown("paid".to_owned())),
        ("", PaymentState::Unknown(String::new())),
    ] {
        let payment = payment_of(&json!({ "status": word })).await.unwrap();
        assert_eq!(payment.state, expected, "{word}");
        let is_paid = payment.state == PaymentState::Succeeded;
        assert_eq!(payment.paid_at.is_some(), is_paid, "{word}");
    }
    for (word, expected) in [
        ("on_trial", SubscriptionState::Trialing),
        ("active", SubscriptionState::Active),
        ("paused", SubscriptionState::Paused),
        ("past_due", SubscriptionState::PastDue),
        ("unpaid", SubscriptionState::Unpaid),
        ("expired", SubscriptionState::Canceled),
        ("pause", SubscriptionState::Unknown("pause".to_owned())),
        ("ACTIVE", SubscriptionState::Unknown("ACTIVE".to_owned())),
    ] {
        let subscription = subscription_of(&json!({ "status": word })).await.unwrap();
        assert_eq!(subscription.state, expected, "{word}");
    }
}

#[tokio::test]
async fn what_was_given_back_is_told_in_several_ways() {
    for (changes, expected) in [
        (
            json!({ "status": "partial_refund", "refunded": false, "refunded_amount": 100 }),
            Some(100),
        ),
        (
            json!({ "status": "partial_refunded", "refunded": true, "refunded_amount": 100 }),
            Some(100),
        ),
        (json!({ "status": "paid", "refunded_amount": 100 }), Some(100)),
        (
            json!({ "status": "refunded", "refunded": true, "refunded_amount": 2399 }),
            Some(2399),
        ),
        (
            json!({ "status": "refunded", "refunded": true, "refunded_amount": null }),
            Some(2399),
        ),
        (
            json!({ "status": "refunded", "refunded": null, "refunded_amount": 0 }),
            Some(2399),
        ),
        (
            json!({ "status": "paid", "refunded": true, "refunded_amount": null }),
            Some(2399),
        ),
        (
            json!({ "status": "paid", "refunded": null, "refunded_amount": null }),
            Some(0),
        ),
        (
            json!({ "status": "partial_refund", "refunded_amount": null }),
            None,
        ),
        (
            json!({ "status": "partial_refund", "refunded": true, "refunded_amount": 0 }),
            None,
        ),
    ] {
        match (payment_of(&changes).await, expected) {
            (Ok(payment), Some(expected)) => {
                assert_eq!(payment.refunded, money(expected, "EUR"), "{changes}");
                assert_eq!(payment.state, PaymentState::Succeeded);
            }
            (Err(ProviderError::Unavailable(_)), None) => {}
            (other, _) => panic!("{changes}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn nothing_that_is_needed_is_made_up() {
    for missing in ["currency", "status", "total", "tax", "discount_total"] {
        let mut order = order(&json!({}));
        order["data"]["attributes"]
            .as_object_mut()
            .unwrap()
            .remove(missing);
        let world = World::new();
        world.get("/orders/1", order);
        let found = provider(&world)
            .fetch(&object(ObjectKind::Payment, "order:1"))
            .await;
        assert!(matches!(found, Err(ProviderError::Unavailable(_))), "{missing}");
    }
    for changes in [
        json!({ "currency": "JPY", "total_formatted": null }),
        json!({ "currency": "???" }),
        json!({ "total": 23.99 }),
        json!({ "total": "2399" }),
        json!({ "created_at": "yesterday" }),
        json!({ "total": i64::MIN, "tax": 1 }),
    ] {
        let found = payment_of(&changes).await;
        assert!(matches!(found, Err(ProviderError::Unavailable(_))), "{changes}");
    }
    for missing in ["status", "variant_id", "order_id"] {
        let found = subscription_of(&json!({ missing: null })).await;
        assert!(matches!(found, Err(ProviderError::Unavailable(_))), "{missing}");
    }
    let yen = json!({ "currency": "JPY", "total": 2399, "total_formatted": "¥2,399" });
    assert_eq!(payment_of(&yen).await.unwrap().total, money(2399, "JPY"));
}

#[tokio::test]
async fn what_is_of_another_store_or_mode_is_not_taken() {
    let other = payment_of(&json!({ "store_id": "51385" })).await;
    assert!(other.is_ok());
    let other = payment_of(&json!({ "store_id": 1 })).await;
    assert!(matches!(other, Err(ProviderError::NotFound)));
    let other = payment_of(&json!({ "test_mode": false })).await;
    assert!(matches!(other, Err(ProviderError::Refused { code, .. }) if code == "wrong_mode"));
}

#[tokio::test]
async fn the_order_that_begins_a_subscription_is_not_counted() {
    let bought = json!({ "first_order_item": { "variant_id": 33, "price_id": 5 }, "refunded_amount": 300 });
    for (invoice_says, expected) in [(0, 300), (300, 300), (500, 500)] {
        let world = World::new();
        world.get("/orders/1", order(&bought));
        // The answer may hold what belongs to other orders; that is left out.
        let other = subscription(&json!({ "order_id": "12" }));
        let begun = page(&[subscription(&json!({})), other]);
        world.get("/subscriptions?filter[order_id]=1&page[size]=100", begun);
        let renewal = invoice(&json!({ "billing_reason": "renewal" }));
        let first = invoice(&json!({ "refunded_amount": invoice_says }));
        let of_another = invoice(&json!({ "subscription_id": 10 }));
        world.get(
            "/subscription-invoices?filter[subscription_id]=9&page[size]=100",
            page(&[of_another, renewal, first]),
        );
        let found = provider(&world)
            .fetch(&object(ObjectKind::Payment, "order:1"))
            .await
            .unwrap();
        assert!(world.is_done());
        let [
            Snapshot::Subscription(subscription),
            Snapshot::Invoice(invoice),
            Snapshot::Payment(payment),
        ] = found.as_slice()
        else {
            panic!("{found:?}");
        };
        assert_eq!(subscription.id, "9");
        assert_eq!(invoice.payment.as_deref(), Some("subscription_invoice:2"));
        assert_eq!(payment.id.as_deref(), Some("subscription_invoice:2"));
        assert_eq!(payment.subscription.as_deref(), Some("9"));
        assert_eq!(payment.refunded, money(expected, "EUR"));
    }
}

#[tokio::test]
async fn an_order_whose_subscription_is_yet_to_come_is_not_taken_for_a_payment() {
    let bought = json!({ "first_order_item": { "variant_id": 33, "price_id": 5 } });
    for (category, is_payment) in [
        (json!("subscription"), false),
        (json!("one_time"), true),
        (json!("pwyw"), true),
        (json!("lead_magnet"), true),
    ] {
        let world = World::new();
        world.get("/orders/1", order(&bought));
        world.get("/subscriptions?filter[order_id]=1&page[size]=100", page(&[]));
        let price = json!({ "category": category, "renewal_interval_unit": "year" });
        world.get("/prices/5", resource("prices", "5", &price));
        let found = provider(&world)
            .fetch(&object(ObjectKind::Payment, "order:1"))
            .await;
        match found {
            Ok(found) if is_payment => assert_eq!(payments(&found).len(), 1),
            Err(ProviderError::NotFound) if !is_payment => {}
            other => panic!("{category}: {other:?}"),
        }
        assert!(world.is_done());
    }
    for item in [
        json!(null),
        json!([]),
        json!({ "variant_id": 33 }),
        json!({ "price_id": "x" }),
    ] {
        let world = World::new();
        world.get("/orders/1", order(&json!({ "first_order_item": item })));
        world.get("/subscriptions?filter[order_id]=1&page[size]=100", page(&[]));
        let found = provider(&world)
            .fetch(&object(ObjectKind::Payment, "order:1"))
            .await;
        assert!(matches!(found, Err(ProviderError::Unavailable(_))), "{item}");
    }
}

#[tokio::test]
async fn an_invoice_brings_its_subscription_and_its_payment() {
    for kind in [ObjectKind::Invoice, ObjectKind::Payment] {
        for (invoice_changes, status, state, is_paid) in [
            (json!({}), "active", PaymentState::Succeeded, true),
            (
                json!({ "status": "pending" }),
                "active",
                PaymentState::Processing,
                false,
            ),
            (
                json!({ "status": "pending" }),
                "past_due",
                PaymentState::Failed {
                    code: "past_due".to_owned(),
                },
                false,
            ),
            (
                json!({ "status": "pending" }),
                "unpaid",
                PaymentState::Failed {
                    code: "unpaid".to_owned(),
                },
                false,
            ),
            (
                json!({ "status": "void" }),
                "active",
                PaymentState::Canceled,
                false,
            ),
            (
                json!({ "status": "partial_refunded", "refunded_amount": 1 }),
                "active",
                PaymentState::Succeeded,
                true,
            ),
            (
                json!({ "status": "disputed" }),
                "active",
                PaymentState::Unknown("disputed".to_owned()),
                false,
            ),
        ] {
            let world = World::new();
            world.get("/subscription-invoices/2", invoice(&invoice_changes));
            world.get("/subscriptions/9", subscription(&json!({ "status": status })));
            let invoice = object(kind, "subscription_invoice:2");
            let found = provider(&world).fetch(&invoice).await.unwrap();
            let [
                Snapshot::Subscription(_),
                Snapshot::Invoice(invoice),
                Snapshot::Payment(payment),
            ] = found.as_slice()
            else {
                panic!("{found:?}");
            };
            assert_eq!(payment.state, state);
            let paid = if is_paid { 2399 } else { 0 };
            assert_eq!(invoice.paid, money(paid, "EUR"));
            assert_eq!(invoice.hosted_url.as_deref(), Some("https://app.lemon.test/i"));
            assert_eq!(
                (invoice.subtotal, invoice.tax),
                (money(1999, "EUR"), money(400, "EUR"))
            );
            assert_eq!(invoice.billing_reason.as_deref(), Some("initial"));
        }
    }
}

#[tokio::test]
async fn an_invoice_of_nothing_has_no_payment() {
    let world = World::new();
    let nothing = json!({ "subtotal": -1, "tax": 0, "total": 0, "urls": [], "billing_reason": "updated" });
    world.get("/subscription-invoices/2", invoice(&nothing));
    world.get("/subscriptions/9", subscription(&json!({})));
    let reference = object(ObjectKind::Invoice, "subscription_invoice:2");
    let found = provider(&world).fetch(&reference).await.unwrap();
    let [Snapshot::Subscription(_), Snapshot::Invoice(invoice)] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (invoice.subtotal, invoice.total),
        (money(-1, "EUR"), money(0, "EUR"))
    );
    assert_eq!((&invoice.payment, &invoice.hosted_url), (&None, &None));
    assert_eq!(invoice.state, InvoiceState::Paid);
}

#[tokio::test]
async fn a_subscription_that_was_cancelled_goes_on_until_it_ends() {
    let (renews, ends) = ("2026-02-12T19:08:56Z", "2026-02-10T00:00:00Z");
    let said = |status: &str, ends_at: Value| json!({ "status": status, "cancelled": status != "active", "ends_at": ends_at });
    let cancelled = subscription_of(&said("cancelled", json!(ends))).await.unwrap();
    assert_eq!(cancelled.state, SubscriptionState::Active);
    assert_eq!(cancelled.cancel_at, Some(time(ends)));
    assert_eq!(
        (cancelled.current_period_end, cancelled.ended_at),
        (Some(time(ends)), None)
    );
    let expired = subscription_of(&said("expired", json!(ends))).await.unwrap();
    assert_eq!(expired.state, SubscriptionState::Canceled);
    assert_eq!((expired.cancel_at, expired.ended_at), (None, Some(time(ends))));
    let active = subscription_of(&said("active", json!(null))).await.unwrap();
    assert_eq!((active.cancel_at, active.ended_at), (None, None));
    assert_eq!(active.current_period_end, Some(time(renews)));
    let endless = subscription_of(&said("cancelled", json!(null))).await;
    assert!(matches!(endless, Err(ProviderError::Unavailable(_))));
    let trial = json!({ "status": "on_trial", "trial_ends_at": renews });
    assert_eq!(
        subscription_of(&trial).await.unwrap().trial_end,
        Some(time(renews))
    );
}

#[tokio::test]
async fn a_pause_that_is_not_understood_stops_the_service() {
    for (pause, expected) in [
        (json!(null), None),
        (json!([]), None),
        (
            json!({ "mode": "free", "resumes_at": null }),
            Some(PauseMode::Free),
        ),
        (json!({ "mode": "void" }), Some(PauseMode::Void)),
        (json!({ "mode": "later" }), Some(PauseMode::Void)),
        (json!({}), Some(PauseMode::Void)),
    ] {
        let paused = json!({ "status": "paused", "pause": pause });
        let subscription = subscription_of(&paused).await.unwrap();
        assert_eq!(subscription.pause.map(|pause| pause.mode), expected);
        assert_eq!(subscription.state, SubscriptionState::Paused);
    }
    let bare = json!({ "first_subscription_item": null, "customer_id": null, "urls": [] });
    let bare = subscription_of(&bare).await.unwrap();
    assert_eq!((bare.item, bare.quantity, bare.customer), (None, None, None));
}

#[tokio::test]
async fn what_has_no_number_is_not_there() {
    let world = World::new();
    let provider = provider(&world);
    for (kind, id) in [
        (ObjectKind::Payment, "1"),
        (ObjectKind::Payment, "order:"),
        (ObjectKind::Payment, "order:1/../2"),
        (ObjectKind::Invoice, "order:x"),
        (ObjectKind::Subscription, "sub_1"),
        (ObjectKind::Refund, "1"),
        (ObjectKind::Reference, "pay_1-1"),
        (ObjectKind::Checkout, "a/b"),
        (ObjectKind::Checkout, ""),
    ] {
        let found = provider.fetch(&object(kind, id)).await;
        assert!(matches!(found, Err(ProviderError::NotFound)), "{kind:?} {id}");
    }
    assert!(world.asked().is_empty());
    let checkout = json!({ "store_id": 51385, "url": "https://x.test", "preview": false });
    world.get("/checkouts/a-1", resource("checkouts", "a-1", &checkout));
    assert_eq!(
        provider
            .fetch(&object(ObjectKind::Checkout, "a-1"))
            .await
            .unwrap(),
        []
    );
}
