//! How often is too often, as strict as in production, and over a restart.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(61);
const HOUR: Duration = Duration::from_secs(3601);

async fn strict() -> TestApp {
    TestApp::with(Setup {
        widen_limits: 1,
        ..Setup::default()
    })
    .await
}

/// A refusal that says when to come back.
#[track_caller]
fn expect_limited(answer: &Answer, longest: u64) {
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (429, Some("rate_limited")),
        "{answer}"
    );
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=longest).contains(&wait), "{wait}: {answer}");
}

async fn guess(person: &Person, email: &str) -> Answer {
    let body = json!({ "email": email, "password": "not the password at all" });
    person.post("/auth/login", body).await
}

async fn sign_up(person: &Person, name: &str) -> Answer {
    let body = json!({ "email": format!("{name}@example.com"), "password": "seven violet tandems to Porto" });
    person.post("/auth/signup", body).await
}

async fn resend(person: &Person, email: &str) -> Answer {
    person
        .post("/auth/resend-verification", json!({ "email": email }))
        .await
}

async fn refresh(person: &Person) -> Answer {
    let body = json!({ "refresh_token": person.refresh_token });
    person.post("/auth/refresh", body).await
}

#[tokio::test]
async fn ten_sign_ins_a_minute_from_one_address() {
    let mut app = strict().await;
    let ada = app.person("ada").await;
    app.clock.advance(MINUTE);
    let nobody = app.nobody();
    for number in 0..10 {
        guess(&nobody, &format!("ghost{number}@example.com"))
            .await
            .expect(401);
    }
    expect_limited(&guess(&nobody, "another@example.com").await, 60);
    // The right password waits as well, or it would be known by not waiting.
    let body = json!({ "email": ada.email, "password": ada.password });
    expect_limited(&nobody.post("/auth/login", body.clone()).await, 60);
    let forwarded = nobody
        .ask(reqwest::Method::POST, "/auth/login")
        .header("x-forwarded-for", "192.0.2.1");
    expect_limited(&forwarded.json(body.clone()).send().await, 60);
    app.restart().await;
    expect_limited(&nobody.post("/auth/login", body.clone()).await, 60);
    nobody
        .at_address("127.0.0.2")
        .post("/auth/login", body.clone())
        .await
        .expect(200);
    app.clock.advance(MINUTE);
    nobody.post("/auth/login", body).await.expect(200);
}

