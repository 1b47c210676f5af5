//! Starting payments, and following them.

use mainstay_acceptance::TestApp;
use reqwest::Method;
use serde_json::json;

use super::{act, order, paid, place, start, sync};

#[tokio::test]
async fn a_payment_is_started_paid_and_shown() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let mut body = order(&organization);
    body["metadata"] = json!({ "order": "2026-0031" });
    body["customer_email"] = json!("Ada@example.com");
    let payment = ada.post("/payments/sandbox", body).await.expect(201);
    assert_eq!(payment.header("location"), place(&payment, ""));
    assert_eq!(payment.at("/status"), "pending");
    assert_eq!(payment.json()["amount"], 1000);
    assert_eq!(payment.json()["metadata"], json!({ "order": "2026-0031" }));
    assert_eq!(payment.at("/created_by"), ada.id);
    let shown = ada.get(payment.header("location")).await.expect(200);
    assert_eq!(shown.json(), payment.json());

    assert_eq!(sync(&ada, &payment).await.at("/status"), "pending");
    act(&app, &payment, "decline").await.expect(422);
    let failed = sync(&ada, &payment).await;
    assert_eq!(failed.at("/status"), "failed");
    act(&app, &payment, "pay").await.expect(303);
    let paid = sync(&ada, &payment).await;
    assert_eq!(paid.at("/status"), "succeeded");
    assert_eq!(paid.json()["amount_paid"], 1000);
    assert!(paid.at("/paid_at").ends_with('Z'), "{paid}");
    let again = ada.post(&place(&payment, "/cancel"), json!({})).await;
    again.expect_problem(409, "wrong_state");
}

#[tokio::test]
async fn the_same_request_is_the_same_payment() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let ask = |key: &str, amount: i64| {
        let mut body = order(&organization);
        body["amount"] = json!(amount);
        let ask = ada.ask(Method::POST, "/payments/sandbox");
        ask.header("idempotency-key", key).json(body).send()
    };
    let first = ask("k", 1000).await.expect(201);
    let again = ask("k", 1000).await.expect(201);
    assert_eq!(again.json(), first.json());
    assert_eq!(again.header("idempotency-replayed"), "true");
    ask("k", 1001).await.expect_problem(422, "idempotency_key_reused");
    assert_ne!(ask("l", 1000).await.expect(201).at("/id"), first.at("/id"));
}

#[tokio::test]
async fn the_same_request_at_once_is_one_payment() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let answers = app
        .at_once(12, |_| {
            let ask = ada.ask(Method::POST, "/payments/sandbox");
            ask.header("idempotency-key", "k")
                .json(order(&organization))
                .send()
        })
        .await;
    let mut urls: Vec<String> = Vec::new();
    for answer in answers {
        match answer.status {
            201 => urls.push(answer.at("/checkout_url")),
            _ => drop(answer.expect_problem(409, "idempotency_in_progress")),
        }
    }
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 1);
    let list = ada
        .get(&format!("/payments?organization_id={organization}"))
        .await;
    assert_eq!(list.json()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_payment_is_given_up() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let payment = start(&ada, &organization).await;
    for _ in 0..2 {
        let canceled = ada.post(&place(&payment, "/cancel"), json!({})).await.expect(200);
        assert_eq!(canceled.at("/status"), "canceled");
    }
    act(&app, &payment, "pay").await.expect(422);
    assert_eq!(sync(&ada, &payment).await.at("/status"), "canceled");
}

#[tokio::test]
async fn payments_are_their_organizations_and_staff_see_all() {
    let app = TestApp::start().await;
    let (ada, acme) = app.owner("ada").await;
    let (bob, bobs) = app.owner("bob").await;
    let root = app.staff("root", "admin").await;
    let payment = paid(&app, &ada, &acme).await;
    let id = payment.at("/id");
    let started = start(&root, &acme).await;
    assert_eq!(started.at("/organization_id"), acme);
    bob.post("/payments/sandbox", order(&acme))
        .await
        .expect_problem(404, "not_found");
    for (path, rest) in [(&acme, ""), (&bobs, "")] {
        bob.get(&format!("/payments/{id}{rest}?organization_id={path}"))
            .await
            .expect_problem(404, "not_found");
    }
    for rest in ["sync", "cancel"] {
        let path = format!("/payments/{id}/{rest}?organization_id={bobs}");
        bob.post(&path, json!({})).await.expect_problem(404, "not_found");
    }
    let mine = bob
        .get(&format!("/payments?organization_id={bobs}"))
        .await
        .expect(200);
    assert_eq!(mine.json()["data"], json!([]));
    let count = async |query: &str| {
        let list = root.get(&format!("/payments{query}")).await.expect(200);
        list.json()["data"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 2);
    assert_eq!(count(&format!("?organization_id={bobs}")).await, 0);
    assert_eq!(
        count(&format!("?organization_id={acme}&status=succeeded")).await,
        1
    );
    root.get(&format!("/payments/{id}")).await.expect(200);
    let nowhere = order("org_01h455vb4pex5vsknk084sn02q");
    root.post("/payments/sandbox", nowhere)
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn lists_are_narrowed_and_go_on() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    for _ in 0..5 {
        start(&ada, &organization).await;
        app.clock.advance(std::time::Duration::from_mins(1));
    }
    let all = ada
        .get(&format!("/payments?organization_id={organization}"))
        .await;
    let all = all.json()["data"].as_array().unwrap().clone();
    assert_eq!(all.len(), 5);
    let mut found = Vec::new();
    let mut path = format!("/payments?organization_id={organization}&limit=2");
    loop {
        let page = ada.get(&path).await.expect(200).json();
        found.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/payments?organization_id={organization}&limit=2&cursor={cursor}");
    }
    assert_eq!(found, all);
    for (query, expected) in [
        ("status=pending".to_owned(), 5),
        ("status=succeeded".to_owned(), 0),
        ("provider=sandbox&kind=one_off".to_owned(), 5),
        ("provider=stripe".to_owned(), 0),
        ("kind=subscription".to_owned(), 0),
        (
            format!("created_after={}", all[1]["created_at"].as_str().unwrap()),
            2,
        ),
        (
            format!("created_before={}", all[1]["created_at"].as_str().unwrap()),
            3,
        ),
    ] {
        let list = ada
            .get(&format!("/payments?organization_id={organization}&{query}"))
            .await;
        assert_eq!(
            list.json()["data"].as_array().unwrap().len(),
            expected,
            "{query}: {list}"
        );
    }
    for odd in [
        "status=paid",
        "kind=gift",
        "created_after=yesterday",
        "sort=amount",
    ] {
        let list = ada
            .get(&format!("/payments?organization_id={organization}&{odd}"))
            .await;
        assert_eq!(list.status, 422, "{odd}: {list}");
    }
}
