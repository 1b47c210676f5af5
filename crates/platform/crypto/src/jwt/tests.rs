//! The attack list's JWT rows that concern a token by itself.

use std::cell::Cell;

use hmac::{KeyInit as _, Mac as _};
use kernel::Timestamp;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://app.example.test";
const AUDIENCE: &str = "https://app.example.test/api";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-03-01T12:00:00Z")
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn claims() -> AccessClaims {
    AccessClaims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: "usr_01h455vb4pex5vsknk084sn02q".parse().unwrap(),
        sid: "ses_01h455vb4pex5vsknk084sn02r".parse().unwrap(),
        jti: "01h455vb4pex5vsknk084sn02s".to_owned(),
        iat: at("2026-03-01T11:59:00Z"),
        nbf: at("2026-03-01T11:59:00Z"),
        exp: at("2026-03-01T12:09:00Z"),
        auth_time: at("2026-03-01T11:58:00Z"),
        aal: 2,
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        org: Some("org_01h455vb4pex5vsknk084sn02t".parse().unwrap()),
        act: None,
    }
}

fn expected() -> Expected<'static> {
    Expected {
        iss: ISSUER,
        aud: AUDIENCE,
        now: now(),
    }
}

fn check(token: &str) -> Result<AccessClaims, JwtError> {
    let key = key();
    verify(
        token,
        &|kid| (kid == key.kid()).then(|| key.public()),
        &expected(),
    )
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": key().kid() })
}

/// Header and payload as they stand, with a true signature of `key` over them.
fn signed_by(key: &SigningKey, header: &str, payload: &str) -> String {
    let head = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = URL_SAFE_NO_PAD.encode(key.sign(head.as_bytes()));
    format!("{head}.{signature}")
}

fn signed(header: &str, payload: &str) -> String {
    signed_by(&key(), header, payload)
}

/// Our own token with one claim set, or taken out.
fn with_claim(name: &str, value: Option<Value>) -> String {
    let mut payload = claims().to_json();
    let members = payload.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    signed(&header().to_string(), &payload.to_string())
}

fn with_header(name: &str, value: Value) -> String {
    let mut header = header();
    header[name] = value;
    signed(&header.to_string(), &claims().to_json().to_string())
}

#[test]
fn reads_what_it_signs() {
    let token = sign(&key(), &claims());
    assert_eq!(check(&token), Ok(claims()));
    assert_eq!(token.split('.').count(), 3);
    let nowhere = AccessClaims {
        org: None,
        ..claims()
    };
    assert_eq!(check(&sign(&key(), &nowhere)), Ok(nowhere));
    assert_eq!(JwtError::Signature.code(), "invalid_token");
    assert_eq!(JwtError::Signature.kind(), FailureKind::Unauthenticated);
}

#[test]
fn who_acts_is_read_to_the_letter() {
    let acting = AccessClaims {
        act: Some("usr_01h455vb4pex5vsknk084sn02v".parse().unwrap()),
        ..claims()
    };
    assert_eq!(check(&sign(&key(), &acting)), Ok(acting));
    for act in [
        json!(null),
        json!("usr_01h455vb4pex5vsknk084sn02v"),
        json!([]),
        json!({}),
        json!({ "sub": "org_01h455vb4pex5vsknk084sn02t" }),
        json!({ "sub": "usr_01h455vb4pex5vsknk084sn02v", "act": { "sub": "x" } }),
    ] {
        assert_eq!(
            check(&with_claim("act", Some(act.clone()))),
            Err(JwtError::Claims),
            "{act}"
        );
    }
}

#[test]
fn unknown_claims_are_passed_over() {
    assert_eq!(
        check(&with_claim("new_one", Some(json!({"a": [1]})))),
        Ok(claims())
    );
}

#[test]
fn jwt_01_no_algorithm() {
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        assert_eq!(check(&with_header("alg", json!(alg))), Err(JwtError::Header));
        let header = json!({ "alg": alg, "typ": "at+jwt", "kid": key().kid() }).to_string();
        let head = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims().to_json().to_string())
        );
        assert_eq!(check(&format!("{head}.")), Err(JwtError::Header));
        assert_eq!(check(&head), Err(JwtError::Malformed));
    }
}

