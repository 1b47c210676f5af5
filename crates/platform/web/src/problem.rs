//! What a caller is told when something is refused or fails: RFC 9457, with a stable `code`.
//!
//! The one place where a failure becomes an HTTP status. Bodies of 5xx say nothing about the inside.

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use kernel::failure::{Failure, FailureKind, FieldError};
use schemars::JsonSchema;
use serde::Serialize;

/// The media type of every problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// How old a sign-in may be where a fresh one is asked for.
pub const FRESH_FOR: Duration = Duration::from_mins(10);

/// What a caller is told when a request is refused or fails (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// Where the code is explained.
    #[schemars(extend("format" = "uri-reference", "example" = "/docs/errors/validation_failed"))]
    pub r#type: String,
    /// The status in words.
    #[schemars(extend("example" = "Unprocessable Entity"))]
    pub title: Cow<'static, str>,
    /// The HTTP status.
    #[schemars(extend("example" = 422, "format" = "int32"))]
    pub status: u16,
    /// What went wrong, for programs: stable.
    #[schemars(extend("example" = "validation_failed"))]
    pub code: Cow<'static, str>,
    /// What went wrong and what to do, for people.
    #[schemars(extend("example" = "some fields are not as they should be; see errors"))]
    pub detail: Cow<'static, str>,
    /// The id of the request, to be named when asking for help.
    #[schemars(extend("example" = "req_5f0c2a9be1d34c6f8a7b0c1d2e3f4a5b"))]
    pub request_id: Option<String>,
    /// The fields at fault, all at once.
    pub errors: Vec<FieldProblem>,
}

/// A fault in one field of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldProblem {
    /// JSON Pointer (RFC 6901) to the field in the body; for a parameter its name.
    #[schemars(extend("example" = "/email"))]
    pub pointer: Cow<'static, str>,
    /// What is wrong with it, for programs: stable.
    #[schemars(extend("example" = "too_short"))]
    pub code: Cow<'static, str>,
    /// What is wrong with it, for people.
    #[schemars(extend("example" = "at least 12 characters are expected"))]
    pub detail: Cow<'static, str>,
}

/// The error of every handler: a problem on its way out.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Refused>);

/// What a handler answers.
pub type ApiResult<T> = Result<T, ApiError>;

#[derive(Debug, Clone)]
struct Refused {
    status: StatusCode,
    problem: Problem,
    challenge: Option<HeaderValue>,
    retry_after: Option<Duration>,
    is_oauth: bool,
}

/// A problem that libraries of OAuth can read as well.
#[derive(Serialize)]
struct OAuthProblem<'a> {
    #[serde(flatten)]
    problem: &'a Problem,
    error: &'a str,
    error_description: &'a str,
}

impl<F: Failure> From<F> for ApiError {
    fn from(failure: F) -> Self {
        Self::of(&failure)
    }
}

impl ApiError {
    /// The failure as its caller sees it; what only we should see is logged here, once.
    pub fn of(failure: &dyn Failure) -> Self {
        let kind = failure.kind();
        let mut error = match kind {
            FailureKind::Internal => {
                tracing::error!(error.code = failure.code(), error.chain = %chain(failure), "a request failed");
                return Self::internal();
            }
            // One body for all that is absent or hidden, so that nobody learns which of the two it is.
            FailureKind::NotFound => return Self::not_found(),
            FailureKind::StorageFull | FailureKind::Unavailable | FailureKind::PartyFailed => {
                tracing::warn!(error.code = failure.code(), error.chain = %chain(failure), "a request was put off");
                Self::new(status_of(kind), failure.code(), failure.to_string())
            }
            FailureKind::StepUpRequired => Self::step_up_required(),
            FailureKind::Unauthenticated => Self::unauthenticated(failure.code(), failure.to_string()),
            _ => Self::new(status_of(kind), failure.code(), failure.to_string()),
        };
        error.0.problem.errors = failure.fields().iter().map(FieldProblem::from).collect();
        error.0.retry_after = failure.retry_after().or(error.0.retry_after);
        error
    }

    /// The request can't be read.
    pub fn malformed(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// The request can be read, but these fields break a rule.
    pub fn invalid(fields: &[FieldError]) -> Self {
        let detail = "some fields are not as they should be; see errors";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", detail).with_fields(fields)
    }

    /// No credentials (`unauthenticated`), or none that hold.
    pub fn unauthenticated(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, code, detail);
        // RFC 6750 §3: the error is named only when a token was presented and did not hold.
        let challenge = match code {
            "invalid_token" | "session_revoked" => r#"Bearer error="invalid_token""#,
            _ => "Bearer",
        };
        error.0.challenge = Some(HeaderValue::from_static(challenge));
        error
    }

