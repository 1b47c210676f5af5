//! The example of RFC 8291, section 5, and what is refused.

use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use super::*;

const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    decoded(text).unwrap()
}

#[test]
fn encrypts_the_example_of_the_standard() {
    // Appendix A: what both sides agreed on, the sender's public key, and the salt.
    let agreed: [u8; 32] = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
    let sender: [u8; POINT] =
        bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
    let salt: [u8; SALT] = bytes("DGv6ra1nlYgDCS1FRnbzlw");
    let receiver = PushReceiver::parse(P256DH, AUTH).unwrap();
    let sealed = receiver.seal(
        b"When I grow up, I want to be a watermelon",
        &agreed,
        &sender,
        &salt,
    );
    assert_eq!(
        URL_SAFE_NO_PAD.encode(sealed.unwrap()),
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    );
}

#[test]
fn the_longest_message_fits_into_what_push_services_take() {
    let receiver = PushReceiver::parse(P256DH, AUTH).unwrap();
    let longest = receiver.encrypt(&[b'x'; LONGEST_PUSH]).unwrap();
    assert!(longest.len() <= 4096, "{}", longest.len());
    assert_ne!(longest, receiver.encrypt(&[b'x'; LONGEST_PUSH]).unwrap());
    assert_eq!(
        receiver.encrypt(&[b'x'; LONGEST_PUSH + 1]),
        Err(PushError::TooLong)
    );
}

#[test]
fn keys_that_are_none_are_refused() {
    assert!(PushReceiver::parse(&format!("{P256DH}="), &format!("{AUTH}==")).is_ok());
    let mut off_the_curve = bytes::<POINT>(P256DH);
    off_the_curve[POINT - 1] ^= 1;
    let mut compressed = [2; 33];
    compressed[1..].copy_from_slice(&bytes::<POINT>(P256DH)[1..33]);
    for key in [
        String::new(),
        "ä".into(),
        P256DH[1..].into(),
        URL_SAFE_NO_PAD.encode(off_the_curve),
        URL_SAFE_NO_PAD.encode(compressed),
        URL_SAFE_NO_PAD.encode([0; POINT]),
        URL_SAFE_NO_PAD.encode([4; POINT]),
    ] {
        assert!(
            matches!(PushReceiver::parse(&key, AUTH), Err(PushError::PublicKey)),
            "{key}"
        );
    }
    for secret in ["", "BTBZ", "BTBZMqHH6r4Tts7J_aSIgg00", "+/+/+/+/+/+/+/+/+/+/+/"] {
        assert!(
            matches!(PushReceiver::parse(P256DH, secret), Err(PushError::Secret)),
            "{secret}"
        );
    }
}

#[test]
fn a_sender_signs_for_one_service_and_some_hours() {
    let kept = PushSender::generate().unwrap();
    let sender = PushSender::from_pkcs8(&kept).unwrap();
    let expires_at = Timestamp::from_unix_seconds(1_800_000_000).unwrap();
    let header = sender
        .authorization("https://push.example.net", "https://app.example.com", expires_at)
        .unwrap();
    let (token, key) = header
        .strip_prefix("vapid t=")
        .unwrap()
        .split_once(", k=")
        .unwrap();
    assert_eq!(key, sender.public_key());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&claims).unwrap(),
        json!({ "aud": "https://push.example.net", "exp": 1_800_000_000, "sub": "https://app.example.com" })
    );
    let public = bytes::<POINT>(key);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
        .verify(signed.as_bytes(), &bytes::<64>(signature))
        .unwrap();
    assert!(matches!(PushSender::from_pkcs8(&kept[1..]), Err(PushError::Key)));
}
