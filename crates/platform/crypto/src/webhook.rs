//! Signatures of webhooks as Standard Webhooks 1.0.0 has them: HMAC-SHA256 over id, time and body.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;
use kernel::{Secret, Timestamp};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::mac::keyed;
use crate::random;

/// What a secret begins with when it is written down.
const PREFIX: &str = "whsec_";
/// What a signature begins with: the first version, symmetric.
const VERSION: &str = "v1,";
/// How far the clocks of both sides may be apart, and how long a request may be under way.
const TOLERANCE: Duration = Duration::from_mins(5);
/// The most signatures that are looked at: of a secret that is being changed there are two.
const MOST_SIGNATURES: usize = 8;

/// The secret that both sides of a webhook know: 24 to 64 random bytes.
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// The text is no secret of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret of a webhook is expected: whsec_ and base64 of 24 to 64 random bytes")]
pub struct WebhookSecretError;

/// What a request says of itself in the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
#[derive(Debug, Clone, Copy)]
pub struct WebhookHeaders<'a> {
    /// Names the message; the same on every try.
    pub id: &'a str,
    /// When it was sent, in seconds since 1970.
    pub timestamp: &'a str,
    /// Signatures, with a blank between two.
    pub signature: &'a str,
}

impl WebhookSecret {
    /// A new secret of 32 bytes.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes::<32>().to_vec()))
    }

    /// The text that [`str::parse`] reads.
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    /// The signature of a body: `v1,` and base64.
    pub fn sign(&self, id: &str, sent_at: Timestamp, body: &[u8]) -> String {
        let tag = self.tag(id, &sent_at.unix_seconds().to_string(), body);
        format!("{VERSION}{}", STANDARD.encode(tag))
    }

    /// Whether somebody who knows the secret sent this body in the last five minutes. Every signature is compared
    /// in constant time.
    pub fn verify(&self, headers: WebhookHeaders<'_>, body: &[u8], now: Timestamp) -> bool {
        let WebhookHeaders {
            id,
            timestamp,
            signature,
        } = headers;
        if id.is_empty() || !is_recent(timestamp, now) {
            return false;
        }
        let tag = self.tag(id, timestamp, body);
        let mut is_ours = subtle::Choice::from(0);
        for signature in signature.split(' ').take(MOST_SIGNATURES) {
            let given = signature.strip_prefix(VERSION).map(|text| STANDARD.decode(text));
            if let Some(Ok(given)) = given {
                is_ours |= tag.as_slice().ct_eq(&given);
            }
        }
        is_ours.into()
    }

    /// Whether `text` is this secret, in constant time: for senders who can't sign and show it instead.
    pub fn is(&self, text: &str) -> bool {
        let shown = text.parse::<Self>();
        shown.is_ok_and(|shown| self.0.ct_eq(&shown.0).into())
    }

    fn tag(&self, id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
        let mut mac = keyed(&self.0);
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

fn is_recent(timestamp: &str, now: Timestamp) -> bool {
    let is_number = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let sent_at = is_number.then(|| timestamp.parse::<i64>().ok()).flatten();
    sent_at.is_some_and(|sent_at| now.unix_seconds().abs_diff(sent_at) <= TOLERANCE.as_secs())
}

impl FromStr for WebhookSecret {
    type Err = WebhookSecretError;

    fn from_str(text: &str) -> Result<Self, WebhookSecretError> {
        let text = text.strip_prefix(PREFIX).ok_or(WebhookSecretError)?;
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| WebhookSecretError)?);
        if (24..=64).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(WebhookSecretError)
        }
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_614_265_330;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn secret() -> WebhookSecret {
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()
    }

    /// The example that the libraries of Standard Webhooks are tested with.
    #[test]
    fn signs_as_the_standard_has_it() {
        let body = br#"{"test": 2432232314}"#;
        let signature = secret().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at(NOW), body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    fn verify(signature: &str, timestamp: &str, body: &[u8], now: i64) -> bool {
        let headers = WebhookHeaders {
            id: "msg_1",
            timestamp,
            signature,
        };
        secret().verify(headers, body, at(now))
    }

    #[test]
    fn takes_what_was_signed_for_five_minutes() {
        let good = secret().sign("msg_1", at(NOW), b"{}");
        let timestamp = NOW.to_string();
        for now in [NOW - 300, NOW, NOW + 300] {
            assert!(verify(&good, &timestamp, b"{}", now));
        }
        for now in [NOW - 301, NOW + 301, 0] {
            assert!(!verify(&good, &timestamp, b"{}", now));
        }
        let other = WebhookSecret::generate().sign("msg_1", at(NOW), b"{}");
        assert!(verify(&format!("{other} v2,eA== {good}"), &timestamp, b"{}", NOW));
        for bad in [
            other.as_str(),
            "",
            "v1,",
            "v1",
            &good[3..],
            &good[..good.len() - 4],
            &good.replace("v1", "v1a"),
            &format!("{}{good}", "v1,eA== ".repeat(8)),
        ] {
            assert!(!verify(bad, &timestamp, b"{}", NOW), "{bad}");
        }
        assert!(!verify(&good, &timestamp, b"{ }", NOW));
        for timestamp in [
            "",
            " 1614265330",
            "+1614265330",
            "1614265331",
            "1e9",
            "99999999999999999999",
        ] {
            assert!(!verify(&good, timestamp, b"{}", NOW), "{timestamp}");
        }
    }

    #[test]
    fn secrets_have_one_form_and_do_not_print() {
        let new = WebhookSecret::generate();
        let text = new.to_text();
        assert_eq!(*text.expose().parse::<WebhookSecret>().unwrap().0, *new.0);
        assert_eq!(format!("{new:?}"), "WebhookSecret([redacted])");
        assert!(new.is(text.expose()));
        assert!(!new.is(WebhookSecret::generate().to_text().expose()) && !new.is("") && !new.is("whsec_"));
        let long = STANDARD.encode([1; 65]);
        for text in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_c2hvcnQ=",
            &format!("whsec_{long}"),
        ] {
            assert!(text.parse::<WebhookSecret>().is_err(), "{text}");
        }
    }
}
