//! What is sent, signed, in order, again and again.

use std::time::Duration;

use mainstay_acceptance::{Heard, Manner, Receiver, TestApp, ask_python};
use serde_json::{Value, json};

use super::{app, deliveries_of, details, endpoint, happen, later, place, platform_endpoint, setup};

const MINUTE: Duration = Duration::from_mins(1);

/// Whether the reference library takes what was heard, with each of the secrets.
fn verdicts(heard: &Heard, secrets: &[&str]) -> Option<Value> {
    let ask = |secret: &&str| json!({ "secret": secret, "headers": heard.headers, "body": heard.body });
    let asked: Vec<_> = secrets.iter().map(ask).collect();
    let answer = ask_python("verify_webhook.py", &json!(asked))?;
    assert!(
        !answer.is_null() || std::env::var_os("CI").is_none(),
        "standardwebhooks is not installed"
    );
    Some(answer).filter(|answer| !answer.is_null())
}

#[tokio::test]
async fn an_endpoint_hears_what_happens_in_its_organization_signed_and_without_what_is_private() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (eve, elsewhere) = app.owner("eve").await;
    let (id, secret) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    happen(&ada, &organization, "first").await;
    happen(&eve, &elsewhere, "hidden").await;
    app.work().await;
    let heard = receiver.heard();
    assert_eq!(receiver.event_types(), ["organization_data.written"]);
    let told = heard[0].json();
    assert_eq!(told["organization_id"], json!(organization));
    assert_eq!(told["actor"], json!({ "kind": "user", "id": ada.id }));
    assert_eq!(
        told["data"],
        json!({ "organization_id": organization, "namespace": "notes", "key": "first" })
    );
    assert_eq!(told["id"], json!(heard[0].header("webhook-id")));
    assert!(told["timestamp"].as_str().unwrap().ends_with('Z'), "{told}");
    for private in ["127.0.0.1", "user_agent", "request_id", "example.com"] {
        assert!(!heard[0].body.contains(private), "{private}: {}", heard[0].body);
    }
    assert_eq!(heard[0].header("content-type"), "application/json");
    assert!(heard[0].header("user-agent").starts_with("Mainstay-Webhooks/"));
    if let Some(verdicts) = verdicts(
        &heard[0],
        &[&secret, "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="],
    ) {
        assert_eq!(verdicts, json!([true, false]));
    }
    let deliveries = deliveries_of(&ada, &organization, &id).await;
    assert_eq!(deliveries.len(), 1);
    assert_eq!(
        (&deliveries[0]["status"], &deliveries[0]["attempts"]),
        (&json!("succeeded"), &json!(1))
    );
    let shown = details(&ada, &organization, &id, &deliveries[0]).await;
    assert_eq!(shown.at("/body"), heard[0].body);
    let log = &shown.json()["log"];
    assert_eq!(
        (&log[0]["status_code"], &log[0]["error"]),
        (&json!(204), &Value::Null)
    );
    assert_eq!(
        log[0]["request_headers"]["webhook-signature"],
        json!(heard[0].header("webhook-signature"))
    );
}

#[tokio::test]
async fn the_platform_hears_of_everything_and_an_organization_of_no_people_outside_of_it() {
    let app = app().await;
    let (everything, own) = (Receiver::start().await, Receiver::start().await);
    let staff = app.staff("root", "admin").await;
    let (ada, organization) = app.owner("ada").await;
    platform_endpoint(&staff, &everything, &[]).await;
    endpoint(&ada, &organization, &own, &[]).await;
    app.work().await;
    everything.forget();
    own.forget();
    app.person("stranger").await;
    happen(&ada, &organization, "first").await;
    app.work().await;
    assert_eq!(own.event_types(), ["organization_data.written"]);
    let heard = everything.event_types();
    for expected in ["user.registered", "auth.signed_in", "organization_data.written"] {
        assert!(heard.iter().any(|name| name == expected), "{expected}: {heard:?}");
    }
    everything.forget();
    ada.delete(&format!("/organizations/{organization}"))
        .await
        .expect(204);
    app.work().await;
    assert!(
        everything
            .event_types()
            .contains(&"organization.deleted".to_owned())
    );
}

