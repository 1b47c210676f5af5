//! Invites: sent, opened, accepted, declined, taken back.

use std::time::Duration;

use mainstay_acceptance::TestApp;
use serde_json::json;

#[tokio::test]
async fn an_unknown_person_is_invited_signs_up_and_is_in() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let mut bob = app.named("bob");
    let invites = format!("/organizations/{organization}/invites");
    let made = ada
        .post(&invites, json!({ "email": bob.email, "role": "member" }))
        .await
        .expect(201);
    assert_eq!(made.at("/status"), "pending");
    let mail = app.mail_to(&bob.email).await;
    assert_eq!(mail.template, "invite");
    let token = mail.link_token();
    app.path_of(&mail.link());
    let seen = bob
        .post("/invites/preview", json!({ "token": token }))
        .await
        .expect(200);
    assert_eq!(seen.at("/organization_name"), "ada and friends");
    let body = json!({ "email": bob.email, "password": bob.password, "invite_token": token });
    bob.post("/auth/signup", body).await;
    bob.sign_in().await;
    assert_eq!(
        bob.get("/users/me").await.expect(200).json()["email_verified"],
        true
    );
    bob.get(&format!("/organizations/{organization}"))
        .await
        .expect(200);
    let invite = ada.get(&format!("{invites}/{}", made.at("/id"))).await;
    assert_eq!(invite.expect(200).at("/status"), "accepted");
    let list = ada.get(&invites).await.expect(200).json();
    assert_eq!(list["data"][0]["status"], "accepted");
}

#[tokio::test]
async fn only_the_person_it_was_sent_to_can_use_it_and_once() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (bob, eve) = (app.person("bob").await, app.person("eve").await);
    let invites = format!("/organizations/{organization}/invites");
    ada.post(&invites, json!({ "email": bob.email, "role": "member" }))
        .await
        .expect(201);
    ada.post(&invites, json!({ "email": "BOB@example.com", "role": "viewer" }))
        .await
        .expect_problem(409, "invite_pending");
    let token = app.mail_to(&bob.email).await.link_token();
    eve.post("/invites/accept", json!({ "token": token }))
        .await
        .expect_problem(403, "invite_for_other_address");
    bob.post("/invites/accept", json!({ "token": token }))
        .await
        .expect(200);
    let again = bob.post("/invites/accept", json!({ "token": token })).await;
    assert!(matches!(again.status, 401 | 404 | 409), "{again}");
    ada.post(&invites, json!({ "email": bob.email, "role": "member" }))
        .await
        .expect_problem(409, "already_member");
}

#[tokio::test]
async fn is_revoked_declined_resent_and_ends() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.person("bob").await;
    let invites = format!("/organizations/{organization}/invites");
    let invite = || ada.post(&invites, json!({ "email": bob.email, "role": "member" }));
    let refused = |token: String| {
        let bob = bob.clone();
        async move {
            let answer = bob.post("/invites/accept", json!({ "token": token })).await;
            assert!(matches!(answer.status, 401 | 404 | 409), "{answer}");
        }
    };
    let id = invite().await.expect(201).at("/id");
    let first = app.mail_to(&bob.email).await.link_token();
    ada.post(&format!("{invites}/{id}/resend"), json!({}))
        .await
        .expect(200);
    let second = app.mail_to(&bob.email).await.link_token();
    refused(first).await;
    ada.delete(&format!("{invites}/{id}")).await.expect(204);
    refused(second).await;
    invite().await.expect(201);
    let token = app.mail_to(&bob.email).await.link_token();
    assert_eq!(
        bob.get("/invites").await.expect(200).json()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    bob.post("/invites/decline", json!({ "token": token }))
        .await
        .expect(204);
    refused(token).await;
    invite().await.expect(201);
    let token = app.mail_to(&bob.email).await.link_token();
    app.clock
        .advance(Duration::from_hours(7 * 24) + Duration::from_secs(1));
    let mut bob = bob.clone();
    bob.sign_in().await;
    let late = bob.post("/invites/accept", json!({ "token": token })).await;
    assert!(matches!(late.status, 401 | 404 | 409), "{late}");
}

#[tokio::test]
async fn many_are_invited_with_an_answer_each() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    app.member("bob", &ada, &organization, "viewer").await;
    let body = json!({ "emails": ["carl@example.com", "bob@example.com", "not an address", "carl@EXAMPLE.com"], "role": "member" });
    let answer = ada
        .post(&format!("/organizations/{organization}/invites/bulk"), body)
        .await
        .expect(200);
    let statuses: Vec<_> = answer.json()["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].clone())
        .collect();
    assert_eq!(statuses.len(), 4);
    assert_eq!(statuses[0], "invited", "{statuses:?}");
    assert!(
        statuses[1..].iter().all(|status| status != "invited"),
        "{statuses:?}"
    );
    assert_eq!(app.mails_to("carl@example.com").await.len(), 1);
}

#[tokio::test]
async fn a_link_lets_in_as_many_as_it_says_from_the_right_domain() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let body = json!({ "role": "viewer", "max_uses": 1, "email_domain": "example.com" });
    let link = ada
        .post(&format!("/organizations/{organization}/invites/link"), body)
        .await
        .expect(201);
    let url = link.at("/url");
    let token = url.split_once("token=").unwrap().1.to_owned();
    let (bob, carl) = (app.person("bob").await, app.person("carl").await);
    bob.post("/invites/accept", json!({ "token": token }))
        .await
        .expect(200);
    let full = carl.post("/invites/accept", json!({ "token": token })).await;
    assert!(matches!(full.status, 401 | 404 | 409), "{full}");
}

#[tokio::test]
async fn the_page_changes_nothing_by_being_looked_at() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.person("bob").await;
    ada.post(
        &format!("/organizations/{organization}/invites"),
        json!({ "email": bob.email, "role": "member" }),
    )
    .await
    .expect(201);
    let mail = app.mail_to(&bob.email).await;
    let path = app.path_of(&mail.link());
    let nobody = bob.without_token();
    for _ in 0..3 {
        let page = nobody.get(&path).await.expect(200);
        assert!(page.text().contains("ada and friends"), "{page}");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(page.header("cache-control").contains("no-store"));
    }
    bob.post("/invites/accept", json!({ "token": mail.link_token() }))
        .await
        .expect(200);
}
