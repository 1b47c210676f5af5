//! What those who invite send and read.

use garde::Validate;
use kernel::{EmailAddress, InviteId, OrganizationId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::model::{
    Addressee, BulkAnswer, BulkOutcome, Closed, CreatedLink, Invite, InviteFilter, InviteStatus, NewInvite,
    NewInvites, NewLink,
};
use crate::error::OrganizationError;
use crate::listing::Search;
use crate::organization::model::Domain;
use crate::slug::Slug;

/// The way into an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InviteBody {
    /// Its id.
    id: InviteId,
    /// Into which organization.
    organization_id: OrganizationId,
    /// The address that it was mailed to; null for a link.
    email: Option<EmailAddress>,
    /// Only people with addresses of this domain may use the link; null for all.
    #[schemars(extend("example" = "example.com"))]
    email_domain: Option<String>,
    /// The key of the role that it gives.
    #[schemars(extend("example" = "member"))]
    role: Slug,
    /// Where it stands.
    status: InviteStatus,
    /// How many people may join by it.
    #[schemars(extend("example" = 1))]
    max_uses: u32,
    /// How many have.
    #[schemars(extend("example" = 0))]
    uses: u32,
    /// Who invited; null when their account is gone.
    invited_by: Option<UserId>,
    /// How often it was mailed.
    #[schemars(extend("example" = 1))]
    sent_count: u32,
    /// When it was last mailed.
    last_sent_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// From when on it does not hold any more.
    expires_at: Timestamp,
    /// When somebody joined by it; for a link, the last of those who could.
    accepted_at: Option<Timestamp>,
}

impl InviteBody {
    pub(super) fn at(invite: Invite, now: Timestamp) -> Self {
        let status = invite.status(now);
        let accepted_at = match invite.closed {
            Some(Closed::Accepted { at }) => Some(at),
            _ => None,
        };
        let (email, link) = match invite.addressee {
            Addressee::Address(email) => (Some(email), None),
            Addressee::Link(terms) => (None, Some(terms)),
        };
        let (max_uses, uses) = link.as_ref().map_or_else(
            || (1, u32::from(accepted_at.is_some())),
            |terms| (terms.max_uses, terms.uses),
        );
        Self {
            id: invite.id,
            organization_id: invite.organization,
            email,
            email_domain: link
                .and_then(|terms| terms.email_domain)
                .map(|domain| domain.as_str().to_owned()),
            role: invite.role.key,
            status,
            max_uses,
            uses,
            invited_by: invite.invited_by,
            sent_count: invite.sent_count,
            last_sent_at: invite.last_sent_at,
            created_at: invite.created_at,
            expires_at: invite.expires_at,
            accepted_at,
        }
    }
}

/// A link that was just made.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CreatedInviteLinkBody {
    /// The invite behind it.
    invite: InviteBody,
    /// The link to hand on. It is not shown again.
    #[schemars(extend(
        "format" = "uri",
        "example" = "https://app.example.com/accept-invite?token=ms_inv_4Zx"
    ))]
    url: String,
}

impl CreatedInviteLinkBody {
    pub(super) fn at(link: CreatedLink, now: Timestamp) -> Self {
        Self {
            invite: InviteBody::at(link.invite, now),
            url: link.url,
        }
    }
}

/// What became of one address.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BulkInviteBody {
    /// The address as it was sent.
    #[schemars(extend("example" = "ada@example.com"))]
    email: String,
    /// What became of it.
    status: BulkOutcome,
    /// The invite, when one was made.
    invite: Option<InviteBody>,
}

/// What became of each address, in the order in which they were sent.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BulkInvitesBody {
    /// One answer an address.
    results: Vec<BulkInviteBody>,
}

impl BulkInvitesBody {
    pub(super) fn at(answers: Vec<BulkAnswer>, now: Timestamp) -> Self {
        let results = answers.into_iter().map(|answer| BulkInviteBody {
            email: answer.email,
            status: answer.outcome,
            invite: answer.invite.map(|invite| InviteBody::at(invite, now)),
        });
        Self {
            results: results.collect(),
        }
    }
}

/// Whom to invite.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateInvite {
    /// Their address.
    #[garde(skip)]
    email: EmailAddress,
    /// The key of the role that they get; owners are made of members, not by invite.
    #[garde(skip)]
    #[schemars(extend("example" = "member"))]
    role: Slug,
}

impl From<CreateInvite> for NewInvite {
    fn from(body: CreateInvite) -> Self {
        Self {
            email: body.email,
            role: body.role,
        }
    }
}

/// Whom to invite, many at once.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateInvites {
    /// Their addresses. One that is wrong is answered as such and does not keep the others from being invited.
    #[garde(length(min = 1, max = 100), inner(length(bytes, max = 320)))]
    #[schemars(extend("example" = ["ada@example.com", "grace@example.com"]))]
    emails: Vec<String>,
    /// The key of the role that they get.
    #[garde(skip)]
    #[schemars(extend("example" = "member"))]
    role: Slug,
}

impl From<CreateInvites> for NewInvites {
    fn from(body: CreateInvites) -> Self {
        Self {
            emails: body.emails,
            role: body.role,
        }
    }
}

/// A link to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateInviteLink {
    /// The key of the role that those who use it get.
    #[garde(skip)]
    #[schemars(extend("example" = "member"))]
    role: Slug,
    /// How many people may use it.
    #[garde(range(min = 1, max = 1000))]
    #[schemars(extend("example" = 10))]
    max_uses: u32,
    /// Only people with confirmed addresses of this domain may use it.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(extend("example" = "example.com"))]
    email_domain: Option<String>,
}

impl CreateInviteLink {
    pub(super) fn into_new(self) -> Result<NewLink, OrganizationError> {
        let domain = self.email_domain.as_deref();
        let domain = domain
            .map(|domain| Domain::parse(domain, "/email_domain"))
            .transpose()?;
        NewLink::new(self.role, domain, self.max_uses)
    }
}

/// Which invites are listed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteQuery {
    /// The start of the address.
    #[garde(skip)]
    q: Option<String>,
    /// Where they stand.
    #[garde(skip)]
    status: Option<InviteStatus>,
    /// The key of the role that they give.
    #[garde(skip)]
    role: Option<Slug>,
}

impl InviteQuery {
    pub(super) fn filter(self) -> Result<InviteFilter, OrganizationError> {
        Ok(InviteFilter {
            search: self.q.as_deref().map(Search::parse).transpose()?.flatten(),
            status: self.status,
            role: self.role,
        })
    }
}

/// Which invite.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct InvitePath {
    /// The invite.
    #[serde(rename = "inviteId")]
    pub(super) invite: InviteId,
}
