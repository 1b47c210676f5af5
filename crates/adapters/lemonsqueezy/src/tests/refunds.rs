//! Giving money back.

use ports::payments::{ProviderError, RefundRequest, RefundState};

use super::*;

fn refund(payment: &str, amount: Money, is_rest: bool) -> RefundRequest {
    RefundRequest {
        reference: "rfd_1".to_owned(),
        payment: payment.to_owned(),
        amount,
        is_rest,
        idempotency_key: "key".to_owned(),
    }
}

fn body(kind: &str, id: &str, attributes: &Value) -> Value {
    resource(kind, id, attributes)
}

#[tokio::test]
async fn a_part_has_an_amount_and_the_rest_has_none() {
    let world = World::new();
    let provider = provider(&world);
    for (payment, kind, id) in [
        ("order:1", "orders", "1"),
        ("subscription_invoice:2", "subscription-invoices", "2"),
    ] {
        for (is_rest, attributes, refunded, state) in [
            (
                false,
                json!({ "amount": 500 }),
                json!(500),
                RefundState::Succeeded,
            ),
            (false, json!({ "amount": 500 }), json!(0), RefundState::Pending),
            (true, json!({}), json!(2399), RefundState::Succeeded),
        ] {
            let changes = json!({ "refunded_amount": refunded, "refunded_at": "2026-01-13T00:00:00Z" });
            let answer = match kind {
                "orders" => order(&changes),
                _ => invoice(&changes),
            };
            let at = format!("/{kind}/{id}/refund");
            let answer = Answer::Json(200, answer);
            world.expect(HttpMethod::Post, &at, Some(body(kind, id, &attributes)), answer);
            let request = refund(payment, money(500, "EUR"), is_rest);
            let refunded = provider.refund(&request).await.unwrap();
            assert_eq!(refunded.state, state);
            assert_eq!(refunded.amount, money(500, "EUR"));
            assert_eq!((refunded.id, refunded.reference), (None, None));
            assert_eq!(refunded.created_at, Some(time("2026-01-13T00:00:00Z")));
        }
    }
    assert!(world.is_done());
}

#[tokio::test]
async fn an_answer_without_the_envelope_is_one_too() {
    let world = World::new();
    let asked = body("orders", "1", &json!({ "amount": 100 }));
    let answer = order(&json!({ "refunded_amount": 100 }))["data"].clone();
    world.expect(
        HttpMethod::Post,
        "/orders/1/refund",
        Some(asked),
        Answer::Json(200, answer),
    );
    let refunded = provider(&world)
        .refund(&refund("order:1", money(100, "EUR"), false))
        .await
        .unwrap();
    assert_eq!(refunded.state, RefundState::Succeeded);
}

#[tokio::test]
async fn what_can_t_be_given_back_is_not_asked_for() {
    let world = World::new();
    let provider = provider(&world);
    for payment in ["1", "order:", "order:1/refund", "order:x", "invoice:1", ""] {
        let answer = provider.refund(&refund(payment, money(1, "EUR"), false)).await;
        assert!(matches!(answer, Err(ProviderError::NotFound)), "{payment}");
    }
    for amount in [money(0, "EUR"), money(-1, "EUR"), money(100, "JPY")] {
        let answer = provider.refund(&refund("order:1", amount, false)).await;
        assert!(matches!(answer, Err(ProviderError::Refused { .. })), "{amount}");
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn it_asks_as_the_provider_s_library_does() {
    let Some(requests) = sdk_requests() else {
        return;
    };
    let mut count = 0;
    for (method, url, body) in requests {
        if !url.path().ends_with("/refund") {
            continue;
        }
        assert_eq!(method, "POST");
        let (payment, answer) = match url.path() {
            "/v1/orders/1/refund" => ("order:1", order(&json!({}))),
            "/v1/subscription-invoices/9/refund" => ("subscription_invoice:9", invoice(&json!({}))),
            other => panic!("{other}"),
        };
        let amount = body["data"]["attributes"]["amount"].as_i64().unwrap();
        let world = World::new();
        let at = url.path().strip_prefix("/v1").unwrap();
        world.expect(HttpMethod::Post, at, Some(body), Answer::Json(200, answer));
        let request = refund(payment, money(amount, "EUR"), false);
        provider(&world).refund(&request).await.unwrap();
        assert!(world.is_done());
        count += 1;
    }
    assert_eq!(count, 2);
}
