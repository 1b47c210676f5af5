//! Pages where somebody pays.

use ports::payments::ProviderError;

use super::*;

const LINK: &str = "https://checkout.flutterwave.com/v3/hosted/pay/flwlnk-01";

fn made() -> Answer {
    let made = json!({ "status": "success", "message": "Hosted Link", "data": { "link": LINK } });
    Answer::Json(200, made)
}

fn of_payment(amount: &Value, currency: &str) -> Value {
    json!({
        "tx_ref": "pay_01hx-2", "amount": amount, "currency": currency, "redirect_url": "https://app.test/ok",
        "customer": { "email": "a@b.co", "name": "A" },
        "customizations": { "description": "Credits" },
        "meta": { "payment_id": "pay_01hx", "organization_id": "org_1" },
        "link_expiration": "2026-11-24T00:00:00Z",
    })
}

#[tokio::test]
async fn a_payment_is_asked_for_in_major_units() {
    for (minor, code, number, text) in [
        (1999, "NGN", json!(19.99), "19.99"),
        (30, "NGN", json!(0.3), "0.3"),
        (500_000, "NGN", json!(5000), "5000"),
        (5000, "UGX", json!(5000), "5000"),
        (1500, "KWD", json!(1.5), "1.5"),
        (i64::MAX, "UGX", json!(i64::MAX), "9223372036854775807"),
    ] {
        let world = World::new();
        let asked = of_payment(&number, code);
        world.expect(HttpMethod::Post, "/payments", Some(asked), made());
        let request = payment(money(minor, code));
        let checkout = provider(&world).create_checkout(&request).await.unwrap();
        assert_eq!(checkout.url.as_str(), LINK);
        assert_eq!(checkout.id, Some(format!("pay_01hx-2 {LINK}")));
        assert_eq!(checkout.expires_at, Some(request.expires_at));
        assert!(world.is_done());
        // To the letter, and not only what a reader of numbers makes of it.
        let sent = String::from_utf8(world.asked()[0].body.clone()).unwrap();
        assert!(sent.contains(&format!("\"amount\":{text},")), "{sent}");
    }
}

#[tokio::test]
async fn a_subscription_is_begun_by_a_card_that_pays_for_a_plan() {
    let world = World::new();
    let mut request = subscribe("3657", 1, None);
    for (name, value) in [
        ("color", "red"),
        ("subscription_id", "sub_of_another"),
        ("payment_plan", "1"),
    ] {
        request.metadata.insert(name.to_owned(), value.to_owned());
    }
    let asked = json!({
        "tx_ref": "sub_01hx-2", "amount": 5000, "currency": "NGN", "redirect_url": "https://app.test/ok",
        "customer": { "email": "a@b.co", "name": "A" },
        "payment_options": "card", "payment_plan": 3657,
        "meta": {
            "subscription_id": "sub_01hx", "organization_id": "org_1", "payment_plan": "3657", "color": "red",
        },
        "link_expiration": "2026-11-24T00:00:00Z",
    });
    world.expect(HttpMethod::Post, "/payments", Some(asked), made());
    provider(&world).create_checkout(&request).await.unwrap();
    assert!(world.is_done());
}

#[tokio::test]
async fn what_can_t_be_meant_is_not_asked_for() {
    let world = World::new();
    let provider = provider(&world);
    let mut without_address = payment(money(1, "NGN"));
    without_address.buyer.email = None;
    let mut too_long = payment(money(1, "NGN"));
    too_long.reference = format!("pay_{}", "0".repeat(97));
    for request in [
        without_address,
        too_long,
        payment(money(0, "NGN")),
        payment(money(-1, "NGN")),
        subscribe("rpp_12d2", 1, None),
        subscribe("", 1, None),
        subscribe("1/../2", 1, None),
    ] {
        let refused = provider.create_checkout(&request).await;
        assert!(
            matches!(refused, Err(ProviderError::Refused { .. })),
            "{request:?}"
        );
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_page_without_a_usable_address_is_no_page() {
    for data in [
        json!({}),
        json!({ "link": null }),
        json!({ "link": "javascript:alert(1)" }),
        json!({ "link": "http://x.test" }),
        json!(null),
    ] {
        let world = World::new();
        let asked = of_payment(&json!(1), "NGN");
        let answer = Answer::Json(200, success(&data));
        world.expect(HttpMethod::Post, "/payments", Some(asked), answer);
        let answer = provider(&world)
            .create_checkout(&payment(money(100, "NGN")))
            .await;
        assert!(matches!(answer, Err(ProviderError::OutcomeUnknown(_))), "{data}");
    }
}

#[tokio::test]
async fn a_page_is_closed_by_its_address() {
    let world = World::new();
    let provider = provider(&world);
    let asked = json!({ "link": LINK });
    let answer = Answer::Json(200, json!({ "status": "success", "message": "Link disabled" }));
    world.expect(HttpMethod::Post, "/payments/link/disable", Some(asked), answer);
    provider
        .expire_checkout(&format!("pay_01hx-2 {LINK}"))
        .await
        .unwrap();
    let missing = provider.expire_checkout("pay_01hx-2").await;
    assert!(matches!(missing, Err(ProviderError::NotFound)));
    assert!(world.is_done());
}
