//! Pages where something is paid, refunds, prices, portals and what happened lately: what is sent for them, and what
//! is made of the answers.

use std::collections::BTreeMap;

use kernel::Money;
use ports::payments::{
    Buyer, CheckoutRequest, ObjectKind, PaymentProvider as _, PortalRequest, PriceRequest, ProviderError,
    Purpose, RecentRequest, RefundRequest, RefundState,
};
use serde_json::{Value, json};

use super::stub::{Asked, NOW, Stub, answer, at};
use crate::EVENT_TYPES;

pub(crate) fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, code.parse().unwrap())
}

pub(crate) fn payment() -> CheckoutRequest {
    CheckoutRequest {
        reference: "pay_1".to_owned(),
        attempt: 2,
        purpose: Purpose::Payment {
            amount: money(1999, "USD"),
            description: "Credits & more".to_owned(),
        },
        buyer: Buyer {
            customer: None,
            email: Some("ada@example.com".parse().unwrap()),
            name: Some("Ada".to_owned()),
        },
        organization: "org_1".to_owned(),
        success_url: "https://app.example/ok".parse().unwrap(),
        cancel_url: "https://app.example/no".parse().unwrap(),
        expires_at: at(NOW + 7200),
        metadata: BTreeMap::from([("cart".to_owned(), "42".to_owned())]),
        idempotency_key: "pay_1:checkout:2".to_owned(),
    }
}

pub(crate) fn subscription() -> CheckoutRequest {
    CheckoutRequest {
        reference: "sub_1".to_owned(),
        purpose: Purpose::Subscription {
            price: "price_1".to_owned(),
            amount: money(2500, "USD"),
            quantity: 3,
            trial_days: Some(14),
        },
        buyer: Buyer {
            customer: Some("cus_1".to_owned()),
            ..payment().buyer
        },
        metadata: BTreeMap::new(),
        ..payment()
    }
}

pub(crate) fn session() -> Value {
    json!({
        "id": "cs_test_1", "object": "checkout.session", "url": "https://checkout.stripe.com/c/pay/cs_test_1#x",
        "status": "open", "payment_status": "unpaid", "mode": "payment", "customer": null,
        "amount_subtotal": 1999, "amount_total": 1999, "currency": "usd", "expires_at": NOW + 7200,
    })
}

fn pairs(asked: &Asked) -> Vec<(&str, &str)> {
    asked
        .params
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[tokio::test]
async fn makes_a_page_for_a_payment() {
    let stub = Stub::of([session()]);
    let checkout = stub.stripe().create_checkout(&payment()).await.unwrap();
    assert_eq!(checkout.id.as_deref(), Some("cs_test_1"));
    assert_eq!(
        checkout.url.as_str(),
        "https://checkout.stripe.com/c/pay/cs_test_1#x"
    );
    assert_eq!(checkout.expires_at, Some(at(NOW + 7200)));
    assert_eq!(checkout.customer, None);
    let asked = &stub.asked()[0];
    assert_eq!(asked.line(), "POST /v1/checkout/sessions");
    assert_eq!(asked.headers["idempotency-key"], "pay_1:checkout:2");
    assert_eq!(
        pairs(asked),
        [
            ("cancel_url", "https://app.example/no"),
            ("client_reference_id", "pay_1"),
            ("customer_email", "ada@example.com"),
            ("expires_at", "1767232800"),
            ("line_items[0][price_data][currency]", "usd"),
            ("line_items[0][price_data][product_data][name]", "Credits & more"),
            ("line_items[0][price_data][unit_amount]", "1999"),
            ("line_items[0][quantity]", "1"),
            ("metadata[cart]", "42"),
            ("metadata[organization_id]", "org_1"),
            ("metadata[payment_id]", "pay_1"),
            ("mode", "payment"),
            ("payment_intent_data[metadata][cart]", "42"),
            ("payment_intent_data[metadata][organization_id]", "org_1"),
            ("payment_intent_data[metadata][payment_id]", "pay_1"),
            ("success_url", "https://app.example/ok"),
        ]
    );
}

#[tokio::test]
async fn makes_a_page_for_a_subscription() {
    let mut session = session();
    session["customer"] = json!("cus_1");
    let stub = Stub::of([session]);
    let checkout = stub.stripe().create_checkout(&subscription()).await.unwrap();
    assert_eq!(checkout.customer.as_deref(), Some("cus_1"));
    assert_eq!(
        pairs(&stub.asked()[0]),
        [
            ("cancel_url", "https://app.example/no"),
            ("client_reference_id", "sub_1"),
            ("customer", "cus_1"),
            ("expires_at", "1767232800"),
            ("line_items[0][price]", "price_1"),
            ("line_items[0][quantity]", "3"),
            ("metadata[organization_id]", "org_1"),
            ("metadata[subscription_id]", "sub_1"),
            ("mode", "subscription"),
            ("subscription_data[metadata][organization_id]", "org_1"),
            ("subscription_data[metadata][subscription_id]", "sub_1"),
            ("subscription_data[trial_period_days]", "14"),
            ("success_url", "https://app.example/ok"),
        ]
    );
}

#[tokio::test]
async fn what_things_are_found_by_is_not_for_others_to_say() {
    let names = [
        "payment_id",
        "subscription_id",
        "refund_id",
        "price_id",
        "organization_id",
    ];
    let metadata: BTreeMap<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), "theirs".to_owned()))
        .collect();
    for (request, kept) in [
        (payment(), ["payment_id", "pay_1"]),
        (subscription(), ["subscription_id", "sub_1"]),
    ] {
        let stub = Stub::of([session()]);
        let request = CheckoutRequest {
            metadata: metadata.clone(),
            ..request
        };
        stub.stripe().create_checkout(&request).await.unwrap();
        let asked = &stub.asked()[0];
        let told = asked
            .params
            .iter()
            .filter(|(name, _)| name.starts_with("metadata["));
        let told: Vec<_> = told
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let [name, value] = kept;
        let name = format!("metadata[{name}]");
        assert_eq!(
            told,
            [("metadata[organization_id]", "org_1"), (name.as_str(), value)]
        );
        assert!(!asked.params.values().any(|value| value == "theirs"));
    }
}

