//! An invite and what becomes of it.

use kernel::{EmailAddress, InviteId, OrganizationId, RoleId, Secret, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::error::OrganizationError;
use crate::listing::Search;
use crate::membership::model::Member;
use crate::organization::model::{Domain, Organization};
use crate::slug::Slug;

/// How often one link may be used.
const MOST_USES: u32 = 1000;

/// Come and join us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Its id.
    pub id: InviteId,
    /// Into which organization.
    pub organization: OrganizationId,
    /// Who may accept it.
    pub addressee: Addressee,
    /// The role that it gives.
    pub role: InvitedRole,
    /// Who invited, while their account exists.
    pub invited_by: Option<UserId>,
    /// How often it was mailed.
    pub sent_count: u32,
    /// When it was last mailed.
    pub last_sent_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it does not hold any more.
    pub expires_at: Timestamp,
    /// What has become of it; nothing yet for one that is open.
    pub closed: Option<Closed>,
}

/// Who may accept an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// The person whose address this is.
    Address(EmailAddress),
    /// Whoever has the link.
    Link(LinkTerms),
}

/// Who may use a link, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkTerms {
    /// Only people with addresses of this domain.
    pub email_domain: Option<Domain>,
    /// So many people.
    pub max_uses: u32,
    /// So many have used it.
    pub uses: u32,
}

/// The role that an invite gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedRole {
    /// Its id.
    pub id: RoleId,
    /// Its key.
    pub key: Slug,
    /// What it is called.
    pub name: String,
}

/// What becomes of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// Somebody joined by it; the last of several for a link.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// Who was invited did not want to.
    Declined {
        /// When.
        at: Timestamp,
    },
    /// It was taken back, or it had expired when its address was invited anew.
    Revoked {
        /// When.
        at: Timestamp,
    },
}

/// Where an invite stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InviteStatus {
    /// It can be accepted.
    Pending,
    /// Somebody joined by it.
    Accepted,
    /// Who was invited did not want to.
    Declined,
    /// It was taken back.
    Revoked,
    /// Nobody did anything in time.
    Expired,
}

/// An invite as the person sees it whom it invites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedInvite {
    /// The invite.
    pub invite: Invite,
    /// What the organization is called.
    pub organization_name: String,
    /// What it goes by.
    pub organization_slug: Slug,
    /// What the person is called who invited.
    pub inviter_name: Option<String>,
}

/// Which invites are asked for.
#[derive(Debug, Clone, Default)]
pub struct InviteFilter {
    /// The start of the address.
    pub search: Option<Search>,
    /// Where they stand.
    pub status: Option<InviteStatus>,
    /// The key of the role that they give.
    pub role: Option<Slug>,
}

/// An invite to be mailed.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// To whom.
    pub email: EmailAddress,
    /// The key of the role that it gives.
    pub role: Slug,
}

/// Invites to be mailed to many addresses.
#[derive(Debug, Clone)]
pub struct NewInvites {
    /// To whom, as they were typed.
    pub emails: Vec<String>,
    /// The key of the role that they give.
    pub role: Slug,
}

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The key of the role that it gives.
    pub role: Slug,
    /// Only people with addresses of this domain.
    pub email_domain: Option<Domain>,
    /// So many people.
    pub max_uses: u32,
}

/// A link that was just made; it is shown this once, so it never prints.
#[derive(Clone, Serialize, Deserialize)]
pub struct CreatedLink {
    /// The invite behind it.
    pub invite: Invite,
    /// The address to hand on.
    pub url: String,
}

/// What became of one address among many.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BulkAnswer {
    /// The address as it was typed.
    pub email: String,
    /// What became of it.
    pub outcome: BulkOutcome,
    /// The invite, when there is one.
    pub invite: Option<Invite>,
}

/// What became of one address among many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkOutcome {
    /// The invite is on its way.
    Invited,
    /// Not an address that mail can be sent to.
    InvalidEmail,
    /// The organization does not take addresses of this domain.
    EmailDomainNotAllowed,
    /// The person is in already.
    AlreadyMember,
    /// The address has an open invite.
    InvitePending,
    /// Too many invites for today, or for that address.
    RateLimited,
}

