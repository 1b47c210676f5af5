//! Accounts at providers, linked and unlinked.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::id::SocialAccountId;
use serde::Deserialize;
use web::html::{Form, Frame};
use web::{ApiResult, Context, Path, SetCookie};

use super::owner::Owner;
use super::{HERE, taken_away};
use crate::pages::PageServices;
use crate::social::model::{Departure, FLOW_LIFETIME, Linker};
use crate::social::routes::FLOW_COOKIE;

#[derive(Deserialize)]
pub(in crate::pages) struct ProviderPath {
    provider: String,
}

#[derive(Deserialize)]
pub(in crate::pages) struct DisconnectForm {
    account: SocialAccountId,
}

/// A link and no form, for the reason that signing in with a provider has.
pub(in crate::pages) async fn connect(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    Path(path): Path<ProviderPath>,
) -> ApiResult<Response> {
    let linker = Linker {
        user: owner.user,
        session: owner.principal.session,
    };
    let departure = Departure {
        destination: services.destination(Some(HERE)),
        ..Departure::default()
    };
    let social = &services.social;
    let departed = social
        .depart_to_link(&context, linker, &path.provider, departure)
        .await?;
    let cookie = SetCookie::keep(FLOW_COOKIE, departed.flow.expose(), FLOW_LIFETIME)?;
    Ok((cookie, Redirect::to(&departed.authorization_url)).into_response())
}

pub(in crate::pages) async fn disconnect(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    frame: Frame,
    Form(form): Form<DisconnectForm>,
) -> ApiResult<Response> {
    let outcome = services.social.unlink(&context, owner.user, form.account).await;
    taken_away(&services, &owner, &frame, outcome).await
}
