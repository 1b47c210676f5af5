//! The page behind the link of a first start: whoever ran the command makes the first account, which
//! owns the platform. There is no default account. The link opens the page; only its button does something.

mod words;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use identity::{IdentityError, NewOwner, Staff};
use kernel::{EmailAddress, Failure as _, Secret};
use serde::Deserialize;
use web::html::{Form, Frame, Page};
use web::{ApiError, Context, Query};

use crate::setup::words::Words;

#[derive(Deserialize, garde::Validate)]
struct Link {
    #[garde(skip)]
    token: Option<Secret<String>>,
}

#[derive(Deserialize)]
struct Owner {
    token: Secret<String>,
    email: String,
    password: Secret<String>,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    words: &'static Words,
    token: &'a str,
    email: &'a str,
    email_fault: Option<&'a str>,
    password_fault: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "setup_end.html")]
struct EndPage {
    words: &'static Words,
    is_done: bool,
}

pub(crate) fn router(staff: Staff) -> Router {
    Router::new()
        .route("/setup", get(show_setup).post(set_up))
        .with_state(staff)
}

async fn show_setup(
    State(staff): State<Staff>,
    frame: Frame,
    Query(link): Query<Link>,
) -> Result<Response, ApiError> {
    let words = Words::of(&frame);
    let token = link.token.unwrap_or(Secret::new(String::new()));
    if !staff.is_setup_open(&token).await? {
        return Ok(closed(&frame));
    }
    let page = SetupPage {
        words,
        token: token.expose(),
        email: "",
        email_fault: None,
        password_fault: None,
    };
    Ok(Page::new(&frame, words.title, &page).into_response())
}

async fn set_up(
    State(staff): State<Staff>,
    context: Context,
    frame: Frame,
    Form(owner): Form<Owner>,
) -> Result<Response, ApiError> {
    let words = Words::of(&frame);
    let again = |email_fault: Option<&str>, password_fault: Option<&str>| {
        let page = SetupPage {
            words,
            token: owner.token.expose(),
            email: &owner.email,
            email_fault,
            password_fault,
        };
        Page::new(&frame, words.title, &page)
            .unprocessable()
            .into_response()
    };
    let Ok(email) = owner.email.trim().parse::<EmailAddress>() else {
        return Ok(again(Some(words.email_fault), None));
    };
    let new = NewOwner {
        email,
        password: owner.password.clone(),
        locale: frame.locale.clone(),
    };
    match staff.set_up(&context, owner.token.clone(), new).await {
        Ok(_) => {
            let end = EndPage { words, is_done: true };
            Ok(Page::new(&frame, words.done_title, &end).into_response())
        }
        Err(IdentityError::OtpInvalid) => Ok(closed(&frame)),
        Err(error) => match error.fields().first() {
            Some(fault) => Ok(again(None, Some(&fault.detail))),
            None => Err(error.into()),
        },
    }
}

fn closed(frame: &Frame) -> Response {
    let words = Words::of(frame);
    let end = EndPage {
        words,
        is_done: false,
    };
    Page::new(frame, words.closed_title, &end)
        .with_status(StatusCode::GONE)
        .into_response()
}
