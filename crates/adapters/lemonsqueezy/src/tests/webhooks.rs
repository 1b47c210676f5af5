//! What comes in by itself.

use std::fmt::Write as _;

use ports::payments::{InboundWebhook, ProviderEvent, WebhookError};
use ring::hmac;

use super::*;

fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    let mut text = String::new();
    for byte in tag.as_ref() {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn verify(
    provider: &LemonSqueezy,
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
    let signature = sign(SECRET, body.as_bytes());
    verify(
        &provider(&World::new()),
        &[("x-signature", &signature)],
        body.as_bytes(),
    )
}

fn event(kind: &str, id: &Value, custom: &Value) -> Value {
    json!({
        "meta": { "event_name": "order_created", "test_mode": true, "custom_data": custom },
        "data": { "type": kind, "id": id, "attributes": { "updated_at": "2026-01-02T00:00:00.000000Z" } },
    })
}

#[test]
fn a_signature_is_of_every_byte() {
    let body = event("orders", &json!("1"), &json!({ "payment_id": "pay_1" })).to_string();
    let signature = sign(SECRET, body.as_bytes());
    let provider = provider(&World::new());
    let check = |signature: &str, body: &[u8]| verify(&provider, &[("x-signature", signature)], body);
    assert!(check(&signature, body.as_bytes()).is_ok());
    let mut mutations = 0;
    for at in 0..body.len() {
        for flip in [1, 0x20, 0x80] {
            let mut changed = body.clone().into_bytes();
            changed[at] ^= flip;
            assert_eq!(
                check(&signature, &changed),
                Err(WebhookError::BadSignature),
                "{at}"
            );
            mutations += 1;
        }
    }
    for at in 0..signature.len() {
        for other in (0x20_u8..0x7f).filter(|other| *other != signature.as_bytes()[at]) {
            let mut changed = signature.clone().into_bytes();
            changed[at] = other;
            let changed = String::from_utf8(changed).unwrap();
            let answer = check(&changed, body.as_bytes());
            assert_eq!(answer, Err(WebhookError::BadSignature), "{changed}");
            mutations += 1;
        }
    }
    println!("{mutations} mutations");
    let with = |before: &str, after: &str| format!("{before}{signature}{after}");
    for changed in [
        String::new(),
        with(" ", ""),
        with("", " "),
        with("sha256=", ""),
        with("", "0"),
        signature[..63].to_owned(),
        signature.to_uppercase(),
    ] {
        let answer = check(&changed, body.as_bytes());
        assert_eq!(answer, Err(WebhookError::BadSignature), "{changed}");
    }
    for (cut, add) in [(1, ""), (0, " "), (0, "\n")] {
        let changed = format!("{}{add}", &body[..body.len() - cut]);
        let answer = check(&signature, changed.as_bytes());
        assert_eq!(answer, Err(WebhookError::BadSignature));
    }
}

#[test]
fn the_header_is_there_once() {
    let body = event("orders", &json!("1"), &json!([])).to_string();
    let signature = sign(SECRET, body.as_bytes());
    let provider = provider(&World::new());
    let name = "x-signature";
    for headers in [
        vec![],
        vec![("x-other", signature.as_str())],
        vec![(name, signature.as_str()), (name, signature.as_str())],
        vec![(name, signature.as_str()), (name, "")],
    ] {
        let answer = verify(&provider, &headers, body.as_bytes());
        assert_eq!(answer, Err(WebhookError::BadSignature), "{headers:?}");
    }
}

#[test]
fn any_of_several_secrets_will_do_and_none_takes_nothing() {
    let body = event("orders", &json!("1"), &json!([])).to_string();
    let secrets = |all: &[&str]| {
        let webhook_secrets = all.iter().map(|secret| Secret::new((*secret).to_owned()));
        let config = LemonSqueezyConfig {
            webhook_secrets: webhook_secrets.collect(),
            ..config()
        };
        set_up(config, &World::new())
    };
    let check = |provider: &LemonSqueezy, secret: &str| {
        let signature = sign(secret, body.as_bytes());
        verify(provider, &[("x-signature", &signature)], body.as_bytes()).is_ok()
    };
    let rotated = secrets(&["new", "old"]);
    assert!(check(&rotated, "new") && check(&rotated, "old"));
    assert!(!check(&rotated, "other") && !check(&rotated, ""));
    let none = secrets(&[]);
    assert!(!check(&none, "") && !check(&none, "new"));
}

#[test]
fn an_event_says_what_to_ask_for() {
    for (kind, expected) in [
        ("orders", Some(object(ObjectKind::Payment, "order:1"))),
        (
            "subscription-invoices",
            Some(object(ObjectKind::Invoice, "subscription_invoice:1")),
        ),
        ("subscriptions", Some(object(ObjectKind::Subscription, "1"))),
        ("license-keys", None),
        ("affiliates", None),
    ] {
        for id in [json!("1"), json!(1)] {
            let event = signed(&event(kind, &id, &json!([]))).unwrap();
            assert_eq!(event.object, expected, "{kind}");
            assert_eq!(event.event_type, "order_created");
            assert_eq!(event.occurred_at, Some(time("2026-01-02T00:00:00Z")));
        }
    }
    for id in [
        json!(""),
        json!("x"),
        json!("1/../2"),
        json!(-1),
        json!(1.5),
        json!(null),
    ] {
        let answer = signed(&event("orders", &id, &json!([])));
        assert_eq!(answer, Err(WebhookError::Malformed), "{id}");
    }
    for body in [
        json!({}),
        json!([]),
        json!({ "meta": { "event_name": "x" } }),
        json!(null),
    ] {
        assert_eq!(signed(&body), Err(WebhookError::Malformed), "{body}");
    }
}

#[test]
fn what_we_called_it_comes_back() {
    for (custom, expected) in [
        (
            json!({ "payment_id": "pay_1", "organization_id": "org_1" }),
            Some("pay_1"),
        ),
        (json!({ "subscription_id": "sub_1" }), Some("sub_1")),
        (json!([]), None),
        (json!(null), None),
        (json!({}), None),
        (json!({ "payment_id": 25 }), None),
        (json!({ "payment_id": "" }), None),
        (json!({ "payment_id": "a b" }), None),
        (json!({ "payment_id": "p".repeat(129) }), None),
    ] {
        let event = signed(&event("orders", &json!("1"), &custom)).unwrap();
        assert_eq!(event.reference.as_deref(), expected, "{custom}");
    }
}

#[test]
fn the_key_is_that_of_the_event_or_of_its_bytes() {
    let mut body = event("orders", &json!("1"), &json!([]));
    body["meta"]["webhook_id"] = json!("f61d9089-9ca1-4753-9b9b-19710c27d0a9");
    assert_eq!(signed(&body).unwrap().key, "f61d9089-9ca1-4753-9b9b-19710c27d0a9");
    for id in [
        json!(null),
        json!(""),
        json!(7),
        json!("x".repeat(129)),
        json!("a b"),
    ] {
        body["meta"]["webhook_id"] = id;
        body["data"]["id"] = json!("1");
        let key = signed(&body).unwrap().key;
        assert_eq!(key.len(), 64);
        assert_eq!(signed(&body).unwrap().key, key);
        body["data"]["id"] = json!("2");
        assert_ne!(signed(&body).unwrap().key, key);
    }
}

#[test]
fn the_mode_is_that_of_the_account() {
    for (meta, attribute, expected) in [
        (json!(true), json!(null), None),
        (json!(null), json!(true), None),
        (json!(null), json!(null), None),
        (json!(true), json!(false), None),
        (json!(false), json!(null), Some(WebhookError::WrongMode)),
        (json!(null), json!(false), Some(WebhookError::WrongMode)),
    ] {
        let mut body = event("orders", &json!("1"), &json!([]));
        body["meta"]["test_mode"] = meta;
        body["data"]["attributes"]["test_mode"] = attribute;
        assert_eq!(signed(&body).err(), expected, "{body}");
    }
}

#[test]
fn the_vector_made_elsewhere_holds() {
    let Some(folder) = recordings() else {
        return;
    };
    let vectors = json_at(&folder.join("webhook-signature-vectors.json"));
    let vector = &vectors["lemonsqueezy"];
    let webhook_secrets = vec![Secret::new(vector["secret"].as_str().unwrap().to_owned())];
    let config = LemonSqueezyConfig {
        webhook_secrets,
        ..config()
    };
    let provider = set_up(config, &World::new());
    let body = vector["payload"].as_str().unwrap().as_bytes();
    let signature = vector["x_signature"].as_str().unwrap();
    let event = verify(&provider, &[("x-signature", signature)], body).unwrap();
    assert_eq!(event.object, Some(object(ObjectKind::Payment, "order:1")));
    assert_eq!(event.reference.as_deref(), Some("01H"));
}

/// Bodies that came in elsewhere. Two of them contradict each other about the same second: neither is believed.
#[test]
fn real_bodies_are_reasons_to_ask() {
    let Some(folder) = recordings() else {
        return;
    };
    let mut events = BTreeMap::new();
    for file in std::fs::read_dir(folder.join("ls-webhooks")).unwrap() {
        let path = file.unwrap().path();
        let body = std::fs::read(&path).unwrap();
        let said = json_at(&path);
        let is_test = said["meta"]["test_mode"].as_bool();
        let is_test = is_test
            .or(said["data"]["attributes"]["test_mode"].as_bool())
            .unwrap_or(true);
        let config = LemonSqueezyConfig {
            is_test_mode: is_test,
            ..config()
        };
        let provider = set_up(config, &World::new());
        let signature = sign(SECRET, &body);
        let event = verify(&provider, &[("x-signature", &signature)], &body).unwrap();
        let is_about_money = said["data"]["type"] != "license-keys";
        assert_eq!(event.object.is_some(), is_about_money, "{}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        events.insert(name, event);
    }
    println!("{} webhooks", events.len());
    assert!(events.len() >= 11);
    let created = &events["codewriter.subscription_created.json"];
    let updated = &events["codewriter.subscription_updated.json"];
    assert_eq!(created.object, Some(object(ObjectKind::Subscription, "421953")));
    assert_eq!(created.object, updated.object);
    assert_eq!(created.occurred_at, updated.occurred_at);
    assert_ne!(created.key, updated.key);
}
