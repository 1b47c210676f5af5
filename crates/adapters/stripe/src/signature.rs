//! Whether a webhook was signed by Stripe, and just now (<https://docs.stripe.com/webhooks/signature>).

use std::time::Duration;

use kernel::{Secret, Timestamp};
use ports::payments::WebhookError;
use ring::hmac;
use subtle::ConstantTimeEq as _;

/// How far the time in a signature may be from ours, in either direction.
const TOLERANCE: Duration = Duration::from_mins(5);

/// The header says when it was signed and has a signature of each secret that is valid at Stripe at that time; one
/// of them has to be of a secret of ours. The time is looked at only once it is known to be Stripe's.
pub(crate) fn verify(
    header: &str,
    body: &[u8],
    secrets: &[Secret<String>],
    now: Timestamp,
) -> Result<(), WebhookError> {
    let signed = Signed::read(header).ok_or(WebhookError::BadSignature)?;
    let expected: Vec<String> = secrets
        .iter()
        .map(|secret| signature(secret, signed.time, body))
        .collect();
    let is_one_ours = expected.iter().fold(false, |found, expected| {
        signed.signatures.iter().fold(found, |found, signature| {
            bool::from(signature.as_bytes().ct_eq(expected.as_bytes())) | found
        })
    });
    if !is_one_ours {
        return Err(WebhookError::BadSignature);
    }
    let at = Timestamp::from_unix_seconds(signed.seconds).ok_or(WebhookError::Stale)?;
    // Whole seconds, as Stripe has them: the part of a second that has gone by here counts for nobody.
    let now = Timestamp::from_unix_seconds(now.unix_seconds()).ok_or(WebhookError::Stale)?;
    let is_fresh = at.since(now).max(now.since(at)) <= TOLERANCE;
    is_fresh.then_some(()).ok_or(WebhookError::Stale)
}

/// `t=1795400000,v1=…,v1=…,v0=…`: one time, and signatures of several schemes, of which only `v1` counts.
struct Signed<'a> {
    time: &'a str,
    seconds: i64,
    signatures: Vec<&'a str>,
}

impl<'a> Signed<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let parts: Vec<(&str, &str)> = header
            .split(',')
            .map(|part| part.split_once('='))
            .collect::<Option<_>>()?;
        let of = |name: &'static str| {
            let parts = parts.iter().filter(move |(part, _)| *part == name);
            parts.map(|(_, value)| *value)
        };
        let mut times = of("t");
        let time = times.next()?;
        let is_number = time.bytes().all(|byte| byte.is_ascii_digit()) && !time.starts_with('0');
        (times.next().is_none() && is_number).then_some(())?;
        Some(Self {
            time,
            seconds: time.parse().ok()?,
            signatures: of("v1").collect(),
        })
    }
}

/// In lower-case hexadecimal digits. The key is the whole secret, `whsec_` included.
fn signature(secret: &Secret<String>, time: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(time.as_bytes());
    context.update(b".");
    context.update(body);
    let tag = context.sign();
    tag.as_ref()
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests;
