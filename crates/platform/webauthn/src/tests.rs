//! Every check refuses what it is there for; what the standard and other programs made is taken.

mod forged;
mod vectors;

use proptest::prelude::*;

use crate::assertion::{AssertionAnswer, Identified, KnownCredential};
use crate::party::{RelyingParty, UserVerification};
use crate::registration::RegistrationAnswer;

const OWNER: &[u8] = b"0123456789abcdef";

fn party() -> RelyingParty {
    RelyingParty::new("app.example.com", [String::from("https://app.example.com")])
}

proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_a_check(
        one in proptest::collection::vec(any::<u8>(), 0..400),
        other in proptest::collection::vec(any::<u8>(), 0..400),
        flags in any::<u8>(),
    ) {
        let mut data = party_data(flags);
        data.extend(&other);
        let client_data = br#"{"type":"webauthn.create","challenge":"AA","origin":"https://app.example.com"}"#;
        let object = crate::testing::attestation_object(data.clone()).unwrap();
        for (client_data_json, attestation_object) in [(&one[..], &other[..]), (client_data, &one), (client_data, &object)] {
            let answer = RegistrationAnswer { credential_id: &one, client_data_json, attestation_object };
            prop_assert!(answer.verify(&party(), &[0], UserVerification::Preferred).is_err());
        }
        let client_data = br#"{"type":"webauthn.get","challenge":"AA","origin":"https://app.example.com"}"#;
        for (client_data_json, authenticator_data) in [(&one[..], &other[..]), (client_data, &data)] {
            let answer = AssertionAnswer { client_data_json, authenticator_data, signature: &one, user_handle: None };
            let known = KnownCredential { public_key: &other, sign_count: 0, user_handle: OWNER, identified: Identified::Before };
            prop_assert!(answer.verify(&party(), &[0], UserVerification::Preferred, &known).is_err());
        }
    }
}

/// What data for our party begins with, so that what follows it is read.
fn party_data(flags: u8) -> Vec<u8> {
    use sha2::Digest as _;
    let mut data = sha2::Sha256::digest("app.example.com").to_vec();
    data.extend([flags | 1, 0, 0, 0, 0]);
    data
}
