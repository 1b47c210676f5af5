//! What is asked, beside what the provider's own library asks.

use ports::payments::{CancelMoment, PriceRequest, Purpose, RecentRequest};

use super::*;

/// What the library sent: method, path and query without what only it does, and body.
fn requests() -> Option<Vec<(String, Url, Value)>> {
    let text = std::fs::read_to_string(recordings()?.join("sdk-requests/flw.jsonl")).unwrap();
    let requests = text.lines().map(|line| {
        let sent: Value = serde_json::from_str(line).unwrap();
        // Two slashes at the beginning and an ampersand before the first parameter are its own.
        let at = sent["url"]
            .as_str()
            .unwrap()
            .replace("//", "/")
            .replace("?&", "?");
        (
            sent["method"].as_str().unwrap().to_owned(),
            format!("https://api.flutterwave.com{at}").parse().unwrap(),
            serde_json::from_str(sent["body"].as_str().unwrap()).unwrap_or_default(),
        )
    });
    Some(requests.collect())
}

#[tokio::test]
async fn it_asks_as_the_provider_s_library_does() {
    let Some(requests) = requests() else {
        return;
    };
    let mut same = Vec::new();
    for (method, url, body) in requests {
        let world = World::new();
        let provider = provider(&world);
        let (path, query) = place(&url);
        let at = format!("{}?{}", &path[3..], url.query().unwrap_or_default());
        match (method.as_str(), path.as_str()) {
            ("GET", "/v3/transactions/288200108/verify") => {
                let said = json!({ "id": 288_200_108, "status": "pending" });
                world.get(&at, success(&transaction(&said)));
                let verified = object(ObjectKind::Payment, "288200108");
                provider.fetch(&verified).await.unwrap();
            }
            ("GET", "/v3/transactions/verify_by_reference") => {
                let said = json!({ "tx_ref": query["tx_ref"], "status": "pending" });
                world.get(&at, success(&transaction(&said)));
                let verified = object(ObjectKind::Reference, &query["tx_ref"]);
                provider.fetch(&verified).await.unwrap();
            }
            ("GET", "/v3/transactions") => {
                // We ask for all of them until now.
                let at = format!("/transactions?from={}&page={}", query["from"], query["page"]);
                world.get(&at, page(&[], 1));
                let request = RecentRequest {
                    since: time(&format!("{}T00:00:00Z", query["from"])),
                    cursor: Some(query["page"].clone()),
                };
                provider.list_recent(&request).await.unwrap();
            }
            ("POST", "/v3/payment-plans") => {
                // We want it to go on, so nothing is said of how long.
                let mut asked = body.clone();
                asked.as_object_mut().unwrap().remove("duration");
                let made = merged(json!({ "id": 3807 }), &asked);
                world.expect(
                    HttpMethod::Post,
                    "/payment-plans",
                    Some(asked),
                    Answer::Json(200, success(&made)),
                );
                let request = PriceRequest {
                    reference: "prc_1".to_owned(),
                    name: "Pro".to_owned(),
                    amount: money(500_000, "NGN"),
                    interval: "month",
                    interval_count: 1,
                    idempotency_key: "key".to_owned(),
                };
                provider.create_price(&request).await.unwrap();
            }
            ("GET", "/v3/subscriptions") if query.contains_key("plan") => {
                // We ask for those that have ended as well.
                let at = "/subscriptions?email=user%40example.com&plan=52045&page=1";
                let customer = json!({ "customer_email": "user@example.com" });
                let found = subscription(&json!({ "plan": 52045, "customer": customer }));
                world.get(at, page(&[found], 1));
                let id = format!("4147/{}/{}", query["plan"], query["email"]);
                let known = object(ObjectKind::Subscription, &id);
                provider.fetch(&known).await.unwrap();
            }
            ("PUT", "/v3/subscriptions/4147/cancel") => {
                let answer = Answer::Json(200, success(&subscription(&json!({ "status": "cancelled" }))));
                world.expect(HttpMethod::Put, &at, Some(body), answer);
                let id = target("4147/3657/a@b.co");
                provider
                    .cancel_subscription(&id, CancelMoment::Now)
                    .await
                    .unwrap();
            }
            ("PUT", "/v3/subscriptions/4147/activate") => {
                let answer = Answer::Json(200, success(&subscription(&json!({}))));
                world.expect(HttpMethod::Put, &at, Some(body), answer);
                provider
                    .resume_subscription(&target("4147/3657/a@b.co"))
                    .await
                    .unwrap();
            }
            _ => continue,
        }
        assert!(world.is_done());
        same.push(path);
    }
    println!("{} requests asked alike: {same:?}", same.len());
    assert_eq!(same.len(), 7);
}

