//! `/signup`.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use garde::Validate;
use kernel::{EmailAddress, FieldError, Secret};
use serde::Deserialize;
use web::html::{Form, Frame, Page, assets};
use web::{ApiResult, Context, Cookies, Query};

use super::arrival::Arrival;
use super::inbox::Inbox;
use super::words::Words;
use super::{PageServices, typed, with_parameter};
use crate::admission::model::Solution;
use crate::destination::Destination;
use crate::error::IdentityError;
use crate::password::model::{SignUp, SignedUp};
use crate::user::model::PersonName;

#[derive(Deserialize, Validate)]
pub(super) struct Wanted {
    #[garde(skip)]
    invite_token: Option<String>,
    #[garde(skip)]
    return_to: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct SignUpForm {
    #[serde(default)]
    name: String,
    email: String,
    password: Secret<String>,
    invite_token: Option<String>,
    return_to: Option<String>,
    /// Filled in by the script of the page, like its nonce.
    #[serde(default)]
    challenge: String,
    #[serde(default)]
    nonce: String,
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpView<'a> {
    words: &'static Words,
    hint: String,
    sign_in: String,
    refusal: Option<&'static str>,
    faults: Faults,
    return_to: Option<&'a str>,
    invite_token: Option<&'a str>,
    name: &'a str,
    email: &'a str,
    has_challenge: bool,
    challenge_script: String,
}

/// What is wrong with each field.
#[derive(Default)]
struct Faults {
    name: Option<&'static str>,
    email: Option<&'static str>,
    password: Option<String>,
}

/// What was typed so far.
#[derive(Default)]
struct Typed<'a> {
    name: &'a str,
    email: &'a str,
    invite_token: Option<&'a str>,
}

pub(super) async fn show_sign_up(
    State(services): State<PageServices>,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> Page {
    let typed = Typed {
        invite_token: wanted.invite_token.as_deref(),
        ..Typed::default()
    };
    let destination = services.destination(wanted.return_to.as_deref());
    page(
        &services,
        &frame,
        destination.as_ref(),
        &typed,
        (Faults::default(), None),
    )
}

pub(super) async fn sign_up(
    State(services): State<PageServices>,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Form(form): Form<SignUpForm>,
) -> ApiResult<Response> {
    let destination = services.destination(form.return_to.as_deref());
    let refuse = |destination: Option<&Destination>, faults: (Faults, Option<&'static str>)| {
        let typed = Typed {
            name: &form.name,
            email: &form.email,
            invite_token: form.invite_token.as_deref(),
        };
        let page = page(&services, &frame, destination, &typed, faults);
        Ok(page.unprocessable().into_response())
    };
    let new = match read(&form, &frame) {
        Ok(new) => new,
        Err(faults) => return refuse(destination.as_ref(), (faults, None)),
    };
    let email = new.email.clone();
    match services.passwords.sign_up_in_browser(&context, new).await {
        Ok(SignedUp::CheckEmail) => Ok(Inbox::sign_up(&frame, email.as_str())
            .page(&frame)
            .into_response()),
        Ok(SignedUp::In(opened)) => {
            let arrival = Arrival {
                services: &services,
                context: &context,
                cookies: &cookies,
                frame: &frame,
                destination,
            };
            arrival.begin(&opened).await
        }
        Err(error) => refuse(destination.as_ref(), faults_of(&services, &frame, error)?),
    }
}

/// What the person is told, beside which field or above all of them.
fn faults_of(
    services: &PageServices,
    frame: &Frame,
    error: IdentityError,
) -> ApiResult<(Faults, Option<&'static str>)> {
    let words = &Words::of(frame).faults;
    match error {
        IdentityError::Invalid(fields) => {
            let is_address = |field: &FieldError| field.pointer == "/email";
            let faults = match fields.iter().find(|field| is_address(field)) {
                Some(field) => Faults {
                    email: Some(match field.code {
                        "email_disposable" => words.email_disposable,
                        _ => words.email_domain,
                    }),
                    ..Faults::default()
                },
                None => Faults {
                    password: password_fault(services, frame, &fields),
                    ..Faults::default()
                },
            };
            Ok((faults, None))
        }
        IdentityError::EmailTaken => Ok((Faults::default(), Some(words.email_taken))),
        IdentityError::Refused(_) => Ok((Faults::default(), Some(words.invite))),
        IdentityError::SignUpClosed => Ok((Faults::default(), Some(words.sign_up_closed))),
        IdentityError::SignUpWaitlisted => Ok((Faults::default(), Some(words.sign_up_waitlisted))),
        IdentityError::ChallengeRequired | IdentityError::ChallengeInvalid => {
            Ok((Faults::default(), Some(words.challenge)))
        }
        error => Err(error.into()),
    }
}

/// What a new password lacks, in the reader's language.
pub(super) fn password_fault(
    services: &PageServices,
    frame: &Frame,
    fields: &[FieldError],
) -> Option<String> {
    let words = &Words::of(frame).faults;
    fields.first().map(|field| match field.code {
        "too_short" => (words.password_short)(services.least_password()),
        "too_long" => words.password_long.to_owned(),
        _ => words.password_weak.to_owned(),
    })
}

fn read(form: &SignUpForm, frame: &Frame) -> Result<SignUp, Faults> {
    let words = &Words::of(frame).faults;
    let email = form.email.parse::<EmailAddress>();
    let name = typed(&form.name).map(str::parse::<PersonName>).transpose();
    match (email, name) {
        (Ok(email), Ok(name)) => Ok(SignUp {
            email,
            password: form.password.clone(),
            name,
            locale: frame.locale.clone(),
            invite_token: form.invite_token.clone().map(Secret::new),
            solution: typed(&form.challenge).map(|challenge| Solution {
                challenge: challenge.to_owned(),
                nonce: form.nonce.clone(),
            }),
        }),
        (email, name) => Err(Faults {
            name: name.is_err().then_some(words.name),
            email: email.is_err().then_some(words.email),
            password: None,
        }),
    }
}

fn page(
    services: &PageServices,
    frame: &Frame,
    destination: Option<&Destination>,
    typed: &Typed<'_>,
    (faults, refusal): (Faults, Option<&'static str>),
) -> Page {
    let words = Words::of(frame);
    let return_to = destination.map(Destination::as_str);
    let view = SignUpView {
        words,
        hint: (words.fields.password_hint)(services.least_password()),
        sign_in: with_parameter("/login", "return_to", return_to),
        refusal,
        faults,
        return_to,
        invite_token: typed.invite_token,
        name: typed.name,
        email: typed.email,
        has_challenge: services.config.sign_up.challenge.is_some(),
        challenge_script: assets::address("challenge.js"),
    };
    Page::new(frame, words.sign_up.title, &view)
}
