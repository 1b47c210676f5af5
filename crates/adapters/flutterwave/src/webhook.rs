//! Whether a webhook is Flutterwave's (<https://developer.flutterwave.com/v3.0/docs/webhooks>). Two ways are in use:
//! the secret hash itself in a header, which anybody can send who has seen it once and which says nothing of the body,
//! and a signature over the body. So a body is only a reason to ask, and only numbers are taken from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Timestamp;
use ports::payments::{InboundWebhook, ObjectKind, ObjectRef, ProviderEvent, WebhookError};
use ring::{digest, hmac};
use serde_json::Value;
use serde_json::value::RawValue;
use subtle::ConstantTimeEq as _;

use crate::api::number_in;
use crate::config::Account;
use crate::reference::{SubscriptionId, is_reference};

/// The signature over the body, or the hash itself.
const SIGNATURE: &str = "flutterwave-signature";

/// The hash itself.
const HASH: &str = "verif-hash";

/// What a try to pay was called.
const TX_REF: &[&str] = &["tx_ref", "txRef", "reference"];

/// How much was given back.
const REFUNDED: &[&str] = &["AmountRefunded", "amount_refunded"];

/// The longest name of an event.
const LONGEST: usize = 128;

/// The members of an object. What is looked for has a name of each version, and one body may hold several of them.
struct Members(BTreeMap<String, Box<RawValue>>);

impl Members {
    fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().map(Self)
    }

    /// As it is written, under the first of these names.
    fn raw(&self, names: &[&str]) -> Option<&str> {
        let mut found = names.iter().filter_map(|name| self.0.get(*name));
        found.find(|raw| raw.get() != "null").map(|raw| raw.get())
    }

    fn value(&self, names: &[&str]) -> Option<Value> {
        serde_json::from_str(self.raw(names)?).ok()
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        serde_json::from_str(self.raw(names)?).ok()
    }

    fn number(&self, names: &[&str]) -> Option<String> {
        self.value(names).as_ref().and_then(number_in)
    }
}

/// Reads what is Flutterwave's.
pub(crate) fn verify(account: &Account, webhook: &InboundWebhook<'_>) -> Result<ProviderEvent, WebhookError> {
    if !is_genuine(account, webhook) {
        return Err(WebhookError::BadSignature);
    }
    let whole = Members::read(webhook.body).ok_or(WebhookError::Malformed)?;
    let name = whole.text(&["event", "type", "event.type"]);
    // Some come without an envelope, in names of their own.
    let inside = whole
        .raw(&["data"])
        .and_then(|data| Members::read(data.as_bytes()));
    let body = inside.unwrap_or(whole);
    let name = match name {
        Some(name) => name,
        None if body.raw(REFUNDED).is_some() => "refund".to_owned(),
        None if body.raw(TX_REF).is_some() => "charge".to_owned(),
        None => return Err(WebhookError::Malformed),
    };
    let occurred_at = body.text(&["created_at", "createdAt", "created_datetime"]);
    Ok(ProviderEvent {
        key: key(&name, &body),
        object: object(&name, &body)?,
        event_type: name
            .chars()
            .filter(|letter| !letter.is_control())
            .take(LONGEST)
            .collect(),
        reference: None,
        occurred_at: occurred_at.and_then(|time| time.parse::<Timestamp>().ok()),
    })
}

fn is_genuine(account: &Account, webhook: &InboundWebhook<'_>) -> bool {
    let is_one_of_ours = |said: &str| {
        let mut is_ours = false;
        for hash in &account.webhook_secret_hashes {
            is_ours |= bool::from(hash.expose().as_bytes().ct_eq(said.as_bytes()));
        }
        is_ours && account.allow_plain_hash
    };
    let mut signatures = webhook.headers.iter().filter(|(name, _)| name == SIGNATURE);
    match (signatures.next(), signatures.next()) {
        (Some((_, said)), None) => is_signed(account, webhook.body, said) || is_one_of_ours(said),
        (Some(_), Some(_)) => false,
        (None, _) => webhook.header(HASH).is_some_and(is_one_of_ours),
    }
}

/// In time that tells nothing of how much of the signature is right.
fn is_signed(account: &Account, body: &[u8], said: &str) -> bool {
    let mut is_signed = false;
    for hash in &account.webhook_secret_hashes {
        let key = hmac::Key::new(hmac::HMAC_SHA256, hash.expose().as_bytes());
        let expected = STANDARD.encode(hmac::sign(&key, body));
        is_signed |= bool::from(expected.as_bytes().ct_eq(said.as_bytes()));
    }
    is_signed
}

/// What it is about: of transfers, bills and the like, nothing.
fn object(name: &str, body: &Members) -> Result<Option<ObjectRef>, WebhookError> {
    let number = body.number(&["id"]);
    let found = if name.starts_with("subscription.") {
        subscription(body).map(|id| (ObjectKind::Subscription, id))
    } else if name.starts_with("refund") {
        number.map(|id| (ObjectKind::Refund, id))
    } else if name.starts_with("charge") || name.ends_with("_TRANSACTION") {
        let tx_ref = body.text(TX_REF).filter(|text| is_reference(text));
        // Transactions of version 4 have no numbers.
        let found = match number {
            Some(number) => (ObjectKind::Payment, number),
            None => (ObjectKind::Reference, tx_ref.ok_or(WebhookError::Malformed)?),
        };
        Some(found)
    } else {
        None
    };
    Ok(found.map(|(kind, id)| ObjectRef { kind, id }))
}

fn subscription(body: &Members) -> Option<String> {
    let customer = body.value(&["customer"])?;
    let mut emails = ["email", "customer_email"].iter();
    let email = emails.find_map(|name| customer.get(name)?.as_str())?;
    let id = SubscriptionId {
        number: &body.number(&["id"])?,
        plan: &body.number(&["plan", "payment_plan", "paymentPlan"])?,
        email,
    }
    .text();
    SubscriptionId::read(&id).is_some().then_some(id)
}

/// Events have no ids: they are the same where what happened to the same thing is.
fn key(name: &str, body: &Members) -> String {
    let parts = [
        Some(name),
        body.raw(&["id"]),
        body.raw(&["status"]),
        body.raw(REFUNDED),
    ];
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part.unwrap_or_default().as_bytes());
        context.update(b"\n");
    }
    let mut key = String::new();
    for byte in context.finish().as_ref() {
        // Writing into a string does not fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}
