//! Providers without ID tokens, and those with ways of their own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::KeyPair as _;

use super::*;
use crate::config::Credential;
use crate::presets::PRESETS;

const TOKEN: &str = "https://github.com/login/oauth/access_token";
const USER: &str = "https://api.github.com/user";
const EMAILS: &str = "https://api.github.com/user/emails";

fn github(emails: Value) -> Arc<World> {
    let world = Arc::new(World::default());
    let tokens = json!({ "access_token": "gho_1", "token_type": "bearer", "scope": "read:user,user:email" });
    world.say(TOKEN, Answer::Json(200, tokens));
    let user = json!({ "id": 583_231, "login": "ada", "name": "Ada", "email": "public@example.com" });
    world.say(USER, Answer::Json(200, user));
    world.say(EMAILS, Answer::Json(200, emails));
    world
}

#[tokio::test]
async fn github_is_believed_on_the_primary_verified_address() {
    let other = json!({ "email": "other@example.com", "primary": false, "verified": true });
    for (primary, verified, is_seen) in [
        (json!(true), json!(true), true),
        (json!(true), json!(false), false),
        (json!(false), json!(true), false),
        (json!(true), json!("true"), false),
    ] {
        let primary = json!({ "email": "ada@example.com", "primary": primary, "verified": verified });
        let world = github(json!([other, primary]));
        let profile = provider(settings("github"), &world)
            .exchange(&grant())
            .await
            .unwrap();
        assert_eq!(
            (profile.issuer.as_str(), profile.subject.as_str()),
            ("https://github.com", "583231")
        );
        assert_eq!(profile.is_email_verified, is_seen);
        assert_eq!(profile.email.is_some(), is_seen);
        assert_eq!(header(&world.last(EMAILS), "authorization"), Some("Bearer gho_1"));
        assert_eq!(form(&world.last(TOKEN))["code_verifier"], "verifier");
    }
}

