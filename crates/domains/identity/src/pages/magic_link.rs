//! `/magic-link`, and the code that is typed where the link was asked for.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use kernel::Secret;
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiResult, Context, Cookies, Query, SetCookie};

use super::arrival::Arrival;
use super::inbox::Inbox;
use super::notice::{Button, Notice};
use super::words::Words;
use super::{Link, LinkForm, PageServices, typed};
use crate::error::IdentityError;
use crate::magic_link::model::{MagicLinkProof, MagicLinkSignIn};
use crate::magic_link::routes::FLOW_COOKIE;

#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
    email: Option<String>,
    return_to: Option<String>,
}

/// Who opens the link elsewhere than where it was asked for is told where its code is typed: nobody is let in
/// by a link that a stranger sent them, and no scanner of mail is.
pub(super) async fn show_link(
    State(services): State<PageServices>,
    cookies: Cookies,
    frame: Frame,
    Query(link): Query<Link>,
) -> ApiResult<Page> {
    let token = match link.token {
        Some(token) if services.magic_links.is_open(&token).await? => token,
        _ => return Ok(bad(&frame)),
    };
    if cookies.get(FLOW_COOKIE).is_none() {
        return Ok(elsewhere(&frame));
    }
    let destination = services.destination(link.return_to.as_deref());
    let return_to = destination.map(|place| ("return_to", place.as_str().to_owned()));
    let token = ("token", token.expose().clone());
    let words = &Words::of(&frame).magic_link;
    let button = Button {
        action: "/magic-link",
        fields: std::iter::once(token).chain(return_to).collect(),
        label: words.go,
    };
    let notice = Notice::waiting(words.title, words.text).with_button(button);
    Ok(notice.page(&frame))
}

pub(super) async fn take_link(
    State(services): State<PageServices>,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Form(form): Form<LinkForm>,
) -> ApiResult<Response> {
    let arrival = Arrival {
        services: &services,
        context: &context,
        cookies: &cookies,
        frame: &frame,
        destination: services.destination(form.return_to.as_deref()),
    };
    let proof = MagicLinkProof::Token(form.token.clone());
    match sign_in(arrival, proof).await? {
        Some(response) => Ok(response),
        // Still good, so it is for another browser.
        None if services.magic_links.is_open(&form.token).await? => {
            Ok(elsewhere(&frame).unprocessable().into_response())
        }
        None => Ok(bad(&frame).unprocessable().into_response()),
    }
}

pub(super) async fn take_code(
    State(services): State<PageServices>,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Form(form): Form<CodeForm>,
) -> ApiResult<Response> {
    let destination = services.destination(form.return_to.as_deref());
    let return_to = destination.as_ref().map(|place| place.as_str().to_owned());
    let arrival = Arrival {
        services: &services,
        context: &context,
        cookies: &cookies,
        frame: &frame,
        destination,
    };
    let proof = MagicLinkProof::Code(Secret::new(form.code.replace(' ', "")));
    if let Some(response) = sign_in(arrival, proof).await? {
        return Ok(response);
    }
    let email = form.email.as_deref().and_then(typed);
    let inbox = Inbox::sign_in(&services, &frame, email, return_to.as_deref());
    let page = inbox.with_wrong_code(&frame).page(&frame);
    Ok(page.unprocessable().into_response())
}

async fn sign_in(arrival: Arrival<'_>, proof: MagicLinkProof) -> ApiResult<Option<Response>> {
    let Some(flow) = arrival.cookies.get(FLOW_COOKIE).map(Secret::new) else {
        return Ok(None);
    };
    let sign_in = MagicLinkSignIn { flow, proof };
    let magic_links = &arrival.services.magic_links;
    match magic_links.sign_in_in_browser(arrival.context, sign_in).await {
        Ok(entered) => {
            let entered = arrival.enter(&entered).await?;
            Ok(Some((SetCookie::forget(FLOW_COOKIE)?, entered).into_response()))
        }
        Err(IdentityError::OtpInvalid) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn elsewhere(frame: &Frame) -> Page {
    let words = &Words::of(frame).magic_link;
    let notice = Notice::waiting(words.elsewhere_title, words.elsewhere);
    notice.back("/login", words.start_over).page(frame)
}

fn bad(frame: &Frame) -> Page {
    let words = &Words::of(frame).magic_link;
    let notice = Notice::bad(words.bad_title, words.bad);
    notice.back("/login", words.start_over).page(frame)
}
