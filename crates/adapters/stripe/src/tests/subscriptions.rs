//! Subscriptions: what is sent to change them, and what is made of the answers.

use ports::payments::{
    CancelMoment, ChangePreview, ObjectKind, ObjectRef, Pause, PauseMode, PaymentProvider as _, Proration,
    ProviderError, Snapshot, SubscriptionChange, SubscriptionSnapshot, SubscriptionState, SubscriptionTarget,
};
use serde_json::{Value, json};

use super::checkouts::money;
use super::stub::{NOW, Stub, answer, at};

const MONTH: i64 = 30 * 86_400;

pub(crate) fn target() -> SubscriptionTarget {
    SubscriptionTarget {
        subscription: "sub_1".to_owned(),
        idempotency_key: "chg_1".to_owned(),
    }
}

pub(crate) fn change(proration: Proration) -> SubscriptionChange {
    SubscriptionChange {
        target: target(),
        item: Some("si_1".to_owned()),
        price: Some("price_2".to_owned()),
        quantity: Some(5),
        proration,
    }
}

/// As the test changes it.
pub(crate) fn subscribed(changes: &Value) -> Value {
    let mut subscription = json!({
        "id": "sub_1", "object": "subscription", "status": "active", "customer": "cus_1",
        "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null, "ended_at": null,
        "trial_end": null, "pause_collection": null, "metadata": {"subscription_id": "sub_ours"},
        "items": {"object": "list", "has_more": false, "data": [{
            "id": "si_1", "quantity": 2, "price": {"id": "price_1"},
            "current_period_start": NOW, "current_period_end": NOW + MONTH,
        }]},
    });
    for (name, value) in changes.as_object().unwrap() {
        subscription[name] = value.clone();
    }
    subscription
}

async fn told(changes: Value) -> SubscriptionSnapshot {
    let stub = Stub::of([subscribed(&changes)]);
    let object = ObjectRef {
        kind: ObjectKind::Subscription,
        id: "sub_1".to_owned(),
    };
    let mut found = stub.stripe().fetch(&object).await.unwrap();
    assert_eq!(stub.asked()[0].param("expand[0]"), Some("customer"));
    let Some(Snapshot::Subscription(told)) = found.pop() else {
        panic!("no subscription")
    };
    assert!(found.is_empty());
    told
}

#[tokio::test]
async fn tells_a_subscription() {
    let expected = SubscriptionSnapshot {
        id: "sub_1".to_owned(),
        reference: Some("sub_ours".to_owned()),
        customer: Some("cus_1".to_owned()),
        customer_email: Some("ada@example.com".to_owned()),
        state: SubscriptionState::Active,
        item: Some("si_1".to_owned()),
        price: Some("price_1".to_owned()),
        quantity: Some(2),
        current_period_start: Some(at(NOW)),
        current_period_end: Some(at(NOW + MONTH)),
        trial_end: None,
        cancel_at: None,
        ended_at: None,
        pause: None,
    };
    assert_eq!(
        told(json!({"customer": {"id": "cus_1", "email": "ada@example.com"}})).await,
        expected
    );
}

#[tokio::test]
async fn knows_the_words_for_where_it_stands() {
    for (status, expected) in [
        ("incomplete", SubscriptionState::Incomplete),
        ("incomplete_expired", SubscriptionState::Canceled),
        ("trialing", SubscriptionState::Trialing),
        ("active", SubscriptionState::Active),
        ("past_due", SubscriptionState::PastDue),
        ("unpaid", SubscriptionState::Unpaid),
        ("paused", SubscriptionState::Paused),
        ("canceled", SubscriptionState::Canceled),
        ("Active", SubscriptionState::Unknown("Active".to_owned())),
        ("frozen", SubscriptionState::Unknown("frozen".to_owned())),
        ("", SubscriptionState::Unknown(String::new())),
    ] {
        assert_eq!(told(json!({"status": status})).await.state, expected);
    }
}

