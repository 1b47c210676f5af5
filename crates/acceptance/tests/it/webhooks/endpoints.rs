//! Making, changing and deleting endpoints.

use mainstay_acceptance::{Receiver, TestApp};
use reqwest::Method;
use serde_json::json;

use super::{app, endpoint, happen, place};

#[tokio::test]
async fn an_endpoint_is_made_changed_and_deleted_and_shows_its_secret_once() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let body = json!({
        "organization_id": organization,
        "url": "https://example.com/hooks?a=1",
        "description": " Billing ",
        "event_types": ["member.*", "organization.updated", "member.*"],
    });
    let made = ada.post("/webhook-endpoints", body).await.expect(201);
    assert!(made.at("/secret").starts_with("whsec_"), "{made}");
    let id = made.at("/webhook_endpoint/id");
    assert_eq!(made.header("location"), place(&organization, &id, ""));
    let shown = ada.get(made.header("location")).await.expect(200);
    assert_eq!(shown.json(), made.json()["webhook_endpoint"]);
    assert_eq!(shown.at("/description"), "Billing");
    assert_eq!(
        shown.json()["event_types"],
        json!(["member.*", "organization.updated"])
    );
    assert_eq!(
        (shown.at("/status"), shown.at("/created_by")),
        ("enabled".into(), ada.id.clone())
    );
    assert!(!shown.text().contains("whsec_"), "{shown}");

    let tag = shown.header("etag").to_owned();
    let content = json!({ "organization_id": organization, "url": "https://example.com/b" });
    let one = format!("/webhook-endpoints/{id}");
    let changed = ada
        .ask(Method::PUT, &one)
        .header("if-match", &tag)
        .json(content.clone());
    let changed = changed.send().await.expect(200);
    assert_eq!(changed.at("/url"), "https://example.com/b");
    assert_eq!(changed.json()["event_types"], json!([]));
    assert_ne!(changed.header("etag"), tag);
    let other = json!({ "organization_id": organization, "url": "https://example.com/c" });
    let stale = ada.ask(Method::PUT, &one).header("if-match", &tag).json(other);
    stale.send().await.expect_problem(412, "version_mismatch");
    let same = ada.put(&one, content).await.expect(200);
    assert_eq!(same.header("etag"), changed.header("etag"));

    let off = ada
        .post(&place(&organization, &id, "/disable"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        (off.at("/status"), off.at("/disabled_reason")),
        ("disabled".into(), "manual".into())
    );
    let test = ada.post(&place(&organization, &id, "/test"), json!({})).await;
    test.expect_problem(409, "webhook_endpoint_disabled");
    let on = ada
        .post(&place(&organization, &id, "/enable"), json!({}))
        .await
        .expect(200);
    assert_eq!(
        (on.at("/status"), on.at("/disabled_reason")),
        ("enabled".into(), "null".into())
    );

    let list = ada
        .get(&format!("/webhook-endpoints?organization_id={organization}"))
        .await;
    assert_eq!(list.expect(200).json()["data"], json!([on.json()]));
    ada.delete(&place(&organization, &id, "")).await.expect(204);
    ada.get(&place(&organization, &id, ""))
        .await
        .expect_problem(404, "not_found");
    let log = ada
        .get(&format!("/organizations/{organization}/activity?limit=200"))
        .await;
    let log = log.expect(200);
    for action in ["created", "updated", "disabled", "enabled", "deleted"] {
        assert!(
            log.text().contains(&format!("webhook_endpoint.{action}")),
            "{action}: {log}"
        );
    }
    assert!(!log.text().contains("a=1"), "{log}");
}

