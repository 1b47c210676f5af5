//! Passkeys, taken away. They are added by a script, since nothing else can.

use axum::extract::State;
use axum::response::Response;
use kernel::id::PasskeyId;
use serde::Deserialize;
use web::html::{Form, Frame};
use web::{ApiResult, Context};

use super::owner::Owner;
use super::taken_away;
use crate::pages::PageServices;

#[derive(Deserialize)]
pub(in crate::pages) struct RemoveForm {
    passkey: PasskeyId,
}

pub(in crate::pages) async fn remove(
    State(services): State<PageServices>,
    owner: Owner,
    context: Context,
    frame: Frame,
    Form(form): Form<RemoveForm>,
) -> ApiResult<Response> {
    let outcome = services.passkeys.delete(&context, owner.user, form.passkey).await;
    taken_away(&services, &owner, &frame, outcome).await
}
