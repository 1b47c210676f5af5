//! Webhooks, from their headers to what they are about.

use std::sync::Arc;

use kernel::Secret;
use ports::payments::{
    InboundWebhook, ObjectKind, ObjectRef, PaymentProvider as _, ProviderEvent, WebhookError,
};
use ring::hmac;
use serde_json::{Value, json};

use super::shared_data;
use super::stub::{At, NOW, SECRET, Stub, at, config};
use crate::{EVENT_TYPES, Stripe, StripeConfig};

fn signed(body: &[u8]) -> Vec<(String, String)> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, &[format!("{NOW}.").as_bytes(), body].concat());
    let tag: Vec<String> = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    vec![(
        "stripe-signature".to_owned(),
        format!("t={NOW},v1={}", tag.concat()),
    )]
}

fn told_to(stripe: &Stripe, body: &[u8]) -> Result<ProviderEvent, WebhookError> {
    let headers = signed(body);
    let webhook = InboundWebhook {
        headers: &headers,
        body,
    };
    stripe.verify_webhook(&webhook, at(NOW))
}

fn told(event: &Value) -> Result<ProviderEvent, WebhookError> {
    told_to(&Stub::of([]).stripe(), event.to_string().as_bytes())
}

fn event(name: &str, object: &str, id: &str) -> Value {
    json!({
        "id": "evt_1", "object": "event", "type": name, "created": NOW, "livemode": false,
        "api_version": "1999-01-01", "data": {"object": {"id": id, "object": object, "status": ["new", 1]}},
    })
}

#[test]
fn tells_what_it_is_about() {
    for (name, object, kind) in [
        (
            "checkout.session.completed",
            "checkout.session",
            Some(ObjectKind::Checkout),
        ),
        (
            "payment_intent.succeeded",
            "payment_intent",
            Some(ObjectKind::Payment),
        ),
        ("charge.refunded", "charge", Some(ObjectKind::Payment)),
        ("refund.failed", "refund", Some(ObjectKind::Refund)),
        ("charge.dispute.closed", "dispute", Some(ObjectKind::Dispute)),
        (
            "customer.subscription.deleted",
            "subscription",
            Some(ObjectKind::Subscription),
        ),
        ("invoice.paid", "invoice", Some(ObjectKind::Invoice)),
        (
            "invoice_payment.paid",
            "invoice_payment",
            Some(ObjectKind::Invoice),
        ),
        ("customer.updated", "customer", None),
        ("charge.succeeded", "charge", None),
        ("invoice.upcoming", "invoice", None),
        ("invoice.paid", "somewhat.new", None),
        ("treasury.new_thing", "subscription", None),
    ] {
        let told = told(&event(name, object, "id_1")).unwrap();
        let object = kind.map(|kind| ObjectRef {
            kind,
            id: "id_1".to_owned(),
        });
        let expected = ProviderEvent {
            key: "evt_1".to_owned(),
            event_type: name.to_owned(),
            object,
            reference: None,
            occurred_at: Some(at(NOW)),
        };
        assert_eq!(told, expected);
    }
}

#[test]
fn an_object_without_an_id_is_about_nothing() {
    let mut event = event("invoice.paid", "invoice", "in_1");
    event["data"]["object"] = json!({"object": "invoice", "id": null});
    assert_eq!(told(&event).unwrap().object, None);
}

