//! What is no access token of ours is none: the JWT list.

use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use mainstay_acceptance::{Person, TestApp};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::forge::{Forge, base64};

/// What only somebody who is signed in gets.
const DOOR: &str = "/auth/sessions";

async fn forge(app: &TestApp) -> (Person, Forge) {
    let ada = app.person("ada").await;
    ada.get(DOOR).await.expect(200);
    let forge = Forge::of(app, ada.access_token.as_ref().unwrap()).await;
    (ada, forge)
}

async fn expect_refused(ada: &Person, tokens: impl IntoIterator<Item = (&'static str, String)>) {
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
            let signed = format!("{}{signature}", bare);
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
