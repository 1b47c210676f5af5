//! What a browser gets whose session has just begun.

use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;
use web::html::Frame;
use web::{ApiError, ApiResult, Context, Cookies, Json, SESSION_COOKIE, SetCookie};

use super::notice::Notice;
use super::words::Words;
use super::{PageServices, with_parameter};
use crate::destination::Destination;
use crate::entrance::model::{Entered, TICKET_LIFETIME};
use crate::session::model::{Credential, OpenedSession};

/// What opens the second step, in a browser.
pub(super) const TICKET_COOKIE: &str = "__Host-mfa";

/// Where a script of ours goes on to.
#[derive(Serialize)]
pub(super) struct Onward {
    location: String,
}

impl Onward {
    pub(super) fn to(place: &str) -> Self {
        Self {
            location: place.to_owned(),
        }
    }
}

/// A person at the door.
pub(super) struct Arrival<'a> {
    pub(super) services: &'a PageServices,
    pub(super) context: &'a Context,
    pub(super) cookies: &'a Cookies,
    pub(super) frame: &'a Frame,
    pub(super) destination: Option<Destination>,
}

impl Arrival<'_> {
    /// What comes of a way in: the browser has its session, or owes a second factor. Until that is shown it
    /// holds a ticket and nothing else.
    pub(super) async fn enter(self, entered: &Entered) -> ApiResult<Response> {
        let ticket = match entered {
            Entered::In(opened) => return self.begin(opened).await,
            Entered::SecondFactor(ticket) => ticket,
        };
        let cookie = SetCookie::keep(TICKET_COOKIE, ticket.token.expose(), TICKET_LIFETIME)?;
        let return_to = self.destination.as_ref().map(Destination::as_str);
        let page = with_parameter("/login/second-factor", "return_to", return_to);
        Ok((cookie, Redirect::to(&page)).into_response())
    }

    /// Gives the browser its new cookie and sends the person on. The session that it had before ends: one
    /// that a stranger planted must not become the person's.
    pub(super) async fn begin(self, opened: &OpenedSession) -> ApiResult<Response> {
        Ok((self.cookies(opened).await?, self.send_on()).into_response())
    }

    /// The same for a script of ours, which goes there itself.
    pub(super) async fn begin_by_script(self, opened: &OpenedSession) -> ApiResult<Response> {
        let cookies = self.cookies(opened).await?;
        let place = self.destination.as_ref().map_or("/account", Destination::as_str);
        Ok((cookies, Json(Onward::to(place))).into_response())
    }

    async fn cookies(&self, opened: &OpenedSession) -> ApiResult<(SetCookie, Option<SetCookie>)> {
        if let Some(before) = self.cookies.get(SESSION_COOKIE) {
            let sessions = &self.services.sessions;
            sessions
                .end_by_cookie(self.context, &before, "signed_in_anew")
                .await?;
        }
        let Credential::Cookie(cookie) = &opened.credential else {
            tracing::error!("a browser's session was opened without a cookie");
            return Err(ApiError::internal());
        };
        let max_age = opened.session.expires_at.since(opened.session.created_at);
        let cookie = SetCookie::keep(SESSION_COOKIE, cookie.expose(), max_age)?;
        let ticket = self.cookies.get(TICKET_COOKIE);
        let ticket = ticket.map(|_| SetCookie::forget(TICKET_COOKIE)).transpose()?;
        Ok((cookie, ticket))
    }

    /// Our own pages are shown at once. To another place the person goes by themselves: browsers that hold
    /// our forms to our own origin would not follow.
    pub(super) fn send_on(&self) -> Response {
        match &self.destination {
            None => Redirect::to("/account").into_response(),
            Some(Destination::Here(path)) => Redirect::to(path).into_response(),
            Some(Destination::Away(url)) => {
                let words = &Words::of(self.frame).sign_in;
                let host = url.host_str().unwrap_or_default();
                let notice = Notice::done(words.away_title, (words.away)(host));
                let notice = notice.onward(url.as_str(), words.away_go);
                notice.page(self.frame).into_response()
            }
        }
    }
}
