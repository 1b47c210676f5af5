//! What can go wrong in this domain.

use db::DbError;
use events::PublishError;
use guard::{IdempotencyError, RateLimited};
use kernel::{Failure, FailureKind, FieldError};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// Absent, or not to be known about.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// A member of the organization may not do that.
    #[error("your roles in this organization do not permit this")]
    Forbidden,
    /// The other member stands as high or higher.
    #[error("this member stands as high as you do, or higher; ask an owner")]
    MemberOutranks,
    /// Granting needs that the person was there moments ago.
    #[error("sign in again to do this: it needs a recent sign-in")]
    StepUpRequired,
    /// Who asks others for a second factor signs in with one.
    #[error("sign in with a second factor yourself before you ask your members for one")]
    MfaRequired,
    /// The copy that the caller changed is not the present one.
    #[error("this was changed in the meantime; read it again and repeat the change")]
    Outdated,
    /// Values that break a rule.
    #[error("some fields are not as they should be; see errors")]
    Invalid(Vec<FieldError>),
    /// Another organization has the slug.
    #[error("this slug is taken; choose another")]
    SlugTaken([FieldError; 1]),
    /// Somebody must be left who owns the organization.
    #[error("this is the last owner of the organization; make somebody else an owner first")]
    LastOwner,
    /// The person is in already.
    #[error("this person is a member already")]
    AlreadyMember,
    /// No seat is free.
    #[error("every seat of this organization is taken")]
    SeatsTaken,
    /// A role that the granter may not grant, or that stands higher than they do.
    #[error("you can't grant or change a role that permits more than your own roles do")]
    RoleNotGrantable,
    /// Another role of the organization has the key.
    #[error("another role has this key; choose another")]
    RoleKeyTaken([FieldError; 1]),
    /// Built-in roles are what they are.
    #[error("built-in roles can't be changed or deleted; make a role of your own")]
    RoleBuiltIn,
    /// Members or open invites have the role.
    #[error("members or open invites have this role; give them another first")]
    RoleInUse,
    /// The organization has as many roles as it may have.
    #[error("the organization has {0} roles of its own, which is the most it can have")]
    RoleLimit(u32),
    /// The address has an open invite.
    #[error("this address has an open invite already; send it again or revoke it")]
    InvitePending,
    /// Unknown, used up, expired, revoked or declined: nobody is told which.
    #[error("this invite does not hold any more; ask for a new one")]
    InviteInvalid,
    /// The invite was mailed to somebody else.
    #[error("this invite was sent to another address; sign in with the account of that address")]
    InviteForOtherAddress,
    /// Nobody knows yet that the address is the person's.
    #[error("confirm your e-mail address first")]
    EmailNotVerified,
    /// The organization takes people of some domains only.
    #[error("this organization takes addresses of certain domains only")]
    DomainNotAllowed,
    /// A link is handed on by who made it.
    #[error("an invite link is not mailed; copy it instead")]
    InviteNotMailed,
    /// Accepted, declined or revoked: nothing can be done with it any more.
    #[error("this invite is closed; make a new one")]
    InviteClosed,
    /// Too many invites for today, or for that address.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// The idempotency key stands for something else, or is in use.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// Another domain refused the change.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl OrganizationError {
    /// One field at fault.
    pub(crate) fn field(
        pointer: &'static str,
        code: &'static str,
        detail: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    pub(crate) fn slug_taken() -> Self {
        Self::SlugTaken([FieldError::new("/slug", "taken", "another organization has it")])
    }

    pub(crate) fn role_key_taken() -> Self {
        Self::RoleKeyTaken([FieldError::new("/key", "taken", "another role has it")])
    }
}

impl Failure for OrganizationError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::RateLimited(error) => Some(error),
            Self::Idempotency(error) => Some(error),
            Self::Publish(error) => Some(error),
            Self::Db(error) => Some(error),
            _ => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound | Self::InviteInvalid => FailureKind::NotFound,
            Self::Forbidden
            | Self::MemberOutranks
            | Self::MfaRequired
            | Self::RoleNotGrantable
            | Self::InviteForOtherAddress
            | Self::EmailNotVerified
            | Self::DomainNotAllowed => FailureKind::Forbidden,
            Self::StepUpRequired => FailureKind::StepUpRequired,
            Self::Outdated => FailureKind::Outdated,
            Self::Invalid(_) => FailureKind::Invalid,
            _ => self.inner().map_or(FailureKind::Conflict, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::MemberOutranks => "member_outranks",
            Self::StepUpRequired => "step_up_required",
            Self::MfaRequired => "mfa_required",
            Self::Outdated => "version_mismatch",
            Self::Invalid(_) => "validation_failed",
            Self::SlugTaken(_) => "organization_slug_taken",
            Self::LastOwner => "last_owner",
            Self::AlreadyMember => "already_member",
            Self::SeatsTaken => "seats_taken",
            Self::RoleNotGrantable => "role_not_grantable",
            Self::RoleKeyTaken(_) => "role_key_taken",
            Self::RoleBuiltIn => "role_built_in",
            Self::RoleInUse => "role_in_use",
            Self::RoleLimit(_) => "role_limit_reached",
            Self::InvitePending => "invite_pending",
            Self::InviteInvalid => "invite_invalid",
            Self::InviteForOtherAddress => "invite_for_other_address",
            Self::EmailNotVerified => "email_not_verified",
            Self::DomainNotAllowed => "email_domain_not_allowed",
            Self::InviteNotMailed => "invite_not_mailed",
            Self::InviteClosed => "invite_closed",
            Self::RateLimited(_) | Self::Idempotency(_) | Self::Publish(_) | Self::Db(_) => {
                self.inner().map_or("internal", Failure::code)
            }
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            Self::SlugTaken(field) | Self::RoleKeyTaken(field) => field,
            _ => self.inner().map_or(&[], Failure::fields),
        }
    }
}
