//! Passkeys, taken away. They are added by a script, since nothing else can.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::id::PasskeyId;
use serde::Deserialize;
use web::html::{Form, Frame};
use web::{ApiResult, Context};

use super::owner::Owner;
use super::{HERE, Note};
use crate::error::IdentityError;
use crate::pages::PageServices;
use crate::pages::words::Words;

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
    match services.passkeys.delete(&context, owner.user, form.passkey).await {
        Ok(()) | Err(IdentityError::NotFound) => Ok(Redirect::to(HERE).into_response()),
        Err(IdentityError::LastSignInMethod) => {
            let note = Note::bad(Words::of(&frame).security.last_way);
            let page = super::page(&services, &owner, &frame, Some(note)).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}
