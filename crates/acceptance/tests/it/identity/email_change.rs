//! `POST /auth/change-email`, `/confirm`, `/undo`: the EML list. That nobody writes an address straight into an
//! account is in `users`.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, TestApp};
use serde_json::json;

const NEW: &str = "ada@example.org";

async fn ask(person: &Person, email: &str) -> Answer {
    let body = json!({ "new_email": email });
    person.post("/auth/change-email", body).await
}

async fn confirm(person: &Person, token: &str) -> Answer {
    let body = json!({ "token": token });
    let nobody = person.without_token();
    nobody.post("/auth/change-email/confirm", body).await
}

async fn undo(person: &Person, token: &str) -> Answer {
    let body = json!({ "token": token });
    let nobody = person.without_token();
    nobody.post("/auth/change-email/undo", body).await
}

async fn sign_in(email: &str, person: &Person) -> Answer {
    let body = json!({ "email": email, "password": person.password });
    person.without_token().post("/auth/login", body).await
}

/// Asks for another address, and answers the tokens of the old and the new mailbox.
async fn asked(app: &TestApp, person: &Person, email: &str) -> (String, String) {
    ask(person, email).await.expect(202);
    let old = app.mail_to(&person.email).await;
    assert_eq!(old.template, "email_change_old");
    assert!(old.text.contains(email), "{old:?}");
    let new = app.mail_to(email).await;
    assert_eq!(new.template, "email_change_new");
    (old.link_token(), new.link_token())
}

/// Moves to `NEW`, and answers the token that takes it back.
async fn moved(app: &TestApp, person: &Person) -> String {
    let (old, new) = asked(app, person, NEW).await;
    confirm(person, &old).await.expect(200);
    assert_eq!(confirm(person, &new).await.expect(200).at("/status"), "changed");
    let mail = app.mail_to(&person.email).await;
    assert_eq!(mail.template, "email_changed_undo");
    mail.link_token()
}

/// EML-01.
#[tokio::test]
async fn one_mailbox_alone_changes_nothing() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    for is_old in [true, false] {
        let (old, new) = asked(&app, &ada, NEW).await;
        let (first, second, other) = if is_old {
            (old, new, "new")
        } else {
            (new, old, "old")
        };
        let waits = confirm(&ada, &first).await.expect(200).json();
        assert_eq!(waits, json!({ "status": "pending", "waits_for": other }));
        confirm(&ada, &first).await.expect_problem(401, "otp_invalid");
        assert_eq!(ada.get("/users/me").await.expect(200).at("/email"), ada.email);
        sign_in(NEW, &ada).await.expect(401);
        sign_in(&ada.email, &ada).await.expect(200);
        app.clock.advance(Duration::from_secs(1801));
        confirm(&ada, &second).await.expect_problem(401, "otp_invalid");
        ada.sign_in().await;
    }
}

/// EML-02.
#[tokio::test]
async fn both_mailboxes_move_the_account_and_sessions_go_on() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    moved(&app, &ada).await;
    let me = ada.get("/users/me").await.expect(200).json();
    assert_eq!((&me["email"], &me["email_verified"]), (&json!(NEW), &json!(true)));
    assert!(browser.is_in().await);
    sign_in(NEW, &ada).await.expect(200);
    sign_in(&ada.email, &ada)
        .await
        .expect_problem(401, "invalid_credentials");
    // The old address is free again.
    let other = app.named("ada");
    let body = json!({ "email": other.email, "password": other.password });
    other.post("/auth/signup", body).await.expect(202);
    assert_eq!(app.mail_to(&other.email).await.template, "verify_email");
}

#[tokio::test]
async fn each_mailbox_is_asked_once_however_many_follow_its_link() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let ada = app.person(&format!("ada{round}")).await;
        let (old, new) = asked(&app, &ada, &format!("ada{round}@example.org")).await;
        let answers = app
            .at_once(20, |number| {
                let token = if number % 2 == 0 { &old } else { &new };
                let (ada, token) = (ada.clone(), token.clone());
                async move {
                    let answer = confirm(&ada, &token).await;
                    (answer.status, answer.json()["status"].clone())
                }
            })
            .await;
        for (said, times) in [(json!("pending"), 1), (json!("changed"), 1), (json!(401), 18)] {
            let same = answers.iter().filter(|(_, status)| *status == said);
            assert_eq!(same.count(), times, "{said}: {answers:?}");
        }
        let token = app.mail_to(&ada.email).await.link_token();
        let statuses = app
            .at_once(20, |_| {
                let (ada, token) = (ada.clone(), token.clone());
                async move { undo(&ada, &token).await.status }
            })
            .await;
        let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((count(204), count(401)), (1, 19), "{statuses:?}");
    }
}

