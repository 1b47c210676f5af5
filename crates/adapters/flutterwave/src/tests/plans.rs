//! Prices that can be subscribed to.

use ports::payments::{PriceRequest, ProviderError};

use super::*;

fn price(amount: Money, interval: &'static str, interval_count: u32) -> PriceRequest {
    PriceRequest {
        reference: "prc_1".to_owned(),
        name: "Pro".to_owned(),
        amount,
        interval,
        interval_count,
        idempotency_key: "key".to_owned(),
    }
}

#[tokio::test]
async fn a_plan_goes_on_for_a_number_of_months() {
    for (unit, count, expected) in [
        ("day", 1, Some("daily")),
        ("week", 1, Some("weekly")),
        ("month", 1, Some("monthly")),
        ("month", 3, Some("quarterly")),
        ("month", 6, Some("every 6 months")),
        ("month", 12, Some("yearly")),
        ("year", 1, Some("yearly")),
        ("year", 2, Some("every 24 months")),
        ("day", 30, None),
        ("week", 2, None),
        ("month", 0, None),
        ("year", u32::MAX, None),
        ("fortnight", 1, None),
    ] {
        let world = World::new();
        if let Some(interval) = expected {
            let asked = json!({ "amount": 19.99, "name": "Pro", "interval": interval, "currency": "NGN" });
            let made =
                success(&json!({ "id": 3807, "amount": 19.99, "currency": "NGN", "interval": interval }));
            world.expect(
                HttpMethod::Post,
                "/payment-plans",
                Some(asked),
                Answer::Json(200, made),
            );
        }
        let request = price(money(1999, "NGN"), unit, count);
        match provider(&world).create_price(&request).await {
            Ok(id) => assert_eq!((id.as_str(), expected.is_some()), ("3807", true)),
            Err(ProviderError::Refused { .. }) => assert_eq!(expected, None, "{count} {unit}"),
            Err(error) => panic!("{error:?}"),
        }
        assert!(world.is_done());
    }
}

#[tokio::test]
async fn a_plan_of_another_amount_is_not_used() {
    for data in [
        json!({ "id": 3807, "amount": 1999, "currency": "NGN" }),
        json!({ "id": 3807, "amount": 19.99, "currency": "USD" }),
        json!({ "id": 3807, "amount": 19.99 }),
        json!({ "amount": 19.99, "currency": "NGN" }),
    ] {
        let world = World::new();
        let asked = json!({ "amount": 19.99, "name": "Pro", "interval": "monthly", "currency": "NGN" });
        let answer = Answer::Json(200, success(&data));
        world.expect(HttpMethod::Post, "/payment-plans", Some(asked), answer);
        let request = price(money(1999, "NGN"), "month", 1);
        let made = provider(&world).create_price(&request).await;
        assert!(matches!(made, Err(ProviderError::OutcomeUnknown(_))), "{data}");
    }
    let world = World::new();
    let nothing = provider(&world)
        .create_price(&price(money(0, "NGN"), "month", 1))
        .await;
    assert!(matches!(nothing, Err(ProviderError::Refused { .. })));
}
