//! One thing wrong at a time, and signed all the same.

use ciborium::Value;

use super::{OWNER, party};
use crate::assertion::{Asserted, AssertionAnswer, Identified, KnownCredential};
use crate::fault::Fault;
use crate::party::UserVerification;
use crate::registration::{Registered, RegistrationAnswer};
use crate::testing::{
    ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, SoftAssertion, SoftAuthenticator, SoftRegistration, USER_PRESENT,
    USER_VERIFIED, attestation_object, cbor,
};

const CHALLENGE: &[u8] = &[7; 32];
const ORIGIN: &str = "https://app.example.com";

fn authenticator() -> SoftAuthenticator {
    SoftAuthenticator::new("app.example.com", ORIGIN).unwrap()
}

fn check_registration(
    authenticator: &SoftAuthenticator,
    answer: &SoftRegistration,
) -> Result<Registered, Fault> {
    RegistrationAnswer {
        credential_id: &authenticator.credential_id,
        client_data_json: &answer.client_data_json,
        attestation_object: &answer.attestation_object,
    }
    .verify(&party(), CHALLENGE, UserVerification::Required)
}

fn check(
    authenticator: &SoftAuthenticator,
    answer: &SoftAssertion,
    change: impl FnOnce(&mut KnownCredential<'_>, &mut Option<&'static [u8]>),
) -> Result<Asserted, Fault> {
    let key = authenticator.public_key().unwrap();
    let mut known = KnownCredential {
        public_key: &key,
        sign_count: 0,
        user_handle: OWNER,
        identified: Identified::ByAnswer,
    };
    let mut user_handle = Some(OWNER);
    change(&mut known, &mut user_handle);
    AssertionAnswer {
        client_data_json: &answer.client_data_json,
        authenticator_data: &answer.authenticator_data,
        signature: &answer.signature,
        user_handle,
    }
    .verify(&party(), CHALLENGE, UserVerification::Required, &known)
}

fn check_plain(authenticator: &SoftAuthenticator, answer: &SoftAssertion) -> Result<Asserted, Fault> {
    check(authenticator, answer, |_, _| ())
}

/// An answer of both kinds from an authenticator that is not as it should be.
fn check_both(change: impl Fn(&mut SoftAuthenticator)) -> [Option<Fault>; 2] {
    let mut authenticator = authenticator();
    change(&mut authenticator);
    let registration = authenticator.register(CHALLENGE).unwrap();
    let assertion = authenticator.assert(CHALLENGE).unwrap();
    [
        check_registration(&authenticator, &registration).err(),
        check_plain(&authenticator, &assertion).err(),
    ]
}

/// An answer of both kinds in which the browser says `json`; `{type}` is the right type.
fn check_client_data(json: &str) -> [Option<Fault>; 2] {
    let authenticator = authenticator();
    let json = |kind| json.replace("{type}", kind).into_bytes();
    let mut registration = authenticator.register(CHALLENGE).unwrap();
    registration.client_data_json = json("webauthn.create");
    let assertion = authenticator
        .sign(json("webauthn.get"), authenticator.head(0))
        .unwrap();
    [
        check_registration(&authenticator, &registration).err(),
        check_plain(&authenticator, &assertion).err(),
    ]
}

const fn both(fault: Fault) -> [Option<Fault>; 2] {
    [Some(fault), Some(fault)]
}

#[test]
fn what_is_right_is_taken() {
    assert_eq!(check_both(|_| ()), [None, None]);
    assert_eq!(
        check_both(|it| it.flags |= BACKUP_ELIGIBLE | BACKED_UP),
        [None, None]
    );
    let challenge = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let json = format!(
        r#"{{"future":[1],"type":"{{type}}","challenge":"{challenge}","origin":"{ORIGIN}","crossOrigin":false}}"#
    );
    assert_eq!(check_client_data(&json), [None, None]);
}

