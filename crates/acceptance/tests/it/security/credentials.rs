//! What is shown to be let in: read to the letter, and one secret is no other.

use std::time::{Duration, Instant};

use mainstay_acceptance::{Person, TestApp};
use serde_json::{Value, json};

use super::forge::Forge;
use super::tokens::{DOOR, expect_refused, forge};

#[tokio::test]
async fn other_kinds_of_tokens_are_no_access_tokens() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let bob = app.named("bob");
    let body = json!({ "email": bob.email, "password": bob.password });
    bob.post("/auth/signup", body).await.expect(202);
    let mail = app.mail_to(&bob.email).await;
    expect_refused(
        &ada,
        [
            ("refresh token", ada.refresh_token.clone()),
            ("token of a mail", mail.link_token()),
            ("code of a mail", mail.code()),
            ("an id", ada.id.clone()),
            ("typ JWT", forge.with_header("typ", json!("JWT"))),
            ("typ id+jwt", forge.with_header("typ", json!("id+jwt"))),
            ("typ AT+JWT", forge.with_header("typ", json!("AT+JWT"))),
            (
                "typ application/at+jwt",
                forge.with_header("typ", json!("application/at+jwt")),
            ),
            ("no typ", forge.with_header("typ", Value::Null)),
            ("crit", forge.with_header("crit", json!(["x"]))),
            ("b64", forge.with_header("b64", json!(false))),
            ("zip", forge.with_header("zip", json!("DEF"))),
            ("enc", forge.with_header("enc", json!("A256GCM"))),
            (
                "JWE",
                "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aaaa.bbbb.cccc".to_owned(),
            ),
        ],
    )
    .await;
    let bob_by_mail = json!({ "refresh_token": mail.link_token() });
    bob.post("/auth/refresh", bob_by_mail)
        .await
        .expect_problem(401, "invalid_token");
}

/// What was mailed for one purpose does nothing for another.
#[tokio::test]
async fn a_mailed_token_opens_its_own_door_only() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (bob, carl) = (app.person("bob").await, app.named("carl"));
    let invite = json!({ "email": bob.email, "role": "member" });
    ada.post(&format!("/organizations/{organization}/invites"), invite)
        .await
        .expect(201);
    let body = json!({ "email": carl.email, "password": carl.password });
    carl.post("/auth/signup", body).await.expect(202);
    let mut tokens = vec![
        ("/invites/accept", app.mail_to(&bob.email).await.link_token()),
        ("/auth/verify-email", app.mail_to(&carl.email).await.link_token()),
    ];
    for (asks, door) in [
        ("/auth/reset-password", "/auth/reset-password/confirm"),
        ("/auth/magic-link", "/auth/magic-link/verify"),
    ] {
        bob.post(asks, json!({ "email": bob.email })).await.expect(202);
        tokens.push((door, app.mail_to(&bob.email).await.link_token()));
    }
    bob.post("/auth/change-email", json!({ "new_email": "bob@example.org" }))
        .await
        .expect(202);
    tokens.push((
        "/auth/change-email/confirm",
        app.mail_to("bob@example.org").await.link_token(),
    ));
    let doors: Vec<_> = tokens
        .iter()
        .map(|(door, _)| *door)
        .chain(["/auth/change-email/undo"])
        .collect();
    for door in &doors {
        for (own, token) in &tokens {
            if own == door {
                continue;
            }
            let mut body = json!({ "token": token });
            if door.ends_with("reset-password/confirm") {
                body["new_password"] = json!("another seven violet tandems");
            }
            let answer = bob.post(door, body).await;
            assert!(
                matches!(answer.status, 401 | 404 | 422),
                "{own} at {door}: {answer}"
            );
        }
    }
    let own = |place: usize| json!({ "token": tokens[place].1 });
    bob.post("/invites/accept", own(0)).await.expect(200);
    carl.post("/auth/verify-email", own(1)).await.expect(204);
    bob.clone().sign_in().await;
}

#[tokio::test]
async fn large_and_deep_tokens_are_refused_at_once() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let deep = format!("{}{}", "[".repeat(2500), "]".repeat(2500));
    let tokens = [
        (
            "deep header",
            Forge::sign(&forge.key, &deep, &forge.claims.to_string()),
        ),
        (
            "deep claims",
            Forge::sign(&forge.key, &forge.header.to_string(), &deep),
        ),
        (
            "12 kB",
            Forge::sign(
                &forge.key,
                &forge.header.to_string(),
                &format!("\"{}\"", "a".repeat(9000)),
            ),
        ),
        (
            "a long number",
            forge.with_claim("exp", json!(0)).replace('0', "1"),
        ),
    ];
    for (what, token) in tokens {
        let quickest = quickest(&ada.with_token(&token)).await;
        assert!(quickest < Duration::from_millis(100), "{what}: {quickest:?}");
    }
    for size in [20_000, 200_000, 1_000_000] {
        let head = format!(
            "GET {DOOR} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            "a".repeat(size)
        );
        let status = app.raw(head).await.status();
        assert!(matches!(status, 400 | 401 | 431 | 0), "{size}: {status}");
    }
    ada.get(DOOR).await.expect(200);
}