/// The documented answers, each for the request that it answers.
#[tokio::test]
async fn documented_answers_are_read() {
    let Some(folder) = recordings() else {
        return;
    };
    let examples = json_at(&folder.join("flutterwave/webhooks.json"));
    let world = World::new();
    let provider = provider(&world);

    world.get("/transactions/288200108/verify", examples["verify_ok"].clone());
    world.get("/refunds?from=2020-07-15&page=1", page(&[], 1));
    world.get("/subscriptions?email=user%40example.com&page=1", page(&[], 1));
    let found = provider
        .fetch(&object(ObjectKind::Payment, "288200108"))
        .await
        .unwrap();
    let [ports::payments::Snapshot::Payment(paid)] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (paid.amount, paid.fee),
        (money(10_000, "NGN"), Some(money(140, "NGN")))
    );
    assert_eq!(
        (&paid.reference, paid.customer.as_deref()),
        (&None, Some("216519823"))
    );

    world.get("/transactions/1/verify", examples["verify_not_found"].clone());
    let missing = provider.fetch(&object(ObjectKind::Payment, "1")).await;
    assert!(matches!(missing, Err(ports::payments::ProviderError::NotFound)));

    let answer = Answer::Json(503, examples["timeout_503"].clone());
    world.expect(HttpMethod::Get, "/transactions/1/verify", None, answer);
    let late = provider.fetch(&object(ObjectKind::Payment, "1")).await;
    assert!(matches!(
        late,
        Err(ports::payments::ProviderError::Unavailable(_))
    ));

    let said = transaction(&json!({ "id": 908_790, "amount": 6900 }));
    world.get("/transactions/908790/verify", success(&said));
    world.get("/refunds?from=2026-07-15&page=1", page(&[], 1));
    let asked = json!({ "amount": 6900, "comments": "rfd_1" });
    let answer = Answer::Json(200, examples["refund_ok"].clone());
    world.expect(
        HttpMethod::Post,
        "/transactions/908790/refund",
        Some(asked),
        answer,
    );
    let request = ports::payments::RefundRequest {
        reference: "rfd_1".to_owned(),
        payment: "908790".to_owned(),
        amount: money(690_000, "NGN"),
        is_rest: true,
        idempotency_key: "key".to_owned(),
    };
    let refunded = provider.refund(&request).await.unwrap();
    assert_eq!(
        (refunded.id.as_deref(), refunded.amount),
        (Some("75923"), money(690_000, "NGN"))
    );

    let asked = json!({ "amount": 5000, "name": "Church collections plan", "interval": "monthly", "currency": "NGN" });
    let answer = Answer::Json(200, examples["plan_created"].clone());
    world.expect(HttpMethod::Post, "/payment-plans", Some(asked), answer);
    let price = PriceRequest {
        reference: "prc_1".to_owned(),
        name: "Church collections plan".to_owned(),
        amount: money(500_000, "NGN"),
        interval: "month",
        interval_count: 1,
        idempotency_key: "key".to_owned(),
    };
    assert_eq!(provider.create_price(&price).await.unwrap(), "3807");

    let answer = Answer::Json(200, examples["subscription_cancelled_api"].clone());
    world.expect(
        HttpMethod::Put,
        "/subscriptions/4147/cancel",
        Some(json!({ "id": 4147 })),
        answer,
    );
    let id = target("4147/3657/user@example.com");
    let ended = provider
        .cancel_subscription(&id, CancelMoment::Now)
        .await
        .unwrap();
    assert_eq!(ended.state, ports::payments::SubscriptionState::Canceled);

    let request = checkout_of(Purpose::Payment {
        amount: money(100, "NGN"),
        description: "Credits".to_owned(),
    });
    let asked = json!({
        "tx_ref": "pay_01hx-2", "amount": 1, "currency": "NGN", "redirect_url": "https://app.test/ok",
        "customer": { "email": "a@b.co", "name": "A" }, "customizations": { "description": "Credits" },
        "meta": { "payment_id": "pay_01hx", "organization_id": "org_1" },
        "link_expiration": "2026-11-24T00:00:00Z",
    });
    let answer = Answer::Json(200, examples["create_payment_ok"].clone());
    world.expect(HttpMethod::Post, "/payments", Some(asked), answer);
    provider.create_checkout(&request).await.unwrap();
    assert!(world.is_done());
    println!("{} answers read", world.asked().len());
}
