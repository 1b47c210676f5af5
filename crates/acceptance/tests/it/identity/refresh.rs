//! `POST /auth/refresh`: the counter scheme and its grace.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, TestApp};
use serde_json::json;

async fn refresh(person: &Person, token: &str) -> Answer {
    person
        .without_token()
        .post("/auth/refresh", json!({ "refresh_token": token }))
        .await
}

#[tokio::test]
async fn each_refresh_gives_a_new_pair() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let answer = refresh(&ada, &ada.refresh_token).await.expect(200);
    assert_ne!(answer.at("/refresh_token"), ada.refresh_token);
    ada.with_token(&answer.at("/access_token"))
        .get("/users/me")
        .await
        .expect(200);
}

#[tokio::test]
async fn twenty_at_once_get_the_same_successor() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    for _ in 0..20 {
        let token = ada.refresh_token.clone();
        let answers = app
            .at_once(20, |_| {
                let (ada, token) = (ada.clone(), token.clone());
                async move { refresh(&ada, &token).await.expect(200).at("/refresh_token") }
            })
            .await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        ada.refresh_token.clone_from(&answers[0]);
    }
}

#[tokio::test]
async fn a_lost_answer_is_forgiven_for_thirty_seconds() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let lost = refresh(&ada, &ada.refresh_token)
        .await
        .expect(200)
        .at("/refresh_token");
    app.clock.advance(Duration::from_secs(29));
    let again = refresh(&ada, &ada.refresh_token)
        .await
        .expect(200)
        .at("/refresh_token");
    assert_eq!(again, lost);
    app.clock.advance(Duration::from_secs(2));
    refresh(&ada, &ada.refresh_token)
        .await
        .expect_problem(401, "refresh_token_reused");
    refresh(&ada, &lost).await.expect(401);
    ada.get("/users/me").await.expect(401);
    assert_eq!(app.mail_to(&ada.email).await.template, "session_revoked_reuse");
}

#[tokio::test]
async fn two_generations_old_ends_the_session_at_once() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let second = refresh(&ada, &ada.refresh_token)
        .await
        .expect(200)
        .at("/refresh_token");
    let third = refresh(&ada, &second).await.expect(200).at("/refresh_token");
    refresh(&ada, &ada.refresh_token)
        .await
        .expect_problem(401, "refresh_token_reused");
    refresh(&ada, &third).await.expect(401);
    ada.get("/users/me").await.expect(401);
}

#[tokio::test]
async fn a_forged_token_ends_nothing() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let good = &ada.refresh_token;
    let mut forged = vec![
        String::new(),
        "mrt_".into(),
        good[..good.len() - 1].to_owned(),
        format!("{good}A"),
        good.to_uppercase(),
        good.replace("mrt_", "ms_"),
        ada.access_token.clone().unwrap(),
    ];
    forged.extend((4..good.len()).step_by(5).map(|end| good[..end].to_owned()));
    for token in forged {
        let answer = refresh(&ada, &token).await;
        assert!(matches!(answer.status, 401 | 422), "{answer}");
    }
    refresh(&ada, good).await.expect(200);
}

#[tokio::test]
async fn the_last_second_of_a_session_counts() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let day = Duration::from_hours(24);
    for _ in 0..29 {
        app.clock.advance(day);
        ada.refresh_token = refresh(&ada, &ada.refresh_token)
            .await
            .expect(200)
            .at("/refresh_token");
    }
    app.clock.advance(day.saturating_sub(Duration::from_secs(1)));
    ada.refresh_token = refresh(&ada, &ada.refresh_token)
        .await
        .expect(200)
        .at("/refresh_token");
    app.clock.advance(Duration::from_secs(2));
    refresh(&ada, &ada.refresh_token).await.expect(401);
}

#[tokio::test]
async fn an_idle_session_ends() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    app.clock
        .advance(Duration::from_hours(14 * 24) + Duration::from_secs(1));
    refresh(&ada, &ada.refresh_token).await.expect(401);
}

#[tokio::test]
async fn only_the_body_is_read() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let nobody = ada.without_token();
    let path = format!("/auth/refresh?refresh_token={}", ada.refresh_token);
    let answer = nobody.post(&path, json!({})).await;
    assert!(matches!(answer.status, 400 | 422), "{answer}");
    let cookie = format!("refresh_token={}", ada.refresh_token);
    let answer = nobody
        .ask(reqwest::Method::POST, "/auth/refresh")
        .header("cookie", &cookie)
        .json(json!({}));
    answer.send().await.expect(422);
    refresh(&ada, &ada.refresh_token).await.expect(200);
}

#[tokio::test]
async fn logout_wins_against_refresh() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    for _ in 0..10 {
        ada.sign_in().await;
        let token = ada.refresh_token.clone();
        let answers = app
            .at_once(6, |number| {
                let (ada, token) = (ada.clone(), token.clone());
                async move {
                    if number == 3 {
                        let body = json!({ "refresh_token": token });
                        ada.post("/auth/logout", body).await.expect(204);
                        None
                    } else {
                        let answer = refresh(&ada, &token).await;
                        (answer.status == 200)
                            .then(|| (answer.at("/access_token"), answer.at("/refresh_token")))
                    }
                }
            })
            .await;
        for (access, fresh) in answers.into_iter().flatten() {
            refresh(&ada, &fresh).await.expect(401);
            ada.with_token(&access).get("/users/me").await.expect(401);
        }
    }
}