/// The machine may be busy with something else, but not five times.
async fn quickest(person: &Person) -> Duration {
    let mut quickest = Duration::MAX;
    for _ in 0..5 {
        let asked = Instant::now();
        let answer = person.get(DOOR).await;
        assert!(matches!(answer.status, 400 | 401 | 431), "{answer}");
        quickest = quickest.min(asked.elapsed());
    }
    quickest
}

#[tokio::test]
async fn the_header_is_read_to_the_letter() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let token = forge.token;
    for (value, expected) in [
        (String::new(), 401),
        ("Bearer".to_owned(), 401),
        ("Bearer ".to_owned(), 401),
        (format!("Bearer  {token}"), 401),
        (format!("bearer {token}"), 401),
        (format!("BEARER {token}"), 401),
        (format!("Bearer\t{token}"), 401),
        (format!("Bearer {token} {token}"), 401),
        (format!("Bearer {token},Bearer {token}"), 401),
        (format!("Bearer \"{token}\""), 401),
        (format!("Token {token}"), 401),
        ("Basic YWRhOmFkYQ==".to_owned(), 401),
        ("Digest username=ada".to_owned(), 401),
        (token.clone(), 401),
        (format!("Bearer {token}\u{e9}"), 401),
        (format!("Bearer {token}"), 200),
    ] {
        let head = format!(
            "GET {DOOR} HTTP/1.1\r\nhost: localhost\r\nauthorization: {value}\r\nconnection: close\r\n\r\n"
        );
        assert_eq!(app.raw(head).await.status(), expected, "{value}");
    }
    let line = format!("authorization: Bearer {token}\r\n");
    let twice = format!("GET {DOOR} HTTP/1.1\r\nhost: localhost\r\n{line}{line}\r\n");
    assert_eq!(app.raw(twice).await.status(), 400);
    let folded =
        format!("GET {DOOR} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer\r\n {token}\r\n\r\n");
    assert_eq!(app.raw(folded).await.status(), 400);
    for path in [
        format!("{DOOR}?access_token={token}"),
        format!("{DOOR}?token={token}"),
    ] {
        let status = ada.without_token().get(&path).await.status;
        assert!(matches!(status, 401 | 422), "{status}");
    }
    let cookie = app.nobody().ask(reqwest::Method::GET, DOOR);
    cookie
        .header("cookie", &format!("access_token={token}; Authorization={token}"))
        .send()
        .await
        .expect(401);
}

#[tokio::test]
async fn every_other_spelling_of_a_secret_is_another_secret() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.person("bob").await;
    let invite = json!({ "email": bob.email, "role": "member" });
    ada.post(&format!("/organizations/{organization}/invites"), invite)
        .await
        .expect(201);
    let invite = app.mail_to(&bob.email).await.link_token();
    let carl = app.named("carl");
    let body = json!({ "email": carl.email, "password": carl.password });
    carl.post("/auth/signup", body).await.expect(202);
    let verify = app.mail_to(&carl.email).await.link_token();
    for (path, field, secret) in [
        ("/auth/refresh", "refresh_token", &bob.refresh_token),
        ("/auth/logout", "refresh_token", &bob.refresh_token),
        ("/auth/verify-email", "token", &verify),
        ("/invites/accept", "token", &invite),
        ("/invites/decline", "token", &invite),
    ] {
        for spelling in spellings(secret) {
            let answer = bob.post(path, json!({ field: spelling })).await;
            assert!(matches!(answer.status, 401 | 404 | 422), "{spelling}: {answer}");
        }
    }
    bob.post("/invites/accept", json!({ "token": invite }))
        .await
        .expect(200);
    carl.post("/auth/verify-email", json!({ "token": verify }))
        .await
        .expect(204);
    bob.post("/auth/refresh", json!({ "refresh_token": bob.refresh_token }))
        .await
        .expect(200);
}

fn spellings(secret: &str) -> Vec<String> {
    let cut = (1..=8)
        .chain([20, 40])
        .map(|count| secret[..secret.len() - count].to_owned());
    let mut spellings: Vec<String> = cut.collect();
    spellings.extend(["A", "=", "==", " ", "\n", "AAAA", "."].map(|end| format!("{secret}{end}")));
    spellings.extend([
        format!(" {secret}"),
        secret.to_uppercase(),
        secret.to_lowercase(),
        secret[1..].to_owned(),
    ]);
    spellings.extend([
        secret.replace('_', "-"),
        secret.replacen('_', "", 1),
        format!("{secret}{secret}"),
    ]);
    for place in (8..secret.len()).step_by(3) {
        let mut bytes = secret.as_bytes().to_vec();
        if bytes[place].is_ascii_alphabetic() {
            bytes[place] ^= 0x20;
            spellings.push(String::from_utf8(bytes).unwrap());
        }
    }
    spellings.retain(|spelling| spelling != secret);
    spellings
}