#[test]
fn jwt_02_swapped_payloads_and_broken_signatures() {
    let token = sign(&key(), &claims());
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for (name, value) in [
        ("sub", json!("usr_01h455vb4pex5vsknk084sn02z")),
        ("org", json!("org_01h455vb4pex5vsknk084sn02z")),
        ("aal", json!(1)),
    ] {
        let mut swapped = claims().to_json();
        swapped[name] = value;
        let swapped = URL_SAFE_NO_PAD.encode(swapped.to_string());
        assert_eq!(
            check(&format!("{header}.{swapped}.{signature}")),
            Err(JwtError::Signature)
        );
    }
    assert_eq!(check(&format!("{header}.{payload}.")), Err(JwtError::Signature));
    let zeros = URL_SAFE_NO_PAD.encode([0; 64]);
    assert_eq!(
        check(&format!("{header}.{payload}.{zeros}")),
        Err(JwtError::Signature)
    );
    for length in 0..64 {
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let cut = URL_SAFE_NO_PAD.encode(&bytes[..length]);
        assert_eq!(
            check(&format!("{header}.{payload}.{cut}")),
            Err(JwtError::Signature)
        );
        let mut longer = bytes;
        longer.push(0);
        let longer = URL_SAFE_NO_PAD.encode(longer);
        assert_eq!(
            check(&format!("{header}.{payload}.{longer}")),
            Err(JwtError::Signature)
        );
    }
    for parts in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{signature}."),
        format!(".{header}.{payload}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}..{payload}.{signature}"),
        format!(".{payload}.{signature}"),
    ] {
        assert_eq!(check(&parts), Err(JwtError::Malformed), "{parts}");
    }
    // A part that is empty is base64url of nothing, and nothing is no object.
    assert_eq!(check(&format!("{header}..{signature}")), Err(JwtError::Signature));
}

#[test]
fn every_cut_extension_and_other_spelling_is_refused() {
    let token = sign(&key(), &claims());
    for length in 0..token.len() {
        assert!(check(&token[..length]).is_err(), "{length}");
        assert!(check(&token[length + 1..]).is_err(), "{length}");
    }
    for place in 0..token.len() {
        let mut bytes = token.as_bytes().to_vec();
        if bytes[place].is_ascii_alphabetic() {
            bytes[place] ^= 0x20;
            assert!(check(std::str::from_utf8(&bytes).unwrap()).is_err(), "{place}");
        }
    }
    for end in ["=", "==", "A", " ", "\n", "\0", "é", "%3D"] {
        assert!(check(&format!("{token}{end}")).is_err(), "{end:?}");
        assert!(check(&format!("{end}{token}")).is_err(), "{end:?}");
    }
    // The last letter of 64 bytes holds four spare bits; only zeros are taken.
    let last = token.chars().last().unwrap();
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for letter in letters.chars().filter(|letter| *letter != last) {
        let changed = format!("{}{letter}", &token[..token.len() - 1]);
        assert!(check(&changed).is_err(), "{letter}");
    }
}

#[test]
fn jwt_03_the_public_key_is_no_shared_secret() {
    let public = key().public();
    let der = [
        &[
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ],
        public.to_bytes().as_slice(),
    ]
    .concat();
    let stripped = base64::engine::general_purpose::STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{stripped}\n-----END PUBLIC KEY-----\n");
    let secrets = [
        pem.into_bytes(),
        stripped.into_bytes(),
        der,
        public.to_bytes().to_vec(),
    ];
    for secret in secrets {
        for alg in ["HS256", "EdDSA"] {
            let header = json!({ "alg": alg, "typ": "at+jwt", "kid": key().kid() }).to_string();
            let head = format!(
                "{}.{}",
                URL_SAFE_NO_PAD.encode(header),
                URL_SAFE_NO_PAD.encode(claims().to_json().to_string())
            );
            let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
            mac.update(head.as_bytes());
            let tag = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            assert!(check(&format!("{head}.{tag}")).is_err(), "{alg}");
        }
    }
}

#[test]
fn jwt_04_another_key_under_our_id() {
    let other = SigningKey::generate();
    let token = signed_by(&other, &header().to_string(), &claims().to_json().to_string());
    assert_eq!(check(&token), Err(JwtError::Signature));
    assert_eq!(check(&sign(&other, &claims())), Err(JwtError::UnknownKey));
}

