//! Project Wycheproof's vectors, when they lie beside the repository
//! (<https://github.com/C2SP/wycheproof>, `testvectors_v1`).

use serde_json::Value;

use super::*;

fn vectors(name: &str) -> Option<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/data/wycheproof");
    let json = std::fs::read(format!("{folder}/{name}")).ok()?;
    Some(serde_json::from_slice(&json).unwrap())
}

fn each(vectors: &Value, mut check: impl FnMut(&Value, &Value)) -> usize {
    let mut count = 0;
    for group in vectors["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            check(group, test);
            count += 1;
        }
    }
    count
}

fn bytes(hexadecimal: &Value) -> Vec<u8> {
    crate::hexadecimal::decode(hexadecimal.as_str().unwrap()).unwrap()
}

#[test]
fn ed25519_signatures_hold_as_labelled() {
    let Some(vectors) = vectors("ed25519_test.json") else {
        return;
    };
    let count = each(&vectors, |group, test| {
        let key = PublicKey::from_jwk(&group["publicKeyJwk"]).unwrap();
        let holds = key.verify(&bytes(&test["msg"]), &bytes(&test["sig"]));
        assert_eq!(holds, test["result"] == "valid", "{test}");
    });
    assert_eq!(count, 151);
}

/// None of these is signed with Ed25519, so to us all are what the invalid ones are to others, even when we
/// would ask for a key that fits their id.
#[test]
fn no_signature_of_another_algorithm_is_taken() {
    let key = SigningKey::generate().public();
    for name in ["json_web_signature_test.json", "json_web_key_test.json"] {
        let Some(vectors) = vectors(name) else { return };
        let count = each(&vectors, |_, test| {
            let Some(token) = test["jws"].as_str() else { return };
            let error = verify_signature(token, &|_| Some(key)).unwrap_err();
            assert!(
                matches!(error, JwtError::Malformed | JwtError::Header),
                "{test}: {error}"
            );
        });
        assert!(count > 20, "{name}");
    }
}
