//! Twenty at once, twenty times.

use mainstay_acceptance::TestApp;
use serde_json::json;

const ROUNDS: usize = 20;
const AT_ONCE: usize = 20;

#[tokio::test]
async fn one_slug_goes_to_one() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for round in 0..ROUNDS {
        let statuses = app
            .at_once(AT_ONCE, |_| {
                let ada = ada.clone();
                let body = json!({ "name": "Acme", "slug": format!("acme-{round}") });
                async move { ada.post("/organizations", body).await.status }
            })
            .await;
        assert_eq!(
            statuses.iter().filter(|status| **status == 201).count(),
            1,
            "{statuses:?}"
        );
        assert!(
            statuses.iter().all(|status| matches!(status, 201 | 409)),
            "{statuses:?}"
        );
    }
}

#[tokio::test]
async fn one_idempotency_key_makes_one() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for round in 0..ROUNDS {
        let made = app
            .at_once(AT_ONCE, |_| {
                let ada = ada.clone();
                async move {
                    let ask = ada.ask(reqwest::Method::POST, "/organizations");
                    let ask = ask.header("idempotency-key", &format!("key-{round}"));
                    ask.json(json!({ "name": "Acme" }))
                        .send()
                        .await
                        .expect(201)
                        .at("/id")
                }
            })
            .await;
        assert!(made.iter().all(|id| *id == made[0]), "{made:?}");
    }
}

#[tokio::test]
async fn an_invite_is_accepted_once() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.person("bob").await;
    for _ in 0..ROUNDS {
        let invites = format!("/organizations/{organization}/invites");
        ada.post(&invites, json!({ "email": bob.email, "role": "member" }))
            .await
            .expect(201);
        let token = app.mail_to(&bob.email).await.link_token();
        let statuses = app
            .at_once(AT_ONCE, |_| {
                let (bob, token) = (bob.clone(), token.clone());
                async move {
                    bob.post("/invites/accept", json!({ "token": token }))
                        .await
                        .status
                }
            })
            .await;
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "{statuses:?}"
        );
        assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
        bob.post(&format!("/organizations/{organization}/leave"), json!({}))
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn an_owner_is_always_left() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    let member = |id: &str| format!("/organizations/{organization}/members/{id}");
    for _ in 0..ROUNDS {
        // Whoever is left gives the other the role again.
        for (giver, taker) in [(&ada, &bob), (&bob, &ada)] {
            giver.put(&member(&taker.id), json!({ "roles": ["owner"] })).await;
        }
        let statuses = app
            .at_once(AT_ONCE, |number| {
                let person = if number % 2 == 0 { ada.clone() } else { bob.clone() };
                let path = member(&person.id);
                async move { person.put(&path, json!({ "roles": ["admin"] })).await.status }
            })
            .await;
        assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
        let owners = ada
            .get(&format!("/organizations/{organization}/members?role=owner"))
            .await
            .expect(200)
            .json();
        assert_eq!(owners["data"].as_array().unwrap().len(), 1, "{statuses:?}");
    }
}

#[tokio::test]
async fn seats_are_never_exceeded() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let staff = app.staff("root", "owner").await;
    staff
        .put(
            &format!("/organizations/{organization}/seat-limit"),
            json!({ "seat_limit": 4 }),
        )
        .await
        .expect(200);
    let link = ada
        .post(
            &format!("/organizations/{organization}/invites/link"),
            json!({ "role": "viewer", "max_uses": 50 }),
        )
        .await
        .expect(201);
    let token = link.at("/url").split_once("token=").unwrap().1.to_owned();
    let mut people = Vec::new();
    for number in 0..12 {
        people.push(app.person(&format!("person{number}")).await);
    }
    let statuses = app
        .at_once(people.len(), |number| {
            let (person, token) = (people[number].clone(), token.clone());
            async move {
                person
                    .post("/invites/accept", json!({ "token": token }))
                    .await
                    .status
            }
        })
        .await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        3,
        "{statuses:?}"
    );
    let members = ada
        .get(&format!("/organizations/{organization}/members"))
        .await
        .expect(200)
        .json();
    assert_eq!(members["data"].as_array().unwrap().len(), 4);
}