#[test]
fn jwt_05_06_16_18_nothing_beside_the_three_members() {
    let other = SigningKey::generate();
    for (name, value) in [
        ("jwk", other.public().jwk()),
        ("jku", json!("http://127.0.0.1:9/jwks.json")),
        ("x5u", json!("http://127.0.0.1:9/certificate.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["x"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("nonce", Value::Null),
    ] {
        let mut header = header();
        header[name] = value;
        for key in [&key(), &other] {
            let token = signed_by(key, &header.to_string(), &claims().to_json().to_string());
            assert_eq!(check(&token), Err(JwtError::Header), "{name}");
        }
    }
}

#[test]
fn jwt_07_other_algorithms() {
    for alg in [
        "RS256", "PS256", "ES256", "ES384", "HS256", "HS512", "Ed25519", "Ed448", "eddsa", "EDDSA", "EdDSA ",
    ] {
        assert_eq!(
            check(&with_header("alg", json!(alg))),
            Err(JwtError::Header),
            "{alg}"
        );
    }
    for alg in [json!(["EdDSA"]), json!({}), json!(1), Value::Null, json!(true)] {
        assert_eq!(check(&with_header("alg", alg)), Err(JwtError::Header));
    }
}

#[test]
fn jwt_08_key_ids_that_are_none() {
    let asked = Cell::new(0);
    for kid in [
        json!("../../../../dev/null"),
        json!("' OR 1=1 --"),
        json!("a\0b"),
        json!("a.b"),
        json!("ключ"),
        json!(""),
        json!("a".repeat(65)),
        json!("a".repeat(9 * 1024)),
        json!({ "a": 1 }),
        json!(["a"]),
        json!(0),
        Value::Null,
    ] {
        let token = with_header("kid", kid.clone());
        let keys = |_: &str| {
            asked.set(asked.get() + 1);
            Some(key().public())
        };
        let error = verify(&token, &keys, &expected()).unwrap_err();
        assert!(matches!(error, JwtError::Header | JwtError::Malformed), "{kid}");
    }
    assert_eq!(asked.get(), 0, "no such id is ever looked up");
    let mut without = header();
    without.as_object_mut().unwrap().remove("kid");
    let token = signed(&without.to_string(), &claims().to_json().to_string());
    assert_eq!(check(&token), Err(JwtError::Header));
    assert_eq!(
        check(&with_header("kid", json!("unknown"))),
        Err(JwtError::UnknownKey)
    );
}

#[test]
fn jwt_09_expiry_has_no_grace() {
    let seconds = |time: &str| Some(json!(at(time).unix_seconds()));
    for time in [
        "2026-03-01T11:59:30Z",
        "2026-03-01T11:59:59Z",
        "2026-03-01T12:00:00Z",
    ] {
        assert_eq!(
            check(&with_claim("exp", seconds(time))),
            Err(JwtError::Expired),
            "{time}"
        );
    }
    assert!(check(&with_claim("exp", seconds("2026-03-01T12:00:01Z"))).is_ok());
    let key = key();
    let late = Expected {
        now: at("2026-03-01T12:09:00Z"),
        ..expected()
    };
    let result = verify(&sign(&key, &claims()), &|_| Some(key.public()), &late);
    assert_eq!(result, Err(JwtError::Expired));
}

#[test]
fn jwt_10_times_are_whole_seconds_in_the_calendar() {
    for name in ["exp", "nbf", "iat", "auth_time"] {
        assert_eq!(check(&with_claim(name, None)), Err(JwtError::Claims), "no {name}");
        for value in [
            json!("1772366940"),
            Value::Null,
            json!(-1),
            json!(1_772_366_940.5),
            json!(1e30),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(253_402_300_800_i64),
            json!([1_772_366_940]),
            json!({}),
            json!(true),
        ] {
            let token = with_claim(name, Some(value.clone()));
            assert_eq!(check(&token), Err(JwtError::Claims), "{name}: {value}");
        }
        // JSON has more ways to write a number than serde_json writes.
        for text in [
            "1e30",
            "1.772366940e9",
            "1772366940.0",
            "-0",
            "1e400",
            "01",
            "NaN",
        ] {
            let mut payload = claims().to_json();
            payload[name] = json!("HERE");
            let payload = payload.to_string().replace("\"HERE\"", text);
            let result = check(&signed(&header().to_string(), &payload));
            assert_eq!(result, Err(JwtError::Claims), "{name}: {text}");
        }
    }
}

#[test]
fn jwt_11_not_yet() {
    let seconds = |time: &str| Some(json!(at(time).unix_seconds()));
    for name in ["nbf", "iat"] {
        for time in ["2026-03-01T13:00:00Z", "2026-03-01T12:00:06Z"] {
            assert_eq!(check(&with_claim(name, seconds(time))), Err(JwtError::NotYet));
        }
        assert!(check(&with_claim(name, seconds("2026-03-01T12:00:05Z"))).is_ok());
    }
}

#[test]
fn jwt_12_13_one_audience_and_one_issuer() {
    for (name, ours, refused) in [
        ("aud", AUDIENCE, JwtError::Audience),
        ("iss", ISSUER, JwtError::Issuer),
    ] {
        assert_eq!(check(&with_claim(name, None)), Err(JwtError::Claims));
        for other in [
            "https://evil.test",
            &format!("{ours}/"),
            &ours.to_uppercase(),
            &ours[1..],
        ] {
            assert_eq!(check(&with_claim(name, Some(json!(other)))), Err(refused));
        }
        for value in [
            json!([ours]),
            json!(["https://evil.test", ours]),
            json!({ ours: 1 }),
            json!(""),
            Value::Null,
            json!(1),
        ] {
            assert_eq!(check(&with_claim(name, Some(value))), Err(JwtError::Claims));
        }
    }
}

#[test]
fn jwt_14_other_secrets_are_no_access_tokens() {
    let session = claims().sid;
    let (opaque, _) = crate::OpaqueToken::generate("ms_ott");
    let refresh = crate::RefreshToken { session, counter: 1 }.encode(&[1; 32]);
    for text in [
        opaque.expose().as_str(),
        refresh.expose(),
        "ms_live_abc",
        "12345678",
    ] {
        assert_eq!(check(text), Err(JwtError::Malformed));
    }
}

#[test]
fn jwt_15_only_the_type_of_access_tokens() {
    for typ in [
        json!("JWT"),
        json!("id+jwt"),
        json!("AT+JWT"),
        json!("application/at+jwt"),
        json!(""),
        Value::Null,
        json!(["at+jwt"]),
    ] {
        assert_eq!(check(&with_header("typ", typ)), Err(JwtError::Header));
    }
}

#[test]
fn jwt_17_no_name_stands_twice() {
    let payload = claims().to_json().to_string();
    for twice in [
        payload.replacen('{', r#"{"sub":"usr_01h455vb4pex5vsknk084sn02z","#, 1),
        payload.replacen('{', r#"{"\u0073ub":"usr_01h455vb4pex5vsknk084sn02z","#, 1),
        payload.replacen('{', r#"{"other":1,"other":1,"#, 1),
    ] {
        assert_eq!(
            check(&signed(&header().to_string(), &twice)),
            Err(JwtError::Claims)
        );
    }
    let twice = header().to_string().replacen('{', r#"{"alg":"none","#, 1);
    assert_eq!(check(&signed(&twice, &payload)), Err(JwtError::Malformed));
    let twice = header().to_string().replacen('{', r#"{"kid":"a","#, 1);
    assert_eq!(check(&signed(&twice, &payload)), Err(JwtError::Malformed));
}

#[test]
fn jwt_18_encrypted_huge_and_deep() {
    let five = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA";
    assert_eq!(check(five), Err(JwtError::Malformed));
    let huge = with_claim("padding", Some(json!("a".repeat(200_000))));
    assert_eq!(check(&huge), Err(JwtError::Malformed));
    let deep = signed(&"[".repeat(20_000), "{}");
    assert_eq!(check(&deep), Err(JwtError::Malformed));
    // Within the size as well: the parser has a bottom.
    for open in ["[", "{\"a\":", "{\"alg\":["] {
        let deep = open.repeat(4000 / open.len());
        assert_eq!(check(&signed(&deep, "{}")), Err(JwtError::Malformed));
        let result = check(&signed(&header().to_string(), &deep));
        assert_eq!(result, Err(JwtError::Claims));
    }
    let most = with_claim("padding", Some(json!("a".repeat(5000))));
    assert!(most.len() < MAX_LENGTH && check(&most).is_ok());
}

#[test]
fn claims_are_of_their_types() {
    for (name, value) in [
        ("sub", json!("org_01h455vb4pex5vsknk084sn02q")),
        ("sub", json!("alice")),
        ("sub", json!(["usr_01h455vb4pex5vsknk084sn02q"])),
        ("sid", json!("usr_01h455vb4pex5vsknk084sn02q")),
        ("sid", Value::Null),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("aal", json!(0)),
        ("aal", json!(4)),
        ("aal", json!("2")),
        ("aal", json!(2.0)),
        ("amr", json!("pwd")),
        ("amr", json!(["pwd", 1])),
        ("org", Value::Null),
        ("org", json!("usr_01h455vb4pex5vsknk084sn02q")),
    ] {
        let token = with_claim(name, Some(value.clone()));
        assert_eq!(check(&token), Err(JwtError::Claims), "{name}: {value}");
    }
    for name in ["sub", "sid", "jti", "aal", "amr"] {
        assert_eq!(check(&with_claim(name, None)), Err(JwtError::Claims), "{name}");
    }
    for payload in ["", "[]", "null", "\"\"", "{}", "{", "1", "{} {}"] {
        let result = check(&signed(&header().to_string(), payload));
        assert_eq!(result, Err(JwtError::Claims), "{payload}");
    }
}
