//! `/invites`: those that came to the caller.

use axum::extract::State;
use garde::Validate;
use kernel::{InviteId, OrganizationId, Secret, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::routes::{Doc, Routes};
use web::{ApiResult, Context, Json, NoContent, PageBody, Paging, Principal, Public};

use super::super::model::{Accepted, Addressee, InviteReference, ReceivedInvite};
use super::super::service::Invites;
use crate::error::OrganizationError;
use crate::membership::routes::MemberBody;
use crate::organization::routes::OrganizationBody;
use crate::slug::Slug;

pub(super) fn add_to(routes: Routes<Invites>) -> Routes<Invites> {
    routes
        .get(
            "/invites",
            list_received_invites,
            Doc::new(
                "List your invites",
                "Open invites to your address, the newest first. Nothing is listed until you have confirmed it.",
            ),
        )
        .post(
            "/invites/accept",
            accept_invite,
            Doc::new(
                "Accept an invite",
                "Joins by the token of a link, or by the id of an invite to your confirmed address. An invite \
                 that was mailed can be accepted from the account of that address only.",
            ),
        )
        .post(
            "/invites/decline",
            decline_invite,
            Doc::new("Decline an invite", "Closes an invite to your address. Links are left alone."),
        )
        .post(
            "/invites/preview",
            preview_invite,
            Doc::new(
                "See what an invite is for",
                "Tells who invites to what, and consumes nothing. The address is masked.",
            ),
        )
}

/// The organization that somebody is invited to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InvitingOrganizationBody {
    /// Its id.
    id: OrganizationId,
    /// What it is called.
    #[schemars(extend("example" = "Acme Labs"))]
    name: String,
    /// What it goes by in addresses.
    slug: Slug,
}

/// An invite as the person sees it whom it invites.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReceivedInviteBody {
    /// Its id.
    id: InviteId,
    /// Where to.
    organization: InvitingOrganizationBody,
    /// The key of the role that it gives.
    #[schemars(extend("example" = "member"))]
    role: Slug,
    /// What the person is called who invited, if they say so.
    #[schemars(extend("example" = "Grace Hopper"))]
    inviter_name: Option<String>,
    /// When it was made.
    created_at: Timestamp,
    /// From when on it does not hold any more.
    expires_at: Timestamp,
}

impl From<ReceivedInvite> for ReceivedInviteBody {
    fn from(received: ReceivedInvite) -> Self {
        Self {
            id: received.invite.id,
            organization: InvitingOrganizationBody {
                id: received.invite.organization,
                name: received.organization_name,
                slug: received.organization_slug,
            },
            role: received.invite.role.key,
            inviter_name: received.inviter_name,
            created_at: received.invite.created_at,
            expires_at: received.invite.expires_at,
        }
    }
}

/// What the invite behind a link is for.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InvitePreviewBody {
    /// What the organization is called.
    #[schemars(extend("example" = "Acme Labs"))]
    organization_name: String,
    /// The key of the role that it gives.
    #[schemars(extend("example" = "member"))]
    role: Slug,
    /// What the role is called.
    #[schemars(extend("example" = "Member"))]
    role_name: String,
    /// What the person is called who invited, if they say so.
    #[schemars(extend("example" = "Grace Hopper"))]
    inviter_name: Option<String>,
    /// The address that it was mailed to, all but its first letter and its domain hidden; null for a link.
    #[schemars(extend("example" = "a•••@example.com"))]
    email: Option<String>,
    /// Only people with confirmed addresses of this domain may use the link; null for all.
    #[schemars(extend("example" = "example.com"))]
    email_domain: Option<String>,
    /// From when on it does not hold any more.
    expires_at: Timestamp,
}

impl From<ReceivedInvite> for InvitePreviewBody {
    fn from(received: ReceivedInvite) -> Self {
        let email_domain = match &received.invite.addressee {
            Addressee::Address(_) => None,
            Addressee::Link(terms) => terms.email_domain.as_ref(),
        };
        Self {
            email_domain: email_domain.map(|domain| domain.as_str().to_owned()),
            email: received.masked_email(),
            organization_name: received.organization_name,
            role: received.invite.role.key,
            role_name: received.invite.role.name,
            inviter_name: received.inviter_name,
            expires_at: received.invite.expires_at,
        }
    }
}

/// Where somebody is in now, and as whom.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AcceptedInviteBody {
    /// The organization.
    organization: OrganizationBody,
    /// Their membership.
    member: MemberBody,
}

impl From<Accepted> for AcceptedInviteBody {
    fn from(accepted: Accepted) -> Self {
        Self {
            organization: accepted.organization.into(),
            member: accepted.member.into(),
        }
    }
}

/// The token of a link.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteToken {
    /// What the link carries behind `token=`.
    #[garde(skip)]
    token: Secret<String>,
}

/// Which invite is answered: by exactly one of the two.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerInvite {
    /// What the link carries behind `token=`.
    #[serde(default)]
    #[garde(skip)]
    token: Option<Secret<String>>,
    /// The id of an invite to your confirmed address.
    #[serde(default)]
    #[garde(skip)]
    invite_id: Option<InviteId>,
}

impl AnswerInvite {
    fn into_reference(self) -> Result<InviteReference, OrganizationError> {
        match (self.token, self.invite_id) {
            (Some(token), None) => Ok(InviteReference::Token(token)),
            (None, Some(id)) => Ok(InviteReference::Id(id)),
            _ => {
                let detail = "exactly one of token and invite_id is expected";
                Err(OrganizationError::field("/token", "one_of", detail))
            }
        }
    }
}

async fn list_received_invites(
    State(invites): State<Invites>,
    principal: Principal,
    paging: Paging,
) -> ApiResult<PageBody<ReceivedInviteBody>> {
    let page = invites
        .list_received(principal.user, paging.request().clone())
        .await?;
    Ok(paging.page(page.map(ReceivedInviteBody::from)))
}

async fn accept_invite(
    State(invites): State<Invites>,
    _: Principal,
    context: Context,
    Json(body): Json<AnswerInvite>,
) -> ApiResult<Json<AcceptedInviteBody>> {
    let accepted = invites.accept(&context, body.into_reference()?).await?;
    Ok(Json(accepted.into()))
}

async fn decline_invite(
    State(invites): State<Invites>,
    _: Principal,
    context: Context,
    Json(body): Json<AnswerInvite>,
) -> ApiResult<NoContent> {
    invites.decline(&context, body.into_reference()?).await?;
    Ok(NoContent)
}

async fn preview_invite(
    State(invites): State<Invites>,
    _: Public,
    Json(body): Json<InviteToken>,
) -> ApiResult<Json<InvitePreviewBody>> {
    let received = invites.preview(&body.token).await?;
    Ok(Json(received.into()))
}
