//! What is sold: made by staff, seen by everybody who can buy it.

use mainstay_acceptance::{Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// A plan that everybody sees.
async fn plan(staff: &Person, key: &str, rank: i64) -> Value {
    let body = json!({
        "key": key,
        "name": format!("The {key}"),
        "features": { "api_calls": { "limit": 1000 }, "seats": { "limit": null, "is_per_seat": true, "period": "lifetime" } },
        "trial_days": 14,
        "rank": rank,
    });
    staff.post("/plans", body).await.expect(201).json()
}

async fn price(staff: &Person, plan: &Value, amount: i64) -> Value {
    let body = json!({ "amount": amount, "currency": "EUR", "interval": "month" });
    let path = format!("/plans/{}/prices", plan["id"].as_str().unwrap());
    staff.post(&path, body).await.expect(201).json()
}

fn ids(list: &Value) -> Vec<&str> {
    let plans = list["data"].as_array().unwrap();
    plans.iter().map(|plan| plan["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everybody_sees_what_can_be_bought_and_staff_see_all() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let support = app.staff("sue", "support").await;
    let (ada, organization) = app.owner("ada").await;
    let large = plan(&staff, "large", 20).await;
    let small = plan(&staff, "small", 10).await;
    let body = json!({ "key": "secret", "name": "For one customer", "is_public": false, "rank": 5 });
    let secret = staff.post("/plans", body).await.expect(201).json();
    let (first, second) = (
        price(&staff, &small, 900).await,
        price(&staff, &small, 1900).await,
    );
    price(&staff, &large, 9900).await;
    let old = format!(
        "/plans/{}/prices/{}/deactivate",
        small["id"].as_str().unwrap(),
        first["id"].as_str().unwrap()
    );
    let off = staff.post(&old, json!({})).await.expect(200).json();
    assert_eq!(off["is_active"], false);
    // Prices are only ever deactivated, so that is done once however often it is asked for.
    staff.post(&old, json!({})).await.expect(200);

    let scopes = json!({ "name": "Program", "scopes": ["payments:read"] });
    let keys = format!("/organizations/{organization}/api-keys");
    let key = ada.post(&keys, scopes).await.expect(201).at("/token");
    for person in [app.nobody(), ada.clone(), ada.with_token(&key)] {
        let list = person.get("/plans").await.expect(200);
        assert_eq!(ids(&list.json()), ["small", "large"]);
        let prices = list.json()["data"][0]["prices"].as_array().unwrap().clone();
        assert_eq!(prices.len(), 1, "{list}");
        assert_eq!(prices[0]["id"], second["id"]);
        assert_eq!(
            (&prices[0]["amount"], &prices[0]["currency"]),
            (&json!(1900), &json!("EUR"))
        );
        let one = format!("/plans/{}", secret["id"].as_str().unwrap());
        person.get(&one).await.expect_problem(404, "not_found");
        let tag = list.header("etag").to_owned();
        let again = person.ask(Method::GET, "/plans").header("if-none-match", &tag);
        again.send().await.expect(304);
    }
    for person in [&staff, &support] {
        let list = person.get("/plans").await.expect(200).json();
        assert_eq!(ids(&list), ["secret", "small", "large"]);
        assert_eq!(list["data"][1]["prices"].as_array().unwrap().len(), 2);
    }
    let page = staff.get("/plans?limit=2").await.expect(200).json();
    assert_eq!(ids(&page), ["secret", "small"]);
    let next = format!("/plans?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    let page = staff.get(&next).await.expect(200).json();
    assert_eq!((ids(&page), &page["next_cursor"]), (vec!["large"], &Value::Null));

    let large = format!("/plans/{}", large["id"].as_str().unwrap());
    staff
        .post(&format!("{large}/deactivate"), json!({}))
        .await
        .expect(200);
    app.nobody().get(&large).await.expect_problem(404, "not_found");
    staff
        .post(&format!("{large}/activate"), json!({}))
        .await
        .expect(200);
    app.nobody().get(&large).await.expect(200);
}

#[tokio::test]
async fn a_plan_is_replaced_by_who_has_seen_it() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let made = plan(&staff, "pro", 10).await;
    let path = format!("/plans/{}", made["id"].as_str().unwrap());
    let shown = app.nobody().get(&path).await.expect(200);
    assert_eq!(shown.json(), made);
    let tag = shown.header("etag").to_owned();
    let content = json!({ "name": "Pro", "features": { "api_calls": { "limit": 5 } } });
    let put = |tag: &str| {
        staff
            .ask(Method::PUT, &path)
            .header("if-match", tag)
            .json(content.clone())
    };
    let changed = put(&tag).send().await.expect(200);
    assert_eq!(
        changed.json()["features"],
        json!({ "api_calls": { "limit": 5, "is_per_seat": false, "period": "billing" } })
    );
    assert_eq!(
        (changed.at("/trial_days"), changed.at("/key")),
        ("0".into(), "pro".into())
    );
    put(&tag).send().await.expect_problem(412, "version_mismatch");
    // The same once more changes nothing.
    let same = staff.put(&path, content.clone()).await.expect(200);
    assert_eq!(same.header("etag"), changed.header("etag"));
    let log = staff.get("/activity-logs?limit=200").await.expect(200).text();
    assert_eq!(log.matches("plan.saved").count(), 2, "{log}");
    // What is shown of it changes with its prices.
    price(&staff, &made, 500).await;
    assert_ne!(
        app.nobody().get(&path).await.header("etag"),
        changed.header("etag")
    );
}

#[tokio::test]
async fn a_plan_is_made_once_per_key() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let body = json!({ "key": "pro", "name": "Pro" });
    let ask = || {
        staff
            .ask(Method::POST, "/plans")
            .header("idempotency-key", "k1")
            .json(body.clone())
    };
    let first = ask().send().await.expect(201);
    let again = ask().send().await.expect(201);
    assert_eq!(again.at("/id"), first.at("/id"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    staff
        .post("/plans", body)
        .await
        .expect_problem(409, "plan_key_taken");
    let path = format!("/plans/{}/prices", first.at("/id"));
    let body = json!({ "amount": 5, "currency": "EUR" });
    let ask = || {
        staff
            .ask(Method::POST, &path)
            .header("idempotency-key", "k2")
            .json(body.clone())
    };
    assert_eq!(
        ask().send().await.expect(201).at("/id"),
        ask().send().await.expect(201).at("/id")
    );
}

#[tokio::test]
async fn what_can_not_be_sold_is_refused() {
    let app = TestApp::start().await;
    let staff = app.staff("root", "admin").await;
    let made = plan(&staff, "pro", 10).await;
    for (pointer, body) in [
        ("/key", json!({ "key": "Pro", "name": "Pro" })),
        ("/key", json!({ "key": "", "name": "Pro" })),
        ("/name", json!({ "key": "a", "name": " " })),
        ("/name", json!({ "key": "a", "name": "a\nb" })),
        (
            "/trial_days",
            json!({ "key": "a", "name": "A", "trial_days": 731 }),
        ),
        (
            "/features/seats/limit",
            json!({ "key": "a", "name": "A", "features": { "seats": { "limit": -1 } } }),
        ),
    ] {
        staff.post("/plans", body).await.expect_field(pointer);
    }
    let features = json!({ "key": "a", "name": "A", "features": { "Not a name": { "limit": 1 } } });
    staff.post("/plans", features).await.expect(422);
    let prices = format!("/plans/{}/prices", made["id"].as_str().unwrap());
    for (pointer, body) in [
        (
            "/amount",
            json!({ "amount": -1, "currency": "EUR", "interval": "month" }),
        ),
        (
            "/currency",
            json!({ "amount": 1, "currency": "XXX", "interval": "month" }),
        ),
        (
            "/interval",
            json!({ "amount": 1, "currency": "EUR", "interval": "fortnight" }),
        ),
        (
            "/interval_count",
            json!({ "amount": 1, "currency": "EUR", "interval": "year", "interval_count": 4 }),
        ),
        (
            "/interval_count",
            json!({ "amount": 1, "currency": "EUR", "interval_count": 2 }),
        ),
    ] {
        staff.post(&prices, body).await.expect_field(pointer);
    }
    let one = price(&staff, &made, 5).await;
    let other = plan(&staff, "other", 10).await;
    let elsewhere = format!(
        "/plans/{}/prices/{}/deactivate",
        other["id"].as_str().unwrap(),
        one["id"].as_str().unwrap()
    );
    staff
        .post(&elsewhere, json!({}))
        .await
        .expect_problem(404, "not_found");
    let reference = format!("{prices}/{}/references/nowhere", one["id"].as_str().unwrap());
    let body = json!({ "reference": "price_1" });
    let set = staff.put(&reference, body).await;
    set.expect_problem(409, "payment_provider_not_configured");
}
