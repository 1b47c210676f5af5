use super::*;

const TIME: i64 = 1_767_225_600;
const BODY: &[u8] = br#"{"id":"evt_1","created":1767225600}"#;
// HMAC-SHA256 by Python's hmac, of "1767225600." and the body.
const OURS: &str = "c642305ba62d4263959702704ff51515b7d4588ca2c1453b46ee395b70be5c73";
const OLDER: &str = "41c6e7e20bd4b30c12858b2db604714fe4956d89df284102480c8729750c739d";

fn secrets(texts: &[&str]) -> Vec<Secret<String>> {
    texts.iter().map(|text| Secret::new((*text).to_owned())).collect()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

fn check(header: &str) -> Result<(), WebhookError> {
    verify(header, BODY, &secrets(&["whsec_ours"]), at(TIME))
}

#[test]
fn takes_what_is_signed_with_one_of_our_secrets() {
    for header in [
        format!("t={TIME},v1={OURS}"),
        format!("v1={OURS},t={TIME}"),
        format!("t={TIME},v1={OLDER},v1={OURS}"),
        format!("t={TIME},v1={OURS},v1={OLDER},v0=abc"),
        format!("t={TIME},v0={OLDER},v1={OURS},v2=x=y"),
    ] {
        assert_eq!(check(&header), Ok(()), "{header}");
    }
    for ours in [
        &["whsec_older"][..],
        &["whsec_new", "whsec_older"],
        &["whsec_older", "whsec_new"],
    ] {
        let header = format!("t={TIME},v1={OLDER}");
        assert_eq!(
            verify(&header, BODY, &secrets(ours), at(TIME)),
            Ok(()),
            "{ours:?}"
        );
    }
}

#[test]
fn refuses_what_is_not_signed_so() {
    let upper = OURS.to_uppercase();
    let short = &OURS[..63];
    for header in [
        String::new(),
        format!("t={TIME}"),
        format!("v1={OURS}"),
        format!("t=,v1={OURS}"),
        format!("t={TIME},v1="),
        format!("t={TIME},v0={OURS}"),
        format!("t={TIME},v1={OLDER}"),
        format!("t={TIME},v1={upper}"),
        format!("t={TIME},v1={short}"),
        format!("t={TIME},v1={OURS}0"),
        format!("t={TIME}, v1={OURS}"),
        format!("t={TIME} ,v1={OURS}"),
        format!("t= {TIME},v1={OURS}"),
        format!(" t={TIME},v1={OURS}"),
        format!("t={TIME},v1={OURS} "),
        format!("t={TIME},t={TIME},v1={OURS}"),
        format!("t=0{TIME},v1={OURS}"),
        format!("t=+{TIME},v1={OURS}"),
        format!("t=-{TIME},v1={OURS}"),
        format!("t={TIME}.0,v1={OURS}"),
        format!("t=99999999999999999999,v1={OURS}"),
        format!("T={TIME},V1={OURS}"),
        format!("t={TIME},v1={OURS},"),
        format!("t={TIME};v1={OURS}"),
    ] {
        assert_eq!(check(&header), Err(WebhookError::BadSignature), "{header}");
    }
    let header = format!("t={TIME},v1={OURS}");
    assert_eq!(
        verify(&header, BODY, &[], at(TIME)),
        Err(WebhookError::BadSignature)
    );
}

#[test]
fn no_other_header_and_no_other_body_is_signed_by_it() {
    let (header, ours) = (format!("t={TIME},v1={OURS}"), secrets(&["whsec_ours"]));
    let mut tried = 0;
    for place in 0..header.len() {
        for byte in 0..128_u8 {
            let mut changed = header.clone().into_bytes();
            if changed[place] == byte {
                continue;
            }
            changed[place] = byte;
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(check(&changed), Err(WebhookError::BadSignature), "{changed}");
            tried += 1;
        }
        let cut = &header[..place];
        assert_eq!(check(cut), Err(WebhookError::BadSignature), "{cut}");
    }
    for place in 0..BODY.len() {
        for change in 1..=255_u8 {
            let mut body = BODY.to_vec();
            body[place] ^= change;
            assert_eq!(
                verify(&header, &body, &ours, at(TIME)),
                Err(WebhookError::BadSignature)
            );
            tried += 1;
        }
    }
    for body in [&BODY[1..], &BODY[..BODY.len() - 1], b"", &[BODY, b"\n"].concat()] {
        assert_eq!(
            verify(&header, body, &ours, at(TIME)),
            Err(WebhookError::BadSignature)
        );
    }
    assert_eq!(tried, header.len() * 127 + BODY.len() * 255);
}

#[test]
fn five_minutes_are_allowed_either_way() {
    let (header, ours) = (format!("t={TIME},v1={OURS}"), secrets(&["whsec_ours"]));
    for (offset, expected) in [
        (0, Ok(())),
        (300, Ok(())),
        (301, Err(WebhookError::Stale)),
        (-300, Ok(())),
        (-301, Err(WebhookError::Stale)),
        (86_400, Err(WebhookError::Stale)),
    ] {
        assert_eq!(
            verify(&header, BODY, &ours, at(TIME + offset)),
            expected,
            "{offset}"
        );
    }
    // What is old and not signed is not even called old.
    let header = format!("t={TIME},v1={OLDER}");
    let result = verify(&header, BODY, &ours, at(TIME + 301));
    assert_eq!(result, Err(WebhookError::BadSignature));
}

proptest::proptest! {
    #[test]
    fn any_header_is_refused_quietly(header in "\\PC*") {
        proptest::prop_assert_eq!(check(&header), Err(WebhookError::BadSignature));
    }
}
