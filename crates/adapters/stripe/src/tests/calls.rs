//! One call: what is sent, when it is repeated, and for how long.

use std::time::Duration;

use ports::http::{HttpError, HttpResponse};
use ports::payments::{ObjectKind, ObjectRef, PaymentProvider as _, ProviderError, RefundRequest};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::stub::{KEY, Stub, answer};

fn refund() -> RefundRequest {
    RefundRequest {
        reference: "rfd_1".to_owned(),
        payment: "pi_1".to_owned(),
        amount: kernel::Money::new(500, "USD".parse().unwrap()),
        is_rest: false,
        idempotency_key: "rfd_1".to_owned(),
    }
}

fn refunded() -> Value {
    json!({"id": "re_1", "amount": 500, "currency": "usd", "status": "succeeded"})
}

fn subscription() -> ObjectRef {
    ObjectRef {
        kind: ObjectKind::Subscription,
        id: "sub_1".to_owned(),
    }
}

fn subscribed() -> Value {
    json!({"id": "sub_1", "status": "active", "items": {"data": [{"id": "si_1"}], "has_more": false}})
}

fn unreachable() -> HttpError {
    HttpError::Unreachable("connection reset".into())
}

fn failed(status: u16) -> HttpResponse {
    answer(
        status,
        &json!({"error": {"type": "api_error", "message": "Sorry."}}),
    )
}

fn told(status: u16, is_again: bool) -> HttpResponse {
    let mut response = failed(status);
    let header = ("stripe-should-retry".to_owned(), is_again.to_string());
    response.headers.push(header);
    response
}

#[tokio::test(start_paused = true)]
async fn says_who_it_is_and_which_release_it_speaks() {
    let stub = Stub::of([refunded()]);
    stub.stripe().refund(&refund()).await.unwrap();
    let asked = &stub.asked()[0];
    let headers: Vec<_> = asked
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let bearer = format!("Bearer {KEY}");
    assert_eq!(
        headers,
        [
            ("accept", "application/json"),
            ("authorization", bearer.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("idempotency-key", "rfd_1"),
            ("stripe-version", "2026-10-28.endive"),
        ]
    );
    assert_eq!(asked.timeout, Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn repeats_under_the_same_key_what_may_pass() {
    for fault in [
        Err(unreachable()),
        Err(HttpError::TimedOut),
        Ok(failed(409)),
        Ok(failed(500)),
        Ok(failed(503)),
        Ok(told(429, true)),
        Ok(told(400, true)),
    ] {
        let text = format!("{fault:?}");
        let stub = Stub::new([fault, Ok(failed(502)), Ok(answer(200, &refunded()))]);
        let begun = Instant::now();
        stub.stripe()
            .refund(&refund())
            .await
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let asked = stub.asked();
        assert_eq!(asked.len(), 3, "{text}");
        assert!(asked.iter().all(|ask| ask.headers["idempotency-key"] == "rfd_1"));
        assert!(asked.iter().all(|ask| ask.params == asked[0].params));
        assert_eq!(begun.elapsed(), Duration::from_millis(1500));
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_is_not_repeated() {
    for refusal in [
        failed(400),
        failed(404),
        failed(429),
        told(500, false),
        told(409, false),
    ] {
        let status = refusal.status;
        let stub = Stub::new([Ok(refusal)]);
        stub.stripe().refund(&refund()).await.unwrap_err();
        assert_eq!(stub.asked().len(), 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_outcome_nothing_is_claimed() {
    for fault in [
        || Err(unreachable()),
        || Err(HttpError::TimedOut),
        || Ok(failed(500)),
        || Ok(failed(409)),
    ] {
        let stub = Stub::new([fault(), fault(), fault()]);
        let error = stub.stripe().refund(&refund()).await.unwrap_err();
        assert!(matches!(error, ProviderError::OutcomeUnknown(_)), "{error}");
        let stub = Stub::new([fault(), fault(), fault()]);
        let error = stub.stripe().fetch(&subscription()).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    }
    // Nothing was sent at all.
    let stub = Stub::new([Err(HttpError::PrivateAddress("stripe.example".to_owned()))]);
    let error = stub.stripe().refund(&refund()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    let stub = Stub::new([Err(HttpError::TooLong)]);
    let error = stub.stripe().refund(&refund()).await.unwrap_err();
    assert!(matches!(error, ProviderError::OutcomeUnknown(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_repetition_says_nothing_of_the_first() {
    for status in [401, 403, 429] {
        let stub = Stub::new([Err(HttpError::TimedOut), Ok(failed(status))]);
        let error = stub.stripe().refund(&refund()).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::OutcomeUnknown(_)),
            "{status}: {error}"
        );
        let stub = Stub::new([Err(HttpError::TimedOut), Ok(failed(status))]);
        let error = stub.stripe().fetch(&subscription()).await.unwrap_err();
        assert!(
            !matches!(error, ProviderError::OutcomeUnknown(_)),
            "{status}: {error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_what_is_needed_is_no_answer() {
    for body in [
        json!({}),
        json!([]),
        json!({"id": "re_1"}),
        json!({"id": "re_1", "amount": 5, "currency": "?"}),
    ] {
        let stub = Stub::of([body.clone()]);
        let error = stub.stripe().refund(&refund()).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::OutcomeUnknown(_)),
            "{body}: {error}"
        );
    }
    for body in [
        json!({}),
        json!({"id": "sub_1", "status": "active"}),
        json!("sub_1"),
    ] {
        let stub = Stub::of([body.clone()]);
        let error = stub.stripe().fetch(&subscription()).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unavailable(_)), "{body}: {error}");
    }
}

/// Takes as long to answer as it is told to.
struct Slow(Duration, std::sync::Mutex<Vec<Duration>>);

#[async_trait::async_trait]
impl ports::http::HttpClient for Slow {
    async fn send(&self, request: ports::http::HttpRequest) -> Result<HttpResponse, HttpError> {
        self.1.lock().unwrap().push(request.timeout);
        tokio::time::sleep(self.0.min(request.timeout)).await;
        let is_in_time = self.0 < request.timeout;
        is_in_time.then(|| failed(503)).ok_or(HttpError::TimedOut)
    }
}

#[tokio::test(start_paused = true)]
async fn all_repetitions_together_take_half_a_minute() {
    for (seconds, tries) in [(1, 3), (14, 3), (28, 2), (40, 1)] {
        let slow = std::sync::Arc::new(Slow(Duration::from_secs(seconds), std::sync::Mutex::default()));
        let begun = Instant::now();
        let error = super::stub::stripe(slow.clone())
            .refund(&refund())
            .await
            .unwrap_err();
        assert!(matches!(error, ProviderError::OutcomeUnknown(_)), "{error}");
        assert!(
            begun.elapsed() <= Duration::from_secs(30),
            "{seconds}: {:?}",
            begun.elapsed()
        );
        assert_eq!(slow.1.lock().unwrap().len(), tries, "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_leads_nowhere_else() {
    for id in [
        "",
        "..",
        "sub_1/../../v2",
        "sub_1?x=1",
        "sub 1",
        "sub_1#",
        "sub_é",
        &"s".repeat(256),
    ] {
        let stub = Stub::of([]);
        let object = ObjectRef {
            id: id.to_owned(),
            ..subscription()
        };
        let error = stub.stripe().fetch(&object).await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{id}: {error}");
    }
    let stub = Stub::of([subscribed()]);
    stub.stripe().fetch(&subscription()).await.unwrap();
    assert_eq!(stub.lines(), ["GET /v1/subscriptions/sub_1"]);
}
