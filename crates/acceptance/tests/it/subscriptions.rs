//! What organizations subscribe to, over HTTP, through the provider of development.

use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// A plan with a price by the month.
async fn price(staff: &Person, key: &str, amount: i64) -> String {
    let body = json!({ "key": key, "name": "Pro", "trial_days": 14 });
    let plan = staff.post("/plans", body).await.expect(201).at("/id");
    let body = json!({ "amount": amount, "currency": "EUR", "interval": "month" });
    let made = staff
        .post(&format!("/plans/{plan}/prices"), body)
        .await
        .expect(201);
    made.at("/id")
}

async fn start(person: &Person, organization: &str, price: &str) -> Answer {
    let body = json!({ "organization_id": organization, "price_id": price, "provider": "sandbox", "trial": false, "quantity": 2 });
    person.post("/subscriptions", body).await
}

/// Presses a button on the provider's page.
async fn press(app: &TestApp, page: &str, button: &str) {
    let page = app.path_of(page);
    let form = app
        .nobody()
        .ask(Method::POST, &page)
        .form(&[("act", button), ("delivery", "lost")]);
    form.header("origin", &app.base).send().await.expect(303);
}

fn place(id: &str, organization: &str, verb: &str) -> String {
    format!("/subscriptions/{id}{verb}?organization_id={organization}")
}

/// A subscription that is paid for.
async fn running(app: &TestApp, person: &Person, organization: &str, price: &str) -> Value {
    let started = start(person, organization, price).await.expect(201);
    press(app, &started.at("/checkout_url"), "pay").await;
    let sync = place(&started.at("/id"), organization, "/sync");
    person.post(&sync, json!({})).await.expect(200).json()
}

#[tokio::test]
async fn an_organization_subscribes_changes_and_ends() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let (ada, organization) = app.owner("ada").await;
    let (small, large) = (price(&staff, "pro", 1900).await, price(&staff, "max", 4900).await);
    let started = start(&ada, &organization, &small).await.expect(201);
    assert_eq!(
        (started.at("/status"), started.at("/quantity")),
        ("incomplete".into(), "2".into())
    );
    let id = started.at("/id");
    assert_eq!(started.header("location"), place(&id, &organization, ""));
    start(&ada, &organization, &small)
        .await
        .expect_problem(409, "already_subscribed");
    press(&app, &started.at("/checkout_url"), "pay").await;
    let shown = ada.get(&place(&id, &organization, "")).await.expect(200);
    assert_eq!(shown.at("/status"), "incomplete", "coming back proves nothing");
    let paid = ada
        .post(&place(&id, &organization, "/sync"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        (paid.at("/status"), paid.at("/checkout_url")),
        ("active".into(), "null".into())
    );

    let change = json!({ "organization_id": organization, "price_id": large, "quantity": 3, "proration": "next_invoice" });
    let ask = |verb: &str, body: Value| {
        let (ada, path) = (ada.clone(), format!("/subscriptions/{id}/{verb}"));
        async move { ada.post(&path, body).await }
    };
    let preview = ask("preview", change.clone()).await.expect(200);
    assert_eq!(preview.at("/currency"), "EUR");
    let changed = ask("change", change).await.expect(200);
    assert_eq!(
        (changed.at("/price_id"), changed.at("/quantity")),
        (large, "3".into())
    );
    assert_ne!(changed.at("/plan_id"), paid.at("/plan_id"));
    let mine = json!({ "organization_id": organization });
    let cancel = json!({ "organization_id": organization, "at": "period_end" });
    let ending = ask("cancel", cancel).await.expect(200);
    assert_eq!(
        (ending.at("/status"), ending.at("/cancel_at")),
        ("active".into(), ending.at("/current_period_end"))
    );
    assert_eq!(
        ask("resume", mine.clone()).await.expect(200).at("/cancel_at"),
        "null"
    );
    let pause = json!({ "organization_id": organization, "mode": "free" });
    let paused = ask("pause", pause).await.expect(200);
    assert_eq!(
        (paused.at("/status"), paused.at("/pause_mode")),
        ("paused".into(), "free".into())
    );
    assert_eq!(ask("resume", mine).await.expect(200).at("/status"), "active");
    let cancel = json!({ "organization_id": organization, "at": "now" });
    assert_eq!(
        ask("cancel", cancel.clone()).await.expect(200).at("/status"),
        "canceled"
    );
    ask("cancel", cancel).await.expect_problem(409, "wrong_state");
    let list = ada
        .get(&format!(
            "/subscriptions?organization_id={organization}&status=canceled"
        ))
        .await;
    assert_eq!(list.expect(200).json()["data"].as_array().unwrap().len(), 1);
    let log = ada
        .get(&format!("/organizations/{organization}/activity?limit=200"))
        .await
        .expect(200)
        .text();
    for event in ["created", "updated", "cancellation_scheduled", "canceled"] {
        assert!(log.contains(&format!("subscription.{event}")), "{event}: {log}");
    }
}