/// An invite that a sign-up comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenInvite {
    /// Which.
    pub id: InviteId,
    /// Whether the token was mailed to that very address, so that holding it shows whose mailbox it is.
    pub proves_address: bool,
}

/// Which invite somebody answers.
#[derive(Debug, Clone)]
pub enum InviteReference {
    /// The one behind the link that they have.
    Token(Secret<String>),
    /// One that was sent to their address.
    Id(InviteId),
}

/// What accepting leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accepted {
    /// Where they are in now.
    pub organization: Organization,
    /// As whom.
    pub member: Member,
}

impl Invite {
    /// Where it stands at `now`. One that had expired before it was closed has expired.
    pub fn status(&self, now: Timestamp) -> InviteStatus {
        match self.closed {
            Some(Closed::Accepted { .. }) => InviteStatus::Accepted,
            Some(Closed::Declined { .. }) => InviteStatus::Declined,
            Some(Closed::Revoked { at }) if at < self.expires_at => InviteStatus::Revoked,
            Some(Closed::Revoked { .. }) => InviteStatus::Expired,
            None if self.expires_at <= now => InviteStatus::Expired,
            None => InviteStatus::Pending,
        }
    }

    /// Whether somebody can accept it at `now`.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        self.status(now) == InviteStatus::Pending
    }

    /// The address that it was mailed to; none for a link.
    pub const fn email(&self) -> Option<&EmailAddress> {
        match &self.addressee {
            Addressee::Address(email) => Some(email),
            Addressee::Link(_) => None,
        }
    }
}

impl NewLink {
    /// A link for `max_uses` people.
    pub fn new(role: Slug, email_domain: Option<Domain>, max_uses: u32) -> Result<Self, OrganizationError> {
        if !(1..=MOST_USES).contains(&max_uses) {
            let detail = "between 1 and 1000 people can use a link";
            return Err(OrganizationError::field("/max_uses", "out_of_range", detail));
        }
        Ok(Self {
            role,
            email_domain,
            max_uses,
        })
    }
}

impl ReceivedInvite {
    /// The address that it was mailed to, as much of it as anybody with the link may see.
    pub fn masked_email(&self) -> Option<String> {
        self.invite.email().map(masked)
    }
}

/// An address with all but its first letter and its domain hidden: enough to know which of one's own it is.
fn masked(email: &EmailAddress) -> String {
    let first = email.as_str().chars().next().unwrap_or('•');
    format!("{first}•••@{}", email.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_has_expired_was_not_revoked() {
        let mut invite = Invite {
            id: InviteId::from_uuid(uuid::Uuid::nil()),
            organization: OrganizationId::from_uuid(uuid::Uuid::nil()),
            addressee: Addressee::Address("ada@example.com".parse().unwrap()),
            role: InvitedRole {
                id: RoleId::from_uuid(uuid::Uuid::nil()),
                key: "member".parse().unwrap(),
                name: "Member".into(),
            },
            invited_by: None,
            sent_count: 1,
            last_sent_at: None,
            created_at: at("2026-01-01T00:00:00Z"),
            expires_at: at("2026-01-08T00:00:00Z"),
            closed: None,
        };
        assert_eq!(invite.status(at("2026-01-07T23:59:59Z")), InviteStatus::Pending);
        assert_eq!(invite.status(at("2026-01-08T00:00:00Z")), InviteStatus::Expired);
        for (closed_at, status) in [
            ("2026-01-02T00:00:00Z", InviteStatus::Revoked),
            ("2026-01-09T00:00:00Z", InviteStatus::Expired),
        ] {
            invite.closed = Some(Closed::Revoked { at: at(closed_at) });
            assert_eq!(invite.status(at("2026-01-10T00:00:00Z")), status);
        }
    }

    #[test]
    fn a_masked_address_says_little() {
        assert_eq!(masked(&"Ada@Example.com".parse().unwrap()), "A•••@example.com");
    }
}
