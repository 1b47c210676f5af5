//! `/account/security`: how a person signs in, seen and changed. What is sensitive is for who has just shown who
//! they are; others are sent to `/account/confirm` first.

mod accounts;
mod authenticator;
mod confirm;
mod owner;
mod passkeys;
mod password;
mod recovery_codes;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use kernel::{PageRequest, Timestamp};
use web::ApiResult;
use web::html::{Frame, Page, assets};

use self::owner::Owner;
use super::PageServices;
use super::words::{self, Words};
use crate::error::IdentityError;

/// How many passkeys and accounts are shown; nobody has more.
const SHOWN: u32 = 100;

/// The page itself.
const HERE: &str = "/account/security";

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityView {
    words: &'static words::Security,
    note: Option<Note>,
    has_password: bool,
    has_app: bool,
    passkeys: Vec<PasskeyLine>,
    codes_left: Option<String>,
    accounts: Vec<AccountLine>,
    providers: Vec<ProviderLine>,
}

/// What came of what the person did last.
struct Note {
    text: &'static str,
    is_good: bool,
}

struct PasskeyLine {
    id: String,
    name: String,
    created: String,
    used: Option<String>,
}

struct AccountLine {
    id: String,
    provider: String,
    email: Option<String>,
}

struct ProviderLine {
    id: String,
    label: String,
}

/// The pages below `/account/security`, and the one that they ask first.
pub(super) fn router() -> Router<PageServices> {
    Router::new()
        .route("/account/confirm", get(confirm::show).post(confirm::confirm))
        .route(HERE, get(show))
        .route(
            "/account/security/password",
            get(password::show).post(password::change),
        )
        .route("/account/security/authenticator", post(authenticator::start))
        .route(
            "/account/security/authenticator/confirm",
            post(authenticator::confirm),
        )
        .route(
            "/account/security/authenticator/remove",
            post(authenticator::remove),
        )
        .route("/account/security/recovery-codes", post(recovery_codes::make))
        .route("/account/security/passkeys/remove", post(passkeys::remove))
        .route(
            "/account/security/accounts/connect/{provider}",
            get(accounts::connect),
        )
        .route(
            "/account/security/accounts/disconnect",
            post(accounts::disconnect),
        )
}

async fn show(State(services): State<PageServices>, owner: Owner, frame: Frame) -> ApiResult<Response> {
    Ok(page(&services, &owner, &frame, None).await?.into_response())
}

/// The page as things stand.
async fn page(
    services: &PageServices,
    owner: &Owner,
    frame: &Frame,
    note: Option<Note>,
) -> Result<Page, IdentityError> {
    let words = &Words::of(frame).security;
    let factors = services.enrolments.get(owner.user).await?;
    let is_second_due = factors.totp.is_some() || factors.passkeys > 0;
    let first = || PageRequest::new(SHOWN, None);
    let passkeys = services.passkeys.list(owner.user, first()).await?;
    let accounts = services.social.list(owner.user, first()).await?;
    let known = services.social.providers();
    let name_of = |id: &str| {
        let provider = known.iter().find(|provider| provider.id == id);
        provider.map_or_else(|| id.to_owned(), |provider| provider.name.clone())
    };
    let open = known.iter().filter(|provider| {
        let mut linked = accounts.items.iter();
        linked.all(|account| account.provider != provider.id)
    });
    let view = SecurityView {
        words,
        note,
        has_password: services.passwords.has_password(owner.user).await?,
        has_app: factors.totp.is_some(),
        passkeys: passkeys
            .items
            .into_iter()
            .map(|passkey| PasskeyLine {
                id: passkey.id.to_string(),
                name: passkey.name,
                created: day(passkey.created_at),
                used: passkey.last_used_at.map(day),
            })
            .collect(),
        codes_left: is_second_due.then(|| (words.recovery.left)(factors.recovery_codes)),
        providers: open
            .map(|provider| ProviderLine {
                id: provider.id.clone(),
                label: (words.accounts.connect)(&provider.name),
            })
            .collect(),
        accounts: accounts
            .items
            .iter()
            .map(|account| AccountLine {
                id: account.id.to_string(),
                provider: name_of(&account.provider),
                email: account.email.as_ref().map(ToString::to_string),
            })
            .collect(),
    };
    Ok(Page::new(frame, words.title, &view))
}

/// What is answered once a way in was taken away; one that is gone already is as its owner wants it.
async fn taken_away(
    services: &PageServices,
    owner: &Owner,
    frame: &Frame,
    outcome: Result<(), IdentityError>,
) -> ApiResult<Response> {
    match outcome {
        Ok(()) | Err(IdentityError::NotFound) => Ok(Redirect::to(HERE).into_response()),
        Err(IdentityError::LastSignInMethod) => {
            let note = Note::bad(Words::of(frame).security.last_way);
            let page = page(services, owner, frame, Some(note)).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `2026-03-05`.
fn day(time: Timestamp) -> String {
    time.to_string().get(..10).unwrap_or_default().to_owned()
}

impl Note {
    const fn bad(text: &'static str) -> Self {
        Self { text, is_good: false }
    }

    const fn good(text: &'static str) -> Self {
        Self { text, is_good: true }
    }
}