#[tokio::test]
async fn an_organization_has_its_own_and_staff_see_all() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let (ada, first) = app.owner("ada").await;
    let (bob, second) = app.owner("bob").await;
    let price = price(&staff, "pro", 1900).await;
    let mine = start(&ada, &first, &price).await.expect(201).at("/id");
    let theirs = start(&bob, &second, &price).await.expect(201).at("/id");
    bob.get(&place(&mine, &second, ""))
        .await
        .expect_problem(404, "not_found");
    bob.get(&place(&mine, &first, ""))
        .await
        .expect_problem(404, "not_found");
    let cancel = json!({ "organization_id": second, "at": "now" });
    bob.post(&format!("/subscriptions/{mine}/cancel"), cancel)
        .await
        .expect_problem(404, "not_found");
    start(&bob, &first, &price).await.expect_problem(404, "not_found");
    let all = staff.get("/subscriptions").await.expect(200).json();
    let ids: Vec<_> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [theirs.as_str(), mine.as_str()]);
    staff.get(&format!("/subscriptions/{mine}")).await.expect(200);
    let nobody = json!({ "price_id": price, "provider": "sandbox" });
    staff
        .post("/subscriptions", nobody)
        .await
        .expect_field("/organization_id");
    let page = staff.get("/subscriptions?limit=1").await.expect(200).json();
    let next = format!(
        "/subscriptions?limit=1&cursor={}",
        page["next_cursor"].as_str().unwrap()
    );
    assert_eq!(staff.get(&next).await.expect(200).at("/data/0/id"), mine);
}

#[tokio::test]
async fn a_subscription_is_started_once_per_key_and_once_at_a_time() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let (ada, organization) = app.owner("ada").await;
    let price = price(&staff, "pro", 1900).await;
    let body = json!({ "organization_id": organization, "price_id": price, "provider": "sandbox" });
    let answers = app
        .at_once(8, |number| {
            let ask = ada
                .ask(Method::POST, "/subscriptions")
                .header("idempotency-key", &format!("k{}", number % 2));
            ask.json(body.clone()).send()
        })
        .await;
    let mut made: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.at("/id"))
        .collect();
    made.dedup();
    assert_eq!(made.len(), 1, "{answers:?}");
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        answer.expect(409);
    }
    // Wrong in themselves.
    for (pointer, body) in [
        (
            "/price_id",
            json!({ "organization_id": organization, "price_id": "prc_01h455vb4pex5vsknk084sn02q", "provider": "sandbox" }),
        ),
        (
            "/quantity",
            json!({ "organization_id": organization, "price_id": price, "provider": "sandbox", "quantity": 0 }),
        ),
        (
            "/success_url",
            json!({ "organization_id": organization, "price_id": price, "provider": "sandbox", "success_url": "javascript:x" }),
        ),
    ] {
        ada.post("/subscriptions", body).await.expect_field(pointer);
    }
    let elsewhere = json!({ "organization_id": organization, "price_id": price, "provider": "stripe" });
    ada.post("/subscriptions", elsewhere)
        .await
        .expect_problem(409, "payment_provider_not_configured");
}

