//! `/oauth/introspect` and `/oauth/revoke`. What is sent and answered is as the standards have it.

use axum::extract::State;
use garde::Validate;
use kernel::permission::IntrospectTokens;
use kernel::{SessionId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiError, ApiResult, Context, Doc, FormBody, Json, KeyHolder, Public, Routes};

use super::model::Revocation;
use super::service::{Introspections, LiveToken};

/// The routes of introspection and revocation.
pub fn routes(introspections: Introspections) -> Api {
    Routes::new("oauth")
        .about("For other services: whether an access token holds, and ending it.")
        .post(
            "/oauth/introspect",
            introspect_token,
            Doc::new(
                "Ask whether an access token holds",
                "Tells whether an access token holds at this moment, its session and account included (RFC 7662). \
                 The caller is an API key with the scope `tokens:introspect`; a key of an organization learns about \
                 the tokens of its members. Whatever does not hold, or is no access token, is answered \
                 `{\"active\": false}`.",
            ),
        )
        .post(
            "/oauth/revoke",
            revoke_token,
            Doc::new(
                "Revoke a token",
                "Ends the session of an access token or a refresh token (RFC 7009); who has the token may do so. A \
                 token that does not hold is answered in the same way. API keys are revoked by their owners.",
            ),
        )
        .with_state(introspections)
}

/// A token that somebody was sent.
#[derive(Deserialize, JsonSchema, Validate)]
pub(crate) struct IntrospectToken {
    /// The token.
    #[garde(length(min = 1, max = 4096))]
    token: String,
    /// What kind of token it may be; not needed.
    #[garde(length(max = 100))]
    #[schemars(extend("example" = "access_token"))]
    token_type_hint: Option<String>,
}

/// A token that is to hold no more.
#[derive(Deserialize, JsonSchema, Validate)]
pub(crate) struct RevokeToken {
    /// The token.
    #[garde(length(min = 1, max = 4096))]
    token: String,
    /// What kind of token it may be; not needed.
    #[garde(length(max = 100))]
    #[schemars(extend("example" = "refresh_token"))]
    token_type_hint: Option<String>,
}

/// Whether a token holds, and what it says. But for `active`, everything is absent when it does not.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct IntrospectionBody {
    /// Whether it holds at this moment.
    active: bool,
    /// What kind of token it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "Bearer"))]
    token_type: Option<&'static str>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<UserId>,
    /// The address of whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "ada@example.com"))]
    username: Option<String>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "https://app.example.com"))]
    iss: Option<String>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "https://app.example.com"))]
    aud: Option<String>,
    /// When it ends, in seconds of Unix.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = 1_769_860_800))]
    exp: Option<i64>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = 1_769_860_200))]
    iat: Option<i64>,
    /// From when on it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = 1_769_860_200))]
    nbf: Option<i64>,
    /// Its own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "019bf3a1-5c00-7000-8000-000000000001"))]
    jti: Option<String>,
    /// The session that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// When the person last showed who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = 1_769_860_200))]
    auth_time: Option<i64>,
    /// How surely they did: `aal1` or `aal2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "aal2"))]
    acr: Option<String>,
    /// By what (RFC 8176).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = ["pwd", "otp"]))]
    amr: Option<Vec<String>>,
    /// The member of the platform's staff who acts as the person, when somebody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<ActBody>,
}

/// Who acts (RFC 8693 §4.1).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ActBody {
    /// The member of staff.
    sub: UserId,
}

/// Nothing, as JSON.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RevokedBody {}

async fn introspect_token(
    State(introspections): State<Introspections>,
    holder: KeyHolder<IntrospectTokens>,
    FormBody(body): FormBody<IntrospectToken>,
) -> ApiResult<Json<IntrospectionBody>> {
    let found = introspections.inspect(&holder.key, &body.token).await?;
    Ok(Json(found.map(IntrospectionBody::from).unwrap_or_default()))
}

async fn revoke_token(
    State(introspections): State<Introspections>,
    _: Public,
    context: Context,
    FormBody(body): FormBody<RevokeToken>,
) -> ApiResult<Json<RevokedBody>> {
    match introspections.revoke(&context, &body.token).await? {
        Revocation::Done => Ok(Json(RevokedBody {})),
        Revocation::Unsupported => {
            let detail = "API keys are revoked by their owners, under /api-keys";
            Err(ApiError::malformed("unsupported_token_type", detail).in_oauth())
        }
    }
}

impl From<LiveToken> for IntrospectionBody {
    fn from(token: LiveToken) -> Self {
        let LiveToken { claims, live } = token;
        let proof = &live.session.proof;
        Self {
            active: true,
            token_type: Some("Bearer"),
            sub: Some(claims.sub),
            username: Some(live.user.email.as_str().to_owned()),
            iss: Some(claims.iss),
            aud: Some(claims.aud),
            exp: Some(claims.exp.unix_seconds()),
            iat: Some(claims.iat.unix_seconds()),
            nbf: Some(claims.nbf.unix_seconds()),
            jti: Some(claims.jti),
            sid: Some(claims.sid),
            auth_time: Some(proof.auth_time.unix_seconds()),
            acr: Some(format!("aal{}", proof.aal)),
            amr: Some(proof.amr.clone()),
            act: live.session.impersonation.map(|impersonation| ActBody {
                sub: impersonation.by,
            }),
        }
    }
}