#[tokio::test]
async fn no_trial_is_not_a_trial_of_no_days() {
    for trial_days in [None, Some(0)] {
        let purpose = Purpose::Subscription {
            price: "price_1".to_owned(),
            amount: money(2500, "USD"),
            quantity: 1,
            trial_days,
        };
        let stub = Stub::of([session()]);
        let request = CheckoutRequest {
            purpose,
            ..subscription()
        };
        stub.stripe().create_checkout(&request).await.unwrap();
        assert_eq!(
            stub.asked()[0].param("subscription_data[trial_period_days]"),
            None
        );
    }
}

#[tokio::test]
async fn a_time_that_was_moved_has_a_key_of_its_own() {
    let request = CheckoutRequest {
        expires_at: at(NOW + 240 * 3600),
        ..payment()
    };
    let stub = Stub::of([session()]);
    stub.stripe().create_checkout(&request).await.unwrap();
    let asked = &stub.asked()[0];
    let moved: i64 = asked.param("expires_at").unwrap().parse().unwrap();
    assert!(moved <= NOW + 24 * 3600 && moved > NOW + 23 * 3600);
    assert_eq!(
        asked.headers["idempotency-key"],
        format!("pay_1:checkout:2:{moved}")
    );
}

#[tokio::test]
async fn what_stripe_would_misread_is_not_sent() {
    for (amount, said) in [
        (money(5124, "KWD"), "Stripe takes KWD only in steps of 0.010"),
        (money(150, "MGA"), "Stripe takes MGA only in steps of 1.00"),
        (money(1, "CLF"), "Stripe takes no CLF"),
    ] {
        let stub = Stub::of([]);
        let purpose = Purpose::Payment {
            amount,
            description: "x".to_owned(),
        };
        let request = CheckoutRequest { purpose, ..payment() };
        let error = stub.stripe().create_checkout(&request).await.unwrap_err();
        let ProviderError::Refused { code, message } = error else {
            panic!("{error}")
        };
        assert_eq!((code.as_str(), message.as_str()), ("invalid_amount", said));
    }
    for key in ["", "a]", "a[b"] {
        let stub = Stub::of([]);
        let metadata = BTreeMap::from([(key.to_owned(), "x".to_owned())]);
        let error = stub
            .stripe()
            .create_checkout(&CheckoutRequest {
                metadata,
                ..payment()
            })
            .await
            .unwrap_err();
        assert!(matches!(error, ProviderError::Refused { .. }), "{key}: {error}");
    }
}

