//! ID tokens: the good ones, and each way to be bad.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use super::*;

async fn exchange(world: &Arc<World>, id_token: &str) -> Result<SocialProfile, SocialError> {
    world.hand_out(id_token);
    acme(world).exchange(&grant()).await
}

async fn refusal(world: &Arc<World>, id_token: &str) -> String {
    match exchange(world, id_token).await {
        Err(SocialError::Refused(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn takes_each_algorithm() {
    let signers = [Signer::rsa("r", 0), Signer::p256("p"), Signer::ed25519("e")];
    let world = World::new(&signers.each_ref());
    for signer in &signers {
        let profile = exchange(&world, &signer.sign(&claims())).await.unwrap();
        assert_eq!(
            (profile.issuer.as_str(), profile.subject.as_str()),
            (ISSUER, "account-1")
        );
        assert_eq!(profile.email.unwrap().as_str(), "Ada@Example.com");
        assert!(profile.is_email_verified);
        assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"));
    }
}

#[tokio::test]
async fn refuses_claims_that_break_a_rule() {
    let signer = Signer::ed25519("e");
    let world = World::new(&[&signer]);
    let seconds = now().unix_seconds();
    for (name, value, problem) in [
        ("iss", json!(format!("{ISSUER}/")), "iss is another issuer"),
        ("iss", json!("https://evil.example"), "iss is another issuer"),
        ("iss", Value::Null, "iss is another issuer"),
        ("aud", json!("other"), "aud is somebody else"),
        ("aud", json!("app"), "aud is somebody else"),
        ("aud", json!(["other"]), "aud is somebody else"),
        ("aud", json!([]), "aud is somebody else"),
        ("aud", json!(["client", 1]), "aud is somebody else"),
        ("aud", Value::Null, "aud is somebody else"),
        (
            "aud",
            json!(["client", "other"]),
            "azp is missing beside several audiences",
        ),
        ("azp", json!("other"), "azp is somebody else"),
        ("azp", json!(["client"]), "azp is somebody else"),
        ("exp", json!(seconds), "exp is over"),
        ("exp", json!(seconds - 1), "exp is over"),
        ("exp", Value::Null, "exp is missing"),
        ("exp", json!((seconds + 300).to_string()), "a time is no number"),
        ("iat", Value::Null, "iat is missing"),
        ("iat", json!("now"), "a time is no number"),
        ("iat", json!(seconds + 61), "iat is in the future"),
        ("iat", json!(seconds - 601), "iat is too long ago"),
        ("nbf", json!(seconds + 61), "nbf is in the future"),
        ("nbf", json!("now"), "a time is no number"),
        ("nonce", json!("other"), "nonce is another"),
        ("nonce", json!(""), "nonce is another"),
        ("nonce", json!(["nonce"]), "nonce is another"),
        ("nonce", Value::Null, "nonce is missing"),
        ("sub", Value::Null, "sub names no account"),
        ("sub", json!(""), "sub names no account"),
        ("sub", json!(7), "sub names no account"),
        ("sub", json!("x".repeat(256)), "sub names no account"),
        ("sub", json!("a\nb"), "sub names no account"),
        ("at_hash", json!("other"), "at_hash is another access token's"),
    ] {
        let token = signer.sign(&claims_with(&[(name, value.clone())]));
        assert_eq!(refusal(&world, &token).await, problem, "{name}: {value}");
    }
}

#[tokio::test]
async fn takes_claims_that_keep_the_rules() {
    let signer = Signer::ed25519("e");
    let world = World::new(&[&signer]);
    let seconds = now().unix_seconds();
    let half = ring::digest::digest(&ring::digest::SHA512, b"access");
    let at_hash = URL_SAFE_NO_PAD.encode(&half.as_ref()[..32]);
    for changes in [
        vec![("aud", json!(["client"]))],
        vec![("aud", json!(["client", "other"])), ("azp", json!("client"))],
        vec![("iat", json!(seconds + 60)), ("nbf", json!(seconds + 60))],
        vec![("iat", json!(seconds - 600))],
        vec![("exp", json!(seconds + 1))],
        vec![("exp", json!(1.9e9))],
        vec![("at_hash", json!(at_hash))],
        vec![("sub", json!("x".repeat(255)))],
    ] {
        let taken = exchange(&world, &signer.sign(&claims_with(&changes))).await;
        assert!(taken.is_ok(), "{changes:?}: {taken:?}");
    }
}

#[tokio::test]
async fn believes_an_address_on_the_boolean_only() {
    let signer = Signer::ed25519("e");
    let world = World::new(&[&signer]);
    for said in [json!("true"), json!(1), json!(false), Value::Null] {
        let token = signer.sign(&claims_with(&[("email_verified", said.clone())]));
        let profile = exchange(&world, &token).await.unwrap();
        assert!(!profile.is_email_verified && profile.email.is_some(), "{said}");
    }
    let token = signer.sign(&claims_with(&[("email", json!("no address"))]));
    let profile = exchange(&world, &token).await.unwrap();
    assert!(profile.email.is_none() && !profile.is_email_verified);
}

#[tokio::test]
async fn refuses_signatures_that_prove_nothing() {
    let (signer, other) = (Signer::rsa("k", 0), Signer::rsa("k", 1));
    let world = World::new(&[&signer]);
    let wrong = "the token's signature does not hold";
    assert_eq!(refusal(&world, &other.sign(&claims())).await, wrong);

    let good = signer.sign(&claims());
    let (start, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = start.split_once('.').unwrap();
    let payload = URL_SAFE_NO_PAD.encode(claims_with(&[("sub", json!("victim"))]).to_string());
    assert_eq!(
        refusal(&world, &format!("{header}.{payload}.{signature}")).await,
        wrong
    );
    assert_eq!(refusal(&world, &format!("{start}.")).await, wrong);

    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
    for token in [
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
    ] {
        assert!(refusal(&world, &token).await.contains("algorithm"));
    }
}

#[tokio::test]
async fn refuses_what_is_signed_with_what_everybody_can_know() {
    let signer = Signer::rsa("k", 0);
    let world = World::new(&[&signer]);
    let public = signer.jwk().to_string();
    for secret in ["s3cret & more", public.as_str()] {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","kid":"k"}"#);
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims().to_string()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
        assert!(
            refusal(&world, &format!("{message}.{tag}"))
                .await
                .contains("algorithm")
        );
    }
}

#[tokio::test]
async fn refuses_a_key_that_comes_along_or_serves_another_algorithm() {
    let (signer, foreign) = (Signer::rsa("k", 0), Signer::p256("k"));
    let world = World::new(&[&signer]);
    let header = json!({ "alg": "ES256", "kid": "k", "jwk": foreign.jwk() });
    assert!(
        refusal(&world, &foreign.sign_under(&header, &claims()))
            .await
            .contains("header")
    );
    let header = json!({ "alg": "ES256", "kid": "k", "jku": "https://evil.example/keys" });
    assert!(
        refusal(&world, &foreign.sign_under(&header, &claims()))
            .await
            .contains("header")
    );
    assert!(refusal(&world, &foreign.sign(&claims())).await.contains("no key"));
    let header = json!({ "alg": "RS256", "kid": "k" });
    assert!(
        refusal(&world, &foreign.sign_under(&header, &claims()))
            .await
            .contains("signature")
    );
    assert!(!world.hosts().contains(&"evil.example".to_owned()));
}

#[tokio::test]
async fn needs_a_key_id_where_there_are_several_keys() {
    let signers = [Signer::p256("a"), Signer::p256("b"), Signer::ed25519("c")];
    let world = World::new(&signers.each_ref());
    let header = json!({ "alg": "ES256" });
    assert!(
        refusal(&world, &signers[0].sign_under(&header, &claims()))
            .await
            .contains("no key")
    );
    let header = json!({ "alg": "EdDSA" });
    assert!(
        exchange(&world, &signers[2].sign_under(&header, &claims()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn apps_hand_in_tokens_of_their_own() {
    let signer = Signer::p256("k");
    let world = World::new(&[&signer]);
    let acme = acme(&world);
    assert!(acme.takes_id_tokens());
    let hour = json!(now().unix_seconds() - 3600);
    for (changes, is_taken) in [
        (vec![], true),
        (vec![("aud", json!("app"))], true),
        (vec![("azp", json!("app"))], true),
        (vec![("iat", hour)], true),
        (vec![("aud", json!("other"))], false),
        (vec![("nonce", Value::Null)], false),
        (vec![("nonce", json!("other"))], false),
        (vec![("exp", json!(now().unix_seconds()))], false),
    ] {
        let id_token = Secret::new(signer.sign(&claims_with(&changes)));
        let verdict = acme
            .verify_id_token(&IdTokenGrant {
                id_token: &id_token,
                nonce: "nonce",
                now: now(),
            })
            .await;
        assert_eq!(verdict.is_ok(), is_taken, "{changes:?}: {verdict:?}");
    }
    assert_eq!(world.count(&format!("{ISSUER}/userinfo")), 0);
}
