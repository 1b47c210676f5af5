//! Recovery codes, shown once.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use web::html::{Form, Frame, Page};
use web::{ApiResult, Context};

use super::HERE;
use super::owner::Owner;
use crate::error::IdentityError;
use crate::pages::PageServices;
use crate::pages::account::Nothing;
use crate::pages::words::{self, Words};

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct CodesView {
    words: &'static words::Security,
    codes: Vec<String>,
}

pub(in crate::pages) async fn make(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    frame: Frame,
    Form(Nothing {}): Form<Nothing>,
) -> ApiResult<Response> {
    match services
        .enrolments
        .make_recovery_codes(&context, owner.user)
        .await
    {
        Ok(codes) => Ok(page(&frame, codes).into_response()),
        Err(IdentityError::NoSecondFactor) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn page(frame: &Frame, codes: Vec<String>) -> Page {
    let words = &Words::of(frame).security;
    Page::new(frame, words.recovery.made_title, &CodesView { words, codes })
}