#[tokio::test]
async fn guessing_at_once_is_no_way_around() {
    let app = strict().await;
    let statuses = app
        .at_once(40, |number| {
            let nobody = app.nobody();
            async move { guess(&nobody, &format!("ghost{number}@example.com")).await.status }
        })
        .await;
    let tried = statuses.iter().filter(|status| **status == 401).count();
    assert!(tried <= 10, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| matches!(status, 401 | 429 | 503)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn wrong_passwords_slow_an_account_down_from_wherever_they_come() {
    let mut app = strict().await;
    let ada = app.person("ada").await;
    app.clock.advance(MINUTE);
    for number in 0..5 {
        let stranger = app.nobody().at_address(&format!("127.0.1.{number}"));
        guess(&stranger, &ada.email).await.expect(401);
    }
    let fresh = app.nobody().at_address("127.0.2.1");
    expect_limited(&guess(&fresh, &ada.email).await, 1);
    app.restart().await;
    expect_limited(&guess(&fresh, &ada.email).await, 1);
    // 1, 2, 4 … 60 seconds.
    for (wait, number) in [(1, 1), (2, 2), (4, 3), (8, 4), (16, 5), (32, 6), (60, 7), (60, 8)] {
        app.clock
            .advance(Duration::from_secs(wait) + Duration::from_millis(10));
        let stranger = app.nobody().at_address(&format!("127.0.3.{number}"));
        guess(&stranger, &ada.email).await.expect(401);
        let held = guess(&stranger, &ada.email).await;
        expect_limited(&held, 60);
    }
    app.clock.advance(MINUTE);
    let body = json!({ "email": ada.email, "password": ada.password });
    app.nobody()
        .at_address("127.0.4.1")
        .post("/auth/login", body)
        .await
        .expect(200);
    guess(&app.nobody().at_address("127.0.4.2"), &ada.email)
        .await
        .expect(401);
}

#[tokio::test]
async fn a_hundred_wrong_passwords_are_the_end_of_it() {
    let app = strict().await;
    let ada = app.person("ada").await;
    for number in 0..100 {
        app.clock.advance(MINUTE);
        let stranger = app.nobody().at_address(&format!("127.1.0.{number}"));
        guess(&stranger, &ada.email).await.expect(401);
    }
    app.clock.advance(HOUR);
    let body = json!({ "email": ada.email, "password": ada.password });
    app.nobody()
        .post("/auth/login", body)
        .await
        .expect_problem(403, "password_locked");
    // A stranger learns nothing that is not said of every address that was tried so often.
    for number in 0..100 {
        app.clock.advance(MINUTE);
        let stranger = app.nobody().at_address(&format!("127.1.1.{number}"));
        guess(&stranger, "ghost@example.com").await.expect(401);
    }
    app.clock.advance(HOUR);
    guess(&app.nobody(), "ghost@example.com")
        .await
        .expect_problem(403, "password_locked");
}

#[tokio::test]
async fn trying_many_accounts_shuts_the_network_out() {
    let app = strict().await;
    let ada = app.person("ada").await;
    let stranger = app.nobody().at_address("127.0.0.9");
    let mut tried = 0;
    let shut = loop {
        app.clock.advance(Duration::from_secs(10));
        let answer = guess(&stranger, &format!("ghost{tried}@example.com")).await;
        if answer.status == 429 {
            break answer;
        }
        answer.expect(401);
        tried += 1;
        assert!(tried < 30, "nobody minds");
    };
    assert!((15..=17).contains(&tried), "{tried}");
    expect_limited(&shut, 3600);
    let body = json!({ "email": ada.email, "password": ada.password });
    expect_limited(&stranger.post("/auth/login", body.clone()).await, 3600);
    app.nobody().post("/auth/login", body.clone()).await.expect(200);
    app.clock.advance(HOUR);
    stranger.post("/auth/login", body).await.expect(200);
}

#[tokio::test]
async fn five_sign_ups_an_hour_from_one_address() {
    let mut app = strict().await;
    let nobody = app.nobody();
    for number in 0..5 {
        sign_up(&nobody, &format!("person{number}")).await.expect(202);
    }
    expect_limited(&sign_up(&nobody, "person5").await, 3600);
    app.restart().await;
    expect_limited(&sign_up(&nobody, "person5").await, 3600);
    sign_up(&nobody.at_address("127.0.0.2"), "person6")
        .await
        .expect(202);
    app.clock.advance(HOUR);
    sign_up(&nobody, "person5").await.expect(202);
    assert_eq!(app.mails_to("person5@example.com").await.len(), 1);
}

#[tokio::test]
async fn an_address_gets_three_mails_an_hour() {
    let mut app = strict().await;
    let nobody = app.nobody();
    sign_up(&nobody, "ada").await.expect(202);
    // Known and unknown addresses are counted alike.
    resend(&nobody, "ghost@example.com").await.expect(202);
    for email in ["ada@example.com", "ghost@example.com"] {
        expect_limited(&resend(&nobody, email).await, 60);
        expect_limited(&resend(&nobody.at_address("127.0.0.2"), email).await, 60);
        expect_limited(&resend(&nobody, &email.to_uppercase()).await, 60);
    }
    for _ in 0..2 {
        app.clock.advance(MINUTE);
        for email in ["ada@example.com", "ghost@example.com"] {
            resend(&nobody, email).await.expect(202);
        }
    }
    app.clock.advance(MINUTE);
    app.restart().await;
    for email in ["ada@example.com", "ghost@example.com"] {
        expect_limited(&resend(&nobody, email).await, 3600);
    }
    assert_eq!(app.mails_to("ada@example.com").await.len(), 3);
    assert!(app.mails_to("ghost@example.com").await.is_empty());
    app.clock.advance(HOUR);
    resend(&nobody, "ada@example.com").await.expect(202);
}

#[tokio::test]
async fn an_address_causes_thirty_mails_an_hour() {
    let app = strict().await;
    let nobody = app.nobody();
    for number in 0..30 {
        resend(&nobody, &format!("ghost{number}@example.com"))
            .await
            .expect(202);
    }
    expect_limited(&resend(&nobody, "ghost30@example.com").await, 3600);
    resend(&nobody.at_address("127.0.0.2"), "ghost30@example.com")
        .await
        .expect(202);
}

#[tokio::test]
async fn codes_are_tried_five_times_each_and_ten_times_an_hour() {
    let mut app = strict().await;
    let nobody = app.nobody();
    sign_up(&nobody, "ada").await.expect(202);
    let wrong = |code: &str| {
        if code == "00000000" {
            "00000001"
        } else {
            "00000000"
        }
    };
    let attempt = |code: &str| {
        nobody.post(
            "/auth/verify-email",
            json!({ "email": "ada@example.com", "code": code }),
        )
    };
    let first = app.mail_to("ada@example.com").await.code();
    for _ in 0..5 {
        attempt(wrong(&first)).await.expect_problem(401, "otp_invalid");
    }
    attempt(&first).await.expect_problem(401, "otp_invalid");
    app.clock.advance(MINUTE);
    resend(&nobody, "ada@example.com").await.expect(202);
    let second = app.mail_to("ada@example.com").await.code();
    for _ in 0..4 {
        attempt(wrong(&second)).await.expect_problem(401, "otp_invalid");
    }
    expect_limited(&attempt(&second).await, 3600);
    app.restart().await;
    expect_limited(&attempt(&second).await, 3600);
    app.clock.advance(HOUR);
    attempt(&second).await.expect(204);
}

#[tokio::test]
async fn a_session_is_refreshed_thirty_times_a_minute() {
    let mut app = strict().await;
    let mut ada = app.person("ada").await;
    let other = {
        let mut other = ada.clone();
        other.sign_in().await;
        other
    };
    for _ in 0..30 {
        let answer = refresh(&ada).await.expect(200);
        ada.take_tokens(&answer);
    }
    expect_limited(&refresh(&ada).await, 60);
    app.restart().await;
    expect_limited(&refresh(&ada).await, 60);
    refresh(&other).await.expect(200);
    ada.get("/auth/sessions").await.expect(200);
    app.clock.advance(MINUTE);
    refresh(&ada).await.expect(200);
}

#[tokio::test]
async fn an_organization_invites_fifty_a_day() {
    let app = strict().await;
    let (ada, organization) = app.owner("ada").await;
    let path = format!("/organizations/{organization}/invites");
    let invite = |number: usize| {
        let body = json!({ "email": format!("guest{number}@example.com"), "role": "member" });
        ada.post(&path, body)
    };
    for number in 0..50 {
        invite(number).await.expect(201);
    }
    let answer = invite(50).await.expect(429);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    let (eve, theirs) = app.owner("eve").await;
    let body = json!({ "email": "guest50@example.com", "role": "member" });
    eve.post(&format!("/organizations/{theirs}/invites"), body)
        .await
        .expect(201);
}
