//! What is sent, beside what Stripe's own library for Node sends for the same call. Names that only one of both has
//! are listed, and each is there on purpose.

use std::collections::BTreeMap;

use ports::payments::{
    Buyer, CancelMoment, CheckoutRequest, ObjectKind, ObjectRef, PaymentProvider as _, PortalRequest,
    Proration, Purpose, RecentRequest, RefundRequest, SubscriptionChange,
};
use serde_json::{Value, json};

use super::checkouts::{self, money, session};
use super::shared_data;
use super::stub::{Asked, Stub, at, params};
use super::subscriptions::{change, subscribed, target};

/// What Stripe's library sent.
struct Theirs {
    line: String,
    params: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

fn theirs() -> Option<Vec<Theirs>> {
    let file = shared_data::payments()?.join("sdk-requests/stripe.jsonl");
    let text = std::fs::read_to_string(file).ok()?;
    let read = |line: &str| {
        let request: Value = serde_json::from_str(line).unwrap();
        let (method, url) = (
            request["method"].as_str().unwrap(),
            request["url"].as_str().unwrap(),
        );
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let body = request["body"].as_str().unwrap();
        let headers = request["headers"].as_object().unwrap().iter();
        Theirs {
            line: format!("{method} {path}"),
            params: params(if method == "POST" { body } else { query }.as_bytes()),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
        }
    };
    Some(text.lines().map(read).collect())
}

/// That both say the same but for these names.
fn assert_same(theirs: &Theirs, ours: &Asked, only_theirs: &[&str], only_ours: &[&str]) {
    let place = ours.line();
    assert_eq!(place, theirs.line);
    let is_at = |name: &str, names: &[&str]| names.iter().any(|start| name.starts_with(start));
    for name in only_theirs {
        assert!(
            theirs.params.keys().any(|key| key.starts_with(name)),
            "{place}: {name} is theirs no more"
        );
    }
    for name in only_ours {
        assert!(
            ours.params.keys().any(|key| key.starts_with(name)),
            "{place}: {name} is ours no more"
        );
    }
    let theirs_kept: BTreeMap<_, _> = theirs
        .params
        .iter()
        .filter(|(name, _)| !is_at(name, only_theirs))
        .collect();
    let ours_kept: BTreeMap<_, _> = ours
        .params
        .iter()
        .filter(|(name, _)| !is_at(name, only_ours))
        .collect();
    assert_eq!(theirs_kept, ours_kept, "{place}");
    for name in ["accept", "stripe-version"] {
        assert_eq!(theirs.headers[name], ours.headers[name], "{place}: {name}");
    }
    if place.starts_with("POST") {
        assert_eq!(
            theirs.headers["content-type"], ours.headers["content-type"],
            "{place}"
        );
    }
    assert!(ours.headers["authorization"].starts_with("Bearer sk_test_"));
    assert!(theirs.headers["authorization"].starts_with("Bearer sk_test_"));
}

/// The one call of this line.
async fn sent<F, T, E>(answers: Vec<Value>, ask: F) -> Asked
where
    F: AsyncFnOnce(crate::Stripe) -> Result<T, E>,
    E: std::fmt::Display,
{
    let stub = Stub::of(answers);
    if let Err(error) = ask(stub.stripe()).await {
        panic!("{error}");
    }
    stub.asked().into_iter().next_back().unwrap()
}

const KEPT: [&str; 2] = ["metadata[", "client_reference_id"];

#[tokio::test]
async fn checkouts_are_asked_for_as_stripes_library_does() {
    let Some(theirs) = theirs() else { return };
    let payment = CheckoutRequest {
        success_url: "https://app.test/ok".parse().unwrap(),
        buyer: Buyer::default(),
        ..checkouts::payment()
    };
    let ours = sent(vec![session()], async |stripe| {
        stripe.create_checkout(&payment).await
    })
    .await;
    let only_ours = [
        "cancel_url",
        "expires_at",
        KEPT[0],
        KEPT[1],
        "payment_intent_data[metadata]",
    ];
    assert_same(&theirs[2], &ours, &[], &only_ours);
    // Theirs of a price that is there already says by the same names what ours adds.
    for name in [
        "cancel_url",
        "expires_at",
        "client_reference_id",
        "metadata[payment_id]",
        "payment_intent_data[metadata][payment_id]",
        "success_url",
        "mode",
    ] {
        assert!(
            theirs[1].params.contains_key(name) && ours.params.contains_key(name),
            "{name}"
        );
    }

    let subscription = CheckoutRequest {
        success_url: "https://app.test/ok".parse().unwrap(),
        buyer: Buyer {
            email: Some("a@b.cd".parse().unwrap()),
            ..Buyer::default()
        },
        purpose: Purpose::Subscription {
            price: "price_1".to_owned(),
            amount: money(1, "USD"),
            quantity: 3,
            trial_days: Some(14),
        },
        ..checkouts::subscription()
    };
    let mut ours = sent(vec![session()], async |stripe| {
        stripe.create_checkout(&subscription).await
    })
    .await;
    // Their address is too short to be one here.
    assert_eq!(
        ours.params
            .insert("customer_email".to_owned(), "a@b.c".to_owned())
            .as_deref(),
        Some("a@b.cd")
    );
    let only_ours = [
        "cancel_url",
        "expires_at",
        KEPT[0],
        KEPT[1],
        "subscription_data[metadata]",
    ];
    assert_same(
        &theirs[3],
        &ours,
        &["allow_promotion_codes", "subscription_data[metadata]"],
        &only_ours,
    );

    let object = ObjectRef {
        kind: ObjectKind::Checkout,
        id: "cs_1".to_owned(),
    };
    let ours = sent(vec![session()], async |stripe| stripe.fetch(&object).await).await;
    assert_same(&theirs[4], &ours, &["expand["], &["expand["]);
    let mut closed = session();
    closed["status"] = json!("expired");
    let ours = sent(vec![closed], async |stripe| stripe.expire_checkout("cs_1").await).await;
    assert_same(&theirs[5], &ours, &[], &[]);
}

#[tokio::test]
async fn payments_and_refunds_are_asked_for_as_stripes_library_does() {
    let Some(theirs) = theirs() else { return };
    let stub = Stub::of([
        json!({"id": "pi_1", "status": "succeeded", "amount": 1, "currency": "usd", "latest_charge": "ch_1",
            "metadata": {"payment_id": "pay_1"}}),
        json!({"data": [], "has_more": false}),
    ]);
    let object = ObjectRef {
        kind: ObjectKind::Payment,
        id: "pi_1".to_owned(),
    };
    stub.stripe().fetch(&object).await.unwrap();
    let asked = stub.asked();
    // Ours shows the fee as well.
    assert_same(&theirs[6], &asked[0], &["expand["], &["expand["]);
    assert_same(&theirs[9], &asked[1], &[], &[]);

    let refund = json!({"id": "re_1", "amount": 500, "currency": "usd", "status": "succeeded"});
    let part = RefundRequest {
        reference: "01H".to_owned(),
        ..checkouts::refund(false)
    };
    let ours = sent(vec![refund.clone()], async |stripe| stripe.refund(&part).await).await;
    assert_same(&theirs[7], &ours, &["reason"], &[]);
    let rest = checkouts::refund(true);
    let ours = sent(vec![refund], async |stripe| stripe.refund(&rest).await).await;
    assert_same(&theirs[8], &ours, &[], &["metadata["]);
}

#[tokio::test]
async fn subscriptions_are_changed_as_stripes_library_does() {
    let Some(theirs) = theirs() else { return };
    let one = || vec![subscribed(&json!({}))];
    let both = change(Proration::NextInvoice);
    let ours = sent(one(), async |stripe| stripe.change_subscription(&both).await).await;
    assert_same(&theirs[11], &ours, &["payment_behavior"], &[]);
    let price = SubscriptionChange {
        quantity: None,
        ..change(Proration::Now)
    };
    let ours = sent(one(), async |stripe| stripe.change_subscription(&price).await).await;
    assert_same(&theirs[12], &ours, &[], &["payment_behavior"]);
    let ours = sent(one(), async |stripe| {
        stripe
            .cancel_subscription(&target(), CancelMoment::PeriodEnd)
            .await
    })
    .await;
    assert_same(&theirs[13], &ours, &[], &[]);
    let answers = vec![
        subscribed(&json!({"cancel_at_period_end": true})),
        subscribed(&json!({})),
    ];
    let ours = sent(answers, async |stripe| {
        stripe.resume_subscription(&target()).await
    })
    .await;
    assert_same(&theirs[14], &ours, &[], &[]);
    let ours = sent(one(), async |stripe| {
        stripe.cancel_subscription(&target(), CancelMoment::Now).await
    })
    .await;
    assert_same(&theirs[15], &ours, &[], &[]);
    let object = ObjectRef {
        kind: ObjectKind::Subscription,
        id: "sub_1".to_owned(),
    };
    let ours = sent(one(), async |stripe| stripe.fetch(&object).await).await;
    assert_same(&theirs[16], &ours, &[], &["expand["]);

    let preview =
        json!({"currency": "usd", "total": 1, "amount_paid": 0, "lines": {"data": [], "has_more": false}});
    let price = SubscriptionChange {
        quantity: None,
        ..change(Proration::NextInvoice)
    };
    let ours = sent(vec![preview], async |stripe| stripe.preview_change(&price).await).await;
    // The subscription says whose it is, and the present is when Stripe takes it to be.
    assert_same(
        &theirs[17],
        &ours,
        &["customer", "subscription_details[proration_date]"],
        &[],
    );
}

#[tokio::test]
async fn the_rest_is_asked_for_as_stripes_library_does() {
    let Some(theirs) = theirs() else { return };
    let portal = PortalRequest {
        customer: Some("cus_1".to_owned()),
        subscription: None,
        return_url: "https://app.test/billing".parse().unwrap(),
    };
    let page = json!({"url": "https://billing.stripe.com/p/1"});
    let ours = sent(vec![page], async |stripe| stripe.portal(&portal).await).await;
    assert_same(&theirs[18], &ours, &[], &[]);

    let recent = RecentRequest {
        since: at(1_795_400_000),
        cursor: None,
    };
    let none = json!({"data": [], "has_more": false});
    let ours = sent(vec![none], async |stripe| stripe.list_recent(&recent).await).await;
    // What was delivered may have been lost here.
    assert_same(&theirs[21], &ours, &["delivery_success", "types["], &["types["]);
}
