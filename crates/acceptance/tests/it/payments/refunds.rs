//! Giving money back, by staff.

use mainstay_acceptance::TestApp;
use reqwest::Method;
use serde_json::{Value, json};

use super::{paid, place, start, sync};

#[tokio::test]
async fn staff_give_money_back_in_parts() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let root = app.staff("root", "admin").await;
    let payment = paid(&app, &ada, &organization).await;
    let refunds = format!("/payments/{}/refunds", payment.at("/id"));
    let body = json!({ "amount": 300, "reason": "Ordered twice." });
    ada.post(&refunds, body.clone())
        .await
        .expect_problem(403, "forbidden");
    let refund = root.post(&refunds, body).await.expect(201);
    assert_eq!(
        (refund.at("/status"), refund.at("/requested_by")),
        ("pending".into(), root.id.clone())
    );
    app.work().await;
    let listed = ada.get(&place(&payment, "/refunds")).await.expect(200).json();
    assert_eq!(listed["data"][0]["status"], "succeeded");
    assert_eq!(listed["data"][0]["reason"], "Ordered twice.");
    let part = ada.get(&place(&payment, "")).await.expect(200);
    assert_eq!(part.at("/status"), "partially_refunded");
    assert_eq!(part.json()["amount_refunded"], 300);
    for (amount, code) in [(701, "amount_too_large"), (1000, "amount_too_large")] {
        root.post(&refunds, json!({ "amount": amount }))
            .await
            .expect_problem(409, code);
    }
    for odd in [
        json!({ "amount": 0 }),
        json!({ "amount": -1 }),
        json!({ "reason": "" }),
        json!({ "a": 1 }),
    ] {
        assert_eq!(root.post(&refunds, odd).await.status, 422);
    }
    root.post(&refunds, json!({})).await.expect(201);
    app.work().await;
    let all = sync(&ada, &payment).await;
    assert_eq!(all.at("/status"), "refunded");
    assert_eq!(all.json()["amount_refunded"], 1000);
    root.post(&refunds, json!({}))
        .await
        .expect_problem(409, "wrong_state");
    let log = root.get("/activity-logs?limit=200").await.expect(200).text();
    for event in [
        "payment.created",
        "payment.succeeded",
        "refund.requested",
        "payment.refunded",
    ] {
        assert!(log.contains(event), "{event}");
    }
}

#[tokio::test]
async fn of_those_who_refund_at_once_one_wins() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let root = app.staff("root", "admin").await;
    let payment = paid(&app, &ada, &organization).await;
    let refunds = format!("/payments/{}/refunds", payment.at("/id"));
    let answers = app
        .at_once(8, |_| {
            root.ask(Method::POST, &refunds)
                .json(json!({ "amount": 600 }))
                .send()
        })
        .await;
    let mut won = 0;
    for answer in answers {
        match answer.status {
            201 => won += 1,
            _ => drop(answer.expect_problem(409, "amount_too_large")),
        }
    }
    assert_eq!(won, 1);
    app.work().await;
    let part = sync(&ada, &payment).await;
    assert_eq!(part.json()["amount_refunded"], 600);
}

#[tokio::test]
async fn only_what_needs_it_is_settled_by_hand() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let root = app.staff("root", "admin").await;
    let payment = start(&ada, &organization).await;
    let resolve = format!("/payments/{}/resolve", payment.at("/id"));
    let body = json!({ "outcome": "accept", "reason": "The bank took its fee." });
    ada.post(&resolve, body.clone())
        .await
        .expect_problem(403, "forbidden");
    root.post(&resolve, body).await.expect_problem(409, "wrong_state");
    for odd in [
        json!({ "outcome": "accept" }),
        json!({ "outcome": "accept", "reason": "" }),
        json!({ "outcome": "perhaps", "reason": "x" }),
        json!({ "reason": "x" }),
    ] {
        assert_eq!(root.post(&resolve, odd).await.status, 422);
    }
    let disputes = ada
        .get(&format!("/disputes?organization_id={organization}"))
        .await;
    assert_eq!(disputes.expect(200).json()["data"], Value::Array(Vec::new()));
}