#[tokio::test]
async fn its_end_is_told_while_it_is_to_come() {
    let end = NOW + MONTH;
    for (changes, expected) in [
        (json!({"cancel_at_period_end": true}), Some(end)),
        (
            json!({"cancel_at_period_end": true, "cancel_at": end, "canceled_at": NOW}),
            Some(end),
        ),
        (json!({"cancel_at": NOW + 9}), Some(NOW + 9)),
        (json!({"canceled_at": NOW}), None),
        (
            json!({"status": "canceled", "cancel_at": NOW - 9, "ended_at": NOW - 9}),
            None,
        ),
    ] {
        assert_eq!(told(changes).await.cancel_at, expected.map(at));
    }
}

#[tokio::test]
async fn its_period_is_that_of_the_item_that_ends_first() {
    let items = json!({"data": [
        {"id": "si_1", "current_period_start": NOW, "current_period_end": NOW + 12 * MONTH},
        {"id": "si_2", "current_period_start": NOW + 1, "current_period_end": NOW + MONTH},
    ], "has_more": false});
    let several = told(json!({"items": items})).await;
    assert_eq!(several.current_period_start, Some(at(NOW + 1)));
    assert_eq!(several.current_period_end, Some(at(NOW + MONTH)));
    // Before the release basil.
    let old = json!({"current_period_start": NOW + 2, "current_period_end": NOW + 3,
        "items": {"data": [{"id": "si_1"}], "has_more": false}});
    let old = told(old).await;
    assert_eq!(old.current_period_start, Some(at(NOW + 2)));
    assert_eq!(old.current_period_end, Some(at(NOW + 3)));
}

#[tokio::test]
async fn a_pause_says_whether_the_service_goes_on() {
    for (behavior, mode) in [
        ("void", PauseMode::Void),
        ("keep_as_draft", PauseMode::Free),
        ("mark_uncollectible", PauseMode::Free),
        ("somehow", PauseMode::Void),
    ] {
        let paused = told(json!({"pause_collection": {"behavior": behavior, "resumes_at": NOW + 5}})).await;
        assert_eq!(
            paused.pause,
            Some(Pause {
                mode,
                resumes_at: Some(at(NOW + 5))
            })
        );
        assert_eq!(paused.state, SubscriptionState::Active);
    }
}

#[tokio::test]
async fn changes_the_item_and_adds_none_beside_it() {
    for (proration, behavior, payment) in [
        (Proration::NextInvoice, "create_prorations", None),
        (Proration::Now, "always_invoice", Some("error_if_incomplete")),
        (Proration::None, "none", None),
    ] {
        let stub = Stub::of([subscribed(&json!({}))]);
        stub.stripe()
            .change_subscription(&change(proration))
            .await
            .unwrap();
        let asked = &stub.asked()[0];
        assert_eq!(asked.line(), "POST /v1/subscriptions/sub_1");
        assert_eq!(asked.headers["idempotency-key"], "chg_1");
        for (name, value) in [
            ("items[0][id]", Some("si_1")),
            ("items[0][price]", Some("price_2")),
            ("items[0][quantity]", Some("5")),
            ("proration_behavior", Some(behavior)),
            ("payment_behavior", payment),
        ] {
            assert_eq!(asked.param(name), value, "{name}");
        }
    }
}