/// EML-03.
#[tokio::test]
async fn an_address_that_waits_for_its_owner_is_not_taken_from_them() {
    let app = TestApp::start().await;
    let (eve, victim) = (app.person("eve").await, app.named("victim"));
    let body = json!({ "email": victim.email, "password": victim.password });
    victim.post("/auth/signup", body).await.expect(202);
    let code = app.mail_to(&victim.email).await.code();
    ask(&eve, &victim.email).await.expect(202);
    let told = app.mail_to(&victim.email).await;
    assert_eq!(told.template, "account_exists");
    assert!(!told.text.contains("token="), "{told:?}");
    let old = app.mail_to(&eve.email).await.link_token();
    confirm(&eve, &old).await.expect(200);
    let body = json!({ "email": victim.email, "code": code });
    victim.post("/auth/verify-email", body).await.expect(204);
    let mut victim = victim;
    victim.sign_in().await;
    assert_ne!(victim.id, eve.id);
    assert_eq!(eve.get("/users/me").await.expect(200).at("/email"), eve.email);
    sign_in(&victim.email, &eve).await.expect(401);
}

/// EML-03, the other way round: the address is free when it is asked for and taken when both agree.
#[tokio::test]
async fn an_address_that_is_taken_meanwhile_stays_with_whoever_took_it() {
    let app = TestApp::start().await;
    let (ada, mut bob) = (app.person("ada").await, app.named("bob"));
    bob.email = NEW.into();
    let (old, new) = asked(&app, &ada, NEW).await;
    let body = json!({ "email": NEW, "password": bob.password });
    bob.post("/auth/signup", body).await.expect(202);
    let code = app.mail_to(NEW).await.code();
    bob.post("/auth/verify-email", json!({ "email": NEW, "code": code }))
        .await
        .expect(204);
    confirm(&ada, &old).await.expect(200);
    confirm(&ada, &new).await.expect_problem(409, "email_taken");
    confirm(&ada, &new).await.expect_problem(401, "otp_invalid");
    assert_eq!(ada.get("/users/me").await.expect(200).at("/email"), ada.email);
    sign_in(&ada.email, &ada).await.expect(200);
    bob.sign_in().await;
    assert_ne!(bob.id, ada.id);
}

/// EML-04.
#[tokio::test]
async fn a_new_password_drops_a_change_that_waits() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let (old, new) = asked(&app, &ada, NEW).await;
    confirm(&ada, &new).await.expect(200);
    let password = "noisy badgers fold 7 umbrellas";
    let body = json!({ "current_password": ada.password, "new_password": password });
    ada.post("/auth/change-password", body).await.expect(204);
    for token in [old, new] {
        confirm(&ada, &token).await.expect_problem(401, "otp_invalid");
    }
    ada.password = password.into();
    ada.sign_in().await;
    assert_eq!(
        ada.get("/users/me").await.expect(200).at("/email"),
        "ada@example.com"
    );
}

#[tokio::test]
async fn a_newer_change_replaces_the_one_that_waits() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let (old, new) = asked(&app, &ada, NEW).await;
    ask(&ada, "ada@example.net").await.expect(202);
    for token in [old, new] {
        confirm(&ada, &token).await.expect_problem(401, "otp_invalid");
    }
    ask(&ada, "ADA@example.com").await.expect_field("/new_email");
    ask(&ada, "no address").await.expect_field("/new_email");
}

/// EML-06.
#[tokio::test]
async fn the_old_mailbox_takes_the_change_back_and_everybody_is_out() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    let token = moved(&app, &ada).await;
    // Whoever took the account over sets another password: the link outlives that.
    let stolen = "noisy badgers fold 7 umbrellas";
    let body = json!({ "current_password": ada.password, "new_password": stolen });
    ada.post("/auth/change-password", body).await.expect(204);
    app.clock.advance(Duration::from_hours(71));
    undo(&ada, &token).await.expect(204);
    undo(&ada, &token).await.expect_problem(401, "otp_invalid");
    ada.get("/users/me").await.expect(401);
    ada.post("/auth/refresh", json!({ "refresh_token": ada.refresh_token }))
        .await
        .expect(401);
    assert!(!browser.is_in().await);
    for (email, password) in [(NEW, stolen), (&ada.email, stolen), (&ada.email, &ada.password)] {
        let body = json!({ "email": email, "password": password });
        ada.post("/auth/login", body)
            .await
            .expect_problem(401, "invalid_credentials");
    }
    let reset = app.mail_to(&ada.email).await;
    assert_eq!(reset.template, "reset_password");
    let body = json!({ "token": reset.link_token(), "new_password": ada.password });
    ada.post("/auth/reset-password/confirm", body).await.expect(204);
    let mut back = ada.clone();
    back.sign_in().await;
    assert_eq!(back.id, ada.id);
    assert_eq!(back.get("/users/me").await.expect(200).at("/email"), ada.email);
}

#[tokio::test]
async fn after_three_days_a_change_stays() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let token = moved(&app, &ada).await;
    app.clock
        .advance(Duration::from_hours(72) + Duration::from_secs(1));
    undo(&ada, &token).await.expect_problem(401, "otp_invalid");
    sign_in(NEW, &ada).await.expect(200);
}
