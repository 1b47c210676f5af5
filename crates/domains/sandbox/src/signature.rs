//! How webhooks are signed: `sandbox-signature: t=<seconds>,v1=<hexadecimal>`, a tag over the time and the body.

use std::fmt::Write as _;
use std::time::Duration;

use crypto::Mac;
use kernel::Timestamp;
use ports::payments::WebhookError;

/// The header.
pub(crate) const HEADER: &str = "sandbox-signature";

/// How far the signature's time and the reader's may be apart.
const TOLERANCE: Duration = Duration::from_mins(5);

/// The value of the header for a body that is sent now.
pub(crate) fn sign(mac: &Mac, body: &[u8], now: Timestamp) -> String {
    let seconds = now.unix_seconds().to_string();
    let mut value = format!("t={seconds},v1=");
    for byte in mac.tag(&[seconds.as_bytes(), body]) {
        let _ = write!(value, "{byte:02x}");
    }
    value
}

/// Whether the header was made for this body, and not long ago.
pub(crate) fn verify(mac: &Mac, header: &str, body: &[u8], now: Timestamp) -> Result<(), WebhookError> {
    let (seconds, tag) = parts(header).ok_or(WebhookError::BadSignature)?;
    if !mac.verify(&[seconds.as_bytes(), body], &tag) {
        return Err(WebhookError::BadSignature);
    }
    let sent_at: i64 = seconds.parse().map_err(|_| WebhookError::Stale)?;
    if now.unix_seconds().abs_diff(sent_at) > TOLERANCE.as_secs() {
        return Err(WebhookError::Stale);
    }
    Ok(())
}

/// There is one way to write it, so that no other is looked at.
fn parts(header: &str) -> Option<(&str, [u8; 32])> {
    let (seconds, digits) = header.strip_prefix("t=")?.split_once(",v1=")?;
    let is_lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 64 || !digits.bytes().all(is_lower) {
        return None;
    }
    let mut tag = [0; 32];
    for (place, pair) in tag.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *place = u8::from_str_radix(pair, 16).ok()?;
    }
    Some((seconds, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac() -> Mac {
        Mac::new(&[7; 32])
    }

    fn now() -> Timestamp {
        "2026-03-05T17:30:00Z".parse().unwrap()
    }

    #[test]
    fn takes_what_it_signed_within_five_minutes() {
        let body = br#"{"id":"sb_evt_1"}"#;
        let header = sign(&mac(), body, now());
        for (at, expected) in [
            (now(), Ok(())),
            (now().plus(Duration::from_mins(5)), Ok(())),
            (now().minus(Duration::from_mins(5)), Ok(())),
            (now().plus(Duration::from_secs(301)), Err(WebhookError::Stale)),
            (now().minus(Duration::from_secs(301)), Err(WebhookError::Stale)),
        ] {
            assert_eq!(verify(&mac(), &header, body, at), expected, "{at}");
        }
        let other = Mac::new(&[8; 32]);
        assert_eq!(
            verify(&other, &header, body, now()),
            Err(WebhookError::BadSignature)
        );
    }

    /// Each bit of the header and of the body counts.
    #[test]
    fn refuses_every_mutation() {
        let body = br#"{"id":"sb_evt_1","type":"payment.succeeded"}"#;
        let header = sign(&mac(), body, now());
        for at in 0..body.len() {
            for bit in 0..8 {
                let mut changed = body.to_vec();
                changed[at] ^= 1 << bit;
                assert!(verify(&mac(), &header, &changed, now()).is_err(), "byte {at}");
            }
        }
        for at in 0..header.len() {
            for bit in 0..7 {
                let mut changed = header.clone().into_bytes();
                changed[at] ^= 1 << bit;
                let changed = String::from_utf8(changed).unwrap();
                assert!(verify(&mac(), &changed, body, now()).is_err(), "{changed}");
            }
            let cut = format!("{}{}", &header[..at], &header[at + 1..]);
            assert!(verify(&mac(), &cut, body, now()).is_err(), "{cut}");
        }
        for changed in [
            String::new(),
            header.to_uppercase(),
            format!("{header} "),
            format!("{header}00"),
            format!("{header},{header}"),
            header.replace("t=", "t=+"),
            header.replace("t=", "t=0"),
            header.replace("v1", "v0"),
            header.replace(",v1", ", v1"),
        ] {
            assert!(verify(&mac(), &changed, body, now()).is_err(), "{changed}");
        }
    }
}
