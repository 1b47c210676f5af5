//! Passkeys over HTTP.

mod entry;

use axum::extract::State;
use garde::Validate;
use kernel::{PasskeyId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Api, ApiResult, Context, Created, Doc, Fresh, Json, NoContent, PageBody, Paging, Path, Principal, Routes,
};

use super::answer::RegistrationCredential;
use super::model::{Added, NewPasskey, Passkey, PasskeyName};
use super::options::CreationOptions;
use super::service::Passkeys;
use crate::enrolment::model::Asking;
use crate::session::routes::{NewCookie, RenewedBody};

/// The routes of passkeys.
pub fn routes(passkeys: Passkeys) -> Api {
    own_routes(passkeys.clone()).merge(entry::routes(passkeys))
}

fn own_routes(passkeys: Passkeys) -> Api {
    Routes::new("auth")
        .get(
            "/auth/passkeys",
            list_passkeys,
            Doc::new("List your passkeys", "The newest first, with when each was last used."),
        )
        .post(
            "/auth/passkeys/registration",
            start_passkey_registration,
            Doc::new(
                "Start to add a passkey",
                "Answers what `navigator.credentials.create` takes, by way of \
                 `PublicKeyCredential.parseCreationOptionsFromJSON`. It is good for five minutes, for one \
                 passkey, in this session.",
            ),
        )
        .post(
            "/auth/passkeys",
            create_passkey,
            Doc::new(
                "Add a passkey",
                "With what `navigator.credentials.create` answered, by way of `toJSON()`. You may have 20. The \
                 session goes on with other tokens or another cookie; with your first second factor all your other \
                 sessions end, and you get recovery codes.",
            ),
        )
        .patch(
            "/auth/passkeys/{passkeyId}",
            rename_passkey,
            Doc::new("Rename a passkey", "The name is only for its owner."),
        )
        .delete(
            "/auth/passkeys/{passkeyId}",
            delete_passkey,
            Doc::new(
                "Remove a passkey",
                "It opens nothing from now on. Your last way to sign in can't be removed; with your last second \
                 factor the recovery codes go.",
            ),
        )
        .with_state(passkeys)
}

/// A passkey that is added.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreatePasskey {
    /// What you call it.
    #[garde(skip)]
    #[schemars(extend("example" = "Laptop"))]
    name: Option<PasskeyName>,
    /// What the browser answered.
    #[garde(dive)]
    credential: RegistrationCredential,
}

/// Another name.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RenamePasskey {
    /// What you call it.
    #[garde(skip)]
    #[schemars(extend("example" = "Laptop"))]
    name: PasskeyName,
}

/// What a browser is given to make a passkey.
#[derive(Debug, Serialize, JsonSchema)]
struct PasskeyRegistrationBody {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON`.
    public_key: CreationOptions,
}

/// A passkey.
#[derive(Debug, Serialize, JsonSchema)]
struct PasskeyBody {
    /// Its id.
    id: PasskeyId,
    /// What its owner calls it.
    #[schemars(extend("example" = "Laptop"))]
    name: String,
    /// How browsers reach the authenticator, as they say.
    #[schemars(extend("example" = ["internal", "hybrid"]))]
    transports: Vec<String>,
    /// Whether there is a copy of the key, in the cloud of its maker for example.
    is_backed_up: bool,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last used.
    last_used_at: Option<Timestamp>,
}

/// A passkey that counts from now on.
#[derive(Debug, Serialize, JsonSchema)]
struct AddedPasskeyBody {
    /// The passkey.
    passkey: PasskeyBody,
    /// To be written down; empty when there are some from before.
    #[schemars(extend("example" = ["0-KMXQ2-7PLRT"]))]
    recovery_codes: Vec<String>,
    /// The session as it goes on.
    session: RenewedBody,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PasskeyPath {
    /// The passkey.
    passkey_id: PasskeyId,
}

async fn list_passkeys(
    State(passkeys): State<Passkeys>,
    principal: Principal,
    paging: Paging,
) -> ApiResult<PageBody<PasskeyBody>> {
    let page = passkeys.list(principal.user, paging.request().clone()).await?;
    Ok(paging.page(page.map(PasskeyBody::from)))
}

async fn start_passkey_registration(
    State(passkeys): State<Passkeys>,
    principal: Fresh<Principal>,
) -> ApiResult<Json<PasskeyRegistrationBody>> {
    let public_key = passkeys.start_registration(Asking::of(&principal)).await?;
    Ok(Json(PasskeyRegistrationBody { public_key }))
}

async fn create_passkey(
    State(passkeys): State<Passkeys>,
    principal: Fresh<Principal>,
    context: Context,
    Json(body): Json<CreatePasskey>,
) -> ApiResult<(NewCookie, Created<AddedPasskeyBody>)> {
    let new = NewPasskey {
        name: body.name,
        credential: body.credential,
    };
    let Added { passkey, enrolled } = passkeys.create(&context, Asking::of(&principal), new).await?;
    let location = format!("/auth/passkeys/{}", passkey.id);
    let body = AddedPasskeyBody {
        passkey: PasskeyBody::from(passkey),
        recovery_codes: enrolled.recovery_codes,
        session: RenewedBody::from(&enrolled.renewed),
    };
    Ok((NewCookie::of(&enrolled.renewed)?, Created::at(location, body)))
}

async fn rename_passkey(
    State(passkeys): State<Passkeys>,
    principal: Principal,
    Path(path): Path<PasskeyPath>,
    Json(body): Json<RenamePasskey>,
) -> ApiResult<Json<PasskeyBody>> {
    let passkey = passkeys
        .rename(principal.user, path.passkey_id, body.name)
        .await?;
    Ok(Json(PasskeyBody::from(passkey)))
}

async fn delete_passkey(
    State(passkeys): State<Passkeys>,
    principal: Fresh<Principal>,
    context: Context,
    Path(path): Path<PasskeyPath>,
) -> ApiResult<NoContent> {
    passkeys.delete(&context, principal.user, path.passkey_id).await?;
    Ok(NoContent)
}

impl From<Passkey> for PasskeyBody {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            transports: passkey.transports,
            is_backed_up: passkey.is_backed_up,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
        }
    }
}
