//! `/suppressions`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadPlatformMessages, SendMessages, SendPlatformMessages};
use kernel::{EmailAddress, MessageId, OrganizationId, SuppressionId, Timestamp, UserId};
use mail::{Category, NewSuppression, Suppression, SuppressionFilter, SuppressionReason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Api, ApiResult, Context, Created, Doc, NoContent, PageBody, Paging, Path, Query, Routes, Scope, Scoped,
};

use super::service::SuppressedAddresses;
use crate::error::MessagingError;

/// The routes of addresses that get no mail.
pub fn suppression_routes(addresses: SuppressedAddresses) -> Api {
    const ALL: &str = "/suppressions";
    const ONE: &str = "/suppressions/{suppressionId}";
    Routes::new("suppressions")
        .about(
            "Addresses that get no mail of an organization, or none of the platform: they bounced, their owners \
             complained or unsubscribed, or somebody put them here. The product's own mails, such as a link to sign \
             in, go out all the same.",
        )
        .get(
            ALL,
            list_suppressions,
            Doc::new("List addresses that get no mail", "The newest first."),
        )
        .post(
            ALL,
            create_suppression,
            Doc::new(
                "Put an address on the list",
                "From now on it gets no mail, or none of `category`; what waits is not sent either. One that is on \
                 the list already stays there as it is.",
            ),
        )
        .delete(
            ONE,
            delete_suppression,
            Doc::new(
                "Take an address off the list",
                "It may get mail again. Whoever complained or unsubscribed should only be taken off when they ask \
                 for it.",
            ),
        )
        .with_state(addresses)
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SuppressionPath {
    #[serde(rename = "suppressionId")]
    suppression: SuppressionId,
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuppressionsQuery {
    /// The organization; without it a key's own, and else the platform.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// Only this address.
    #[garde(skip)]
    email: Option<EmailAddress>,
    /// Only those with this reason.
    #[garde(skip)]
    reason: Option<SuppressionReason>,
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuppressionQuery {
    /// The organization; without it a key's own, and else the platform.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
}

/// An address that is to get no mail.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateSuppression {
    /// Whose mail it is not to get; without it a key's own organization, and else the platform.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// The address.
    #[garde(skip)]
    email: EmailAddress,
    /// Which mail it is not to get; all when nothing is said.
    #[garde(skip)]
    category: Option<Category>,
    /// Why, for those who read the list.
    #[garde(length(chars, max = 500))]
    #[serde(default)]
    detail: String,
}

/// An address that gets no mail.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SuppressionBody {
    /// Its id.
    id: SuppressionId,
    /// Whose mail it does not get; null for the platform's.
    organization_id: Option<OrganizationId>,
    /// The address.
    email: EmailAddress,
    /// Which mail it does not get; null for all but the product's own.
    category: Option<Category>,
    /// Why.
    reason: SuppressionReason,
    /// What was said about it: by the mail server, or by who put it here.
    detail: String,
    /// The mail that brought it about.
    message_id: Option<MessageId>,
    /// Who put it here.
    created_by: Option<UserId>,
    /// Since when.
    created_at: Timestamp,
}

impl From<Suppression> for SuppressionBody {
    fn from(suppression: Suppression) -> Self {
        Self {
            id: suppression.id,
            organization_id: suppression.organization,
            email: suppression.email,
            category: suppression.category,
            reason: suppression.reason,
            detail: suppression.detail,
            message_id: suppression.message,
            created_by: suppression.created_by,
            created_at: suppression.created_at,
        }
    }
}

async fn list_suppressions(
    State(addresses): State<SuppressedAddresses>,
    scope: Scope<SendMessages, ReadPlatformMessages>,
    Query(query): Query<SuppressionsQuery>,
    paging: Paging,
) -> ApiResult<PageBody<SuppressionBody>> {
    let filter = SuppressionFilter {
        email: query.email,
        reason: query.reason,
    };
    let page = addresses.list(scope.organization, filter, paging.request().clone());
    Ok(paging.page(page.await?.map(SuppressionBody::from)))
}

async fn create_suppression(
    State(addresses): State<SuppressedAddresses>,
    scoped: Scoped<SendMessages, SendPlatformMessages, CreateSuppression>,
) -> ApiResult<Created<SuppressionBody>> {
    let Scoped { scope, context, body } = scoped;
    if body.category.as_ref().is_some_and(Category::is_mandatory) {
        let detail =
            "mail of this category can't be stopped by itself; leave the category out to stop all mail";
        return Err(MessagingError::field("/category", "category_mandatory", detail).into());
    }
    let new = NewSuppression {
        organization: scope.organization,
        email: body.email,
        category: body.category,
        reason: SuppressionReason::Manual,
        detail: body.detail,
        message: None,
        created_by: scope.user(),
    };
    let added = addresses.add(&context, new).await?;
    let location = format!("/suppressions/{}", added.id);
    Ok(Created::at(location, SuppressionBody::from(added)))
}

async fn delete_suppression(
    State(addresses): State<SuppressedAddresses>,
    scope: Scope<SendMessages, SendPlatformMessages>,
    Path(path): Path<SuppressionPath>,
    context: Context,
    Query(_): Query<SuppressionQuery>,
) -> ApiResult<NoContent> {
    addresses
        .remove(&context, path.suppression, scope.organization)
        .await?;
    Ok(NoContent)
}
