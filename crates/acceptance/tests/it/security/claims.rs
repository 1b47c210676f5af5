//! Truly signed, and still no access token: claims that are not as they should be.

use std::time::Duration;

use mainstay_acceptance::TestApp;
use serde_json::{Value, json};

use super::forge::Forge;
use super::tokens::{DOOR, expect_refused, forge};

#[tokio::test]
async fn time_is_kept_to_the_second() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    expect_refused(
        &ada,
        [
            (
                "over since half a minute",
                forge.with_claim("exp", forge.seconds(-30)),
            ),
            ("over since a second", forge.with_claim("exp", forge.seconds(-1))),
            ("in an hour", forge.with_claim("nbf", forge.seconds(3600))),
            ("from tomorrow", forge.with_claim("iat", forge.seconds(86_400))),
        ],
    )
    .await;
    let last = forge.with_claim("exp", forge.seconds(60));
    ada.with_token(&last).get(DOOR).await.expect(200);
    app.clock.advance(Duration::from_secs(61));
    ada.with_token(&last)
        .get(DOOR)
        .await
        .expect_problem(401, "invalid_token");
    ada.get(DOOR).await.expect(200);
    app.clock.advance(Duration::from_mins(9));
    ada.get(DOOR).await.expect_problem(401, "invalid_token");
}

#[tokio::test]
async fn every_claim_is_there_once_and_of_its_kind() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let later = forge.seconds(600);
    let mut tokens = Vec::new();
    for name in ["exp", "nbf", "iat", "auth_time"] {
        let odd = [
            later.to_string().into(),
            json!(-1),
            json!(1e30),
            json!(1.5),
            json!([later]),
            json!({}),
            json!(true),
        ];
        tokens.extend(odd.map(|value| (name, forge.with_claim(name, value))));
        tokens.push((name, forge.with_claim(name, json!(i64::MAX))));
        tokens.push((name, forge.with_claim(name, json!(u64::MAX))));
    }
    for name in [
        "exp",
        "nbf",
        "iat",
        "auth_time",
        "iss",
        "aud",
        "sub",
        "sid",
        "jti",
        "aal",
        "amr",
    ] {
        tokens.push((name, forge.with_claim(name, Value::Null)));
        let null = forge.claims.to_string().replace(
            &format!("\"{name}\":{}", forge.claims[name]),
            &format!("\"{name}\":null"),
        );
        tokens.push((name, Forge::sign(&forge.key, &forge.header.to_string(), &null)));
    }
    let ours = forge.claims["iss"].clone();
    for name in ["iss", "aud"] {
        let others = [
            json!("https://other.example"),
            json!([ours]),
            json!(["https://other.example", ours]),
            json!(format!("{}/", ours.as_str().unwrap())),
            json!(""),
            json!(0),
        ];
        tokens.extend(others.map(|value| (name, forge.with_claim(name, value))));
    }
    for (name, value) in [
        ("sub", json!("org_01h455vb4pex5vsknk084sn02q")),
        ("sub", json!([forge.claims["sub"]])),
        ("sid", json!("ses_../../x")),
        ("aal", json!("2")),
        ("aal", json!(-1)),
        ("aal", json!(99)),
        ("amr", json!("pwd")),
        ("amr", json!([1])),
    ] {
        tokens.push((name, forge.with_claim(name, value)));
    }
    expect_refused(&ada, tokens).await;
}

#[tokio::test]
async fn a_token_of_a_session_that_is_not_there_opens_nothing() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let token = forge.with_claim("sid", json!("ses_01h455vb4pex5vsknk084sn02q"));
    ada.with_token(&token)
        .get(DOOR)
        .await
        .expect_problem(401, "session_revoked");
}

#[tokio::test]
async fn a_name_given_twice_is_refused() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let eve = app.person("eve").await;
    let (header, claims) = (forge.header.to_string(), forge.claims.to_string());
    let twice = |text: &str, name: &str, value: &str| format!("{{\"{name}\":{value},{}", &text[1..]);
    let eve = format!("\"{}\"", eve.id);
    expect_refused(
        &ada,
        [
            (
                "sub",
                Forge::sign(&forge.key, &header, &twice(&claims, "sub", &eve)),
            ),
            (
                "exp",
                Forge::sign(&forge.key, &header, &twice(&claims, "exp", "9999999999")),
            ),
            (
                "sid",
                Forge::sign(&forge.key, &header, &twice(&claims, "s\\u0069d", "\"x\"")),
            ),
            (
                "alg",
                Forge::sign(&forge.key, &twice(&header, "alg", "\"none\""), &claims),
            ),
            (
                "kid",
                Forge::sign(&forge.key, &twice(&header, "kid", "\"mine\""), &claims),
            ),
            (
                "text after the end",
                Forge::sign(&forge.key, &header, &format!("{claims} {{}}")),
            ),
            ("no JSON", Forge::sign(&forge.key, &header, "sub=ada")),
            ("no object", Forge::sign(&forge.key, &header, "[]")),
        ],
    )
    .await;
}
