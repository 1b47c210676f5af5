//! `/reset-password`.

use askama::Template;
use axum::extract::State;
use kernel::{EmailAddress, Secret};
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiError, ApiResult, Context, Query};

use super::ask_address::AskAddress;
use super::inbox::Inbox;
use super::notice::Notice;
use super::sign_up::password_fault;
use super::words::Words;
use super::{Link, PageServices};
use crate::error::IdentityError;

#[derive(Deserialize)]
pub(super) struct ResetForm {
    email: Option<String>,
    token: Option<Secret<String>>,
    new_password: Option<Secret<String>>,
}

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPasswordView<'a> {
    words: &'static Words,
    token: &'a str,
    hint: String,
    fault: Option<String>,
}

pub(super) async fn show_reset(
    State(services): State<PageServices>,
    frame: Frame,
    Query(link): Query<Link>,
) -> ApiResult<Page> {
    let Some(token) = link.token else {
        return Ok(AskAddress::for_reset(&frame).page(&frame));
    };
    if services.password_resets.is_open(&token).await? {
        Ok(new_password(&services, &frame, &token, None))
    } else {
        Ok(AskAddress::for_another_reset(&frame).page(&frame))
    }
}

pub(super) async fn reset_password(
    State(services): State<PageServices>,
    context: Context,
    frame: Frame,
    Form(form): Form<ResetForm>,
) -> ApiResult<Page> {
    match (form.email, form.token, form.new_password) {
        (Some(email), None, None) => ask(&services, &context, &frame, &email).await,
        (None, Some(token), Some(password)) => set(&services, &context, &frame, &token, &password).await,
        _ => Err(ApiError::malformed("malformed_form", "open the page again")),
    }
}

/// The answer is the same whether the address has an account or not.
async fn ask(services: &PageServices, context: &Context, frame: &Frame, email: &str) -> ApiResult<Page> {
    let Ok(address) = email.parse::<EmailAddress>() else {
        let page = AskAddress::for_reset(frame).with_fault(frame, email);
        return Ok(page.page(frame).unprocessable());
    };
    let inbox = Inbox::reset(services, frame, address.as_str());
    services.password_resets.request(context, address).await?;
    Ok(inbox.page(frame))
}

async fn set(
    services: &PageServices,
    context: &Context,
    frame: &Frame,
    token: &Secret<String>,
    password: &Secret<String>,
) -> ApiResult<Page> {
    match services.password_resets.confirm(context, token, password).await {
        Ok(()) => {
            let words = Words::of(frame);
            let done = Notice::done(words.reset.done_title, words.reset.done);
            Ok(done.onward("/login", words.sign_in.go).page(frame))
        }
        Err(IdentityError::Invalid(fields)) => {
            let fault = password_fault(services, frame, &fields);
            Ok(new_password(services, frame, token, fault).unprocessable())
        }
        Err(IdentityError::OtpInvalid) => {
            Ok(AskAddress::for_another_reset(frame).page(frame).unprocessable())
        }
        Err(error) => Err(error.into()),
    }
}

fn new_password(
    services: &PageServices,
    frame: &Frame,
    token: &Secret<String>,
    fault: Option<String>,
) -> Page {
    let words = Words::of(frame);
    let view = NewPasswordView {
        words,
        token: token.expose(),
        hint: (words.fields.password_hint)(services.least_password()),
        fault,
    };
    Page::new(frame, words.reset.set_title, &view)
}
