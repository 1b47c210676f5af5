//! Endpoints that fail for days.

use std::time::Duration;

use mainstay_acceptance::{Manner, Receiver};
use serde_json::json;

use super::{app, endpoint, happen, later, place, platform_endpoint};

#[tokio::test]
async fn five_days_without_a_success_disable_an_endpoint_and_its_owners_hear_of_it() {
    let app = app().await;
    let (receiver, platform) = (Receiver::start().await, Receiver::start().await);
    let staff = app.staff("root", "admin").await;
    let (mut ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "admin").await;
    platform_endpoint(&staff, &platform, &["webhook_endpoint.disabled"]).await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    let (healthy, fails) = (Duration::from_hours(24 * 4), Duration::from_hours(24));
    receiver.behave(Manner::status(500));
    happen(&ada, &organization, "n0").await;
    app.work().await;
    later(&app, healthy).await;
    ada.sign_in().await;
    let shown = ada.get(&place(&organization, &id, "")).await.expect(200);
    assert_eq!(shown.at("/status"), "enabled");
    later(&app, fails + Duration::from_hours(1)).await;
    ada.sign_in().await;
    let shown = ada.get(&place(&organization, &id, "")).await.expect(200);
    assert_eq!(
        (shown.at("/status"), shown.at("/disabled_reason")),
        ("disabled".into(), "failing".into())
    );
    let told = platform.heard();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].json()["data"]["host"], json!("127.0.0.1"));
    let mail = app.mail_to(&ada.email).await;
    assert!(mail.subject.contains("127.0.0.1"), "{mail:?}");
    assert!(mail.text.contains("five days"), "{mail:?}");
    let others = app.mails_to(&bob.email).await;
    assert!(
        others.iter().all(|mail| !mail.subject.contains("127.0.0.1")),
        "{others:?}"
    );
    let heard = receiver.heard().len();
    happen(&ada, &organization, "n1").await;
    later(&app, Duration::from_hours(20)).await;
    assert_eq!(receiver.heard().len(), heard);

    ada.sign_in().await;
    receiver.behave(Manner::status(200));
    ada.post(&place(&organization, &id, "/enable"), json!({}))
        .await
        .expect(200);
    happen(&ada, &organization, "n2").await;
    app.work().await;
    assert_eq!(receiver.heard().len(), heard + 1);
}

#[tokio::test]
async fn one_success_in_five_days_is_enough() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    for number in 0..3 {
        receiver.behave(Manner::status(500));
        happen(&ada, &organization, &format!("n{number}")).await;
        app.work().await;
        later(&app, Duration::from_hours(24 * 4)).await;
        receiver.behave(Manner::status(200));
        later(&app, Duration::from_hours(12)).await;
        ada.sign_in().await;
        let shown = ada.get(&place(&organization, &id, "")).await.expect(200);
        assert_eq!(
            (shown.at("/status"), shown.at("/failures")),
            ("enabled".into(), "0".into())
        );
    }
}