#[tokio::test]
async fn github_gives_no_id_tokens() {
    let world = github(json!([]));
    let github = provider(settings("github"), &world);
    assert!(!github.takes_id_tokens());
    let id_token = Secret::new(Signer::p256("k").sign(&claims()));
    let refused = github
        .verify_id_token(&IdTokenGrant {
            id_token: &id_token,
            nonce: "nonce",
            now: now(),
        })
        .await;
    assert!(matches!(refused, Err(SocialError::Refused(_))));
    let url = github.authorization_url(&request()).await.unwrap();
    assert!(!url.as_str().contains("nonce") && !url.as_str().contains("login_hint"));
    assert!(url.as_str().contains("code_challenge_method=S256"));
    let from = |iss| CodeGrant { iss, ..grant() };
    assert!(
        github
            .exchange(&from(Some("https://github.com/login/oauth")))
            .await
            .is_ok()
    );
    assert!(
        github
            .exchange(&from(Some("https://evil.example")))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_answer_without_an_account_is_none() {
    for user in [
        json!({}),
        json!({ "id": "" }),
        json!({ "id": 1.5 }),
        json!({ "id": null }),
        json!([]),
    ] {
        let world = github(json!([]));
        world.say(USER, Answer::Json(200, user.clone()));
        let refused = provider(settings("github"), &world).exchange(&grant()).await;
        assert!(
            matches!(refused, Err(SocialError::Refused(_))),
            "{user}: {refused:?}"
        );
    }
    let world = github(json!([]));
    world.say(USER, Answer::Json(401, json!({})));
    let failed = provider(settings("github"), &world).exchange(&grant()).await;
    assert!(matches!(failed, Err(SocialError::Failed(_))));
}

#[tokio::test]
async fn discord_facebook_and_x_answer_in_their_own_shapes() {
    let tokens = json!({ "access_token": "a", "token_type": "Bearer" });
    for (id, token, user, answer, subject, email, is_verified) in [
        (
            "discord",
            "https://discord.com/api/oauth2/token",
            "https://discord.com/api/v10/users/@me",
            json!({ "id": "80351110224678912", "email": "ada@example.com", "verified": true, "global_name": "Ada" }),
            "80351110224678912",
            true,
            true,
        ),
        (
            "facebook",
            "https://graph.facebook.com/v23.0/oauth/access_token",
            "https://graph.facebook.com/v23.0/me?fields=id,name,email",
            json!({ "id": "10", "email": "ada@example.com", "name": "Ada" }),
            "10",
            true,
            false,
        ),
        (
            "x",
            "https://api.x.com/2/oauth2/token",
            "https://api.x.com/2/users/me",
            json!({ "data": { "id": "2244994945", "name": "Ada", "username": "ada" } }),
            "2244994945",
            false,
            false,
        ),
    ] {
        let world = Arc::new(World::default());
        world.say(token, Answer::Json(200, tokens.clone()));
        world.say(user, Answer::Json(200, answer));
        let profile = provider(settings(id), &world).exchange(&grant()).await.unwrap();
        assert_eq!(profile.subject, subject);
        assert_eq!(
            (profile.email.is_some(), profile.is_email_verified),
            (email, is_verified),
            "{id}"
        );
        assert_eq!(profile.name.as_deref(), Some("Ada"), "{id}");
    }
}

#[tokio::test]
async fn apple_gets_a_secret_that_we_sign() {
    let random = ring::rand::SystemRandom::new();
    let algorithm = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = ring::signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let body = base64::engine::general_purpose::STANDARD.encode(document.as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    let apple = ProviderSettings {
        client_secret: None,
        team_id: Some("TEAM".to_owned()),
        key_id: Some("KEY".to_owned()),
        private_key: Some(Secret::new(pem)),
        ..settings("apple")
    };
    answers_with_a_form_when_asked_for_more(&apple);
    let config = ProviderConfig::new(apple).unwrap();
    let Credential::SigningKey(key) = &config.credential else {
        panic!("this is no key");
    };
    let public = key.key.public_key().as_ref().to_vec();
    let secret = crate::credential::secret(&config, now()).unwrap();
    let parts: Vec<&str> = secret.expose().split('.').collect();
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    assert_eq!(read(parts[0]), json!({ "alg": "ES256", "kid": "KEY" }));
    let seconds = now().unix_seconds();
    assert_eq!(
        read(parts[1]),
        json!({ "iss": "TEAM", "sub": "client", "aud": "https://appleid.apple.com", "iat": seconds, "exp": seconds + 300 })
    );
    let verifying = &ring::signature::ECDSA_P256_SHA256_FIXED;
    let signed = format!("{}.{}", parts[0], parts[1]);
    ring::signature::UnparsedPublicKey::new(verifying, public)
        .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(parts[2]).unwrap())
        .unwrap();
}

fn answers_with_a_form_when_asked_for_more(apple: &ProviderSettings) {
    let world = World::new(&[]);
    let endpoint = Url::parse("https://appleid.apple.com/auth/authorize").unwrap();
    for (scopes, has_form) in [(vec![], true), (vec!["openid".to_owned()], false)] {
        let apple = ProviderSettings {
            scopes,
            ..apple.clone()
        };
        let url = provider(apple, &world).asked_with(endpoint.clone(), &request());
        assert_eq!(url.as_str().contains("response_mode=form_post"), has_form);
    }
}

#[tokio::test]
async fn linkedin_may_leave_the_nonce_out_but_not_change_it() {
    let signer = Signer::rsa("k", 0);
    let world = World::new(&[]);
    let issuer = "https://www.linkedin.com/oauth";
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": "https://www.linkedin.com/oauth/v2/authorization",
        "token_endpoint": "https://www.linkedin.com/oauth/v2/accessToken",
        "userinfo_endpoint": "https://api.linkedin.com/v2/userinfo",
        "jwks_uri": "https://www.linkedin.com/oauth/openid/jwks",
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    world.say(
        &format!("{issuer}/.well-known/openid-configuration"),
        Answer::Json(200, metadata),
    );
    let keys = json!({ "keys": [signer.jwk()] });
    world.say(
        "https://www.linkedin.com/oauth/openid/jwks",
        Answer::Json(200, keys),
    );
    let linkedin = provider(settings("linkedin"), &world);
    for (nonce, is_taken) in [
        (Value::Null, true),
        (json!("nonce"), true),
        (json!("other"), false),
    ] {
        let id_token = signer.sign(&claims_with(&[("iss", json!(issuer)), ("nonce", nonce)]));
        let tokens = json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token });
        world.say(
            "https://www.linkedin.com/oauth/v2/accessToken",
            Answer::Json(200, tokens),
        );
        assert_eq!(linkedin.exchange(&grant()).await.is_ok(), is_taken);
    }
    let form = form(&world.last("https://www.linkedin.com/oauth/v2/accessToken"));
    assert!(!form.contains_key("code_verifier"));
    assert!(!linkedin.takes_id_tokens());
}

#[test]
fn every_row_of_the_table_can_be_used() {
    for preset in PRESETS {
        let Protocol::OAuth2(api) = preset.protocol else {
            continue;
        };
        let emails = api.emails.map(|emails| emails.url);
        for url in [api.authorization, api.token, api.user].into_iter().chain(emails) {
            assert!(url.starts_with("https://") && Url::parse(url).is_ok(), "{url}");
        }
    }
}