#[tokio::test]
async fn what_fails_is_tried_eight_times_longer_and_longer_under_the_same_id() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    receiver.behave(Manner::status(500));
    happen(&ada, &organization, "first").await;
    app.work().await;
    assert_eq!(receiver.heard().len(), 1);
    later(&app, Duration::from_secs(3)).await;
    assert_eq!(receiver.heard().len(), 1, "before its time");
    let waits = [3_u64, 331, 1981, 7921, 19_801, 39_601, 39_601];
    for (place, wait) in waits.into_iter().enumerate() {
        later(&app, Duration::from_secs(wait)).await;
        assert_eq!(receiver.heard().len(), place + 2, "after {wait} s");
    }
    later(&app, Duration::from_hours(48)).await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 8);
    let ids: std::collections::BTreeSet<_> = heard.iter().map(|heard| heard.header("webhook-id")).collect();
    assert_eq!(ids.len(), 1);
    let stamps: std::collections::BTreeSet<_> = heard
        .iter()
        .map(|heard| heard.header("webhook-timestamp"))
        .collect();
    assert_eq!(stamps.len(), 8);
    ada.sign_in().await;
    let deliveries = deliveries_of(&ada, &organization, &id).await;
    assert_eq!(
        (&deliveries[0]["status"], &deliveries[0]["attempts"]),
        (&json!("failed"), &json!(8))
    );
    let log = details(&ada, &organization, &id, &deliveries[0]).await.json()["log"].clone();
    let log = log.as_array().unwrap();
    assert_eq!(log.len(), 8);
    assert!(
        log.iter().all(|attempt| attempt["error"] == "it answered 500"),
        "{log:?}"
    );

    receiver.behave(Manner::status(200));
    let path = place(
        &organization,
        &id,
        &format!("/deliveries/{}/replay", deliveries[0]["id"].as_str().unwrap()),
    );
    let again = ada.post(&path, json!({})).await.expect(202);
    assert_eq!(again.json()["is_replay"], json!(true));
    ada.post(&path, json!({}))
        .await
        .expect_problem(409, "webhook_delivery_pending");
    app.work().await;
    let last = receiver.heard().pop().unwrap();
    assert_eq!(last.header("webhook-id"), heard[0].header("webhook-id"));
    assert_eq!(last.body, heard[0].body);
}

#[tokio::test]
async fn events_are_told_in_their_order_and_one_that_fails_holds_up_no_other() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    receiver.decide(|heard| {
        Manner::status(if heard.json()["data"]["key"] == "n3" {
            500
        } else {
            200
        })
    });
    for number in 0..12 {
        happen(&ada, &organization, &format!("n{number}")).await;
    }
    app.work().await;
    let keys = |receiver: &Receiver| -> Vec<String> {
        receiver
            .heard()
            .iter()
            .map(|heard| heard.json()["data"]["key"].as_str().unwrap().to_owned())
            .collect()
    };
    let all: Vec<_> = (0..12).map(|number| format!("n{number}")).collect();
    assert_eq!(keys(&receiver), all);
    receiver.behave(Manner::status(200));
    later(&app, MINUTE).await;
    assert_eq!(keys(&receiver).last().unwrap(), "n3");
}

#[tokio::test]
async fn both_secrets_sign_while_a_rotation_lasts() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, first) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    let rotate = format!("/webhook-endpoints/{id}/rotate-secret");
    let body = json!({ "organization_id": organization, "overlap_seconds": 120 });
    let second = ada.post(&rotate, body.clone()).await.expect(200).at("/secret");
    ada.post(&rotate, body)
        .await
        .expect_problem(409, "rotation_in_progress");
    let tell = async |key: &str| {
        happen(&ada, &organization, key).await;
        app.work().await;
        receiver.heard().pop().unwrap()
    };
    let both = tell("a").await;
    assert_eq!(both.header("webhook-signature").split(' ').count(), 2);
    later(&app, MINUTE * 3).await;
    let one = tell("b").await;
    assert_eq!(one.header("webhook-signature").split(' ').count(), 1);
    let body = json!({ "organization_id": organization, "overlap_seconds": 0 });
    let third = ada.post(&rotate, body).await.expect(200).at("/secret");
    let last = tell("c").await;
    let secrets = [first.as_str(), second.as_str(), third.as_str()];
    for (heard, expected) in [
        (both, json!([true, true, false])),
        (last, json!([false, false, true])),
    ] {
        if let Some(verdicts) = verdicts(&heard, &secrets) {
            assert_eq!(verdicts, expected);
        }
    }
    let body = json!({ "organization_id": organization, "overlap_seconds": 604_801 });
    ada.post(&rotate, body).await.expect_field("/overlap_seconds");
}

#[tokio::test]
async fn an_endpoint_is_tried_out() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["member.joined"]).await;
    let sent = ada
        .post(&place(&organization, &id, "/test"), json!({}))
        .await
        .expect(202);
    assert_eq!(sent.at("/event_type"), "webhook.test");
    app.work().await;
    assert_eq!(receiver.event_types(), ["webhook.test"]);
    let path = place(&organization, &id, "/deliveries");
    let list = ada
        .get(&format!("{path}&event_type=webhook.test&status=succeeded"))
        .await;
    assert_eq!(list.expect(200).json()["data"].as_array().unwrap().len(), 1);
    let none = ada.get(&format!("{path}&status=failed")).await;
    assert_eq!(none.expect(200).json()["data"], json!([]));
}

#[tokio::test]
async fn a_restart_loses_nothing_that_was_not_told() {
    let mut app = TestApp::with(setup()).await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    receiver.behave(Manner::Reset);
    for number in 0..4 {
        happen(&ada, &organization, &format!("n{number}")).await;
    }
    app.work().await;
    assert_eq!(receiver.heard().len(), 4);
    app.restart().await;
    receiver.forget();
    receiver.behave(Manner::status(200));
    later(&app, MINUTE).await;
    assert_eq!(receiver.heard().len(), 4);
}
