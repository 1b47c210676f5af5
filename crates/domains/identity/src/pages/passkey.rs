//! What the script of passkeys (`passkey.js`) asks and answers. Pages work without it; where it runs, it is let in
//! like a form: from our own pages only.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use garde::Validate;
use kernel::Secret;
use serde::{Deserialize, Serialize};
use web::html::{Frame, OwnPage};
use web::{ApiResult, Context, Cookies, Fresh, Json, Principal};

use super::PageServices;
use super::arrival::{Arrival, Onward, TICKET_COOKIE};
use crate::destination::Destination;
use crate::enrolment::model::Asking;
use crate::error::IdentityError;
use crate::passkey::answer::{AuthenticationCredential, RegistrationCredential};
use crate::passkey::model::{Added, NewPasskey, PasskeyName};
use crate::passkey::options::{CreationOptions, RequestOptions};
use crate::passkey::service::SecondStep;
use crate::session::routes::NewCookie;

/// Where the person goes who has added a passkey.
const SECURITY_PAGE: &str = "/account/security";

/// What the browser is given.
#[derive(Serialize)]
struct Options<T> {
    public_key: T,
}

/// What the browser answered.
#[derive(Deserialize, Validate)]
struct Used {
    #[garde(dive)]
    credential: AuthenticationCredential,
    #[garde(skip)]
    return_to: Option<String>,
}

/// What the browser answered to somebody who adds a passkey.
#[derive(Deserialize, Validate)]
struct Made {
    #[garde(skip)]
    name: Option<PasskeyName>,
    #[garde(dive)]
    credential: RegistrationCredential,
}

/// What is answered to somebody who has added a passkey: where to go, and codes to be shown to them once.
#[derive(Serialize)]
struct MadeBody {
    #[serde(flatten)]
    onward: Onward,
    recovery_codes: Vec<String>,
}

pub(super) fn router() -> Router<PageServices> {
    Router::new()
        .route("/login/passkey/options", post(start_sign_in))
        .route("/login/passkey", post(sign_in))
        .route("/login/second-factor/passkey/options", post(start_second_factor))
        .route("/login/second-factor/passkey", post(take_second_factor))
        .route("/account/security/passkeys/options", post(start_registration))
        .route("/account/security/passkeys", post(add))
        .route("/account/step-up/passkey/options", post(start_step_up))
        .route("/account/step-up/passkey", post(step_up))
}

async fn start_sign_in(
    State(services): State<PageServices>,
    _: OwnPage,
    context: Context,
) -> ApiResult<Json<Options<RequestOptions>>> {
    let public_key = services.passkeys.start_sign_in(&context).await?;
    Ok(Json(Options { public_key }))
}

async fn sign_in(
    State(services): State<PageServices>,
    _: OwnPage,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Json(used): Json<Used>,
) -> ApiResult<Response> {
    let opened = services
        .passkeys
        .sign_in_in_browser(&context, used.credential)
        .await?;
    let arrival = Arrival {
        services: &services,
        context: &context,
        cookies: &cookies,
        frame: &frame,
        destination: services.destination(used.return_to.as_deref()),
    };
    arrival.begin_by_script(&opened).await
}

async fn start_second_factor(
    State(services): State<PageServices>,
    _: OwnPage,
    context: Context,
    cookies: Cookies,
) -> ApiResult<Json<Options<RequestOptions>>> {
    let ticket = ticket(&cookies)?;
    let public_key = services.passkeys.start_second_factor(&context, &ticket).await?;
    Ok(Json(Options { public_key }))
}

async fn take_second_factor(
    State(services): State<PageServices>,
    _: OwnPage,
    context: Context,
    cookies: Cookies,
    frame: Frame,
    Json(used): Json<Used>,
) -> ApiResult<Response> {
    let step = SecondStep {
        ticket: ticket(&cookies)?,
        credential: used.credential,
    };
    let opened = services.passkeys.complete_in_browser(&context, step).await?;
    let arrival = Arrival {
        services: &services,
        context: &context,
        cookies: &cookies,
        frame: &frame,
        destination: services.destination(used.return_to.as_deref()),
    };
    arrival.begin_by_script(&opened).await
}

async fn start_registration(
    State(services): State<PageServices>,
    _: OwnPage,
    principal: Fresh<Principal>,
) -> ApiResult<Json<Options<CreationOptions>>> {
    let asking = Asking::of(&principal);
    let public_key = services.passkeys.start_registration(asking).await?;
    Ok(Json(Options { public_key }))
}

async fn add(
    State(services): State<PageServices>,
    _: OwnPage,
    principal: Fresh<Principal>,
    context: Context,
    Json(made): Json<Made>,
) -> ApiResult<(NewCookie, Json<MadeBody>)> {
    let new = NewPasskey {
        name: made.name,
        credential: made.credential,
    };
    let asking = Asking::of(&principal);
    let Added { enrolled, .. } = services.passkeys.create(&context, asking, new).await?;
    let body = MadeBody {
        onward: Onward::to(SECURITY_PAGE),
        recovery_codes: enrolled.recovery_codes,
    };
    Ok((NewCookie::of(&enrolled.renewed)?, Json(body)))
}

async fn start_step_up(
    State(services): State<PageServices>,
    _: OwnPage,
    principal: Principal,
) -> ApiResult<Json<Options<RequestOptions>>> {
    let public_key = services.passkeys.start_step_up(Asking::of(&principal)).await?;
    Ok(Json(Options { public_key }))
}

async fn step_up(
    State(services): State<PageServices>,
    _: OwnPage,
    principal: Principal,
    context: Context,
    Json(used): Json<Used>,
) -> ApiResult<(NewCookie, Json<Onward>)> {
    let asking = Asking::of(&principal);
    let renewed = services
        .passkeys
        .step_up(&context, asking, used.credential)
        .await?;
    let destination = services.destination(used.return_to.as_deref());
    let place = destination.as_ref().map_or(SECURITY_PAGE, Destination::as_str);
    Ok((NewCookie::of(&renewed)?, Json(Onward::to(place))))
}

fn ticket(cookies: &Cookies) -> Result<Secret<String>, IdentityError> {
    let ticket = cookies.get(TICKET_COOKIE).map(Secret::new);
    ticket.ok_or(IdentityError::PasskeyInvalid)
}
