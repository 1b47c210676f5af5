//! `/verify-email`.

use axum::extract::State;
use kernel::{EmailAddress, Secret};
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiError, ApiResult, Context, Query};

use super::ask_address::AskAddress;
use super::inbox::Inbox;
use super::notice::{Button, Notice};
use super::words::Words;
use super::{Link, PageServices};
use crate::error::IdentityError;
use crate::password::model::Confirmation;

#[derive(Deserialize)]
pub(super) struct VerificationForm {
    token: Option<Secret<String>>,
    email: Option<String>,
    code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Again {
    email: String,
}

pub(super) async fn show_verification(
    State(services): State<PageServices>,
    frame: Frame,
    Query(link): Query<Link>,
) -> ApiResult<Page> {
    let Some(token) = link.token else {
        return Ok(AskAddress::for_verification(&frame).page(&frame));
    };
    let words = &Words::of(&frame).verification;
    Ok(match services.passwords.preview_verification(&token).await? {
        None => AskAddress::for_another_verification(&frame).page(&frame),
        Some(email) => {
            let button = Button {
                action: "/verify-email",
                fields: vec![("token", token.expose().clone())],
                label: words.go,
            };
            let notice = Notice::waiting(words.title, (words.text)(&email));
            notice.with_button(button).page(&frame)
        }
    })
}

pub(super) async fn verify_email(
    State(services): State<PageServices>,
    context: Context,
    frame: Frame,
    Form(form): Form<VerificationForm>,
) -> ApiResult<Page> {
    let (confirmation, refused) = match (form.token, form.email, form.code) {
        (Some(token), None, None) => {
            let refused = AskAddress::for_another_verification(&frame).page(&frame);
            (Confirmation::Token(token), refused)
        }
        (None, Some(email), Some(code)) => {
            let refused = Inbox::sign_up(&frame, &email).with_wrong_code(&frame);
            let email = email.parse().map_err(|_| IdentityError::OtpInvalid)?;
            let code = Secret::new(code.replace(' ', ""));
            (Confirmation::Code { email, code }, refused.page(&frame))
        }
        _ => return Err(ApiError::malformed("malformed_form", "open the page again")),
    };
    match services.passwords.verify_email(&context, confirmation).await {
        Ok(()) => {
            let words = &Words::of(&frame).verification;
            let done = Notice::done(words.done_title, words.done);
            Ok(done.onward("/login", words.sign_in).page(&frame))
        }
        Err(IdentityError::OtpInvalid) => Ok(refused.unprocessable()),
        Err(error) => Err(error.into()),
    }
}

/// The answer is the same whether an account waits for the mail or not.
pub(super) async fn mail_verification(
    State(services): State<PageServices>,
    context: Context,
    frame: Frame,
    Form(form): Form<Again>,
) -> ApiResult<Page> {
    let Ok(email) = form.email.parse::<EmailAddress>() else {
        let page = AskAddress::for_verification(&frame).with_fault(&frame, &form.email);
        return Ok(page.page(&frame).unprocessable());
    };
    services
        .passwords
        .resend_verification(&context, email.clone())
        .await?;
    Ok(Inbox::sign_up(&frame, email.as_str()).page(&frame))
}
