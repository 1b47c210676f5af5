//! Pages where somebody pays.

use std::collections::BTreeSet;

use ports::payments::{Capability, ProviderError};

use super::*;

const URL: &str = "https://store.lemonsqueezy.com/checkout/custom/u?signature=s";

fn body(attributes: &Value, variant: &str) -> Value {
    json!({ "data": {
        "type": "checkouts",
        "attributes": attributes,
        "relationships": {
            "store": { "data": { "type": "stores", "id": "51385" } },
            "variant": { "data": { "type": "variants", "id": variant } },
        },
    } })
}

fn of_payment() -> Value {
    body(
        &json!({
            "custom_price": 1999,
            "expires_at": "2026-11-24T00:00:00Z",
            "preview": true,
            "test_mode": true,
            "product_options": {
                "name": "Credits", "redirect_url": "https://app.test/ok", "enabled_variants": [22],
            },
            "checkout_options": { "embed": false, "discount": false },
            "checkout_data": {
                "email": "a@b.co", "name": "A",
                "custom": { "payment_id": "pay_1", "organization_id": "org_1", "color": "red" },
            },
        }),
        "22",
    )
}

fn of_subscription() -> Value {
    body(
        &json!({
            "expires_at": "2026-11-24T00:00:00Z",
            "preview": true,
            "test_mode": true,
            "product_options": { "redirect_url": "https://app.test/ok", "enabled_variants": [33] },
            "checkout_options": { "embed": false },
            "checkout_data": {
                "email": "a@b.co", "name": "A",
                "custom": { "subscription_id": "sub_1", "organization_id": "org_1" },
                "variant_quantities": [{ "variant_id": 33, "quantity": 3 }],
            },
        }),
        "33",
    )
}

fn subscribe(price: &str) -> CheckoutRequest {
    checkout_of(Purpose::Subscription {
        price: price.to_owned(),
        amount: money(1000, "EUR"),
        quantity: 3,
        trial_days: None,
    })
}

fn made(changes: &Value) -> Answer {
    let made = json!({
        "store_id": 51385, "url": URL, "expires_at": "2026-11-24T00:00:00.000000Z", "test_mode": true,
        "preview": { "currency": "EUR", "total": 1999 },
        "checkout_data": { "custom": [], "billing_address": [] },
    });
    Answer::Json(201, resource("checkouts", "bbd5ae24", &merged(made, changes)))
}

#[tokio::test]
async fn a_payment_is_of_any_amount_of_the_store_s_currency() {
    let world = World::new();
    let provider = provider(&world);
    let mut request = payment(money(1999, "EUR"));
    request.metadata.insert("color".to_owned(), "red".to_owned());
    request
        .metadata
        .insert("payment_id".to_owned(), "pay_of_another".to_owned());
    world.expect(
        HttpMethod::Post,
        "/checkouts",
        Some(of_payment()),
        made(&json!({})),
    );
    let checkout = provider.create_checkout(&request).await.unwrap();
    assert_eq!(checkout.id.as_deref(), Some("bbd5ae24"));
    assert_eq!(checkout.url.as_str(), URL);
    assert_eq!(checkout.expires_at, Some(time("2026-11-24T00:00:00Z")));
    assert_eq!(checkout.customer, None);
    assert!(world.is_done());
}

#[tokio::test]
async fn a_subscription_is_of_a_variant() {
    let world = World::new();
    let provider = provider(&world);
    let answer = made(&json!({ "preview": false, "expires_at": null }));
    world.expect(HttpMethod::Post, "/checkouts", Some(of_subscription()), answer);
    let checkout = provider.create_checkout(&subscribe("33")).await.unwrap();
    assert_eq!(checkout.expires_at, None);
    for price in ["", "price_1", "-1", "3 3", "99999999999999999999999"] {
        let refused = provider.create_checkout(&subscribe(price)).await;
        assert!(matches!(refused, Err(ProviderError::Refused { .. })), "{price}");
    }
    assert!(world.is_done());
}

#[tokio::test]
async fn a_page_that_asks_for_something_else_is_not_handed_out() {
    let world = World::new();
    let provider = provider(&world);
    for (changes, code) in [
        (json!({ "preview": { "currency": "USD" } }), "currency"),
        (json!({ "test_mode": false }), "wrong_mode"),
    ] {
        let mut asked = of_payment();
        asked["data"]["attributes"]["checkout_data"]["custom"]
            .as_object_mut()
            .unwrap()
            .remove("color");
        world.expect(HttpMethod::Post, "/checkouts", Some(asked), made(&changes));
        let refused = provider.create_checkout(&payment(money(1999, "EUR"))).await;
        assert!(
            matches!(&refused, Err(ProviderError::Refused { code: said, .. }) if said == code),
            "{refused:?}"
        );
    }
    for (changes, is_expected) in [
        (json!({ "url": "http://store.test" }), true),
        (json!({ "url": null }), true),
        (json!({ "store_id": "1" }), false),
    ] {
        world.expect(
            HttpMethod::Post,
            "/checkouts",
            Some(of_subscription()),
            made(&changes),
        );
        let answer = provider.create_checkout(&subscribe("33")).await;
        let is_unknown = matches!(answer, Err(ProviderError::OutcomeUnknown(_)));
        assert_eq!(is_unknown, is_expected, "{changes}");
    }
    assert!(world.is_done());
}

#[tokio::test]
async fn what_has_no_cents_is_not_asked_for() {
    let world = World::new();
    let provider = provider(&world);
    for (minor, code) in [
        (1999, "JPY"),
        (1999, "UGX"),
        (1999, "KWD"),
        (0, "EUR"),
        (-5, "EUR"),
    ] {
        let refused = provider.create_checkout(&payment(money(minor, code))).await;
        assert!(
            matches!(refused, Err(ProviderError::Refused { .. })),
            "{minor} {code}"
        );
    }
    let without = LemonSqueezyConfig {
        payment_variant: None,
        ..config()
    };
    let provider = set_up(without, &world);
    let refused = provider.create_checkout(&payment(money(1999, "EUR"))).await;
    assert!(matches!(
        refused,
        Err(ProviderError::Unsupported(Capability::AdHocAmount))
    ));
}

/// Every place in a JSON text, with the kind of what is there; elements of lists are alike.
fn places(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(elements) => {
            for value in elements {
                places(value, &format!("{at}/0"), found);
            }
        }
        Value::String(_) => drop(found.insert(format!("{at}: text"))),
        Value::Number(_) => drop(found.insert(format!("{at}: number"))),
        Value::Bool(_) => drop(found.insert(format!("{at}: bool"))),
        Value::Null => drop(found.insert(format!("{at}: null"))),
    }
}

#[test]
fn what_is_asked_has_the_shape_of_what_the_provider_s_library_asks() {
    let Some(requests) = sdk_requests() else {
        return;
    };
    let mut known = BTreeSet::new();
    let mut count = 0;
    for (_, url, body) in &requests {
        if url.path() == "/v1/checkouts" {
            places(body, "", &mut known);
            count += 1;
        }
    }
    assert_eq!(count, 2);
    let mut ours = BTreeSet::new();
    places(&of_payment(), "", &mut ours);
    places(&of_subscription(), "", &mut ours);
    let custom = "/data/attributes/checkout_data/custom/";
    let new: Vec<&String> = ours
        .difference(&known)
        .filter(|place| !place.starts_with(custom))
        .collect();
    // Both are in the documentation of checkouts and not in what was captured.
    assert_eq!(
        new,
        [
            "/data/attributes/checkout_options/discount: bool",
            "/data/attributes/product_options/name: text",
        ]
    );
}