#[tokio::test]
async fn odd_currencies_are_sent_as_stripe_counts_them() {
    for (amount, wire) in [
        (money(5, "UGX"), "500"),
        (money(500, "MGA"), "5"),
        (money(5120, "KWD"), "5120"),
    ] {
        let stub = Stub::of([session()]);
        let purpose = Purpose::Payment {
            amount,
            description: "x".to_owned(),
        };
        stub.stripe()
            .create_checkout(&CheckoutRequest { purpose, ..payment() })
            .await
            .unwrap();
        let asked = &stub.asked()[0];
        assert_eq!(asked.param("line_items[0][price_data][unit_amount]"), Some(wire));
    }
}

#[tokio::test]
async fn a_page_without_an_address_is_no_page() {
    for url in [json!(null), json!(""), json!("not a url")] {
        let mut session = session();
        session["url"] = url;
        let stub = Stub::of([session]);
        let error = stub.stripe().create_checkout(&payment()).await.unwrap_err();
        assert!(matches!(error, ProviderError::OutcomeUnknown(_)), "{error}");
    }
}

#[tokio::test]
async fn closes_a_page_once_or_again() {
    let with_status = |status: &str| {
        let mut session = session();
        session["status"] = json!(status);
        session
    };
    let stub = Stub::of([with_status("expired")]);
    stub.stripe().expire_checkout("cs_test_1").await.unwrap();
    assert_eq!(stub.lines(), ["POST /v1/checkout/sessions/cs_test_1/expire"]);

    let refusal = json!({"error": {"type": "invalid_request_error", "message": "Only open ones."}});
    let stub = Stub::new([
        Ok(answer(400, &refusal)),
        Ok(answer(200, &with_status("expired"))),
    ]);
    stub.stripe().expire_checkout("cs_test_1").await.unwrap();

    let stub = Stub::new([
        Ok(answer(400, &refusal)),
        Ok(answer(200, &with_status("complete"))),
    ]);
    let error = stub.stripe().expire_checkout("cs_test_1").await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error}");

    let stub = Stub::of([with_status("open")]);
    let error = stub.stripe().expire_checkout("cs_test_1").await.unwrap_err();
    assert!(matches!(error, ProviderError::OutcomeUnknown(_)), "{error}");
}

pub(crate) fn refund(is_rest: bool) -> RefundRequest {
    RefundRequest {
        reference: "rfd_1".to_owned(),
        payment: "pi_1".to_owned(),
        amount: money(500, "USD"),
        is_rest,
        idempotency_key: "rfd_1".to_owned(),
    }
}

#[tokio::test]
async fn gives_back_a_part_or_the_rest() {
    for (is_rest, amount) in [(false, Some("500")), (true, None)] {
        let stub = Stub::of([json!({
            "id": "re_1", "amount": 500, "currency": "usd", "status": "succeeded", "payment_intent": "pi_1",
            "created": NOW, "metadata": {"refund_id": "rfd_1"},
        })]);
        let refund = stub.stripe().refund(&refund(is_rest)).await.unwrap();
        assert_eq!(
            (refund.id.as_deref(), refund.reference.as_deref()),
            (Some("re_1"), Some("rfd_1"))
        );
        assert_eq!(
            (refund.amount, refund.state),
            (money(500, "USD"), RefundState::Succeeded)
        );
        let asked = &stub.asked()[0];
        assert_eq!(asked.line(), "POST /v1/refunds");
        assert_eq!(asked.param("amount"), amount);
        assert_eq!(asked.param("payment_intent"), Some("pi_1"));
        assert_eq!(asked.param("metadata[refund_id]"), Some("rfd_1"));
        assert_eq!(asked.param("reason"), None);
    }
}

#[tokio::test]
async fn a_refund_is_done_only_when_stripe_says_so() {
    for (status, expected) in [
        (json!("succeeded"), RefundState::Succeeded),
        (json!("pending"), RefundState::Pending),
        (json!("requires_action"), RefundState::Pending),
        (json!("failed"), RefundState::Failed),
        (json!("canceled"), RefundState::Canceled),
        (json!("teleported"), RefundState::Unknown("teleported".to_owned())),
        (json!(null), RefundState::Unknown(String::new())),
    ] {
        let stub = Stub::of([json!({"id": "re_1", "amount": 500, "currency": "usd", "status": status})]);
        assert_eq!(
            stub.stripe().refund(&refund(false)).await.unwrap().state,
            expected
        );
    }
}

pub(crate) fn price() -> PriceRequest {
    PriceRequest {
        reference: "prc_1".to_owned(),
        name: "Team".to_owned(),
        amount: money(5, "UGX"),
        interval: "month",
        interval_count: 3,
        idempotency_key: "prc_1".to_owned(),
    }
}

