//! `/messages/senders`.

mod bodies;

use axum::extract::State;
use kernel::permission::{ReadPlatformMessages, SendMessages, SendPlatformMessages, UpdateOrganization};
use kernel::{OrganizationId, Permission};
use web::routes::{Doc, Routes};
use web::{Api, ApiResult, Context, Created, Json, NoContent, PageBody, Paging, Path, Scope, Scoped};

use self::bodies::{CreateSender, SenderBody, SenderPath, VerifySender};
use super::service::Senders;
use crate::error::MessagingError;

/// Who sees senders.
type Readers = Scope<SendMessages, ReadPlatformMessages>;
/// Who adds and removes them.
type Admins = Scope<UpdateOrganization, SendPlatformMessages>;

/// The routes of senders.
pub fn routes(senders: Senders) -> Api {
    const ALL: &str = "/messages/senders";
    const ONE: &str = "/messages/senders/{senderId}";
    Routes::new("messages")
        .get(
            ALL,
            list_senders,
            Doc::new(
                "List the senders of an organization",
                "Addresses that its mail may be from, by their letters, and those that wait for their code. The \
                 platform has none: its mail is from the address of the configuration.",
            ),
        )
        .post(
            ALL,
            create_sender,
            Doc::new(
                "Add a sender",
                "Mails a code of eight digits to the address. It is the organization's to send from once the code \
                 was shown, within 15 minutes and five tries. An address gets at most three codes an hour, from all \
                 organizations together, and an organization has at most 20 mailed a day.",
            ),
        )
        .get(ONE, get_sender, Doc::new("Get a sender", "Tells whether it is verified."))
        .delete(
            ONE,
            delete_sender,
            Doc::new(
                "Remove a sender",
                "No new mail is from there. What was accepted before still is.",
            ),
        )
        .post(
            "/messages/senders/{senderId}/verify",
            verify_sender,
            Doc::new(
                "Verify a sender",
                "With the code that was mailed to the address. It works once.",
            ),
        )
        .post(
            "/messages/senders/{senderId}/resend",
            resend_sender_code,
            Doc::new(
                "Mail the code of a sender again",
                "A new one: the code before stops working. It counts like the first.",
            ),
        )
        .with_state(senders)
}

/// Senders are organizations'.
fn organization_of<P: Permission, Q: Permission>(
    scope: &Scope<P, Q>,
    pointer: &'static str,
) -> Result<OrganizationId, MessagingError> {
    scope.organization.ok_or_else(|| {
        let detail = "say which organization is meant; the platform's sender is configured";
        MessagingError::field(pointer, "required", detail)
    })
}

async fn list_senders(
    State(senders): State<Senders>,
    scope: Readers,
    paging: Paging,
) -> ApiResult<PageBody<SenderBody>> {
    let organization = organization_of(&scope, "organization_id")?;
    let page = senders.list(organization, paging.request().clone()).await?;
    Ok(paging.page(page.map(SenderBody::from)))
}

async fn create_sender(
    State(senders): State<Senders>,
    scoped: Scoped<UpdateOrganization, SendPlatformMessages, CreateSender>,
) -> ApiResult<Created<SenderBody>> {
    let Scoped { scope, context, body } = scoped;
    let organization = organization_of(&scope, "/organization_id")?;
    let sender = senders.create(&context, organization, body.into_new()?).await?;
    let location = format!("/messages/senders/{}?organization_id={organization}", sender.id);
    Ok(Created::at(location, sender.into()))
}

async fn get_sender(
    State(senders): State<Senders>,
    scope: Readers,
    Path(path): Path<SenderPath>,
) -> ApiResult<Json<SenderBody>> {
    let organization = organization_of(&scope, "organization_id")?;
    Ok(Json(senders.get(organization, path.id).await?.into()))
}

async fn delete_sender(
    State(senders): State<Senders>,
    scope: Admins,
    Path(path): Path<SenderPath>,
    context: Context,
) -> ApiResult<NoContent> {
    let organization = organization_of(&scope, "organization_id")?;
    senders.delete(&context, organization, path.id).await?;
    Ok(NoContent)
}

async fn verify_sender(
    State(senders): State<Senders>,
    scope: Admins,
    Path(path): Path<SenderPath>,
    context: Context,
    Json(body): Json<VerifySender>,
) -> ApiResult<Json<SenderBody>> {
    let organization = organization_of(&scope, "organization_id")?;
    let verified = senders.verify(&context, organization, path.id, body.into_code()?);
    Ok(Json(verified.await?.into()))
}

async fn resend_sender_code(
    State(senders): State<Senders>,
    scope: Admins,
    Path(path): Path<SenderPath>,
    context: Context,
) -> ApiResult<Json<SenderBody>> {
    let organization = organization_of(&scope, "organization_id")?;
    let sender = senders.resend(&context, organization, path.id).await?;
    Ok(Json(sender.into()))
}