#[tokio::test]
async fn an_item_that_is_not_named_is_looked_up() {
    let unnamed = SubscriptionChange {
        item: None,
        price: None,
        ..change(Proration::None)
    };
    let stub = Stub::of([subscribed(&json!({})), subscribed(&json!({}))]);
    stub.stripe().change_subscription(&unnamed).await.unwrap();
    assert_eq!(
        stub.lines(),
        ["GET /v1/subscriptions/sub_1", "POST /v1/subscriptions/sub_1"]
    );
    assert_eq!(stub.asked()[1].param("items[0][id]"), Some("si_1"));
    assert_eq!(stub.asked()[1].param("items[0][price]"), None);

    for items in [
        json!({"data": [{"id": "si_1"}, {"id": "si_2"}], "has_more": false}),
        json!({"data": [{"id": "si_1"}], "has_more": true}),
    ] {
        let stub = Stub::of([subscribed(&json!({"items": items}))]);
        let error = stub.stripe().change_subscription(&unnamed).await.unwrap_err();
        assert!(matches!(error, ProviderError::Refused { .. }), "{error}");
    }
    let nothing = SubscriptionChange {
        quantity: None,
        ..unnamed
    };
    let error = Stub::of([])
        .stripe()
        .change_subscription(&nothing)
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_change_that_can_t_be_paid_is_declined() {
    let declined = json!({"error": {"type": "card_error", "code": "card_declined",
        "decline_code": "insufficient_funds", "message": "Your card has insufficient funds."}});
    let stub = Stub::new([Ok(answer(402, &declined))]);
    let error = stub
        .stripe()
        .change_subscription(&change(Proration::Now))
        .await
        .unwrap_err();
    let ProviderError::Declined { code, message } = error else {
        panic!("{error}")
    };
    assert_eq!(code, "insufficient_funds");
    assert_eq!(message, "Your card has insufficient funds.");
}

#[tokio::test]
async fn previews_what_a_change_costs() {
    let line = |amount: i64, parent: Value| json!({"amount": amount, "parent": parent});
    let of_item = |proration: bool| json!({"subscription_item_details": {"proration": proration}});
    let preview = json!({"currency": "usd", "total": 22_500, "amount_paid": 0, "lines": {"has_more": false, "data": [
        line(-2500, of_item(true)),
        line(5000, json!({"invoice_item_details": {"proration": true}, "subscription_item_details": null})),
        line(20_000, of_item(false)),
        json!({"amount": 100, "proration": true}),
    ]}});
    let stub = Stub::of([preview.clone()]);
    let told = stub
        .stripe()
        .preview_change(&change(Proration::NextInvoice))
        .await
        .unwrap();
    assert_eq!(
        told,
        ChangePreview {
            total: money(22_500, "USD"),
            prorated: money(2600, "USD")
        }
    );
    let asked = &stub.asked()[0];
    assert_eq!(asked.line(), "POST /v1/invoices/create_preview");
    // It is not the change, so it must not have its key.
    assert!(!asked.headers.contains_key("idempotency-key"));
    for (name, value) in [
        ("subscription", "sub_1"),
        ("subscription_details[items][0][id]", "si_1"),
        ("subscription_details[items][0][price]", "price_2"),
        ("subscription_details[items][0][quantity]", "5"),
        ("subscription_details[proration_behavior]", "create_prorations"),
    ] {
        assert_eq!(asked.param(name), Some(value), "{name}");
    }
    let mut long = preview;
    long["lines"]["has_more"] = json!(true);
    let error = Stub::of([long])
        .stripe()
        .preview_change(&change(Proration::Now))
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn ends_with_its_period_or_now() {
    let stub = Stub::of([subscribed(&json!({"cancel_at_period_end": true}))]);
    let told = stub
        .stripe()
        .cancel_subscription(&target(), CancelMoment::PeriodEnd)
        .await
        .unwrap();
    assert_eq!(told.cancel_at, told.current_period_end);
    let asked = &stub.asked()[0];
    assert_eq!(asked.line(), "POST /v1/subscriptions/sub_1");
    assert_eq!(asked.param("cancel_at_period_end"), Some("true"));

    let over = || subscribed(&json!({"status": "canceled", "ended_at": NOW}));
    let stub = Stub::of([over()]);
    let told = stub
        .stripe()
        .cancel_subscription(&target(), CancelMoment::Now)
        .await
        .unwrap();
    assert_eq!(
        (told.state, told.ended_at),
        (SubscriptionState::Canceled, Some(at(NOW)))
    );
    let asked = &stub.asked()[0];
    assert_eq!(asked.line(), "DELETE /v1/subscriptions/sub_1");
    assert_eq!(asked.param("invoice_now"), Some("false"));
    assert_eq!(asked.param("prorate"), Some("false"));

    // It was over already.
    let missing = json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such."}});
    let stub = Stub::new([Ok(answer(404, &missing)), Ok(answer(200, &over()))]);
    let told = stub
        .stripe()
        .cancel_subscription(&target(), CancelMoment::Now)
        .await
        .unwrap();
    assert_eq!(told.state, SubscriptionState::Canceled);
    let stub = Stub::new([Ok(answer(404, &missing)), Ok(answer(404, &missing))]);
    let error = stub
        .stripe()
        .cancel_subscription(&target(), CancelMoment::Now)
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error}");
    // Stripe keeps no keys for this, so it is not repeated.
    let stub = Stub::new([Ok(answer(500, &missing))]);
    let error = stub
        .stripe()
        .cancel_subscription(&target(), CancelMoment::Now)
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::OutcomeUnknown(_)), "{error}");
}

