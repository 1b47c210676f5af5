//! The list that senders keep.

use mainstay_acceptance::TestApp;
use serde_json::json;

use super::{NEWS, happened, listed, reaches};

#[tokio::test]
async fn an_address_on_the_list_gets_no_mail_until_it_is_taken_off() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let (other, _) = app.owner("other").await;
    let body = json!({ "organization_id": acme, "email": "Ada@Example.com", "category": NEWS, "detail": "asked by phone" });
    let made = owner.post("/suppressions", body.clone()).await.expect(201);
    let one = made.at("/id");
    assert_eq!(made.at("/reason"), "manual");
    assert_eq!(made.at("/created_by"), owner.id);
    let again = owner.post("/suppressions", body).await.expect(201);
    assert_eq!(again.at("/id"), one, "what is there already stays as it is");
    assert!(!reaches(&app, Some(&acme), NEWS, "ada@example.com").await);
    assert!(reaches(&app, Some(&acme), "digest", "ada@example.com").await);
    assert!(
        reaches(&app, None, NEWS, "ada@example.com").await,
        "the platform's"
    );
    let all = json!({ "organization_id": acme, "email": "bob@example.com" });
    owner.post("/suppressions", all).await.expect(201);
    assert!(!reaches(&app, Some(&acme), "transactional", "bob@example.com").await);
    assert_eq!(
        listed(&owner, &acme).await,
        [
            "bob@example.com all manual",
            "Ada@Example.com product_news manual"
        ]
    );
    let path = format!("/suppressions?organization_id={acme}");
    for (filter, count) in [
        ("email=ADA@example.com", 1),
        ("email=eve@example.com", 0),
        ("reason=manual", 2),
        ("reason=bounce", 0),
        ("email=bob@example.com&reason=manual", 1),
    ] {
        let found = owner.get(&format!("{path}&{filter}")).await.expect(200).json();
        assert_eq!(found["data"].as_array().unwrap().len(), count, "{filter}");
    }
    let next = owner
        .get(&format!("{path}&limit=1"))
        .await
        .expect(200)
        .at("/next_cursor");
    let page = owner
        .get(&format!("{path}&limit=1&cursor={next}"))
        .await
        .expect(200);
    assert_eq!(page.at("/data/0/id"), one);
    let item = format!("/suppressions/{one}?organization_id={acme}");
    other.delete(&item).await.expect(404);
    other.delete(&format!("/suppressions/{one}")).await.expect(403);
    owner.delete(&item).await.expect(204);
    owner.delete(&item).await.expect(404);
    assert!(reaches(&app, Some(&acme), NEWS, "ada@example.com").await);
    assert_eq!(happened(&owner, &acme, "suppression.added").await, 2);
    assert_eq!(happened(&owner, &acme, "suppression.removed").await, 1);
}

#[tokio::test]
async fn the_platform_has_a_list_of_its_own_and_the_products_own_mails_pass_it_by() {
    let app = TestApp::start().await;
    let root = app.staff("root", "owner").await;
    let helper = app.staff("helper", "support").await;
    let (owner, acme) = app.owner("owner").await;
    let body = json!({ "email": "ada@example.com" });
    helper.post("/suppressions", body.clone()).await.expect(403);
    let one = root.post("/suppressions", body).await.expect(201);
    assert_eq!(one.json()["organization_id"], serde_json::Value::Null);
    assert!(!reaches(&app, None, NEWS, "ada@example.com").await);
    assert!(reaches(&app, Some(&acme), NEWS, "ada@example.com").await);
    let list = helper.get("/suppressions").await.expect(200).json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    owner.get("/suppressions").await.expect(403);
    let item = format!("/suppressions/{}", one.at("/id"));
    owner
        .delete(&format!("{item}?organization_id={acme}"))
        .await
        .expect(404);
    app.confirmed("ada").await;
    root.delete(&item).await.expect(204);
    assert!(reaches(&app, None, NEWS, "ada@example.com").await);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_and_a_repeat_is_the_same() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    for (body, pointer) in [
        (json!({ "email": "nobody" }), "/email"),
        (json!({}), "/email"),
        (
            json!({ "email": "a@example.com", "category": "No News" }),
            "/category",
        ),
        (
            json!({ "email": "a@example.com", "category": "security" }),
            "/category",
        ),
        (
            json!({ "email": "a@example.com", "detail": "x".repeat(501) }),
            "/detail",
        ),
        (json!({ "email": "a@example.com", "reason": "bounce" }), "/reason"),
    ] {
        let mut body = body;
        body["organization_id"] = json!(acme);
        let refused = owner.post("/suppressions", body.clone()).await.expect(422);
        assert_eq!(refused.at("/errors/0/pointer"), pointer, "{body}");
    }
    assert!(listed(&owner, &acme).await.is_empty());
    let body = json!({ "organization_id": acme, "email": "a@example.com" });
    let ask = || {
        owner
            .ask(reqwest::Method::POST, "/suppressions")
            .header("idempotency-key", "one")
            .json(body.clone())
            .send()
    };
    let first = ask().await.expect(201);
    owner
        .delete(&format!(
            "/suppressions/{}?organization_id={acme}",
            first.at("/id")
        ))
        .await
        .expect(204);
    assert_eq!(
        ask().await.expect(201).json(),
        first.json(),
        "asked again, not done again"
    );
    assert!(listed(&owner, &acme).await.is_empty());
}
