use std::time::Duration;

use serde_json::json;

use super::*;

fn key() -> Secret<String> {
    Secret::new("sk_test_4eC39HqLyjWDarjtT1zdp7dc".to_owned())
}

fn refusal(status: u16, body: &str, effect: Effect) -> ProviderError {
    let answer = HttpResponse {
        status,
        content_type: None,
        max_age: None,
        headers: vec![
            ("request-id".to_owned(), "req_1".to_owned()),
            ("retry-after".to_owned(), "7".to_owned()),
        ],
        body: body.as_bytes().to_vec(),
    };
    read(&answer, effect, &key(), Timestamp::from_unix_seconds(0).unwrap())
}

fn error(kind: &str) -> String {
    json!({"error": {"type": kind, "code": "a_code", "message": "Why.", "param": "amount"}}).to_string()
}

#[test]
fn the_status_counts_and_then_the_type() {
    for (status, kind, expected) in [
        (
            400,
            "invalid_request_error",
            "Refused { code: \"a_code\", message: \"Why. (amount, req_1)\" }",
        ),
        (
            402,
            "invalid_request_error",
            "Refused { code: \"a_code\", message: \"Why. (amount, req_1)\" }",
        ),
        (
            402,
            "card_error",
            "Declined { code: \"a_code\", message: \"Why.\" }",
        ),
        (
            400,
            "idempotency_error",
            "OutcomeUnknown(\"Why. (amount, req_1)\")",
        ),
        (
            409,
            "idempotency_error",
            "OutcomeUnknown(\"Why. (amount, req_1)\")",
        ),
        (
            409,
            "invalid_request_error",
            "OutcomeUnknown(\"Why. (amount, req_1)\")",
        ),
        (
            401,
            "invalid_request_error",
            "Unauthorized(\"Why. (amount, req_1)\")",
        ),
        (
            403,
            "invalid_request_error",
            "Unauthorized(\"Why. (amount, req_1)\")",
        ),
        (404, "invalid_request_error", "NotFound"),
        (429, "rate_limit_error", "RateLimited { retry_after: Some(7s) }"),
        (
            500,
            "api_error",
            "OutcomeUnknown(\"status 500: Why. (amount, req_1)\")",
        ),
        (
            500,
            "card_error",
            "OutcomeUnknown(\"status 500: Why. (amount, req_1)\")",
        ),
        (
            302,
            "api_error",
            "OutcomeUnknown(\"status 302: Why. (amount, req_1)\")",
        ),
        (
            418,
            "somewhat_new",
            "Refused { code: \"a_code\", message: \"Why. (amount, req_1)\" }",
        ),
    ] {
        assert_eq!(
            format!("{:?}", refusal(status, &error(kind), Effect::Some)),
            expected
        );
    }
    let read = refusal(503, &error("api_error"), Effect::None);
    assert!(matches!(read, ProviderError::Unavailable(_)), "{read}");
}

#[test]
fn who_stands_between_is_not_taken_for_stripe() {
    for body in ["", "<html>Not found</html>", "{}", "{\"error\":\"gone\"}"] {
        for status in [400, 402, 404, 410, 502] {
            let error = refusal(status, body, Effect::Some);
            assert!(
                matches!(error, ProviderError::OutcomeUnknown(_)),
                "{status} {body}: {error}"
            );
            let error = refusal(status, body, Effect::None);
            assert!(
                matches!(error, ProviderError::Unavailable(_)),
                "{status} {body}: {error}"
            );
        }
        assert!(matches!(
            refusal(401, body, Effect::Some),
            ProviderError::Unauthorized(_)
        ));
        let limited = refusal(429, body, Effect::Some);
        let seven = Some(Duration::from_secs(7));
        assert!(matches!(limited, ProviderError::RateLimited { retry_after } if retry_after == seven));
    }
}

#[test]
fn the_banks_own_reason_is_told() {
    for (decline, expected) in [
        (Some("insufficient_funds"), "insufficient_funds"),
        (Some("generic_decline"), "card_declined"),
        (None, "card_declined"),
    ] {
        let body = json!({"error": {"type": "card_error", "code": "card_declined", "decline_code": decline, "message": "No."}});
        let ProviderError::Declined { code, message } = refusal(402, &body.to_string(), Effect::Some) else {
            panic!("not declined");
        };
        assert_eq!((code.as_str(), message.as_str()), (expected, "No."));
    }
}

#[test]
fn no_key_is_passed_on() {
    for text in [
        "Invalid API Key provided: sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "Invalid API Key provided: sk_test_****************p7dc",
        "Expired API Key provided: (rk_live_abc)",
    ] {
        let body = json!({"error": {"type": "invalid_request_error", "message": text}}).to_string();
        let error = refusal(401, &body, Effect::Some).to_string();
        assert!(error.contains("API Key provided: ["), "{error}");
        assert!(!error.contains("p7dc") && !error.contains("abc"), "{error}");
    }
    assert_eq!(plain("a\r\nb\u{7f}c", &key()), "abc");
    assert_eq!(plain(&"é".repeat(900), &key()).chars().count(), LONGEST);
}
