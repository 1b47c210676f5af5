//! A new password by who knows the old one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use kernel::Secret;
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiResult, Context, SESSION_COOKIE, SetCookie};

use super::Note;
use super::owner::Owner;
use crate::error::IdentityError;
use crate::pages::PageServices;
use crate::pages::sign_up::password_fault;
use crate::pages::words::{self, Words};
use crate::password_change::model::{Changed, Changing, NewPassword};
use crate::session::model::SessionKind;

#[derive(Deserialize)]
pub(in crate::pages) struct PasswordForm {
    current: Secret<String>,
    new: Secret<String>,
}

#[derive(Template)]
#[template(path = "change_password.html")]
struct PasswordView {
    words: &'static words::Security,
    fields: &'static words::Fields,
    least: usize,
    hint: String,
    refusal: Option<String>,
}

pub(in crate::pages) async fn show(State(services): State<PageServices>, _: Owner, frame: Frame) -> Page {
    page(&services, &frame, None)
}

pub(in crate::pages) async fn change(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    frame: Frame,
    Form(form): Form<PasswordForm>,
) -> ApiResult<Response> {
    let words = &Words::of(&frame).security;
    let changing = Changing {
        user: owner.user,
        session: owner.principal.session,
        kind: SessionKind::Browser,
    };
    let password = NewPassword {
        current: form.current,
        new: form.new,
    };
    match services
        .password_changes
        .change(&context, changing, password)
        .await
    {
        Ok(changed) => {
            let note = Note::good(words.password.done);
            let page = super::page(&services, &owner, &frame, Some(note)).await?;
            let cookie = match changed {
                Changed::Same => None,
                Changed::Cookie(cookie, until) => {
                    let max_age = services.password_changes.until(until);
                    Some(SetCookie::keep(SESSION_COOKIE, cookie.expose(), max_age)?)
                }
            };
            Ok((cookie, page).into_response())
        }
        Err(IdentityError::WrongPassword) => {
            let refusal = Some(words.password.wrong.to_owned());
            Ok(page(&services, &frame, refusal).unprocessable().into_response())
        }
        Err(IdentityError::Invalid(fields)) => {
            let refusal = password_fault(&services, &frame, &fields);
            Ok(page(&services, &frame, refusal).unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn page(services: &PageServices, frame: &Frame, refusal: Option<String>) -> Page {
    let words = Words::of(frame);
    let view = PasswordView {
        words: &words.security,
        fields: &words.fields,
        least: services.least_password(),
        hint: (words.fields.password_hint)(services.least_password()),
        refusal,
    };
    Page::new(frame, words.security.password.title, &view)
}
