//! Sessions over HTTP.

mod renewed;

use std::convert::Infallible;

use axum::extract::State;
use axum::response::{IntoResponseParts, ResponseParts};
use garde::Validate;
use kernel::permission::{ReadUsers, WriteUsers};
use kernel::{Secret, SessionId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::openapi::{Operation, Output};
use web::{
    Account, Api, ApiResult, Context, Doc, InPerson, Json, NoContent, PageBody, Paging, Path, Principal,
    Public, Routes,
};

pub use self::renewed::{NewCookie, RenewedAnswer, RenewedBody};
use super::model::{ListedSession, SessionKind};
use super::service::{EndedBy, Held, Sessions};
use crate::user::routes::UserBody;

/// The routes of sessions.
pub fn routes(sessions: Sessions) -> Api {
    own_routes(sessions.clone()).merge(account_routes(sessions))
}

fn account_routes(sessions: Sessions) -> Api {
    Routes::new("users")
        .get(
            "/users/{userId}/sessions",
            list_user_sessions,
            Doc::new(
                "List an account's sessions",
                "Those that hold, the newest first. Staff see those of anybody.",
            ),
        )
        .delete(
            "/users/{userId}/sessions",
            delete_user_sessions,
            Doc::new(
                "End all sessions of an account",
                "Whoever uses the account has to sign in again.",
            ),
        )
        .delete(
            "/users/{userId}/sessions/{sessionId}",
            delete_user_session,
            Doc::new(
                "End a session of an account",
                "Its tokens or its cookie stop working at once.",
            ),
        )
        .with_state(sessions)
}

fn own_routes(sessions: Sessions) -> Api {
    Routes::new("auth")
        .post(
            "/auth/refresh",
            refresh_session,
            Doc::new(
                "Get the next pair of tokens",
                "Each refresh token is good for one turn. For half a minute after it the same new pair is \
                 answered again, in case the answer was lost; after that a used token is a sign of theft, and \
                 the session ends.",
            ),
        )
        .post(
            "/auth/logout",
            logout,
            Doc::new(
                "Sign out",
                "Ends the session of a refresh token, at once and with its access tokens. A session that is \
                 over already is no error.",
            ),
        )
        .get(
            "/auth/sessions",
            list_sessions,
            Doc::new("List your sessions", "Those that hold, the newest first, with where they were last used."),
        )
        .delete(
            "/auth/sessions",
            delete_other_sessions,
            Doc::new("End your other sessions", "Ends all of your sessions but the one that asks."),
        )
        .delete(
            "/auth/sessions/{sessionId}",
            delete_session,
            Doc::new("End one of your sessions", "Its tokens or its cookie stop working at once."),
        )
        .with_state(sessions)
}

/// The tokens of a session, and whose it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TokenBody {
    /// For the header `Authorization: Bearer …`.
    #[schemars(extend("example" = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMDFrIn0.c2ln"))]
    pub access_token: String,
    /// Always `Bearer`.
    #[schemars(extend("example" = "Bearer"))]
    pub token_type: String,
    /// For how many seconds the access token holds.
    #[schemars(extend("example" = 600))]
    pub expires_in: u64,
    /// For the next pair, once.
    #[schemars(extend("example" = "mrt_AQGZ1t2s8XwPR0XqZ3kK5c0AAAAAAAAAAAxYb8"))]
    pub refresh_token: String,
    /// Whose session it is.
    pub user: UserBody,
}

impl From<&Held> for TokenBody {
    fn from(held: &Held) -> Self {
        Self {
            access_token: held.tokens.access_token.expose().clone(),
            token_type: String::from("Bearer"),
            expires_in: held.tokens.expires_in.as_secs(),
            refresh_token: held.tokens.refresh_token.expose().clone(),
            user: UserBody::from(&held.user),
        }
    }
}

/// A refresh token.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RefreshSession {
    /// The newest refresh token of the session.
    #[garde(skip)]
    refresh_token: Secret<String>,
}

/// A refresh token.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Logout {
    /// A refresh token of the session.
    #[garde(skip)]
    refresh_token: Secret<String>,
}

/// A session.
#[derive(Debug, Serialize, JsonSchema)]
struct SessionBody {
    /// Its id.
    id: SessionId,
    /// Whether it is the one that asks.
    is_current: bool,
    /// What it is held by: `browser` or `api`.
    kind: SessionKind,
    /// How its owner showed who they are (RFC 8176).
    #[schemars(extend("example" = ["pwd"]))]
    amr: Vec<String>,
    /// The address that it was last used from.
    #[schemars(extend("example" = "192.0.2.7"))]
    ip: Option<String>,
    /// The program that it was last used from.
    #[schemars(extend("example" = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"))]
    user_agent: Option<String>,
    /// Who acts as its owner, when it is not the owner's own.
    impersonation: Option<SessionImpersonationBody>,
    /// When it began.
    created_at: Timestamp,
    /// When it was last used; not every use is written down.
    last_seen_at: Timestamp,
    /// When it ends.
    expires_at: Timestamp,
}

