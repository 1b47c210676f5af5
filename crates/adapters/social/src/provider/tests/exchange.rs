//! Where people are sent, and what their codes are changed for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn query(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn sends_people_with_a_challenge_and_a_nonce() {
    let world = World::new(&[]);
    let url = acme(&world).authorization_url(&request()).await.unwrap();
    assert!(url.as_str().starts_with(&format!("{ISSUER}/authorize?")));
    let expected = [
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email profile"),
        ("state", "state"),
        ("nonce", "nonce"),
        // RFC 7636: base64url of the SHA-256 of `verifier`.
        ("code_challenge", "iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ"),
        ("code_challenge_method", "S256"),
        ("login_hint", "ada@example.com"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(query(&url), expected.into_iter().collect());
    assert_eq!(url.query_pairs().count(), 9);
}

#[tokio::test]
async fn proves_who_we_are_in_the_header() {
    let signer = Signer::p256("k");
    let world = World::new(&[&signer]);
    world.hand_out(&signer.sign(&claims()));
    acme(&world).exchange(&grant()).await.unwrap();
    let asked = world.last(&format!("{ISSUER}/token"));
    let basic = STANDARD.encode("client:s3cret+%26+more");
    assert_eq!(
        header(&asked, "authorization"),
        Some(format!("Basic {basic}").as_str())
    );
    assert_eq!(header(&asked, "accept"), Some("application/json"));
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "code"),
        ("redirect_uri", REDIRECT),
        ("code_verifier", "verifier"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form(&asked), expected.into_iter().collect());
}

#[tokio::test]
async fn proves_who_we_are_in_the_form_where_that_is_all_there_is() {
    let signer = Signer::p256("k");
    let world = World::new(&[&signer]);
    let mut metadata = metadata();
    metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    world.say(
        &format!("{ISSUER}/.well-known/openid-configuration"),
        Answer::Json(200, metadata),
    );
    world.hand_out(&signer.sign(&claims()));
    acme(&world).exchange(&grant()).await.unwrap();
    let asked = world.last(&format!("{ISSUER}/token"));
    assert_eq!(header(&asked, "authorization"), None);
    let form = form(&asked);
    assert_eq!(
        (form["client_id"].as_str(), form["client_secret"].as_str()),
        ("client", "s3cret & more")
    );
}

#[tokio::test]
async fn looks_at_who_sent_the_code() {
    let signer = Signer::p256("k");
    let world = World::new(&[&signer]);
    world.hand_out(&signer.sign(&claims()));
    let from = |iss| CodeGrant { iss, ..grant() };
    let honest = acme(&world);
    assert!(honest.exchange(&from(None)).await.is_ok());
    assert!(honest.exchange(&from(Some(ISSUER))).await.is_ok());
    let tokens = world.count(&format!("{ISSUER}/token"));
    for other in ["https://evil.example", "https://id.example.com/main/", ""] {
        let refused = honest.exchange(&from(Some(other))).await;
        assert!(matches!(refused, Err(SocialError::MixedUp(_))), "{refused:?}");
    }
    let mut metadata = metadata();
    metadata["authorization_response_iss_parameter_supported"] = json!(true);
    world.say(
        &format!("{ISSUER}/.well-known/openid-configuration"),
        Answer::Json(200, metadata),
    );
    let telling = acme(&world);
    assert!(matches!(
        telling.exchange(&from(None)).await,
        Err(SocialError::MixedUp(_))
    ));
    assert_eq!(world.count(&format!("{ISSUER}/token")), tokens);
    assert!(telling.exchange(&from(Some(ISSUER))).await.is_ok());
}

#[tokio::test]
async fn tells_a_dead_code_from_a_broken_provider() {
    let world = World::new(&[&Signer::p256("k")]);
    let refusal = |code: &str| json!({ "error": code, "error_description": "because\nof\u{7} this" });
    for (status, body, expected) in [
        (400, refusal("invalid_grant"), "denied"),
        (200, refusal("bad_verification_code"), "denied"),
        (401, refusal("invalid_client"), "misconfigured"),
        (400, refusal("invalid_request"), "failed"),
        (400, json!({ "error": { "message": "no" } }), "failed"),
        (500, json!({}), "failed"),
        (201, json!({ "access_token": "a", "id_token": "b" }), "failed"),
        (200, json!({}), "failed"),
        (200, json!({ "access_token": "", "id_token": "b" }), "failed"),
        (200, json!({ "access_token": ["a"], "id_token": "b" }), "failed"),
        (200, json!({ "access_token": "a" }), "failed"),
        (
            200,
            json!({ "access_token": "a", "id_token": "b", "token_type": "mac" }),
            "failed",
        ),
        (200, json!([]), "failed"),
    ] {
        world.say(&format!("{ISSUER}/token"), Answer::Json(status, body.clone()));
        let (kind, text) = match acme(&world).exchange(&grant()).await {
            Err(SocialError::Denied(text)) => ("denied", text),
            Err(SocialError::Misconfigured(text)) => ("misconfigured", text),
            Err(SocialError::Failed(text)) => ("failed", text),
            other => panic!("{body}: {other:?}"),
        };
        assert_eq!(kind, expected, "{body}");
        assert!(
            !text.contains(char::is_control) && !text.contains("s3cret"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn asks_for_the_address_where_the_token_holds_none() {
    let signer = Signer::p256("k");
    let world = World::new(&[&signer]);
    let userinfo = format!("{ISSUER}/userinfo");
    world.hand_out(&signer.sign(&claims_with(&[
        ("email", Value::Null),
        ("email_verified", Value::Null),
    ])));
    let said =
        json!({ "sub": "account-1", "email": "ada@example.com", "email_verified": true, "name": "Other" });
    world.say(&userinfo, Answer::Json(200, said));
    let profile = acme(&world).exchange(&grant()).await.unwrap();
    assert!(profile.is_email_verified);
    assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(
        header(&world.last(&userinfo), "authorization"),
        Some("Bearer access")
    );

    for subject in [json!("account-2"), json!(1), Value::Null] {
        let said = json!({ "sub": subject, "email": "ada@example.com", "email_verified": true });
        world.say(&userinfo, Answer::Json(200, said));
        let refused = acme(&world).exchange(&grant()).await;
        assert!(
            matches!(refused, Err(SocialError::Refused(_))),
            "{subject}: {refused:?}"
        );
    }
}
