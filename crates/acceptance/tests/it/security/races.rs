//! What can be used once is used once, however many try at the same moment.

use mainstay_acceptance::{Person, TestApp};
use serde_json::{Value, json};

const ROUNDS: usize = 20;
const AT_ONCE: usize = 20;

/// Everybody posts the same at once: one gets `good`, all others are told that it is over.
async fn once(app: &TestApp, person: &Person, path: &'static str, body: Value, good: u16) {
    let statuses = app
        .at_once(AT_ONCE, |_| {
            let (person, body) = (person.clone(), body.clone());
            async move { person.post(path, body).await.status }
        })
        .await;
    let won = statuses.iter().filter(|status| **status == good).count();
    assert_eq!(won, 1, "{path}: {statuses:?}");
    let lost = statuses.iter().filter(|status| **status != good);
    assert!(
        lost.into_iter().all(|status| matches!(status, 401 | 404 | 409)),
        "{path}: {statuses:?}"
    );
}

async fn signed_up(app: &TestApp, name: &str) -> Person {
    let person = app.named(name);
    let body = json!({ "email": person.email, "password": person.password });
    person.post("/auth/signup", body).await.expect(202);
    person
}

#[tokio::test]
async fn a_link_confirms_once() {
    let app = TestApp::start().await;
    for round in 0..ROUNDS {
        let ada = signed_up(&app, &format!("ada{round}")).await;
        let token = app.mail_to(&ada.email).await.link_token();
        once(&app, &ada, "/auth/verify-email", json!({ "token": token }), 204).await;
    }
}

#[tokio::test]
async fn a_code_confirms_once() {
    let app = TestApp::start().await;
    for round in 0..ROUNDS {
        let ada = signed_up(&app, &format!("ada{round}")).await;
        let code = app.mail_to(&ada.email).await.code();
        once(
            &app,
            &ada,
            "/auth/verify-email",
            json!({ "email": ada.email, "code": code }),
            204,
        )
        .await;
    }
}

/// Five tries are five, not five at a time: the right code comes too late among twenty wrong ones.
#[tokio::test]
async fn wrong_codes_at_once_count_each() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let ada = signed_up(&app, &format!("ada{round}")).await;
        let code = app.mail_to(&ada.email).await.code();
        let statuses = app
            .at_once(AT_ONCE, |number| {
                let ada = ada.clone();
                let wrong = format!(
                    "{:08}",
                    (code.parse::<usize>().unwrap() + number + 1) % 100_000_000
                );
                let body = json!({ "email": ada.email, "code": wrong });
                async move { ada.post("/auth/verify-email", body).await.status }
            })
            .await;
        assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
        ada.post("/auth/verify-email", json!({ "email": ada.email, "code": code }))
            .await
            .expect_problem(401, "otp_invalid");
    }
}

#[tokio::test]
async fn asking_again_at_once_leaves_one_link_that_works() {
    let app = TestApp::start().await;
    let ada = signed_up(&app, "ada").await;
    app.at_once(AT_ONCE, |_| {
        let ada = ada.clone();
        async move {
            ada.post("/auth/resend-verification", json!({ "email": ada.email }))
                .await
                .expect(202)
        }
    })
    .await;
    let mails = app.mails_to(&ada.email).await;
    assert_eq!(mails.len(), AT_ONCE + 1);
    let mut worked = 0;
    for mail in mails {
        let answer = ada
            .post("/auth/verify-email", json!({ "token": mail.link_token() }))
            .await;
        assert!(matches!(answer.status, 204 | 401), "{answer}");
        worked += usize::from(answer.status == 204);
    }
    assert_eq!(worked, 1);
}

#[tokio::test]
async fn an_invite_answered_both_ways_is_answered_once() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.person("bob").await;
    let members = format!("/organizations/{organization}/members");
    for _ in 0..ROUNDS {
        let body = json!({ "email": bob.email, "role": "member" });
        ada.post(&format!("/organizations/{organization}/invites"), body)
            .await
            .expect(201);
        let token = app.mail_to(&bob.email).await.link_token();
        let answers = app
            .at_once(AT_ONCE, |number| {
                let (bob, body) = (bob.clone(), json!({ "token": token }));
                let path = if number % 2 == 0 {
                    "/invites/accept"
                } else {
                    "/invites/decline"
                };
                async move { (number % 2, bob.post(path, body).await.status) }
            })
            .await;
        let won: Vec<_> = answers
            .iter()
            .filter(|(_, status)| matches!(status, 200 | 204))
            .collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        let is_in = bob.get(&members).await.status == 200;
        assert_eq!(is_in, won[0].0 == 0, "{answers:?}");
        if is_in {
            bob.post(&format!("/organizations/{organization}/leave"), json!({}))
                .await
                .expect(204);
        }
    }
}

#[tokio::test]
async fn a_change_of_address_is_taken_back_once() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let ada = app.person(&format!("ada{round}")).await;
        let new = format!("ada{round}@example.org");
        ada.post("/auth/change-email", json!({ "new_email": new }))
            .await
            .expect(202);
        for mailbox in [&ada.email, &new] {
            let token = app.mail_to(mailbox).await.link_token();
            ada.post("/auth/change-email/confirm", json!({ "token": token }))
                .await
                .expect(200);
        }
        let token = app.mail_to(&ada.email).await.link_token();
        once(
            &app,
            &ada.without_token(),
            "/auth/change-email/undo",
            json!({ "token": token }),
            204,
        )
        .await;
    }
}

#[tokio::test]
async fn a_setup_link_makes_one_owner() {
    for _ in 0..5 {
        let app = TestApp::start().await;
        let link = app.app().setup_link().await.unwrap().unwrap();
        let token = link.split_once("token=").unwrap().1.to_owned();
        let statuses = app
            .at_once(AT_ONCE, |number| {
                let (person, token) = (app.named(&format!("owner{number}")), token.clone());
                let base = app.base.clone();
                async move {
                    let form = [
                        ("token", token.as_str()),
                        ("email", &person.email),
                        ("password", &person.password),
                    ];
                    let ask = person
                        .ask(reqwest::Method::POST, "/setup")
                        .header("origin", &base);
                    (number, ask.form(&form).send().await.status)
                }
            })
            .await;
        let won: Vec<_> = statuses.iter().filter(|(_, status)| *status == 200).collect();
        assert_eq!(won.len(), 1, "{statuses:?}");
        assert!(
            statuses.iter().all(|(_, status)| matches!(status, 200 | 410)),
            "{statuses:?}"
        );
        let mut owner = app.named(&format!("owner{}", won[0].0));
        owner.sign_in().await;
        let all = owner.get("/users").await.expect(200).json();
        assert_eq!(all["data"].as_array().unwrap().len(), 1, "{all}");
        assert_eq!(app.app().setup_link().await.unwrap(), None);
    }
}
