//! What comes in by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ports::payments::{InboundWebhook, ProviderEvent, WebhookError};
use ring::hmac;

use super::*;

const SIGNATURE: &str = "flutterwave-signature";
const PLAIN: &str = "verif-hash";

fn sign(hash: &str, body: &[u8]) -> String {
    STANDARD.encode(hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, hash.as_bytes()),
        body,
    ))
}

fn verify(
    provider: &Flutterwave,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<ProviderEvent, WebhookError> {
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let webhook = InboundWebhook {
        headers: &headers,
        body,
    };
    provider.verify_webhook(&webhook, time("2026-01-01T00:00:00Z"))
}

fn signed(body: &Value) -> Result<ProviderEvent, WebhookError> {
    let body = body.to_string();
    let provider = provider(&World::new());
    let signature = sign(HASH, body.as_bytes());
    let by_signature = verify(&provider, &[(SIGNATURE, &signature)], body.as_bytes());
    assert_eq!(verify(&provider, &[(PLAIN, HASH)], body.as_bytes()), by_signature);
    by_signature
}

fn charge() -> Value {
    json!({ "event": "charge.completed", "data": transaction(&json!({})) })
}

#[test]
fn a_signature_is_of_every_byte_and_a_hash_of_none() {
    let body = charge().to_string();
    let signature = sign(HASH, body.as_bytes());
    let provider = provider(&World::new());
    let refused = Err(WebhookError::BadSignature);
    let mut mutations = 0;
    for at in 0..body.len() {
        for flip in [1, 0x20, 0x80] {
            let mut changed = body.clone().into_bytes();
            changed[at] ^= flip;
            assert_eq!(
                verify(&provider, &[(SIGNATURE, &signature)], &changed),
                refused,
                "{at}"
            );
            // Whoever knows the hash may say anything: that is why nothing of it is believed.
            assert_ne!(verify(&provider, &[(PLAIN, HASH)], &changed), refused, "{at}");
            mutations += 1;
        }
    }
    for (name, value) in [(SIGNATURE, signature.as_str()), (SIGNATURE, HASH), (PLAIN, HASH)] {
        assert!(verify(&provider, &[(name, value)], body.as_bytes()).is_ok());
        for at in 0..value.len() {
            for other in (0x20_u8..0x7f).filter(|other| *other != value.as_bytes()[at]) {
                let mut changed = value.to_owned().into_bytes();
                changed[at] = other;
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(
                    verify(&provider, &[(name, &changed)], body.as_bytes()),
                    refused,
                    "{changed}"
                );
                mutations += 1;
            }
        }
        for changed in [
            String::new(),
            format!(" {value}"),
            format!("{value} "),
            format!("{value}="),
            value[1..].to_owned(),
            value[..value.len() - 1].to_owned(),
        ] {
            assert_eq!(
                verify(&provider, &[(name, &changed)], body.as_bytes()),
                refused,
                "{changed}"
            );
        }
    }
    // A signature is none in the other header.
    assert_eq!(
        verify(&provider, &[(PLAIN, &signature)], body.as_bytes()),
        refused
    );
    println!("{mutations} mutations");
}

#[test]
fn a_signature_that_is_there_has_to_be_right_whatever_else_is() {
    let body = charge().to_string();
    let signature = sign(HASH, body.as_bytes());
    let provider = provider(&World::new());
    for (headers, is_taken) in [
        (vec![], false),
        (vec![(SIGNATURE, signature.as_str()), (PLAIN, "wrong")], true),
        (vec![(SIGNATURE, "wrong"), (PLAIN, HASH)], false),
        (vec![(SIGNATURE, ""), (PLAIN, HASH)], false),
        (
            vec![(SIGNATURE, signature.as_str()), (SIGNATURE, signature.as_str())],
            false,
        ),
        (vec![(SIGNATURE, HASH), (SIGNATURE, HASH), (PLAIN, HASH)], false),
        (vec![(PLAIN, HASH), (PLAIN, HASH)], false),
        (vec![(PLAIN, HASH), (PLAIN, "wrong")], false),
        (vec![("x-other", HASH)], false),
    ] {
        let answer = verify(&provider, &headers, body.as_bytes());
        assert_eq!(answer.is_ok(), is_taken, "{headers:?}");
    }
}

#[test]
fn any_of_several_hashes_will_do_and_none_takes_nothing() {
    let body = charge().to_string();
    let of = |hashes: &[&str], allow_plain_hash| {
        let hashes = hashes.iter().map(|hash| Secret::new((*hash).to_owned()));
        let config = FlutterwaveConfig {
            webhook_secret_hashes: hashes.collect(),
            allow_plain_hash,
            ..config()
        };
        set_up(config, &World::new())
    };
    let check = |provider: &Flutterwave, hash: &str| {
        let signature = sign(hash, body.as_bytes());
        let headers = [(SIGNATURE, signature.as_str()), (SIGNATURE, hash), (PLAIN, hash)];
        headers.map(|header| verify(provider, &[header], body.as_bytes()).is_ok())
    };
    let rotated = of(&["new", "old"], true);
    assert_eq!(check(&rotated, "new"), [true; 3]);
    assert_eq!(check(&rotated, "old"), [true; 3]);
    assert_eq!(check(&rotated, "other"), [false; 3]);
    let strict = of(&["new", "old"], false);
    assert_eq!(check(&strict, "new"), [true, false, false]);
    assert_eq!(check(&strict, "old"), [true, false, false]);
    let none = of(&[], true);
    assert_eq!(check(&none, ""), [false; 3]);
}

#[test]
fn an_event_says_what_to_ask_for() {
    let refund = json!({ "id": 89, "AmountRefunded": 5, "status": "completed", "TransactionId": 87 });
    let customer = json!({ "customer_email": "A@b.co" });
    for (body, expected) in [
        (charge(), Some(object(ObjectKind::Payment, "288"))),
        (
            json!({ "event": "charge.completed", "data": { "id": "288", "status": "failed" } }),
            Some(object(ObjectKind::Payment, "288")),
        ),
        (
            json!({ "id": 289, "txRef": "x", "status": "successful", "event.type": "CARD_TRANSACTION" }),
            Some(object(ObjectKind::Payment, "289")),
        ),
        (
            json!({ "id": 289, "txRef": "x", "status": "successful" }),
            Some(object(ObjectKind::Payment, "289")),
        ),
        (refund, Some(object(ObjectKind::Refund, "89"))),
        (
            json!({ "event": "refund.completed", "data": { "id": 89, "status": "completed" } }),
            Some(object(ObjectKind::Refund, "89")),
        ),
        (
            json!({ "type": "charge.completed", "data": { "id": "chg_1", "reference": "pay_1-1" } }),
            Some(object(ObjectKind::Reference, "pay_1-1")),
        ),
        (
            json!({ "event": "subscription.cancelled", "data": { "id": 4147, "plan": 3657, "customer": customer } }),
            Some(object(ObjectKind::Subscription, "4147/3657/a@b.co")),
        ),
        (
            json!({ "event": "subscription.cancelled", "data": {
                "id": 4147, "plan": { "id": 3657, "name": "Pro" }, "customer": { "email": "a@b.co" },
            } }),
            Some(object(ObjectKind::Subscription, "4147/3657/a@b.co")),
        ),
        (
            json!({ "event": "subscription.cancelled", "data": { "id": 4147 } }),
            None,
        ),
        (
            json!({ "event": "transfer.completed", "data": { "id": 288, "status": "SUCCESSFUL" } }),
            None,
        ),
        (json!({ "event": "singlebillpayment.status", "data": [] }), None),
        // More names than one for the same.
        (
            json!({ "event": "charge.completed", "data": {
                "id": 288, "tx_ref": "a", "txRef": "b", "reference": "c", "plan": 1, "payment_plan": 2,
                "created_at": null, "createdAt": "2026-01-01T00:00:00Z",
            } }),
            Some(object(ObjectKind::Payment, "288")),
        ),
    ] {
        let event = signed(&body).unwrap();
        assert_eq!(event.object, expected, "{body}");
        assert_eq!((event.key.len(), event.reference), (64, None));
    }
    for body in [
        json!({}),
        json!([]),
        json!("x"),
        json!(null),
        json!({ "id": 1, "status": "successful" }),
        json!({ "event": "charge.completed", "data": { "id": "chg_1" } }),
        json!({ "event": "charge.completed", "data": { "id": 1.5, "tx_ref": "a b" } }),
        json!({ "event": "charge.completed" }),
    ] {
        assert_eq!(signed(&body), Err(WebhookError::Malformed), "{body}");
    }
}

#[test]
fn the_key_is_of_what_happened_to_what() {
    let key = |event: &str, changes: &Value| {
        let data = merged(
            json!({ "id": 1, "status": "completed", "amount_refunded": 5 }),
            changes,
        );
        signed(&json!({ "event": event, "data": data })).unwrap().key
    };
    let first = key("refund.completed", &json!({}));
    assert_eq!(
        key(
            "refund.completed",
            &json!({ "updated_at": "later", "narration": "x" })
        ),
        first
    );
    let mut others = vec![
        first,
        key("refund.failed", &json!({})),
        key("refund.completed", &json!({ "id": 2 })),
        key("refund.completed", &json!({ "status": "failed" })),
        key("refund.completed", &json!({ "amount_refunded": 6 })),
        key("refund.completed", &json!({ "amount_refunded": null })),
    ];
    others.sort();
    others.dedup();
    assert_eq!(others.len(), 6);
}

#[test]
fn the_vector_made_elsewhere_holds() {
    let Some(folder) = recordings() else {
        return;
    };
    let vectors = json_at(&folder.join("webhook-signature-vectors.json"));
    let vector = &vectors["flutterwave"];
    let text = |name: &str| vector[name].as_str().unwrap();
    let config = FlutterwaveConfig {
        webhook_secret_hashes: vec![Secret::new(text("secret_hash").to_owned())],
        ..config()
    };
    let provider = set_up(config, &World::new());
    for name in [SIGNATURE, PLAIN] {
        let event = verify(&provider, &[(name, text(name))], text("payload").as_bytes()).unwrap();
        assert_eq!(event.object, Some(object(ObjectKind::Payment, "285959875")));
    }
}

#[test]
fn documented_bodies_are_reasons_to_ask() {
    let Some(folder) = recordings() else {
        return;
    };
    let examples = json_at(&folder.join("flutterwave/webhooks.json"));
    let at = |text: &str| Some(time(text));
    for (name, event_type, expected, occurred_at) in [
        (
            "charge_completed_v3_enveloped",
            "charge.completed",
            object(ObjectKind::Payment, "285959875"),
            at("2020-07-06T19:17:04Z"),
        ),
        (
            "charge_flat_legacy_sandbox",
            "CARD_TRANSACTION",
            object(ObjectKind::Payment, "8944267"),
            at("2025-04-23T14:08:43Z"),
        ),
        (
            "refund_flat",
            "refund",
            object(ObjectKind::Refund, "89074"),
            at("2025-08-04T16:18:31Z"),
        ),
        (
            "charge_completed_v4",
            "charge.completed",
            object(ObjectKind::Reference, "order_1"),
            at("2026-05-24T15:34:09.001Z"),
        ),
    ] {
        let event = signed(&examples[name]).unwrap();
        assert_eq!(event.event_type, event_type);
        assert_eq!(event.object, Some(expected));
        assert_eq!(event.occurred_at, occurred_at);
    }
}
