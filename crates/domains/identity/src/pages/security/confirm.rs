//! `/account/confirm`: once more, who is it?

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use garde::Validate;
use kernel::{Secret, UserId};
use serde::Deserialize;
use web::html::{Form, Frame, Page, assets};
use web::{ApiError, ApiResult, Context, Principal, Query};

use crate::destination::Destination;
use crate::enrolment::model::Asking;
use crate::error::IdentityError;
use crate::factor_code::model::FactorCode;
use crate::pages::words::{self, Words};
use crate::pages::{PageServices, with_parameter};
use crate::session::routes::NewCookie;
use crate::step_up::service::StepUp;

#[derive(Deserialize, Validate)]
pub(in crate::pages) struct Wanted {
    #[garde(skip)]
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::pages) struct ConfirmForm {
    password: Option<Secret<String>>,
    code: Option<String>,
    return_to: Option<String>,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmView<'a> {
    words: &'static words::Security,
    fields: &'static words::Fields,
    refusal: Option<&'static str>,
    return_to: Option<&'a str>,
    asks_password: bool,
    asks_code: bool,
    asks_passkey: bool,
}

pub(in crate::pages) async fn show(
    State(services): State<PageServices>,
    principal: Result<Principal, ApiError>,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Response> {
    let Ok(principal) = principal else {
        let sign_in = with_parameter("/login", "return_to", wanted.return_to.as_deref());
        return Ok(Redirect::to(&sign_in).into_response());
    };
    let destination = services.destination(wanted.return_to.as_deref());
    let page = page(&services, principal.user, &frame, destination.as_ref(), None).await?;
    Ok(page.into_response())
}

pub(in crate::pages) async fn confirm(
    State(services): State<PageServices>,
    principal: Principal,
    context: Context,
    frame: Frame,
    Form(form): Form<ConfirmForm>,
) -> ApiResult<Response> {
    let destination = services.destination(form.return_to.as_deref());
    let step_up = match (form.password, form.code) {
        (_, Some(code)) => StepUp::Code(FactorCode::of_either(&code)),
        (Some(password), None) => StepUp::Password(password),
        (None, None) => StepUp::Password(Secret::new(String::new())),
    };
    let asking = Asking::of(&principal);
    match services.step_ups.take(&context, asking, step_up).await {
        Ok(raised) => {
            let place = match &destination {
                Some(Destination::Here(path)) => path.as_str(),
                _ => "/account",
            };
            Ok((NewCookie::of(&raised)?, Redirect::to(place)).into_response())
        }
        Err(
            IdentityError::WrongPassword
            | IdentityError::OtpInvalid
            | IdentityError::InvalidCredentials
            | IdentityError::StepUpRequired,
        ) => {
            let refusal = Some(Words::of(&frame).security.confirm.wrong);
            let page = page(&services, principal.user, &frame, destination.as_ref(), refusal).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    services: &PageServices,
    user: UserId,
    frame: &Frame,
    destination: Option<&Destination>,
    refusal: Option<&'static str>,
) -> Result<Page, IdentityError> {
    let words = Words::of(frame);
    let factors = services.enrolments.get(user).await?;
    let asks_code = factors.totp.is_some() || factors.recovery_codes > 0;
    let asks_passkey = factors.passkeys > 0;
    let view = ConfirmView {
        words: &words.security,
        fields: &words.fields,
        refusal,
        return_to: destination.map(Destination::as_str),
        asks_password: !asks_code && !asks_passkey && services.passwords.has_password(user).await?,
        asks_code,
        asks_passkey,
    };
    Ok(Page::new(frame, words.security.confirm.title, &view))
}
