//! What an answer means that is none.

use std::time::Duration;

use ports::payments::{ProviderError, RefundRequest};

use super::*;

fn said(status: u16) -> Answer {
    let errors = json!({ "errors": [{
        "status": status.to_string(), "title": "Unprocessable Entity", "detail": "The \u{7} amount is too much.",
        "source": { "pointer": "/data/attributes/amount" },
    }] });
    Answer::Json(status, errors)
}

/// What becomes of an answer to a question, and to a change.
async fn outcomes(make: impl Fn() -> Answer) -> (ProviderError, ProviderError) {
    let world = World::new();
    let provider = provider(&world);
    world.expect(HttpMethod::Get, "/subscriptions/9", None, make());
    let read = provider.fetch(&object(ObjectKind::Subscription, "9")).await;
    let asked = resource("orders", "1", &json!({ "amount": 100 }));
    world.expect(HttpMethod::Post, "/orders/1/refund", Some(asked), make());
    let request = RefundRequest {
        reference: "rfd_1".to_owned(),
        payment: "order:1".to_owned(),
        amount: money(100, "EUR"),
        is_rest: false,
        idempotency_key: "key".to_owned(),
    };
    let write = provider.refund(&request).await;
    // Each was asked once.
    assert!(world.is_done());
    assert_eq!(world.asked().len(), 2);
    (read.unwrap_err(), write.unwrap_err())
}

#[tokio::test]
async fn without_an_answer_a_change_is_not_known_to_have_failed() {
    let answers: [fn() -> Answer; 9] = [
        || Answer::TimedOut,
        || Answer::Broken,
        || Answer::TooLong,
        || said(500),
        || said(503),
        || Answer::Text(301, vec![], String::new()),
        || Answer::Text(200, vec![], "<html>".to_owned()),
        || {
            Answer::Json(
                200,
                json!({ "data": { "type": "stores", "id": "1", "attributes": {} } }),
            )
        },
        || {
            Answer::Json(
                200,
                json!({ "data": { "type": "orders", "id": "1", "attributes": {} } }),
            )
        },
    ];
    for make in answers {
        let (read, write) = outcomes(make).await;
        assert!(matches!(read, ProviderError::Unavailable(_)), "{read:?}");
        assert!(matches!(write, ProviderError::OutcomeUnknown(_)), "{write:?}");
        assert!(read.is_transient() && write.is_transient());
    }
}

#[tokio::test]
async fn a_refusal_says_what_it_is_about() {
    for status in [400, 402, 409, 422] {
        let (read, write) = outcomes(|| said(status)).await;
        for error in [read, write] {
            let ProviderError::Refused { code, message } = error else {
                panic!("{error:?}");
            };
            assert_eq!(code, status.to_string());
            assert_eq!(
                message,
                "Unprocessable Entity: The  amount is too much.: /data/attributes/amount"
            );
        }
    }
    for status in [401, 403] {
        let (read, write) = outcomes(|| said(status)).await;
        assert!(matches!(read, ProviderError::Unauthorized(_)));
        assert!(matches!(write, ProviderError::Unauthorized(_)));
    }
    let (read, write) = outcomes(|| said(404)).await;
    assert!(matches!(
        (read, write),
        (ProviderError::NotFound, ProviderError::NotFound)
    ));
    let (read, _) = outcomes(|| Answer::Text(418, vec![], "short and stout".to_owned())).await;
    assert!(matches!(read, ProviderError::Refused { message, .. } if message == "status 418"));
}

#[tokio::test]
async fn a_limit_says_how_long_it_lasts() {
    for (header, expected) in [
        (Some("17"), Some(Duration::from_secs(17))),
        (Some("soon"), None),
        (None, None),
    ] {
        let headers = || header.map(|value| ("retry-after".to_owned(), value.to_owned()));
        let make = || Answer::Text(429, headers().into_iter().collect(), "{}".to_owned());
        let (read, write) = outcomes(make).await;
        for error in [read, write] {
            assert!(
                matches!(error, ProviderError::RateLimited { retry_after } if retry_after == expected),
                "{error:?}"
            );
        }
    }
}
