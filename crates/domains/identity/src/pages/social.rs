//! `/login/with/…`, and the way back from a provider.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use garde::Validate;
use kernel::{Locale, Secret};
use serde::Deserialize;
use url::form_urlencoded;
use web::html::Frame;
use web::{ApiError, ApiResult, Context, Cookies, Path, Principal, Query, SessionKind as Holder, SetCookie};

use super::PageServices;
use super::arrival::Arrival;
use super::notice::Notice;
use super::words::Words;
use crate::error::IdentityError;
use crate::session::model::SessionKind;
use crate::social::model::{Callback, Departure, Expected, FLOW_LIFETIME, Outcome, Reception};
use crate::social::routes::FLOW_COOKIE;

/// What a provider sends beside the code is for us; everything else is not passed on.
const PARAMETERS: [&str; 4] = ["code", "state", "iss", "error"];

#[derive(Deserialize)]
pub(super) struct ProviderPath {
    provider: String,
}

#[derive(Deserialize, Validate)]
pub(super) struct Wanted {
    #[garde(skip)]
    return_to: Option<String>,
}

#[derive(Deserialize, Validate)]
pub(super) struct SentBack {
    #[garde(skip)]
    code: Option<Secret<String>>,
    #[garde(skip)]
    state: Option<Secret<String>>,
    #[garde(skip)]
    iss: Option<String>,
    #[garde(skip)]
    error: Option<String>,
}

/// Sends a person to a provider. It is a link and no form, because browsers that hold our forms to our own
/// origin would not follow; opening it changes nothing for anybody.
pub(super) async fn depart(
    State(services): State<PageServices>,
    context: Context,
    frame: Frame,
    Path(path): Path<ProviderPath>,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Response> {
    let departure = Departure {
        destination: services.destination(wanted.return_to.as_deref()),
        ..Departure::default()
    };
    match services.social.depart(&context, &path.provider, departure).await {
        Ok(departed) => {
            let cookie = SetCookie::keep(FLOW_COOKIE, departed.flow.expose(), FLOW_LIFETIME)?;
            Ok((cookie, Redirect::to(&departed.authorization_url)).into_response())
        }
        Err(error) => refuse(&frame, error),
    }
}

/// Some providers send their answer as a form from their own page. Cookies don't come along with that, but
/// they do when the browser then opens the same address by itself.
pub(super) async fn take_form(Path(path): Path<ProviderPath>, body: Bytes) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(form_urlencoded::parse(&body).filter(|(name, _)| PARAMETERS.contains(&&**name)));
    let mut provider = form_urlencoded::Serializer::new(String::new());
    provider.append_key_only(&path.provider);
    let (provider, query) = (provider.finish(), query.finish());
    Redirect::to(&format!("/auth/social-login/{provider}/callback?{query}")).into_response()
}

pub(super) async fn arrive(
    State(services): State<PageServices>,
    principal: Result<Principal, ApiError>,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Path(path): Path<ProviderPath>,
    Query(back): Query<SentBack>,
) -> ApiResult<Response> {
    // Only the cookie of a browser makes somebody be here.
    let principal = principal.ok();
    let here = principal.filter(|principal| principal.session_kind == Holder::Browser);
    let reception = Reception {
        kind: SessionKind::Browser,
        locale: locale(&frame),
        expected: Expected::Either(here.map(|principal| principal.session)),
    };
    let (Some(state), Some(flow)) = (back.state, cookies.get(FLOW_COOKIE).map(Secret::new)) else {
        return refuse(&frame, IdentityError::SocialFlowInvalid);
    };
    let Some(code) = back.code.filter(|_| back.error.is_none()) else {
        let social = &services.social;
        social.call_off(&path.provider, &state, &flow, &reception).await?;
        return refuse(&frame, IdentityError::SocialDenied);
    };
    let callback = Callback {
        provider: path.provider,
        code,
        state,
        iss: back.iss,
        flow,
    };
    let arrived = match services.social.arrive(&context, callback, reception).await {
        Ok(arrived) => arrived,
        Err(error) => return refuse(&frame, error),
    };
    let arrival = Arrival {
        services: &services,
        context: &context,
        cookies: &cookies,
        frame: &frame,
        destination: services.destination(arrived.return_to.as_deref()),
    };
    let answer = match arrived.outcome {
        Outcome::Entered(entered) => arrival.enter(&entered).await?,
        Outcome::Linked(_) => arrival.send_on(),
    };
    Ok((SetCookie::forget(FLOW_COOKIE)?, answer).into_response())
}

/// The language of the page is what a newcomer reads.
fn locale(frame: &Frame) -> Locale {
    frame.locale.clone()
}

/// What the person is told, and what they can do.
fn refuse(frame: &Frame, error: IdentityError) -> ApiResult<Response> {
    let words = &Words::of(frame).social;
    let (status, text) = match &error {
        IdentityError::SocialFlowInvalid => (StatusCode::BAD_REQUEST, words.over),
        IdentityError::SocialDenied => (StatusCode::BAD_REQUEST, words.denied),
        IdentityError::SocialTokenInvalid => (StatusCode::UNAUTHORIZED, words.not_held),
        IdentityError::SocialEmailUnverified => (StatusCode::FORBIDDEN, words.unverified),
        IdentityError::AccountExistsLinkRequired => (StatusCode::CONFLICT, words.exists),
        IdentityError::SocialAccountTaken => (StatusCode::CONFLICT, words.taken),
        IdentityError::ProviderFailed(_) => (StatusCode::BAD_GATEWAY, words.failed),
        _ => return Err(error.into()),
    };
    let notice = Notice::bad(words.title, text).back("/login", words.back);
    let page = notice.page(frame).with_status(status);
    Ok((SetCookie::forget(FLOW_COOKIE)?, page).into_response())
}
