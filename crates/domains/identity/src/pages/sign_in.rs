//! `/login`.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use garde::Validate;
use kernel::{EmailAddress, Secret};
use serde::Deserialize;
use web::html::{Form, Frame, Page, assets};
use web::{ApiError, ApiResult, Context, Cookies, Principal, Query, SetCookie};

use super::arrival::Arrival;
use super::inbox::Inbox;
use super::notice::{Button, Notice};
use super::words::Words;
use super::{PageServices, with_parameter};
use crate::destination::Destination;
use crate::error::IdentityError;
use crate::magic_link::model::MagicLinkRequest;
use crate::magic_link::routes::FLOW_COOKIE;
use crate::password::model::SignIn;
use crate::password::routes::DEVICE_COOKIE;
use crate::password::service::DEVICE_LIFETIME;

#[derive(Deserialize, Validate)]
pub(super) struct Wanted {
    #[garde(skip)]
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    email: String,
    password: Secret<String>,
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LinkWanted {
    email: String,
    return_to: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInView {
    words: &'static Words,
    newcomer: String,
    sign_up: String,
    refusal: Option<&'static str>,
    return_to: Option<String>,
    email: String,
    providers: Vec<ProviderLine>,
}

struct ProviderLine {
    name: String,
    label: String,
    href: String,
}

/// A cookie that does not hold any more is as good as none.
pub(super) async fn show_sign_in(
    State(services): State<PageServices>,
    principal: Result<Principal, ApiError>,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> Response {
    let destination = services.destination(wanted.return_to.as_deref());
    if principal.is_err() {
        return page(&services, &frame, destination.as_ref(), "", None).into_response();
    }
    let arrival = Arrival {
        services: &services,
        context: &context,
        cookies: &cookies,
        frame: &frame,
        destination,
    };
    arrival.send_on()
}

pub(super) async fn sign_in(
    State(services): State<PageServices>,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Form(form): Form<SignInForm>,
) -> ApiResult<Response> {
    let destination = services.destination(form.return_to.as_deref());
    let faults = &Words::of(&frame).faults;
    let refuse = |destination: Option<&Destination>, refusal| {
        let page = page(&services, &frame, destination, &form.email, Some(refusal));
        Ok(page.unprocessable().into_response())
    };
    let Ok(email) = form.email.parse() else {
        return refuse(destination.as_ref(), faults.email);
    };
    let sign_in = SignIn {
        email,
        password: form.password.clone(),
        device: cookies.get(DEVICE_COOKIE).map(Secret::new),
    };
    match services.passwords.sign_in_in_browser(&context, sign_in).await {
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
        Err(IdentityError::InvalidCredentials) => refuse(destination.as_ref(), faults.wrong_pair),
        Err(IdentityError::PasswordLocked) => refuse(destination.as_ref(), faults.password_locked),
        Err(IdentityError::EmailNotVerified) => Ok(unverified(&frame, &form.email).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// The answer is the same whether the address has an account or not.
pub(super) async fn mail_sign_in_link(
    State(services): State<PageServices>,
    context: Context,
    frame: Frame,
    Form(form): Form<LinkWanted>,
) -> ApiResult<Response> {
    let destination = services.destination(form.return_to.as_deref());
    let Ok(email) = form.email.parse::<EmailAddress>() else {
        let refusal = Words::of(&frame).faults.email;
        let page = page(
            &services,
            &frame,
            destination.as_ref(),
            &form.email,
            Some(refusal),
        );
        return Ok(page.unprocessable().into_response());
    };
    let return_to = destination.as_ref().map(|place| place.as_str().to_owned());
    let request = MagicLinkRequest {
        email: email.clone(),
        destination,
    };
    let flow = services.magic_links.request(&context, request).await?;
    let cookie = SetCookie::keep(FLOW_COOKIE, flow.expose(), services.magic_links.lifetime())?;
    let inbox = Inbox::sign_in(&services, &frame, Some(email.as_str()), return_to.as_deref());
    Ok((cookie, inbox.page(&frame)).into_response())
}

fn page(
    services: &PageServices,
    frame: &Frame,
    destination: Option<&Destination>,
    email: &str,
    refusal: Option<&'static str>,
) -> Page {
    let words = Words::of(frame);
    let return_to = destination.map(Destination::as_str);
    let view = SignInView {
        words,
        newcomer: (words.sign_in.newcomer)(&frame.branding.product_name),
        sign_up: with_parameter("/signup", "return_to", return_to),
        refusal,
        return_to: return_to.map(str::to_owned),
        email: email.to_owned(),
        providers: services
            .social
            .providers()
            .into_iter()
            .map(|provider| ProviderLine {
                href: with_parameter(&format!("/login/with/{}", provider.id), "return_to", return_to),
                label: (words.sign_in.provider)(&provider.name),
                name: provider.name,
            })
            .collect(),
    };
    Page::new(frame, words.sign_in.title, &view)
}

/// The password was right, so there is nothing to hide.
fn unverified(frame: &Frame, email: &str) -> Page {
    let words = Words::of(frame);
    let again = Button {
        action: "/verify-email/again",
        fields: vec![("email", email.to_owned())],
        label: words.verification.again_go,
    };
    let notice = Notice::waiting(words.verification.first_title, words.verification.first);
    let notice = notice.with_button(again).back("/login", words.back);
    notice.page(frame).unprocessable()
}