#[tokio::test]
async fn makes_a_price() {
    let stub = Stub::of([json!({"id": "price_1", "object": "price"})]);
    assert_eq!(stub.stripe().create_price(&price()).await.unwrap(), "price_1");
    let asked = &stub.asked()[0];
    assert_eq!(asked.headers["idempotency-key"], "prc_1");
    assert_eq!(
        pairs(asked),
        [
            ("currency", "ugx"),
            ("metadata[price_id]", "prc_1"),
            ("product_data[name]", "Team"),
            ("recurring[interval]", "month"),
            ("recurring[interval_count]", "3"),
            ("unit_amount", "500"),
        ]
    );
}

#[tokio::test]
async fn opens_the_portal_of_a_customer() {
    let request = |customer: Option<&str>, subscription: Option<&str>| PortalRequest {
        customer: customer.map(str::to_owned),
        subscription: subscription.map(str::to_owned),
        return_url: "https://app.example/billing".parse().unwrap(),
    };
    let portal = json!({"id": "bps_1", "url": "https://billing.stripe.com/p/session/1"});
    let subscribed = json!({"id": "sub_1", "status": "active", "customer": {"id": "cus_1", "email": null},
        "items": {"data": [{"id": "si_1"}], "has_more": false}});
    for (request, answers) in [
        (request(Some("cus_1"), None), vec![portal.clone()]),
        (request(None, Some("sub_1")), vec![subscribed, portal]),
    ] {
        let stub = Stub::of(answers);
        let url = stub.stripe().portal(&request).await.unwrap();
        assert_eq!(url.as_str(), "https://billing.stripe.com/p/session/1");
        let asked = stub.asked();
        let last = asked.last().unwrap();
        assert_eq!(last.line(), "POST /v1/billing_portal/sessions");
        assert_eq!(
            pairs(last),
            [
                ("customer", "cus_1"),
                ("return_url", "https://app.example/billing")
            ]
        );
    }
    // Nothing is lost with a page that nobody hears of.
    let stub = Stub::new([Ok(answer(500, &json!({})))]);
    let error = stub
        .stripe()
        .portal(&request(Some("cus_1"), None))
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    let stub = Stub::of([]);
    let error = stub.stripe().portal(&request(None, None)).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn lists_what_happened_lately_page_by_page() {
    let page = |ids: &[&str], has_more: bool| {
        let events: Vec<Value> = ids
            .iter()
            .map(|id| {
                json!({"id": id, "type": "invoice.paid", "created": NOW, "livemode": false,
                "data": {"object": {"object": "invoice", "id": format!("in_{id}")}}})
            })
            .collect();
        json!({"object": "list", "data": events, "has_more": has_more})
    };
    let stub = Stub::of([
        page(&["evt_3", "evt_2"], true),
        page(&["evt_1"], false),
        page(&[], false),
    ]);
    let stripe = stub.stripe();
    let mut keys = Vec::new();
    let mut cursor = None;
    loop {
        let request = RecentRequest {
            since: at(NOW - 60),
            cursor,
        };
        let page = stripe.list_recent(&request).await.unwrap();
        assert!(
            page.events
                .iter()
                .all(|event| event.object.as_ref().unwrap().kind == ObjectKind::Invoice)
        );
        keys.extend(page.events.into_iter().map(|event| event.key));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(keys, ["evt_3", "evt_2", "evt_1"]);
    let asked = stub.asked();
    let after: Vec<_> = asked.iter().map(|asked| asked.param("starting_after")).collect();
    assert_eq!(after, [None, Some("evt_2"), None]);
    for (asked, half) in asked.iter().zip([0, 0, 1]) {
        assert_eq!(asked.line(), "GET /v1/events");
        assert_eq!(asked.param("created[gte]"), Some((NOW - 60).to_string().as_str()));
        let types = asked.params.iter().filter(|(name, _)| name.starts_with("types["));
        let mut types: Vec<_> = types.map(|(_, value)| value.as_str()).collect();
        let mut expected = EVENT_TYPES[half].to_vec();
        types.sort_unstable();
        expected.sort_unstable();
        assert_eq!(types, expected);
    }
    for cursor in ["", "2:", "x:evt_1", "evt_1", "-1:"] {
        let request = RecentRequest {
            since: at(0),
            cursor: Some(cursor.to_owned()),
        };
        let error = stripe.list_recent(&request).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Refused { .. }),
            "{cursor}: {error}"
        );
    }
}
