//! What others made: the test vectors of WebAuthn Level 3 (§16), and answers signed with the Python library
//! `cryptography`, which `py_webauthn` takes.

use serde_json::Value;

use super::OWNER;
use crate::assertion::{Asserted, AssertionAnswer, Identified, KnownCredential};
use crate::fault::Fault;
use crate::party::{RelyingParty, UserVerification};
use crate::registration::{Registered, RegistrationAnswer};

fn read(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let pairs = value.as_str().unwrap().as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn register(party: &RelyingParty, vector: &Value) -> Result<Registered, Fault> {
    let answer = &vector["registration"];
    RegistrationAnswer {
        credential_id: &hex(&vector["credential_id"]),
        client_data_json: &hex(&answer["client_data_json"]),
        attestation_object: &hex(&answer["attestation_object"]),
    }
    .verify(party, &hex(&answer["challenge"]), UserVerification::Preferred)
}

fn assert(party: &RelyingParty, vector: &Value, registered: &Registered) -> Result<Asserted, Fault> {
    let answer = &vector["assertion"];
    let known = KnownCredential {
        public_key: &registered.public_key,
        sign_count: registered.sign_count,
        user_handle: OWNER,
        identified: Identified::Before,
    };
    AssertionAnswer {
        client_data_json: &hex(&answer["client_data_json"]),
        authenticator_data: &hex(&answer["authenticator_data"]),
        signature: &hex(&answer["signature"]),
        user_handle: None,
    }
    .verify(
        party,
        &hex(&answer["challenge"]),
        UserVerification::Preferred,
        &known,
    )
}

#[test]
fn the_vectors_of_the_standard_are_taken() {
    let party = RelyingParty::new("example.org", [String::from("https://example.org")]);
    for vector in read(include_str!("standard.json")) {
        let registered = register(&party, &vector).unwrap();
        assert!(registered.is_backup_eligible && registered.is_backed_up);
        assert_eq!(registered.is_user_verified, vector["name"] == "packed-self.ES256");
        let asserted = assert(&party, &vector, &registered).unwrap();
        assert!(!asserted.is_user_verified && asserted.is_backup_eligible);
    }
}

#[test]
fn answers_with_every_algorithm_are_taken_and_short_rsa_is_not() {
    for vector in read(include_str!("cryptography.json")) {
        let registered = register(&super::party(), &vector);
        if vector["name"] == "rs256_1024" {
            assert_eq!(registered, Err(Fault::PublicKey));
            continue;
        }
        let registered = registered.unwrap();
        let asserted = assert(&super::party(), &vector, &registered).unwrap();
        assert!(asserted.is_user_verified && asserted.sign_count == 2);
        let mut other = vector.clone();
        let signature = other["assertion"]["signature"].as_str().unwrap();
        // The last byte of a signature, another.
        let (kept, last) = signature.split_at(signature.len() - 2);
        let last = if last == "00" { "01" } else { "00" };
        other["assertion"]["signature"] = format!("{kept}{last}").into();
        assert_eq!(
            assert(&super::party(), &other, &registered),
            Err(Fault::Signature),
            "{}",
            vector["name"]
        );
    }
}

#[test]
fn a_key_signs_for_no_other() {
    let vectors = read(include_str!("cryptography.json"));
    let registered: Vec<Registered> = vectors
        .iter()
        .filter_map(|vector| register(&super::party(), vector).ok())
        .collect();
    for (place, vector) in vectors.iter().take(3).enumerate() {
        for (other, registered) in registered.iter().enumerate() {
            let is_taken = assert(&super::party(), vector, registered).is_ok();
            assert_eq!(is_taken, place == other, "{place} with the key of {other}");
        }
    }
}
