//! `/account` and `/logout`.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::{PageRequest, SessionId};
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiError, ApiResult, Context, Cookies, Principal, SESSION_COOKIE, SetCookie};

use super::words::{self, Words};
use super::{PageServices, with_parameter};
use crate::error::IdentityError;
use crate::session::model::ListedSession;
use crate::session::routes::ClearSiteData;

/// How many sessions are shown; nobody has more than the configured few dozen.
const SHOWN: u32 = 100;

#[derive(Deserialize)]
pub(super) struct EndForm {
    session: SessionId,
}

/// A form that says it all by being sent.
#[derive(Deserialize)]
pub(super) struct Nothing {}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountView {
    words: &'static words::Account,
    email: String,
    sessions: Vec<Line>,
}

struct Line {
    id: String,
    is_current: bool,
    device: String,
    ip: Option<String>,
    seen_at: String,
    seen: String,
}

pub(super) async fn show_account(
    State(services): State<PageServices>,
    principal: Result<Principal, ApiError>,
    frame: Frame,
) -> ApiResult<Response> {
    let Ok(principal) = principal else {
        let sign_in = with_parameter("/login", "return_to", Some("/account"));
        return Ok(Redirect::to(&sign_in).into_response());
    };
    let user = services.users.remembered(principal.user).await;
    let user = user
        .map_err(IdentityError::from)?
        .ok_or(IdentityError::NotFound)?;
    let page = PageRequest::new(SHOWN, None);
    let sessions = services.sessions.list(principal.user, page).await?;
    let words = &Words::of(&frame).account;
    let lines = sessions.items.into_iter();
    let view = AccountView {
        words,
        email: user.email.to_string(),
        sessions: lines
            .map(|session| Line::new(session, principal.session, words))
            .collect(),
    };
    Ok(Page::new(&frame, words.title, &view).into_response())
}

pub(super) async fn end_session(
    State(services): State<PageServices>,
    principal: Principal,
    context: Context,
    Form(form): Form<EndForm>,
) -> ApiResult<Redirect> {
    let ended = services
        .sessions
        .end(&context, principal.user, form.session, "ended_by_owner")
        .await;
    match ended {
        // Over already, which is what was wanted.
        Ok(()) | Err(IdentityError::NotFound) => Ok(Redirect::to("/account")),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end_other_sessions(
    State(services): State<PageServices>,
    principal: Principal,
    context: Context,
    Form(Nothing {}): Form<Nothing>,
) -> ApiResult<Redirect> {
    services
        .sessions
        .end_others(&context, principal.user, principal.session)
        .await?;
    Ok(Redirect::to("/account"))
}

pub(super) async fn sign_out(
    State(services): State<PageServices>,
    context: Context,
    cookies: Cookies,
    Form(Nothing {}): Form<Nothing>,
) -> ApiResult<Response> {
    if let Some(cookie) = cookies.get(SESSION_COOKIE) {
        services
            .sessions
            .end_by_cookie(&context, &cookie, "logout")
            .await?;
    }
    let forgotten = SetCookie::forget(SESSION_COOKIE)?;
    Ok((ClearSiteData, forgotten, Redirect::to("/login")).into_response())
}

impl Line {
    fn new(listed: ListedSession, current: SessionId, words: &words::Account) -> Self {
        let session = listed.session;
        let seen_at = session.last_seen_at.to_string();
        let agent = session.origin.user_agent.unwrap_or_default();
        Self {
            id: session.id.to_string(),
            is_current: session.id == current,
            device: device(&agent, words),
            ip: session.origin.ip,
            // To the minute: `2026-03-05 17:30 UTC`.
            seen: format!("{} UTC", seen_at.get(..16).unwrap_or_default().replace('T', " ")),
            seen_at,
        }
    }
}

/// A browser in a few words, out of the many that it says of itself. Later names hide in earlier ones:
/// Edge says Chrome as well, and Chrome says Safari.
fn device(agent: &str, words: &words::Account) -> String {
    let name_of = |names: &[(&'static str, &'static str)]| {
        let known = names.iter().find(|(mark, _)| agent.contains(mark));
        known.map(|(_, name)| *name)
    };
    let browser = name_of(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = name_of(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} {} {system}", words.on),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => {
            let program = agent.split(['/', ' ']).next().filter(|name| !name.is_empty());
            program.unwrap_or(words.unknown_device).to_owned()
        }
    }
}