#[tokio::test]
async fn what_a_deleted_organization_paid_for_ends_and_seats_follow_members() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let (ada, organization) = app.owner("ada").await;
    let price = price(&staff, "pro", 1900).await;
    let paid = running(&app, &ada, &organization, &price).await;
    let id = paid["id"].as_str().unwrap();
    ada.delete(&format!("/organizations/{organization}"))
        .await
        .expect(204);
    app.work().await;
    assert_eq!(
        staff
            .get(&format!("/subscriptions/{id}"))
            .await
            .expect(200)
            .at("/status"),
        "canceled"
    );

    let (eve, organization) = app.owner("eve").await;
    let body = json!({ "organization_id": organization, "price_id": price, "provider": "sandbox", "quantity_follows_members": true });
    let started = eve.post("/subscriptions", body).await.expect(201);
    press(&app, &started.at("/checkout_url"), "pay").await;
    let one = place(&started.at("/id"), &organization, "");
    eve.post(&place(&started.at("/id"), &organization, "/sync"), json!({}))
        .await
        .expect(200);
    app.member("mia", &eve, &organization, "member").await;
    app.work().await;
    assert_eq!(eve.get(&one).await.expect(200).at("/quantity"), "2");
}

#[tokio::test]
async fn what_is_paid_has_a_bill_and_a_page() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (bob, other) = app.owner("bob").await;
    let body = json!({
        "organization_id": organization, "amount": 1999, "currency": "EUR", "description": "<b>Ten</b> credits",
    });
    let payment = ada.post("/payments/sandbox", body).await.expect(201);
    press(&app, &payment.at("/checkout_url"), "pay").await;
    let sync = format!(
        "/payments/{}/sync?organization_id={organization}",
        payment.at("/id")
    );
    assert_eq!(
        ada.post(&sync, json!({})).await.expect(200).at("/status"),
        "succeeded"
    );
    let all = format!("/invoices?organization_id={organization}");
    let bills = ada.get(&all).await.expect(200);
    assert_eq!(bills.json()["data"].as_array().unwrap().len(), 1, "{bills}");
    assert_eq!(
        (bills.at("/data/0/kind"), bills.at("/data/0/total")),
        ("receipt".into(), "1999".into())
    );
    assert_eq!(bills.at("/data/0/payment_id"), payment.at("/id"));
    let (id, number) = (bills.at("/data/0/id"), bills.at("/data/0/number"));
    assert!(number.ends_with("-000001"), "{number}");
    let page = format!("/invoices/{id}/receipt?organization_id={organization}");
    for (locale, word) in [("en", "Receipt"), ("de", "Quittung"), ("fr", "Reçu")] {
        let shown = ada.get(&format!("{page}&locale={locale}")).await.expect(200);
        assert_eq!(shown.header("content-type"), "text/html; charset=utf-8");
        let text = shown.text();
        assert!(
            text.contains(word) && text.contains(&number) && text.contains("19.99 EUR"),
            "{text}"
        );
        assert!(
            text.contains("&#60;b&#62;Ten") && !text.contains("<b>Ten"),
            "{text}"
        );
    }
    bob.get(&page).await.expect_problem(404, "not_found");
    bob.get(&format!("/invoices/{id}?organization_id={other}"))
        .await
        .expect_problem(404, "not_found");
    ada.get(&format!("/invoices/{id}?organization_id={organization}"))
        .await
        .expect(200);

    let staff = app.staff("root", "admin").await;
    let refund = staff
        .post(
            &format!("/payments/{}/refunds", payment.at("/id")),
            json!({ "amount": 500 }),
        )
        .await;
    refund.expect(201);
    app.work().await;
    ada.post(&sync, json!({})).await.expect(200);
    let bills = ada.get(&all).await.expect(200);
    assert_eq!(
        (bills.at("/data/0/kind"), bills.at("/data/0/total")),
        ("credit_note".into(), "500".into())
    );
    assert_eq!(bills.at("/data/0/corrects_id"), id);
}

#[tokio::test]
async fn a_customer_has_a_page_at_the_provider() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let (ada, organization) = app.owner("ada").await;
    let price = price(&staff, "pro", 1900).await;
    let body = json!({ "organization_id": organization, "return_url": format!("{}/billing", app.base) });
    let open = || ada.post("/billing/portal", body.clone());
    open().await.expect_problem(409, "wrong_state");
    running(&app, &ada, &organization, &price).await;
    let url = open().await.expect(200).at("/url");
    app.nobody().get(&app.path_of(&url)).await.expect(200);
}