#[test]
fn the_browser_must_be_on_our_page_and_answer_our_challenge() {
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://sub.app.example.com",
        "https://app.example.com.evil.example",
        "HTTPS://APP.EXAMPLE.COM",
        "null",
        "",
    ] {
        assert_eq!(
            check_both(|it| it.origin = origin.to_owned()),
            both(Fault::Origin),
            "{origin}"
        );
    }
    let json = |kind: &str, challenge: &str, more: &str| {
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{ORIGIN}"{more}}}"#)
    };
    let right = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    assert_eq!(check_client_data(&json("{type}", right, "")), [None, None]);
    for (kind, challenge, more, fault) in [
        ("webauthn.other", right, "", Fault::Type),
        ("{type} ", right, "", Fault::Type),
        ("{type}", "BwcHBwc", "", Fault::Challenge),
        ("{type}", "", "", Fault::Challenge),
        (
            "{type}",
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwg",
            "",
            Fault::Challenge,
        ),
        (
            "{type}",
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
            "",
            Fault::Challenge,
        ),
        ("{type}", right, r#","crossOrigin":true"#, Fault::CrossOrigin),
        (
            "{type}",
            right,
            r#","topOrigin":"https://app.example.com""#,
            Fault::CrossOrigin,
        ),
        ("{type}", right, r#","type":"webauthn.get""#, Fault::ClientData),
        ("{type}", right, r#","crossOrigin":"no""#, Fault::ClientData),
    ] {
        let json = json(kind, challenge, more);
        assert_eq!(check_client_data(&json), both(fault), "{json}");
    }
    assert_eq!(check_client_data("[]"), both(Fault::ClientData));
    assert_eq!(check_client_data(""), both(Fault::ClientData));
    let long = json("{type}", right, &format!(r#","x":"{}""#, "x".repeat(4096)));
    assert_eq!(check_client_data(&long), both(Fault::TooLong));
}

#[test]
fn one_ceremony_is_not_the_other() {
    let authenticator = authenticator();
    let registration = authenticator.register(CHALLENGE).unwrap();
    let assertion = authenticator.assert(CHALLENGE).unwrap();
    let swapped = SoftRegistration {
        client_data_json: assertion.client_data_json,
        ..registration.clone()
    };
    assert_eq!(check_registration(&authenticator, &swapped), Err(Fault::Type));
    let swapped = authenticator
        .sign(registration.client_data_json, authenticator.head(0))
        .unwrap();
    assert_eq!(check_plain(&authenticator, &swapped), Err(Fault::Type));
}

#[test]
fn the_authenticator_must_say_what_is_asked_for() {
    assert_eq!(
        check_both(|it| it.rp_id = String::from("example.com")),
        both(Fault::RelyingParty)
    );
    assert_eq!(
        check_both(|it| it.flags = USER_VERIFIED),
        both(Fault::UserPresence)
    );
    assert_eq!(
        check_both(|it| it.flags = USER_PRESENT),
        both(Fault::UserVerification)
    );
    assert_eq!(check_both(|it| it.flags |= BACKED_UP), both(Fault::BackupFlags));
}

/// An answer that makes a credential, with `change` made to what follows the head.
fn check_attested(more_flags: u8, change: impl FnOnce(&mut Vec<u8>)) -> Option<Fault> {
    let mut authenticator = authenticator();
    authenticator.credential_id = vec![1; 4];
    let mut data = authenticator.head(more_flags);
    let mut rest = vec![0; 16];
    rest.extend([0, 4, 1, 1, 1, 1]);
    rest.extend(authenticator.public_key().unwrap());
    change(&mut rest);
    data.extend(rest);
    let answer = SoftRegistration {
        client_data_json: authenticator.client_data("webauthn.create", CHALLENGE),
        attestation_object: attestation_object(data).unwrap(),
    };
    check_registration(&authenticator, &answer).err()
}

#[test]
fn authenticator_data_is_read_to_its_last_byte() {
    const EXTENDED: u8 = 1 << 7;
    assert_eq!(check_attested(ATTESTED, |_| ()), None);
    assert_eq!(check_attested(0, Vec::clear), Some(Fault::NoCredential));
    assert_eq!(check_attested(0, |_| ()), Some(Fault::AuthenticatorData));
    assert_eq!(
        check_attested(ATTESTED, |rest| rest.push(0)),
        Some(Fault::AuthenticatorData)
    );
    assert_eq!(check_attested(ATTESTED | EXTENDED, |rest| rest.push(0xa0)), None);
    for wrong in [&[][..], &[0x80], &[0xa0, 0], &[0xa1]] {
        let change = |rest: &mut Vec<u8>| rest.extend(wrong);
        assert_eq!(
            check_attested(ATTESTED | EXTENDED, change),
            Some(Fault::AuthenticatorData),
            "{wrong:?}"
        );
    }
    let fault = check_attested(ATTESTED, |rest| rest.truncate(20));
    assert_eq!(fault, Some(Fault::AuthenticatorData));
    let fault = check_attested(ATTESTED, |rest| rest.truncate(30));
    assert_eq!(fault, Some(Fault::PublicKey));
    let fault = check_attested(ATTESTED | EXTENDED, |rest| {
        rest.extend(cbor(&Value::Map(vec![(Value::from("x"), Value::from(vec![0; 4096]))])).unwrap());
    });
    assert_eq!(fault, Some(Fault::TooLong));
    let authenticator = authenticator();
    for bytes in [vec![], authenticator.head(0)[..36].to_vec(), vec![0; 4097]] {
        let answer = authenticator
            .sign(
                authenticator.client_data("webauthn.get", CHALLENGE),
                bytes.clone(),
            )
            .unwrap();
        let fault = if bytes.len() > 4096 {
            Fault::TooLong
        } else {
            Fault::AuthenticatorData
        };
        assert_eq!(check_plain(&authenticator, &answer), Err(fault));
    }
}

#[test]
fn a_credential_has_an_id_of_some_length_and_the_answer_names_it() {
    let fault = check_attested(ATTESTED, |rest| drop(rest.splice(16..22, [0, 0])));
    assert_eq!(fault, Some(Fault::CredentialId));
    let fault = check_attested(ATTESTED, |rest| rest[18] = 2);
    assert_eq!(fault, Some(Fault::CredentialId));
    for (length, fault) in [(1023, None), (1024, Some(Fault::CredentialId))] {
        let mut authenticator = authenticator();
        authenticator.credential_id = vec![9; length];
        let answer = authenticator.register(CHALLENGE).unwrap();
        assert_eq!(check_registration(&authenticator, &answer).err(), fault);
    }
}

#[test]
fn an_attestation_object_is_a_map_of_three() {
    let authenticator = authenticator();
    let answer = authenticator.register(CHALLENGE).unwrap();
    let check = |object: Vec<u8>| {
        let answer = SoftRegistration {
            attestation_object: object,
            ..answer.clone()
        };
        check_registration(&authenticator, &answer).err()
    };
    let pair = |name: &str, value: Value| (Value::from(name), value);
    let right = [
        pair("fmt", Value::from("tpm")),
        pair("attStmt", Value::Map(vec![(Value::from("x"), Value::from(1))])),
        pair("authData", {
            let (object, _) = crate::cbor::first(&answer.attestation_object).unwrap();
            let mut object = crate::cbor::map(object).unwrap();
            crate::cbor::take(&mut object, &Value::from("authData")).unwrap()
        }),
    ];
    let object = |pairs: &[(Value, Value)]| cbor(&Value::Map(pairs.to_vec())).unwrap();
    assert_eq!(check(object(&right)), None, "a statement is passed over");
    let fault = Some(Fault::AttestationObject);
    for left_out in 0..3 {
        let mut pairs = right.to_vec();
        pairs.remove(left_out);
        assert_eq!(check(object(&pairs)), fault);
        let mut pairs = right.to_vec();
        pairs[left_out].1 = Value::from(1);
        assert_eq!(check(object(&pairs)), fault);
        let mut pairs = right.to_vec();
        pairs.push(right[left_out].clone());
        assert_eq!(check(object(&pairs)), fault, "twice");
    }
    assert_eq!(check([object(&right), vec![0]].concat()), fault);
    assert_eq!(check(Vec::new()), fault);
    assert_eq!(check(vec![0x81; 30_000]), fault, "deep");
    assert_eq!(check(vec![0; 32 * 1024 + 1]), Some(Fault::TooLong));
}

fn check_key(pairs: Vec<(i64, Value)>) -> Option<Fault> {
    let key: Vec<_> = pairs
        .into_iter()
        .map(|(label, value)| (Value::from(label), value))
        .collect();
    let key = cbor(&Value::Map(key)).unwrap();
    check_attested(ATTESTED, |rest| {
        rest.truncate(22);
        rest.extend(key);
    })
}

#[test]
fn a_key_is_of_one_of_the_forms_that_were_asked_for() {
    let bytes = |length: usize| Value::from(vec![1; length]);
    let number = |number: i64| Value::from(number);
    let p256 = [
        (1, number(2)),
        (3, number(-7)),
        (-1, number(1)),
        (-2, bytes(32)),
        (-3, bytes(32)),
    ];
    let ed25519 = [(1, number(1)), (3, number(-8)), (-1, number(6)), (-2, bytes(32))];
    let rsa = [
        (1, number(3)),
        (3, number(-257)),
        (-1, bytes(256)),
        (-2, bytes(3)),
    ];
    for right in [&p256[..], &ed25519, &rsa] {
        assert_eq!(check_key(right.to_vec()), None);
        for place in 0..right.len() {
            let mut key = right.to_vec();
            key.remove(place);
            assert_eq!(check_key(key), Some(Fault::PublicKey), "without {place}");
            for other in [
                number(-37),
                number(4),
                bytes(31),
                bytes(33),
                Value::Bool(true),
                Value::from("x"),
            ] {
                let mut key = right.to_vec();
                let is_rsa_part = right.len() == 4 && key[0].1 == number(3) && place > 1;
                key[place].1 = if is_rsa_part {
                    bytes(if place == 2 { 1025 } else { 5 })
                } else {
                    other
                };
                assert_eq!(check_key(key), Some(Fault::PublicKey), "{place}");
            }
        }
        let mut key = right.to_vec();
        key.push((2, bytes(1)));
        assert_eq!(check_key(key), Some(Fault::PublicKey), "with a key id");
        let mut key = right.to_vec();
        key.push(right[0].clone());
        assert_eq!(check_key(key), Some(Fault::PublicKey), "the type twice");
    }
    let mut short = rsa.to_vec();
    short[2].1 = bytes(255);
    assert_eq!(check_key(short), Some(Fault::PublicKey));
}

#[test]
fn a_signature_is_the_key_s_over_all_that_is_said() {
    let authenticator = authenticator();
    let right = authenticator.assert(CHALLENGE).unwrap();
    assert!(check_plain(&authenticator, &right).is_ok());
    let another = self::authenticator().assert(CHALLENGE).unwrap();
    let mut counted = right.clone();
    counted.authenticator_data[36] = 1;
    let mut spaced = right.clone();
    spaced.client_data_json.push(b' ');
    for wrong in [
        SoftAssertion {
            signature: another.signature,
            ..right.clone()
        },
        SoftAssertion {
            signature: Vec::new(),
            ..right.clone()
        },
        SoftAssertion {
            signature: vec![0; 64],
            ..right.clone()
        },
        counted,
        spaced,
    ] {
        assert_eq!(check_plain(&authenticator, &wrong), Err(Fault::Signature));
    }
    let long = SoftAssertion {
        signature: vec![0; 1025],
        ..right.clone()
    };
    assert_eq!(check_plain(&authenticator, &long), Err(Fault::TooLong));
    let mut key = authenticator.public_key().unwrap();
    key.push(0);
    let fault = check(&authenticator, &right, |known, _| known.public_key = key.leak());
    assert_eq!(fault, Err(Fault::PublicKey));
}

#[test]
fn a_counter_that_is_in_use_grows() {
    for (kept, said, is_right) in [
        (0, 0, true),
        (0, 1, true),
        (5, 6, true),
        (5, 5, false),
        (5, 4, false),
        (5, 0, false),
    ] {
        let mut authenticator = authenticator();
        authenticator.sign_count = said;
        let answer = authenticator.assert(CHALLENGE).unwrap();
        let checked = check(&authenticator, &answer, |known, _| known.sign_count = kept);
        assert_eq!(
            checked.err(),
            (!is_right).then_some(Fault::SignCount),
            "{said} after {kept}"
        );
    }
}

#[test]
fn the_user_handle_is_the_owner_s() {
    let authenticator = authenticator();
    let answer = authenticator.assert(CHALLENGE).unwrap();
    for (identified, handle, is_right) in [
        (Identified::ByAnswer, Some(OWNER), true),
        (Identified::ByAnswer, None, false),
        (Identified::ByAnswer, Some(&b"another"[..]), false),
        (Identified::Before, None, true),
        (Identified::Before, Some(OWNER), true),
        (Identified::Before, Some(&b"another"[..]), false),
        (Identified::Before, Some(&b""[..]), false),
    ] {
        let checked = check(&authenticator, &answer, |known, said| {
            known.identified = identified;
            *said = handle;
        });
        assert_eq!(
            checked.err(),
            (!is_right).then_some(Fault::UserHandle),
            "{identified:?} {handle:?}"
        );
    }
}

#[test]
fn nobody_asks_with_an_empty_challenge() {
    let authenticator = authenticator();
    let answer = authenticator.register(&[]).unwrap();
    let answer = RegistrationAnswer {
        credential_id: &authenticator.credential_id,
        client_data_json: &answer.client_data_json,
        attestation_object: &answer.attestation_object,
    };
    let checked = answer.verify(&party(), &[], UserVerification::Required);
    assert_eq!(checked.err(), Some(Fault::Challenge));
}
