//! What people are told: the feed inside the product, and mails in words of one's own.

mod senders;
mod sending;
mod sending_much;
mod sending_templates;
mod templates;

use mainstay_acceptance::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn members_are_told_and_put_away_what_they_have_read() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &organization, "member").await;
    let (stranger, _) = app.owner("stranger").await;
    let path = format!("/organizations/{organization}/notifications");
    let news = |users: &[&str], title: &str| json!({ "user_ids": users, "category": "billing", "title": title, "link": "/invoices/31" });
    let refused = owner
        .post(&path, news(&[&mia.id, &stranger.id], "Secret"))
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/user_ids/1");
    assert_eq!(refused.json()["errors"][0]["code"], "not_a_member");
    for title in ["First", "Second", "Third"] {
        owner
            .post(&path, news(&[&mia.id, &owner.id], title))
            .await
            .expect(202);
    }
    let titles = |feed: Value| -> Vec<String> {
        let data = feed["data"].as_array().unwrap().iter();
        data.map(|one| one["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let feed = mia.get("/notifications?limit=2").await.expect(200).json();
    let next = feed["next_cursor"].as_str().unwrap().to_owned();
    let third = feed["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(titles(feed), ["Third", "Second"]);
    let feed = mia
        .get(&format!("/notifications?limit=2&cursor={next}"))
        .await
        .expect(200)
        .json();
    assert_eq!(titles(feed), ["First"], "nobody was told what was refused");
    let count = mia.get("/notifications/unread-count").await.expect(200).json();
    assert_eq!(count, json!({ "unread": 3, "is_capped": false }));
    owner
        .post(&format!("/notifications/{third}/read"), json!({}))
        .await
        .expect(404);
    let read = mia
        .post(&format!("/notifications/{third}/read"), json!({}))
        .await
        .expect(200)
        .json();
    let again = mia
        .post(&format!("/notifications/{third}/read"), json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(read["read_at"], again["read_at"]);
    assert!(read["read_at"].is_string());
    let unread = mia.get("/notifications?is_unread=true").await.expect(200).json();
    assert_eq!(titles(unread), ["Second", "First"]);
    mia.post(&format!("/notifications/{third}/archive"), json!({}))
        .await
        .expect(200);
    let archived = mia
        .get("/notifications?is_archived=true")
        .await
        .expect(200)
        .json();
    assert_eq!(titles(archived), ["Third"]);
    let marked = mia
        .post("/notifications/read-all", json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(marked, json!({ "marked": 2 }));
    let count = owner.get("/notifications/unread-count").await.expect(200).json();
    assert_eq!(count["unread"], 3, "everybody has a feed of their own");
    assert_eq!(
        titles(stranger.get("/notifications").await.expect(200).json()),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn whose_roles_change_is_told() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &organization, "viewer").await;
    let path = format!("/organizations/{organization}/members/{}", mia.id);
    owner.put(&path, json!({ "roles": ["member"] })).await.expect(200);
    owner.delete(&path).await.expect(204);
    let feed = mia
        .get("/notifications?category=organization")
        .await
        .expect(200)
        .json();
    let titles: Vec<_> = feed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["title"])
        .collect();
    assert_eq!(titles.len(), 2, "{feed}");
    assert!(
        titles[0]
            .as_str()
            .unwrap()
            .starts_with("You are no longer a member of "),
        "{feed}"
    );
    assert!(
        titles[1].as_str().unwrap().starts_with("Your roles in "),
        "{feed}"
    );
}
