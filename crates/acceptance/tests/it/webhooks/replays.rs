//! Sending again what was to be heard since a moment, and forgetting what is old.

use std::collections::BTreeMap;
use std::time::Duration;

use db::{DbError, Tx};
use kernel::Clock as _;
use mainstay_acceptance::{Manner, Receiver};
use serde_json::json;
use webhooks::DeleteOldWebhooks;

use super::{app, deliveries_of, endpoint, happen, later, place};

/// How often each event was heard.
fn counts(receiver: &Receiver) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for heard in receiver.heard() {
        *counts
            .entry(heard.json()["data"]["key"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn everything_since_a_moment_is_sent_again_once_and_in_order_or_only_what_never_arrived() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    happen(&ada, &organization, "before").await;
    app.work().await;
    app.clock.advance(Duration::from_mins(1));
    let since = app.clock.now();
    receiver.decide(|heard| {
        let key = heard.json()["data"]["key"].as_str().unwrap().to_owned();
        Manner::status(if key.ends_with("bad") { 500 } else { 200 })
    });
    // More than a page of them.
    for number in 0..230 {
        happen(&ada, &organization, &format!("n{number:03}")).await;
    }
    happen(&ada, &organization, "x-bad").await;
    app.work().await;
    let replay = format!("/webhook-endpoints/{id}/replay");
    // What is on its way is not sent twice.
    let body = json!({ "organization_id": organization, "since": since, "only_failed": true });
    receiver.forget();
    ada.post(&replay, body.clone()).await.expect(202);
    app.work().await;
    assert_eq!(receiver.heard().len(), 0);
    for _ in 0..8 {
        later(&app, Duration::from_hours(11)).await;
    }
    ada.sign_in().await;
    let deliveries = ada
        .get(&format!(
            "{}&status=failed",
            place(&organization, &id, "/deliveries")
        ))
        .await;
    assert_eq!(deliveries.json()["data"].as_array().unwrap().len(), 1);
    receiver.behave(Manner::status(200));
    receiver.forget();
    ada.post(&replay, body).await.expect(202);
    app.work().await;
    assert_eq!(counts(&receiver), BTreeMap::from([("x-bad".to_owned(), 1)]));

    receiver.forget();
    let all = json!({ "organization_id": organization, "since": since });
    let accepted = ada.post(&replay, all).await.expect(202);
    assert_eq!(accepted.json()["only_failed"], json!(false));
    app.work().await;
    let keys: Vec<_> = receiver
        .heard()
        .iter()
        .map(|heard| heard.json()["data"]["key"].clone())
        .collect();
    let mut expected: Vec<_> = (0..230).map(|number| json!(format!("n{number:03}"))).collect();
    expected.push(json!("x-bad"));
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn replays_at_once_send_nothing_twice_that_is_on_its_way() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let since = app.clock.now();
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    for number in 0..5 {
        happen(&ada, &organization, &format!("n{number}")).await;
    }
    app.work().await;
    let deliveries = deliveries_of(&ada, &organization, &id).await;
    receiver.forget();
    let first = deliveries[0]["id"].as_str().unwrap().to_owned();
    let one = place(&organization, &id, &format!("/deliveries/{first}/replay"));
    let answers = app
        .at_once(8, |_| {
            let (ada, one) = (ada.clone(), one.clone());
            async move { ada.post(&one, json!({})).await }
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 202) {
        refused.expect_problem(409, "webhook_delivery_pending");
    }
    let body = json!({ "organization_id": organization, "since": since });
    let path = format!("/webhook-endpoints/{id}/replay");
    let answers = app
        .at_once(4, |_| {
            let (ada, path, body) = (ada.clone(), path.clone(), body.clone());
            async move { ada.post(&path, body).await }
        })
        .await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    app.work().await;
    let counts = counts(&receiver);
    assert_eq!(counts.len(), 5, "{counts:?}");
    // Four replays, of which those that come while others are on their way send nothing.
    assert!(counts.values().all(|count| (1..=5).contains(count)), "{counts:?}");
}

#[tokio::test]
async fn times_of_a_replay_make_sense() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &[]).await;
    let path = format!("/webhook-endpoints/{id}/replay");
    let now = app.clock.now();
    for (since, until) in [
        (now.plus(Duration::from_mins(1)), None),
        (now.minus(Duration::from_hours(24 * 31)), None),
        (now, Some(now.minus(Duration::from_secs(1)))),
    ] {
        let body = json!({ "organization_id": organization, "since": since, "until": until });
        ada.post(&path, body).await.expect_field("/since");
    }
    let body = json!({ "organization_id": organization, "since": "yesterday" });
    ada.post(&path, body).await.expect_field("/since");
}

#[tokio::test]
async fn what_is_older_than_thirty_days_is_forgotten() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    happen(&ada, &organization, "old").await;
    app.work().await;
    app.clock.advance(Duration::from_hours(24 * 31));
    let mut ada = ada;
    ada.sign_in().await;
    happen(&ada, &organization, "new").await;
    let queue = app.app().services().queue.clone();
    let enqueue = async move |tx: &mut Tx| queue.enqueue(tx, &DeleteOldWebhooks {}).await;
    let enqueued: Result<_, DbError> = app.app().db().write(enqueue).await;
    enqueued.unwrap();
    app.work().await;
    let deliveries = deliveries_of(&ada, &organization, &id).await;
    assert_eq!(deliveries.len(), 1);
    assert_eq!(receiver.heard().len(), 2);
}