#[tokio::test]
async fn takes_back_what_there_is_and_nothing_else() {
    for (changes, expected) in [
        (
            json!({"cancel_at_period_end": true, "cancel_at": NOW + MONTH}),
            vec![("cancel_at_period_end", "false")],
        ),
        (json!({"cancel_at": NOW + 9}), vec![("cancel_at", "")]),
        (
            json!({"pause_collection": {"behavior": "void", "resumes_at": null}}),
            vec![("pause_collection", "")],
        ),
        (
            json!({"cancel_at_period_end": true, "pause_collection": {"behavior": "void"}}),
            vec![("cancel_at_period_end", "false"), ("pause_collection", "")],
        ),
    ] {
        let stub = Stub::of([subscribed(&changes), subscribed(&json!({}))]);
        let told = stub.stripe().resume_subscription(&target()).await.unwrap();
        assert_eq!((told.cancel_at, told.pause), (None, None));
        let asked = stub.asked();
        let params: Vec<_> = asked[1]
            .params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(asked[1].line(), "POST /v1/subscriptions/sub_1");
        assert_eq!(params, expected);
    }
    // Nothing to take back; and what is over stays over.
    for changes in [
        json!({}),
        json!({"status": "canceled", "ended_at": NOW, "cancel_at_period_end": true}),
    ] {
        let stub = Stub::of([subscribed(&changes)]);
        stub.stripe().resume_subscription(&target()).await.unwrap();
    }
    let stub = Stub::of([subscribed(&json!({"status": "paused"})), subscribed(&json!({}))]);
    stub.stripe().resume_subscription(&target()).await.unwrap();
    assert_eq!(
        stub.lines(),
        [
            "GET /v1/subscriptions/sub_1",
            "POST /v1/subscriptions/sub_1/resume"
        ]
    );
}

#[tokio::test]
async fn pauses_for_a_while_or_until_it_is_resumed() {
    for (mode, behavior) in [(PauseMode::Free, "keep_as_draft"), (PauseMode::Void, "void")] {
        for resumes_at in [None, Some(NOW + 5)] {
            let pause = json!({"behavior": behavior, "resumes_at": resumes_at});
            let stub = Stub::of([subscribed(&json!({"pause_collection": pause}))]);
            let told = stub
                .stripe()
                .pause_subscription(&target(), mode, resumes_at.map(at))
                .await
                .unwrap();
            assert_eq!(
                told.pause,
                Some(Pause {
                    mode,
                    resumes_at: resumes_at.map(at)
                })
            );
            let asked = &stub.asked()[0];
            assert_eq!(asked.param("pause_collection[behavior]"), Some(behavior));
            let sent = resumes_at.map(|seconds| seconds.to_string());
            assert_eq!(asked.param("pause_collection[resumes_at]"), sent.as_deref());
        }
    }
}
