use std::time::Duration;

use super::*;

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_program_asks_before_it_does_something() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(10))]).await;
    let program = program(&ada, &organization).await;
    let answer = check(&program, &organization, "api_calls", 10).await.expect(200);
    let body = answer.json();
    assert_eq!(body["organization_id"], json!(organization));
    assert_eq!(body["state"], "active");
    for (name, expected) in [
        ("feature", json!("api_calls")),
        ("allowed", json!(true)),
        ("reason", json!("granted")),
        ("limit", json!(10)),
        ("used", json!(0)),
        ("remaining", json!(10)),
        ("period", json!("billing")),
        ("upgrade_url", Value::Null),
    ] {
        assert_eq!(body[name], expected, "{name}");
    }
    assert!(body["resets_at"].is_string());
    // A key's own organization need not be named.
    let own = program
        .post("/entitlements/check", json!({ "feature": "api_calls" }))
        .await;
    assert_eq!(told(&own, ["allowed"]), [json!(true)]);
    let refused = check(&program, &organization, "api_calls", 11).await;
    let url = format!("https://app.example.com/upgrade?organization={organization}&feature=api_calls");
    assert_eq!(
        told(&refused, ["allowed", "reason", "remaining", "upgrade_url"]),
        [json!(false), json!("limit_reached"), json!(10), json!(url)]
    );
    let unknown = check(&program, &organization, "exports", 1).await;
    assert_eq!(
        told(&unknown, ["allowed", "reason", "limit"]),
        [json!(false), json!("not_in_plan"), json!(0)]
    );
}

#[tokio::test]
async fn a_missing_payment_is_grace_then_reading_then_the_plan_of_all() {
    let app = app().await;
    let (ada, organization) = app.owner("ada").await;
    let pro = plan(&app, "pro", &[("api_calls", limited(10))]).await;
    plan(&app, "free", &[("api_calls", limited(1)), ("help", limited(1))]).await;
    let active = subscription(&app, &organization, pro);
    publish(&app, &active).await;
    let key = program(&ada, &organization).await;
    let past_due = SubscriptionUpdated {
        status: "past_due".to_owned(),
        past_due_since: Some(app.clock.now()),
        version: 2,
        ..active
    };
    publish(&app, &past_due).await;
    let names = ["state", "allowed", "reason", "limit"];
    assert_eq!(
        told(&check(&key, &organization, "api_calls", 10).await, names),
        [json!("grace"), json!(true), json!("past_due_grace"), json!(10)]
    );
    app.clock.advance(DAY * 7);
    // What the plan of all has may be used by all.
    assert_eq!(
        told(&check(&key, &organization, "api_calls", 1).await, names),
        [json!("read_only"), json!(true), json!("granted"), json!(1)]
    );
    app.clock.advance(DAY * 14);
    assert_eq!(
        told(&check(&key, &organization, "help", 1).await, names),
        [json!("none"), json!(true), json!("granted"), json!(1)]
    );
}

#[tokio::test]
async fn many_are_asked_at_once_and_answered_in_order() {
    let app = app().await;
    let (ada, organization) =
        subscribed(&app, "ada", &[("api_calls", limited(10)), ("seats", limited(3))]).await;
    let body =
        json!({ "organization_id": organization, "features": ["seats", "exports", "api_calls", "seats"] });
    let answer = ada.post("/entitlements/checks", body).await.expect(200).json();
    let told: Vec<_> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["feature"].as_str().unwrap(),
                one["allowed"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("seats", true), ("exports", false), ("api_calls", true)]);
    let many: Vec<_> = (0..51).map(|number| format!("f{number}")).collect();
    for (features, pointer) in [
        (json!([]), "/features"),
        (json!(many), "/features"),
        (json!(["Not a name"]), "/features/0"),
    ] {
        let body = json!({ "organization_id": organization, "features": features });
        ada.post("/entitlements/checks", body).await.expect_field(pointer);
    }
    let negative = check(&ada, &organization, "seats", -1).await;
    negative.expect_field("/amount");
    let unnamed = json!({ "feature": "seats" });
    ada.post("/entitlements/check", unnamed.clone())
        .await
        .expect_problem(403, "forbidden");
    let staff = app.staff("sam", "support").await;
    staff
        .post("/entitlements/check", unnamed)
        .await
        .expect_field("/organization_id");
}

#[tokio::test]
async fn the_list_may_be_kept_for_some_seconds() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(10))]).await;
    let path = format!("/entitlements?organization_id={organization}");
    let answer = ada.get(&path).await.expect(200);
    assert_eq!(answer.json()["data"][0]["feature"], "api_calls");
    assert_eq!(answer.header("cache-control"), "private, max-age=5");
    let vary = answer.header("vary").to_ascii_lowercase();
    assert!(vary.contains("authorization"), "{vary}");
    let again = ada.ask(reqwest::Method::GET, &path);
    let again = again.header("if-none-match", answer.header("etag")).send().await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn staff_look_after_every_organization_and_others_after_their_own() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(10))]).await;
    let (eve, elsewhere) = app.owner("eve").await;
    let support = app.staff("sam", "support").await;
    assert_eq!(
        told(&check(&support, &organization, "api_calls", 1).await, ["allowed"]),
        [json!(true)]
    );
    let nowhere = "org_01h455vb4pex5vsknk084sn02q";
    check(&support, nowhere, "api_calls", 1)
        .await
        .expect_problem(404, "not_found");
    for (person, named) in [(&eve, organization.as_str()), (&ada, nowhere)] {
        check(person, named, "api_calls", 1)
            .await
            .expect_problem(404, "not_found");
        let path = format!("/entitlements?organization_id={named}");
        person.get(&path).await.expect_problem(404, "not_found");
    }
    let stranger = program(&eve, &elsewhere).await;
    check(&stranger, &organization, "api_calls", 1)
        .await
        .expect_problem(404, "not_found");
}