/// A member of the platform's staff who acts as the owner of a session. Its owner can end it like any other.
#[derive(Debug, Serialize, JsonSchema)]
struct SessionImpersonationBody {
    /// The member of staff.
    by: UserId,
    /// Why, in their words.
    #[schemars(extend("example" = "Ticket 4711: the invoice does not open"))]
    reason: String,
    /// Whether they may only look.
    is_read_only: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SessionPath {
    /// The session.
    session_id: SessionId,
}

/// Tells the browser to drop what it keeps of us, without the cookies: the one that makes it a known device
/// stays, so that its owner is not taken for a stranger next time.
pub(crate) struct ClearSiteData;

async fn refresh_session(
    State(sessions): State<Sessions>,
    _: Public,
    context: Context,
    Json(body): Json<RefreshSession>,
) -> ApiResult<Json<TokenBody>> {
    let held = sessions.refresh(&context, body.refresh_token.expose()).await?;
    Ok(Json(TokenBody::from(&held)))
}

async fn logout(
    State(sessions): State<Sessions>,
    _: Public,
    context: Context,
    Json(body): Json<Logout>,
) -> ApiResult<(ClearSiteData, NoContent)> {
    sessions.sign_out(&context, body.refresh_token.expose()).await?;
    Ok((ClearSiteData, NoContent))
}

async fn list_sessions(
    State(sessions): State<Sessions>,
    principal: Principal,
    paging: Paging,
) -> ApiResult<PageBody<SessionBody>> {
    let page = sessions.list(principal.user, paging.request().clone()).await?;
    Ok(paging.page(page.map(|session| SessionBody::new(session, principal.session))))
}

async fn delete_other_sessions(
    State(sessions): State<Sessions>,
    principal: Principal,
    context: Context,
) -> ApiResult<NoContent> {
    sessions
        .end_others(&context, principal.user, principal.session)
        .await?;
    Ok(NoContent)
}

async fn delete_session(
    State(sessions): State<Sessions>,
    principal: Principal,
    context: Context,
    Path(path): Path<SessionPath>,
) -> ApiResult<NoContent> {
    sessions
        .end(&context, principal.user, path.session_id, "ended_by_owner")
        .await?;
    Ok(NoContent)
}

async fn list_user_sessions(
    State(sessions): State<Sessions>,
    account: Account<ReadUsers>,
    paging: Paging,
) -> ApiResult<PageBody<SessionBody>> {
    let page = sessions.list(account.user, paging.request().clone()).await?;
    Ok(paging.page(page.map(|session| SessionBody::new(session, account.principal.session))))
}

async fn delete_user_sessions(
    State(sessions): State<Sessions>,
    account: InPerson<Account<WriteUsers>>,
    context: Context,
) -> ApiResult<NoContent> {
    sessions
        .end_all_of(&context, &ended_by(&account), account.user)
        .await?;
    Ok(NoContent)
}

async fn delete_user_session(
    State(sessions): State<Sessions>,
    account: InPerson<Account<WriteUsers>>,
    context: Context,
    Path(path): Path<SessionPath>,
) -> ApiResult<NoContent> {
    sessions
        .end_of(&context, &ended_by(&account), account.user, path.session_id)
        .await?;
    Ok(NoContent)
}

fn ended_by<P>(account: &Account<P>) -> EndedBy {
    if account.is_self {
        EndedBy::Owner
    } else {
        EndedBy::Staff(account.principal.platform_role)
    }
}

impl SessionBody {
    fn new(listed: ListedSession, current: SessionId) -> Self {
        let session = listed.session;
        let reason = listed.impersonation_reason.unwrap_or_default();
        Self {
            impersonation: session
                .impersonation
                .map(|impersonation| SessionImpersonationBody {
                    by: impersonation.by,
                    reason,
                    is_read_only: impersonation.is_read_only,
                }),
            is_current: session.id == current,
            id: session.id,
            kind: session.kind,
            amr: session.proof.amr,
            ip: session.origin.ip,
            user_agent: session.origin.user_agent,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.idle_expires_at.min(session.expires_at),
        }
    }
}

impl IntoResponseParts for ClearSiteData {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        let value = axum::http::HeaderValue::from_static("\"cache\", \"storage\"");
        response.headers_mut().insert("clear-site-data", value);
        Ok(response)
    }
}

impl Output for ClearSiteData {
    fn describe(operation: &mut Operation<'_>) {
        let schema = serde_json::json!({ "type": "string" });
        operation.answer_header("Clear-Site-Data", "What a browser is to drop.", &schema);
    }
}