    /// The credentials hold, but are too old for this (RFC 9470).
    pub fn step_up_required() -> Self {
        let detail = "this needs a sign-in from the last few minutes; sign in again";
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "step_up_required", detail);
        let max_age = FRESH_FOR.as_secs();
        let challenge = format!(
            r#"Bearer error="insufficient_user_authentication", acr_values="aal2", max_age={max_age}"#
        );
        error.0.challenge = HeaderValue::try_from(challenge).ok();
        error
    }

    /// Known, but not permitted.
    pub fn forbidden(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// Absent, or not to be known about: the same to the byte.
    pub fn not_found() -> Self {
        let detail = "there is nothing here, or nothing that you may see";
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The path is known, but not with this method.
    pub fn method_not_allowed() -> Self {
        let detail = "this path does not know the method; see Allow";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// At odds with the present state.
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// The caller's copy is out of date: `If-Match` does not name the present version.
    pub fn outdated() -> Self {
        let detail = "somebody changed this in the meantime; get it again and repeat the change";
        Self::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail)
    }

    /// More body than is taken.
    pub fn too_large() -> Self {
        let detail = "the body is larger than is accepted here";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// A body of another kind than is taken.
    pub fn unsupported_media_type(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            detail,
        )
    }

    /// Sent to a host that is not ours.
    pub fn misdirected() -> Self {
        let detail = "this server does not answer for that host";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "misdirected_request", detail)
    }

    /// The body came too slowly.
    pub fn too_slow() -> Self {
        let detail = "the body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail)
    }

    /// Too often.
    pub fn too_many_requests(
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail);
        error.0.retry_after = Some(retry_after);
        error
    }

    /// Too busy, or a part is away.
    pub fn unavailable(
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        error.0.retry_after = Some(retry_after);
        error
    }

    /// Our fault; whoever answers this has logged why.
    pub fn internal() -> Self {
        let detail = "something went wrong on our side; it has been recorded under the request_id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// The same with the fields at fault.
    pub fn with_fields(mut self, fields: &[FieldError]) -> Self {
        self.0.problem.errors = fields.iter().map(FieldProblem::from).collect();
        self
    }

    /// The same with the members `error` and `error_description`, which clients of OAuth look at (RFC 6749
    /// §5.2).
    pub fn in_oauth(mut self) -> Self {
        self.0.is_oauth = true;
        self
    }

    /// The status that it is answered with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What the caller reads.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// The error that `response` answers, when it is one: for the layers around a handler, and for pages,
    /// which show it to people.
    pub fn behind(response: &Response) -> Option<&Self> {
        response.extensions().get()
    }

    /// The same for the request of this id.
    pub fn with_request_id(mut self, request_id: &str) -> Self {
        self.0.problem.request_id = Some(request_id.to_owned());
        self
    }

    fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let is_temporary = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        Self(Box::new(Refused {
            status,
            problem: Problem {
                r#type: format!("/docs/errors/{code}"),
                title: status.canonical_reason().unwrap_or_default().into(),
                status: status.as_u16(),
                code: code.into(),
                detail: detail.into(),
                request_id: None,
                errors: Vec::new(),
            },
            challenge: None,
            retry_after: is_temporary.then_some(Duration::from_secs(1)),
            is_oauth: false,
        }))
    }
}

const fn status_of(kind: FailureKind) -> StatusCode {
    match kind {
        FailureKind::Malformed => StatusCode::BAD_REQUEST,
        FailureKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::Unauthenticated | FailureKind::StepUpRequired => StatusCode::UNAUTHORIZED,
        FailureKind::Forbidden => StatusCode::FORBIDDEN,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Conflict => StatusCode::CONFLICT,
        FailureKind::Outdated => StatusCode::PRECONDITION_FAILED,
        FailureKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        FailureKind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FailureKind::PartyFailed => StatusCode::BAD_GATEWAY,
        FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error with everything that led to it, for the log.
fn chain(failure: &dyn Failure) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = Error::source(error);
    }
    text
}

impl From<&FieldError> for FieldProblem {
    fn from(field: &FieldError) -> Self {
        Self {
            pointer: field.pointer.clone(),
            code: field.code.into(),
            detail: field.detail.clone(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body()));
        *response.status_mut() = self.0.status;
        self.finish(&mut response);
        response
    }
}

impl ApiError {
    fn body(&self) -> Vec<u8> {
        let problem = &self.0.problem;
        let body = if self.0.is_oauth {
            serde_json::to_vec(&OAuthProblem {
                problem,
                error: self.oauth_error(),
                error_description: &problem.detail,
            })
        } else {
            serde_json::to_vec(problem)
        };
        body.unwrap_or_default()
    }

    /// The word of the standards for what the code says.
    fn oauth_error(&self) -> &str {
        match (self.0.status.as_u16(), &*self.0.problem.code) {
            (_, "unsupported_token_type") => "unsupported_token_type",
            (500.., _) => "server_error",
            _ => "invalid_request",
        }
    }

    fn finish(self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(challenge) = &self.0.challenge {
            headers.insert(WWW_AUTHENTICATE, challenge.clone());
        }
        if let Some(wait) = self.0.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, seconds.max(1).into());
        }
        response.extensions_mut().insert(self);
    }
}

/// Writes the id of the request into a problem that was answered without knowing it; other answers stay as
/// they are.
pub fn name_request(mut response: Response, request_id: &str) -> Response {
    let Some(error) = response.extensions_mut().remove::<ApiError>() else {
        return response;
    };
    let error = error.with_request_id(request_id);
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(error.body());
    response.extensions_mut().insert(error);
    response
}

#[cfg(test)]
mod tests;
