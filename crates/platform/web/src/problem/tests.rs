use std::time::Duration;

use axum::body::to_bytes;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, thiserror::Error)]
#[error("the slug is taken")]
struct Mishap {
    kind: FailureKind,
    #[source]
    cause: std::fmt::Error,
}

impl Failure for Mishap {
    fn kind(&self) -> FailureKind {
        self.kind
    }

    fn code(&self) -> &'static str {
        "slug_taken"
    }

    fn fields(&self) -> &[FieldError] {
        const FIELDS: &[FieldError] = &[FieldError {
            pointer: Cow::Borrowed("/slug"),
            code: "taken",
            detail: Cow::Borrowed("take another"),
        }];
        FIELDS
    }
}

fn mishap(kind: FailureKind) -> ApiError {
    let cause = std::fmt::Error;
    ApiError::from(Mishap { kind, cause })
}

async fn body(response: Response) -> Value {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn every_kind_has_its_status() {
    for (kind, status) in [
        (FailureKind::Malformed, 400),
        (FailureKind::Invalid, 422),
        (FailureKind::Unauthenticated, 401),
        (FailureKind::StepUpRequired, 401),
        (FailureKind::Forbidden, 403),
        (FailureKind::NotFound, 404),
        (FailureKind::Conflict, 409),
        (FailureKind::Outdated, 412),
        (FailureKind::TooManyRequests, 429),
        (FailureKind::StorageFull, 507),
        (FailureKind::Unavailable, 503),
        (FailureKind::PartyFailed, 502),
        (FailureKind::Internal, 500),
    ] {
        let error = mishap(kind);
        assert_eq!(
            (error.status().as_u16(), error.problem().status),
            (status, status),
            "{kind:?}"
        );
        let answer = error.into_response();
        assert_eq!(
            answer.headers().contains_key(WWW_AUTHENTICATE),
            status == 401,
            "{kind:?}"
        );
        assert_eq!(
            answer.headers().contains_key(RETRY_AFTER),
            matches!(status, 429 | 503),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_failure_is_told_with_its_fields() {
    let answer = mishap(FailureKind::Conflict).into_response();
    assert_eq!(answer.headers()[CONTENT_TYPE], PROBLEM_JSON);
    assert_eq!(
        body(answer).await,
        json!({
            "type": "/docs/errors/slug_taken",
            "title": "Conflict",
            "status": 409,
            "code": "slug_taken",
            "detail": "the slug is taken",
            "request_id": null,
            "errors": [{ "pointer": "/slug", "code": "taken", "detail": "take another" }],
        })
    );
}

#[test]
fn what_is_inside_and_what_is_hidden_is_not_told() {
    for kind in [FailureKind::Internal, FailureKind::NotFound] {
        let problem = mishap(kind).problem().clone();
        assert!(!format!("{problem:?}").contains("slug"), "{problem:?}");
    }
    let chain = chain(&Mishap {
        kind: FailureKind::Internal,
        cause: std::fmt::Error,
    });
    assert!(chain.starts_with("the slug is taken: "), "{chain}");
}

#[test]
fn waiting_is_told_in_whole_seconds() {
    for (wait, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (90_000, "90")] {
        let error = ApiError::too_many_requests("rate_limited", "wait", Duration::from_millis(wait));
        assert_eq!(error.into_response().headers()[RETRY_AFTER], seconds);
    }
}

#[tokio::test]
async fn a_problem_is_told_which_request_it_answers() {
    let answer = name_request(ApiError::not_found().into_response(), "req_1");
    assert_eq!(
        ApiError::behind(&answer).unwrap().problem().request_id.as_deref(),
        Some("req_1")
    );
    assert_eq!(body(answer).await["request_id"], "req_1");
    let other = name_request(Response::new(Body::from("{}")), "req_1");
    assert_eq!(body(other).await, json!({}));
}
