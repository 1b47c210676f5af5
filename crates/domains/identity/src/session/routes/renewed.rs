//! What is answered when a session goes on under another secret.

use std::convert::Infallible;

use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use schemars::JsonSchema;
use serde::Serialize;
use web::openapi::{Operation, Output};
use web::{ApiResult, Json, SESSION_COOKIE, SetCookie};

use super::TokenBody;
use crate::session::model::Renewed;

/// The session as it goes on: a program gets the next pair of tokens, a browser another cookie.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RenewedBody {
    /// For the header `Authorization: Bearer …`. Earlier access tokens say less, and are not taken any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMDFrIn0.c2ln"))]
    access_token: Option<String>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "Bearer"))]
    token_type: Option<String>,
    /// For how many seconds the access token holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = 600))]
    expires_in: Option<u64>,
    /// For the next pair, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "mrt_AQGZ1t2s8XwPR0XqZ3kK5c0AAAAAAAAAAAxYb8"))]
    refresh_token: Option<String>,
}

/// 200, for browsers with another cookie.
pub struct RenewedAnswer<T> {
    cookie: NewCookie,
    body: Json<T>,
}

/// Another cookie, for browsers.
pub struct NewCookie(Option<SetCookie>);

impl NewCookie {
    /// The one that the owner of the session holds from now on.
    pub fn of(renewed: &Renewed) -> ApiResult<Self> {
        Ok(Self(match renewed {
            Renewed::Tokens(_) => None,
            Renewed::Cookie { value, max_age } => {
                Some(SetCookie::keep(SESSION_COOKIE, value.expose(), *max_age)?)
            }
        }))
    }
}

impl IntoResponseParts for NewCookie {
    type Error = Infallible;

    fn into_response_parts(self, response: ResponseParts) -> Result<ResponseParts, Infallible> {
        match self.0 {
            Some(cookie) => cookie.into_response_parts(response),
            None => Ok(response),
        }
    }
}

impl Output for NewCookie {
    fn describe(_: &mut Operation<'_>) {}
}

impl From<&Renewed> for RenewedBody {
    fn from(renewed: &Renewed) -> Self {
        let body = match renewed {
            Renewed::Tokens(held) => Some(TokenBody::from(held)),
            Renewed::Cookie { .. } => None,
        };
        match body {
            Some(body) => Self {
                access_token: Some(body.access_token),
                token_type: Some(body.token_type),
                expires_in: Some(body.expires_in),
                refresh_token: Some(body.refresh_token),
            },
            None => Self {
                access_token: None,
                token_type: None,
                expires_in: None,
                refresh_token: None,
            },
        }
    }
}

impl<T> RenewedAnswer<T> {
    /// `body` around what the owner of the session holds from now on.
    pub fn new(renewed: &Renewed, body: impl FnOnce(RenewedBody) -> T) -> ApiResult<Self> {
        Ok(Self {
            cookie: NewCookie::of(renewed)?,
            body: Json(body(RenewedBody::from(renewed))),
        })
    }
}

impl<T: Serialize> IntoResponse for RenewedAnswer<T> {
    fn into_response(self) -> Response {
        (self.cookie, self.body).into_response()
    }
}

impl<T: JsonSchema> Output for RenewedAnswer<T> {
    fn describe(operation: &mut Operation<'_>) {
        Json::<T>::describe(operation);
    }
}
