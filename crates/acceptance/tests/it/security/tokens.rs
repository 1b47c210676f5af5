//! What is no access token of ours is none: the JWT list.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use mainstay_acceptance::{Person, TestApp};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::forge::{Forge, base64};

/// What only somebody who is signed in gets.
pub(super) const DOOR: &str = "/auth/sessions";

pub(super) async fn forge(app: &TestApp) -> (Person, Forge) {
    let ada = app.person("ada").await;
    ada.get(DOOR).await.expect(200);
    let forge = Forge::of(app, ada.access_token.as_ref().unwrap()).await;
    (ada, forge)
}

pub(super) async fn expect_refused(ada: &Person, tokens: impl IntoIterator<Item = (&'static str, String)>) {
    for (what, token) in tokens {
        let answer = ada.with_token(&token).get(DOOR).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (401, Some("invalid_token")),
            "{what}: {answer}"
        );
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"invalid_token\"",
            "{what}"
        );
    }
    ada.get(DOOR).await.expect(200);
}

#[tokio::test]
async fn a_forge_with_the_true_key_is_let_in() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    // Otherwise the refusals below would prove nothing.
    let again = Forge::sign(&forge.key, &forge.header.to_string(), &forge.claims.to_string());
    ada.with_token(&again).get(DOOR).await.expect(200);
    let longer = forge.with_claim("exp", forge.seconds(3600));
    ada.with_token(&longer).get(DOOR).await.expect(200);
}

#[tokio::test]
async fn no_algorithm_is_no_signature() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let signature = forge.token.rsplit('.').next().unwrap();
    let tokens = ["none", "None", "NONE", "nOnE", ""]
        .into_iter()
        .flat_map(|algorithm| {
            let bare = forge.with_signature(algorithm, "");
            let signed = format!("{bare}{signature}");
            [(algorithm, bare), (algorithm, signed)]
        });
    expect_refused(&ada, tokens.collect::<Vec<_>>()).await;
    let none = forge.with_header("alg", json!("none"));
    expect_refused(
        &ada,
        [
            ("none, truly signed", none),
            ("no alg", forge.with_header("alg", Value::Null)),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_signature_holds_for_what_it_was_made_over() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let eve = app.person("eve").await;
    let parts: Vec<&str> = forge.token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let mut tokens = Vec::new();
    for (name, value) in [
        ("sub", json!(eve.id)),
        ("org", json!("org_01h455vb4pex5vsknk084sn02q")),
        ("aal", json!(3)),
    ] {
        let mut swapped = forge.claims.clone();
        swapped[name] = value;
        tokens.push((
            name,
            format!("{header}.{}.{signature}", base64(swapped.to_string())),
        ));
    }
    tokens.extend([
        ("no signature", format!("{header}.{claims}.")),
        ("zeros", format!("{header}.{claims}.{}", base64([0; 64]))),
        (
            "cut",
            format!("{header}.{claims}.{}", &signature[..signature.len() - 4]),
        ),
        ("longer", format!("{header}.{claims}.{signature}AAAA")),
        ("padded", format!("{header}.{claims}.{signature}==")),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{header}.{claims}.{signature}.{signature}")),
        ("one part", header.to_owned()),
        ("dots", "..".to_owned()),
        ("the signature of another token", {
            let other = eve.access_token.clone().unwrap();
            format!("{header}.{claims}.{}", other.rsplit('.').next().unwrap())
        }),
    ]);
    expect_refused(&ada, tokens).await;
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let public = forge.key.verifying_key().to_bytes();
    // The key as a SubjectPublicKeyInfo (RFC 8410), with and without the lines of PEM around it.
    let mut info = vec![
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    info.extend(public);
    let stripped = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&info)
    };
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{stripped}\n-----END PUBLIC KEY-----\n");
    let keys: [(&str, &[u8]); 6] = [
        ("32 bytes", &public),
        ("DER", &info),
        ("PEM", pem.as_bytes()),
        ("stripped PEM", stripped.as_bytes()),
        ("kid", forge.kid.as_bytes()),
        ("nothing", b""),
    ];
    let tokens = keys.map(|(what, key)| {
        let header = json!({ "alg": "HS256", "typ": "at+jwt", "kid": forge.kid }).to_string();
        let signed = Forge::signed_part(&header, &forge.claims.to_string());
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(signed.as_bytes());
        (what, format!("{signed}.{}", base64(mac.finalize().into_bytes())))
    });
    expect_refused(&ada, tokens).await;
}