#[tokio::test]
async fn what_can_not_be_told_is_refused() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let staff = app.staff("root", "admin").await;
    let long = format!("https://example.com/{}", "x".repeat(2048));
    for url in [
        "",
        "example.com",
        "http://example.com/",
        "https://ada:secret@example.com/",
        "https://example.com/#x",
        "https://exam ple.com/",
        "ftp://example.com",
        long.as_str(),
    ] {
        let body = json!({ "organization_id": organization, "url": url });
        ada.post("/webhook-endpoints", body).await.expect_field("/url");
    }
    for unknown in [
        "",
        "*",
        "nothing.*",
        "member",
        "webhook.test",
        "user.registered",
        "auth.*",
    ] {
        let body = json!({ "organization_id": organization, "url": "https://example.com", "event_types": ["member.joined", unknown] });
        ada.post("/webhook-endpoints", body)
            .await
            .expect_field("/event_types/1");
    }
    let body = json!({ "url": "https://example.com", "event_types": ["user.registered", "auth.*"] });
    staff.post("/webhook-endpoints", body).await.expect(201);
    let body = json!({ "organization_id": organization, "url": "https://example.com", "description": "x".repeat(201) });
    ada.post("/webhook-endpoints", body)
        .await
        .expect_field("/description");
    let body = json!({ "organization_id": organization, "url": "https://example.com", "secret": "mine" });
    ada.post("/webhook-endpoints", body).await.expect(422);
}

#[tokio::test]
async fn twenty_are_the_most_however_many_ask_at_once() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let staff = app.staff("root", "admin").await;
    for (person, whose) in [(ada, Some(organization)), (staff, None)] {
        let answers = app
            .at_once(24, |number| {
                let (person, whose) = (person.clone(), whose.clone());
                async move {
                    let url = format!("https://example.com/{number}");
                    let body = json!({ "organization_id": whose, "url": url });
                    person.post("/webhook-endpoints", body).await
                }
            })
            .await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 20, "{whose:?}");
        for refused in answers.into_iter().filter(|answer| answer.status != 201) {
            refused.expect_problem(409, "too_many_webhook_endpoints");
        }
    }
}

#[tokio::test]
async fn a_repeated_request_makes_one_endpoint_and_shows_the_same_secret() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let body = json!({ "organization_id": organization, "url": "https://example.com" });
    let mut made = Vec::new();
    for _ in 0..2 {
        let ask = ada
            .ask(Method::POST, "/webhook-endpoints")
            .header("idempotency-key", "once");
        made.push(ask.json(body.clone()).send().await.expect(201));
    }
    assert_eq!(made[0].bytes, made[1].bytes);
    assert_eq!(made[1].header("idempotency-replayed"), "true");
    let list = ada
        .get(&format!("/webhook-endpoints?organization_id={organization}"))
        .await;
    assert_eq!(list.json()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_reaches_the_endpoint_of_another() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (eve, elsewhere) = app.owner("eve").await;
    let staff = app.staff("root", "owner").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &[]).await;
    happen(&ada, &organization, "first").await;
    app.work().await;
    let list = ada
        .get(&place(&organization, &id, "/deliveries"))
        .await
        .expect(200);
    let delivery = list.at("/data/0/id");
    for (person, whose) in [
        (&eve, format!("?organization_id={elsewhere}")),
        (&staff, String::new()),
    ] {
        for (method, rest) in [
            (Method::GET, String::new()),
            (Method::DELETE, String::new()),
            (Method::POST, "/enable".into()),
            (Method::POST, "/disable".into()),
            (Method::POST, "/test".into()),
            (Method::GET, "/deliveries".into()),
            (Method::GET, format!("/deliveries/{delivery}")),
            (Method::POST, format!("/deliveries/{delivery}/replay")),
        ] {
            let path = format!("/webhook-endpoints/{id}{rest}{whose}");
            person
                .ask(method, &path)
                .send()
                .await
                .expect_problem(404, "not_found");
        }
    }
    let (other, _) = endpoint(&eve, &elsewhere, &receiver, &[]).await;
    let mixed = eve
        .get(&place(&elsewhere, &other, &format!("/deliveries/{delivery}")))
        .await;
    mixed.expect_problem(404, "not_found");
}

#[tokio::test]
async fn the_catalogue_says_what_there_is() {
    let app = TestApp::start().await;
    let catalogue = app.nobody().get("/webhook-event-types").await.expect(200).json();
    let joined = catalogue["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["name"] == "member.joined");
    let joined = joined.unwrap();
    assert_eq!(
        (&joined["description"], &joined["level"]),
        (&json!("A person joined."), &json!("organization"))
    );
    assert!(joined["schema"]["properties"]["user_id"].is_object(), "{joined}");
}
