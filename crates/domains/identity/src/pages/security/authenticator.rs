//! An authenticator app, set up and taken away.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::Secret;
use qrcode::QrCode;
use qrcode::render::svg::Color;
use serde::Deserialize;
use url::Url;
use web::html::{Form, Frame, Page};
use web::{ApiError, ApiResult, Context};

use super::owner::Owner;
use super::{HERE, recovery_codes};
use crate::error::IdentityError;
use crate::pages::PageServices;
use crate::pages::account::Nothing;
use crate::pages::words::{self, Words};
use crate::session::routes::NewCookie;

/// The address in the picture comes back with the code, so that the same picture can be shown again.
#[derive(Deserialize)]
pub(in crate::pages) struct CodeForm {
    code: String,
    address: Secret<String>,
}

#[derive(Template)]
#[template(path = "authenticator.html")]
struct AuthenticatorView<'a> {
    words: &'static words::Security,
    address: &'a str,
    picture: String,
    secret: String,
    refusal: Option<&'static str>,
}

pub(in crate::pages) async fn start(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    frame: Frame,
    Form(Nothing {}): Form<Nothing>,
) -> ApiResult<Response> {
    match services.enrolments.start_totp(&context, owner.user).await {
        Ok(new) => Ok(page(&frame, new.otpauth_uri.expose(), None)?.into_response()),
        // It is there already, which is what was wanted.
        Err(IdentityError::TotpExists) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Err(error.into()),
    }
}

pub(in crate::pages) async fn confirm(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    frame: Frame,
    Form(form): Form<CodeForm>,
) -> ApiResult<Response> {
    let code: String = form.code.chars().filter(char::is_ascii_digit).collect();
    let code = Secret::new(code);
    match services
        .enrolments
        .confirm_totp(&context, owner.asking(), &code)
        .await
    {
        Ok(enrolled) => {
            let cookie = NewCookie::of(&enrolled.renewed)?;
            let page = if enrolled.recovery_codes.is_empty() {
                Redirect::to(HERE).into_response()
            } else {
                recovery_codes::page(&frame, enrolled.recovery_codes).into_response()
            };
            Ok((cookie, page).into_response())
        }
        Err(IdentityError::OtpInvalid) => {
            let refusal = Some(Words::of(&frame).security.authenticator.wrong);
            Ok(page(&frame, form.address.expose(), refusal)?
                .unprocessable()
                .into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(in crate::pages) async fn remove(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    Form(Nothing {}): Form<Nothing>,
) -> ApiResult<Redirect> {
    match services.enrolments.delete_totp(&context, owner.user).await {
        Ok(()) | Err(IdentityError::NotFound) => Ok(Redirect::to(HERE)),
        Err(error) => Err(error.into()),
    }
}

fn page(frame: &Frame, address: &str, refusal: Option<&'static str>) -> ApiResult<Page> {
    let words = &Words::of(frame).security;
    let parsed = Url::parse(address).map_err(|_| ApiError::not_found())?;
    let secret = parsed.query_pairs().find(|(name, _)| name == "secret");
    let secret = secret.map(|(_, value)| value.into_owned()).unwrap_or_default();
    let picture = QrCode::new(address).map_err(|_| ApiError::not_found())?;
    let picture = picture
        .render()
        .dark_color(Color("#000"))
        .light_color(Color("#fff"))
        .min_dimensions(200, 200)
        .build();
    let picture = picture
        .split_once("?>")
        .map_or(picture.as_str(), |(_, svg)| svg)
        .to_owned();
    let view = AuthenticatorView {
        words,
        address,
        picture,
        secret: grouped(&secret),
        refusal,
    };
    Ok(Page::new(frame, words.authenticator.title, &view))
}

/// In fours, as people type it.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}