#[tokio::test]
async fn only_our_own_keys_count() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let own = SigningKey::from_bytes(&[7; 32]);
    let x = base64(own.verifying_key().to_bytes());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    let claims = forge.claims.to_string();
    let sign = |header: Value| Forge::sign(&own, &header.to_string(), &claims);
    expect_refused(
        &ada,
        [
            ("own key, our kid", sign(forge.header.clone())),
            (
                "own key, own kid",
                sign(json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "mine" })),
            ),
            (
                "jwk",
                sign(json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": forge.kid, "jwk": jwk })),
            ),
            (
                "jwk alone",
                sign(json!({ "alg": "EdDSA", "typ": "at+jwt", "jwk": jwk })),
            ),
            (
                "x5c",
                sign(json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": forge.kid, "x5c": [x] })),
            ),
            ("jwk, truly signed", forge.with_header("jwk", jwk.clone())),
            ("ES256 of zeros", forge.with_signature("ES256", [0; 64])),
            ("ES256", forge.with_signature("ES256", [1; 64])),
            ("RS256", forge.with_signature("RS256", [1; 256])),
            ("PS256", forge.with_signature("PS256", [1; 256])),
            (
                "Ed25519, truly signed",
                forge.with_header("alg", json!("Ed25519")),
            ),
            ("ES256, truly signed", forge.with_header("alg", json!("ES256"))),
        ],
    )
    .await;
}

#[tokio::test]
async fn nothing_is_fetched_because_a_token_says_so() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys.json", listener.local_addr().unwrap());
    let mut tokens = Vec::new();
    for member in ["jku", "x5u"] {
        let own = SigningKey::from_bytes(&[7; 32]);
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "mine", member: url });
        tokens.push((
            member,
            Forge::sign(&own, &header.to_string(), &forge.claims.to_string()),
        ));
        tokens.push((member, forge.with_header(member, json!(url))));
    }
    tokens.push(("kid", forge.with_header("kid", json!(url))));
    expect_refused(&ada, tokens).await;
    let hit = tokio::time::timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(hit.is_err(), "somebody asked for the keys");
}

#[tokio::test]
async fn a_key_id_is_a_name_and_nothing_else() {
    let app = TestApp::start().await;
    let (ada, forge) = forge(&app).await;
    let kids = [
        json!("../../../../dev/null"),
        json!("/etc/passwd"),
        json!("' OR '1'='1"),
        json!("'; DROP TABLE signing_keys; --"),
        json!(format!("{}\0", forge.kid)),
        json!("\0"),
        json!(format!(" {}", forge.kid)),
        json!(forge.kid.to_uppercase()),
        json!("k".repeat(3000)),
        json!({ "kid": forge.kid }),
        json!([forge.kid]),
        json!(0),
        json!(true),
        json!(""),
        Value::Null,
    ];
    let tokens = kids.map(|kid| ("kid", forge.with_header("kid", kid)));
    expect_refused(&ada, tokens).await;
    let null = forge
        .header
        .to_string()
        .replace(&format!("\"{}\"", forge.kid), "null");
    expect_refused(
        &ada,
        [("null", Forge::sign(&forge.key, &null, &forge.claims.to_string()))],
    )
    .await;
}

#[tokio::test]
async fn a_key_is_public_before_and_after_its_time_and_then_no_longer() {
    const DAY: Duration = Duration::from_hours(24);
    let app = TestApp::start().await;
    let (mut ada, forge) = forge(&app).await;
    let rotate = || async { app.app().services().accounts.signing_keys.rotate().await.unwrap() };
    let published = || async {
        let keys = app.nobody().get("/.well-known/jwks.json").await.expect(200);
        assert_eq!(keys.header("cache-control"), "public, max-age=300");
        let keys = keys.json()["keys"].as_array().unwrap().clone();
        assert!(
            keys.iter()
                .all(|key| key.get("d").is_none() && key["alg"] == "EdDSA"),
            "{keys:?}"
        );
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(published().await, [forge.kid.as_str()]);
    app.clock.advance(DAY * 28);
    rotate().await;
    let both = published().await;
    assert_eq!((both.len(), &both[0]), (2, &forge.kid));
    ada.sign_in().await;
    let still = Forge::of(&app, ada.access_token.as_ref().unwrap()).await;
    assert_eq!(
        still.kid, forge.kid,
        "a key that nobody had the time to see signs already"
    );

    app.clock.advance(DAY * 2);
    ada.sign_in().await;
    let next = Forge::of(&app, ada.access_token.as_ref().unwrap()).await;
    assert_eq!(next.kid, both[1]);
    let until = |from: &Forge| json!(from.claims["exp"].as_i64().unwrap());
    let mut by_old_key = next.claims.clone();
    by_old_key["exp"] = until(&next);
    let old_header = forge.header.to_string();
    let old = Forge::sign(&forge.key, &old_header, &by_old_key.to_string());
    ada.with_token(&old).get(DOOR).await.expect(200);

    app.clock.advance(DAY + Duration::from_mins(20));
    rotate().await;
    assert_eq!(published().await, [next.kid.as_str()]);
    ada.sign_in().await;
    let now = Forge::of(&app, ada.access_token.as_ref().unwrap()).await;
    let retired = Forge::sign(&forge.key, &old_header, &now.claims.to_string());
    expect_refused(&ada, [("retired", retired)]).await;
}