#[test]
fn an_event_of_the_other_mode_is_refused() {
    let mut event = event("invoice.paid", "invoice", "in_1");
    event["livemode"] = json!(true);
    assert_eq!(told(&event), Err(WebhookError::WrongMode));
    let live = StripeConfig {
        secret_key: Secret::new("rk_live_1".to_owned()),
        ..config()
    };
    let live = Stripe::new(live, Stub::of([]), Arc::new(At(NOW))).unwrap();
    assert!(told_to(&live, event.to_string().as_bytes()).is_ok());
    event["livemode"] = json!(false);
    assert_eq!(
        told_to(&live, event.to_string().as_bytes()),
        Err(WebhookError::WrongMode)
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let stripe = Stub::of([]).stripe();
    for body in ["", "[]", "null", "{", "\u{1}", "{}"] {
        assert_eq!(
            told_to(&stripe, body.as_bytes()),
            Err(WebhookError::Malformed),
            "{body}"
        );
    }
    for missing in ["id", "type", "created", "livemode", "data"] {
        let mut event = event("invoice.paid", "invoice", "in_1");
        event.as_object_mut().unwrap().remove(missing);
        assert_eq!(told(&event), Err(WebhookError::Malformed), "{missing}");
    }
    for id in [String::new(), "e".repeat(129)] {
        let mut event = event("invoice.paid", "invoice", "in_1");
        event["id"] = json!(id);
        assert_eq!(told(&event), Err(WebhookError::Malformed), "{id}");
    }
}

#[test]
fn the_signature_is_looked_at_first_and_once() {
    let stripe = Stub::of([]).stripe();
    let body = b"{";
    let with = |headers: &[(String, String)]| {
        let webhook = InboundWebhook { headers, body };
        stripe.verify_webhook(&webhook, at(NOW))
    };
    let headers = signed(body);
    assert_eq!(with(&headers), Err(WebhookError::Malformed));
    assert_eq!(with(&[]), Err(WebhookError::BadSignature));
    assert_eq!(
        with(&[headers.clone(), headers].concat()),
        Err(WebhookError::BadSignature)
    );
    assert_eq!(with(&signed(b"{}")), Err(WebhookError::BadSignature));
}

#[test]
fn no_type_is_listed_twice_and_a_list_takes_each_half() {
    let mut types = EVENT_TYPES.concat();
    let count = types.len();
    types.sort_unstable();
    types.dedup();
    assert_eq!(types.len(), count);
    assert!(EVENT_TYPES.iter().all(|half| half.len() <= 20));
}

#[test]
fn signatures_of_stripes_own_library_hold_as_it_says() {
    let Some(vectors) = shared_data::json("webhook-signature-vectors.json") else {
        return;
    };
    let text = |name: &str| vectors[name].as_str().unwrap();
    let time = vectors["timestamp"].as_i64().unwrap();
    let body = text("payload");
    let check = |header: &str, body: &str, secret: &str, offset: i64| {
        let secrets = [Secret::new(secret.to_owned())];
        crate::signature::verify(header, body.as_bytes(), &secrets, at(time + offset))
    };
    let (header, rotated) = (text("header"), text("header_rotation_two_v1"));
    let (secret, old) = (text("secret"), text("old_secret"));
    let upper = header.replace(|letter: char| letter.is_ascii_hexdigit(), "A");
    for (header, body, secret, offset, expected) in [
        (header, body, secret, 0, Ok(())),
        (header, body, secret, 300, Ok(())),
        (header, body, secret, 301, Err(WebhookError::Stale)),
        // Stripe's library takes a time to come, however far off.
        (header, body, secret, -301, Err(WebhookError::Stale)),
        (rotated, body, secret, 0, Ok(())),
        (rotated, body, old, 0, Ok(())),
        (header, body, old, 0, Err(WebhookError::BadSignature)),
        (
            text("header_only_v0"),
            body,
            secret,
            0,
            Err(WebhookError::BadSignature),
        ),
        (upper.as_str(), body, secret, 0, Err(WebhookError::BadSignature)),
        (
            header,
            &body.replace("in_1", "in_2"),
            secret,
            0,
            Err(WebhookError::BadSignature),
        ),
    ] {
        assert_eq!(check(header, body, secret, offset), expected, "{header} {offset}");
    }
}

#[test]
fn recorded_events_are_understood() {
    let files = shared_data::files("stripe-events");
    let (mut events, mut with_object) = (0, 0);
    for (name, event) in &files {
        if event["object"] != "event" {
            continue;
        }
        let mut told = told(event);
        if event["livemode"] == true {
            assert_eq!(told, Err(WebhookError::WrongMode), "{name}");
            let mut event = event.clone();
            event["livemode"] = json!(false);
            told = self::told(&event);
        }
        let told = told.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(told.key, event["id"].as_str().unwrap());
        if let Some(object) = told.object {
            assert_eq!(object.id, event["data"]["object"]["id"].as_str().unwrap());
            with_object += 1;
        }
        events += 1;
    }
    println!("{events} recorded events, {with_object} of them about something");
    assert!(files.is_empty() || (events >= 30 && with_object >= 20));
}
