//! Digests: once for each time, what is new and unread, nothing when there is nothing.

use std::time::Duration;

use kernel::{Clock as _, Timestamp};
use mainstay_acceptance::{Mail, Person, TestApp};
use serde_json::{Value, json};

const PATH: &str = "/notifications/digest";
const DAY: Duration = Duration::from_hours(24);

async fn tell(owner: &Person, organization: &str, who: &Person, titles: impl Iterator<Item = String>) {
    for title in titles {
        let body = json!({ "user_ids": [who.id], "category": "news", "title": title, "link": "/news" });
        let path = format!("/organizations/{organization}/notifications");
        owner.post(&path, body).await.expect(202);
    }
}

async fn send_due(app: &TestApp) {
    app.app()
        .services()
        .notifications
        .digests()
        .send_due()
        .await
        .unwrap();
}

async fn digests(app: &TestApp, person: &Person) -> Vec<Mail> {
    let mut mails = app.mails_to(&person.email).await;
    mails.retain(|mail| mail.template == "notification_digest");
    mails
}

fn next_at(digest: &Value) -> Timestamp {
    digest["next_at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_digest_names_the_newest_that_are_not_read() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mut mia = app.member("mia", &owner, &acme, "member").await;
    tell(&owner, &acme, &mia, ["Before".to_owned()].into_iter()).await;
    let set = mia
        .put(PATH, json!({ "frequency": "daily", "hour": 7 }))
        .await
        .expect(200);
    assert_eq!(set.json(), mia.get(PATH).await.expect(200).json());
    let due = next_at(&set.json());
    assert!(due > app.clock.now() && due.since(app.clock.now()) <= DAY);
    assert_eq!(due.unix_seconds() % 86_400, 7 * 3600);
    tell(
        &owner,
        &acme,
        &mia,
        (1..=25).map(|number| format!("News {number:02}")),
    )
    .await;
    let feed = mia.get("/notifications?limit=1").await.expect(200).json();
    let newest = feed["data"][0]["id"].as_str().unwrap();
    mia.post(&format!("/notifications/{newest}/read"), json!({}))
        .await
        .expect(200);
    send_due(&app).await;
    assert!(digests(&app, &mia).await.is_empty(), "it is not the time yet");
    app.clock.advance(DAY);
    let services = app.app().services().notifications.digests();
    let running = app.at_once(4, |_| {
        let services = services.clone();
        async move { services.send_due().await }
    });
    for done in running.await {
        done.unwrap();
    }
    let mails = digests(&app, &mia).await;
    assert_eq!(mails.len(), 1, "four nodes send one");
    let text = &mails[0].text;
    let first = text.find("News 24").unwrap();
    assert!(first < text.find("News 23").unwrap(), "the newest first: {text}");
    assert!(
        text.contains("News 05") && !text.contains("News 04"),
        "20 of them: {text}"
    );
    assert!(!text.contains("News 25") && !text.contains("Before"), "{text}");
    assert!(text.contains("There are 4 more."), "{text}");
    assert!(text.contains(&format!("{}/news\n", app.base)), "{text}");
    // Nothing new: no mail, and the time goes on.
    app.clock.advance(DAY);
    send_due(&app).await;
    assert_eq!(digests(&app, &mia).await.len(), 1);
    mia.sign_in().await;
    assert!(next_at(&mia.get(PATH).await.expect(200).json()) > app.clock.now());
}

#[tokio::test]
async fn what_was_missed_is_one_mail_and_off_is_off() {
    let app = TestApp::start().await;
    let (mut owner, acme) = app.owner("owner").await;
    let mut mia = app.member("mia", &owner, &acme, "member").await;
    let noa = app.member("noa", &owner, &acme, "member").await;
    for person in [&mia, &noa] {
        person
            .put(PATH, json!({ "frequency": "daily" }))
            .await
            .expect(200);
        tell(&owner, &acme, person, ["One".to_owned()].into_iter()).await;
    }
    let choice =
        json!({ "preferences": [{ "category": "digest", "channel": "email", "is_enabled": false }] });
    noa.put("/notifications/preferences", choice).await.expect(200);
    // The server was down for a week.
    app.clock.advance(7 * DAY);
    send_due(&app).await;
    send_due(&app).await;
    assert_eq!(digests(&app, &mia).await.len(), 1);
    assert!(
        digests(&app, &noa).await.is_empty(),
        "who wants no mail gets none"
    );
    mia.sign_in().await;
    owner.sign_in().await;
    let off = mia
        .put(PATH, json!({ "frequency": "off" }))
        .await
        .expect(200)
        .json();
    assert_eq!(off, json!({ "frequency": "off", "hour": null, "next_at": null }));
    tell(&owner, &acme, &mia, ["Two".to_owned()].into_iter()).await;
    app.clock.advance(DAY);
    send_due(&app).await;
    assert_eq!(digests(&app, &mia).await.len(), 1);
}

#[tokio::test]
async fn a_weekly_digest_is_on_mondays_and_hours_are_hours() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let weekly = ada
        .put(PATH, json!({ "frequency": "weekly", "hour": 23 }))
        .await
        .expect(200);
    let days = next_at(&weekly.json()).unix_seconds() / 86_400;
    assert_eq!(days % 7, 4, "a Monday");
    for wrong in [json!(24), json!(-1), json!("8"), json!(7.5)] {
        ada.put(PATH, json!({ "frequency": "daily", "hour": wrong }))
            .await
            .expect(422);
    }
    ada.put(PATH, json!({ "frequency": "hourly" })).await.expect(422);
    ada.put(PATH, json!({})).await.expect(422);
    assert_eq!(ada.get(PATH).await.expect(200).json()["frequency"], "weekly");
}
