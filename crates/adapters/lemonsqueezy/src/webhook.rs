//! Whether a webhook is Lemon Squeezy's (<https://docs.lemonsqueezy.com/help/webhooks/signing-requests>). The
//! signature has no time, so a webhook can be sent again for ever: it is known by its key, and what it says of an
//! object is only a reason to ask.

use std::fmt::Write as _;

use kernel::{Secret, Timestamp};
use ports::payments::{InboundWebhook, ObjectKind, ObjectRef, ProviderEvent, WebhookError};
use ring::{digest, hmac};
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::api::{Attributes, Invoice, Order, Subscription};
use crate::checkout::{PAYMENT, SUBSCRIPTION};
use crate::config::Account;
use crate::snapshot::{PaymentId, is_number};

/// The longest key and the longest of our references.
const LONGEST: usize = 128;

/// Reads what is signed.
pub(crate) fn verify(account: &Account, webhook: &InboundWebhook<'_>) -> Result<ProviderEvent, WebhookError> {
    let signature = webhook.header("x-signature").ok_or(WebhookError::BadSignature)?;
    if !is_signed(webhook.body, signature, &account.webhook_secrets) {
        return Err(WebhookError::BadSignature);
    }
    let said: Value = serde_json::from_slice(webhook.body).map_err(|_| WebhookError::Malformed)?;
    let text = |pointer| said.pointer(pointer).and_then(Value::as_str);
    let event_type = text("/meta/event_name").ok_or(WebhookError::Malformed)?;
    let test_mode = said.pointer("/meta/test_mode").and_then(Value::as_bool);
    let test_mode = test_mode.or_else(|| {
        said.pointer("/data/attributes/test_mode")
            .and_then(Value::as_bool)
    });
    if test_mode.is_some_and(|test_mode| test_mode != account.is_test_mode) {
        return Err(WebhookError::WrongMode);
    }
    let key = text("/meta/webhook_id").filter(|id| is_word(id));
    let references = [PAYMENT, SUBSCRIPTION].map(|name| {
        let custom = said.pointer("/meta/custom_data")?.get(name)?.as_str()?;
        is_word(custom).then_some(custom)
    });
    let updated_at = text("/data/attributes/updated_at");
    Ok(ProviderEvent {
        key: key.map_or_else(|| digest_of(event_type, webhook.body), str::to_owned),
        event_type: event_type.chars().take(LONGEST).collect(),
        object: object(&said)?,
        reference: references.into_iter().flatten().next().map(str::to_owned),
        occurred_at: updated_at.and_then(|time| time.parse::<Timestamp>().ok()),
    })
}

/// In time that tells nothing of how much of the signature is right.
fn is_signed(body: &[u8], signature: &str, secrets: &[Secret<String>]) -> bool {
    let mut is_signed = false;
    for secret in secrets {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let expected = hexadecimal(hmac::sign(&key, body).as_ref());
        is_signed |= bool::from(expected.as_bytes().ct_eq(signature.as_bytes()));
    }
    is_signed
}

/// What it is about. Licences and affiliates are nothing that we have to do with.
fn object(said: &Value) -> Result<Option<ObjectRef>, WebhookError> {
    let data = said.get("data").ok_or(WebhookError::Malformed)?;
    let kind = data.get("type").and_then(Value::as_str).unwrap_or_default();
    if ![Order::KIND, Invoice::KIND, Subscription::KIND].contains(&kind) {
        return Ok(None);
    }
    let id = match data.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(WebhookError::Malformed),
    };
    if !is_number(&id) {
        return Err(WebhookError::Malformed);
    }
    let (kind, id) = match kind {
        Order::KIND => (ObjectKind::Payment, PaymentId::Order(&id).text()),
        Invoice::KIND => (ObjectKind::Invoice, PaymentId::Invoice(&id).text()),
        _ => (ObjectKind::Subscription, id),
    };
    Ok(Some(ObjectRef { kind, id }))
}

fn is_word(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn digest_of(event_type: &str, body: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(event_type.as_bytes());
    context.update(body);
    hexadecimal(context.finish().as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
