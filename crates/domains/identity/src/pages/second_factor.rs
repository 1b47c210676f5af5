//! `/login/second-factor`: a code of the authenticator app, or one that was written down.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use garde::Validate;
use kernel::Secret;
use serde::Deserialize;
use web::html::{Form, Frame, Page, assets};
use web::{ApiResult, Context, Cookies, Query, SetCookie};

use super::PageServices;
use super::arrival::{Arrival, TICKET_COOKIE};
use super::notice::Notice;
use super::words::{self, Words};
use crate::destination::Destination;
use crate::error::IdentityError;
use crate::factor::model::HeldFactors;
use crate::factor_code::model::FactorCode;
use crate::password::routes::DEVICE_COOKIE;
use crate::password::service::DEVICE_LIFETIME;
use crate::second_step::service::SecondStep;

#[derive(Deserialize, Validate)]
pub(super) struct Wanted {
    #[garde(skip)]
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
    return_to: Option<String>,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorView<'a> {
    words: &'static words::SecondFactor,
    refusal: Option<&'static str>,
    return_to: Option<&'a str>,
    has_passkey: bool,
    passkey: &'static str,
    passkey_failed: &'static str,
}

pub(super) async fn show_second_factor(
    State(services): State<PageServices>,
    cookies: Cookies,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Page> {
    let destination = services.destination(wanted.return_to.as_deref());
    Ok(match ticket(&services, &cookies).await? {
        Some((_, held)) => page(&frame, held, destination.as_ref(), None),
        None => over(&frame),
    })
}

pub(super) async fn take_second_factor(
    State(services): State<PageServices>,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Form(form): Form<CodeForm>,
) -> ApiResult<Response> {
    let destination = services.destination(form.return_to.as_deref());
    let Some((ticket_shown, _)) = ticket(&services, &cookies).await? else {
        return Ok(over(&frame).unprocessable().into_response());
    };
    let step = SecondStep {
        ticket: ticket_shown,
        code: FactorCode::of_either(&form.code),
        device: cookies.get(DEVICE_COOKIE).map(Secret::new),
    };
    match services.second_steps.take_in_browser(&context, step).await {
        Ok(signed_in) => {
            let device = signed_in.device.as_ref();
            let device =
                device.map(|device| SetCookie::keep(DEVICE_COOKIE, device.expose(), DEVICE_LIFETIME));
            let arrival = Arrival {
                services: &services,
                context: &context,
                cookies: &cookies,
                frame: &frame,
                destination,
            };
            Ok((device.transpose()?, arrival.enter(&signed_in.entered).await?).into_response())
        }
        Err(IdentityError::OtpInvalid) => {
            let wrong = Words::of(&frame).second_factor.wrong;
            let page = match ticket(&services, &cookies).await? {
                Some((_, held)) => page(&frame, held, destination.as_ref(), Some(wrong)),
                None => over(&frame),
            };
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The browser's ticket, while it is of use, and what it can be used with.
async fn ticket(
    services: &PageServices,
    cookies: &Cookies,
) -> ApiResult<Option<(Secret<String>, HeldFactors)>> {
    let Some(ticket) = cookies.get(TICKET_COOKIE).map(Secret::new) else {
        return Ok(None);
    };
    let held = services.second_steps.open_to(&ticket).await?;
    Ok(held.map(|held| (ticket, held)))
}

fn page(
    frame: &Frame,
    held: HeldFactors,
    destination: Option<&Destination>,
    refusal: Option<&'static str>,
) -> Page {
    let Words {
        second_factor: words,
        security,
        ..
    } = Words::of(frame);
    let view = SecondFactorView {
        words,
        refusal,
        return_to: destination.map(Destination::as_str),
        has_passkey: held.has_passkey,
        passkey: security.confirm.passkey,
        passkey_failed: security.passkeys.failed,
    };
    Page::new(frame, words.title, &view)
}

fn over(frame: &Frame) -> Page {
    let words = &Words::of(frame).second_factor;
    let notice = Notice::bad(words.over_title, words.over);
    notice.back("/login", words.start_over).page(frame)
}
