//! What can go wrong here.

use std::sync::Arc;

use crypto::HasherBusy;
use db::DbError;
use events::PublishError;
use guard::{IdempotencyError, RateLimited};
use kernel::{Failure, FailureKind, FieldError};
use ports::social::SocialError;

use crate::invite::InviteError;

/// Why something about a person can't be done. Where telling why would tell a stranger whether an
/// account exists, several causes share one variant.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Fields of the request break a rule.
    #[error("some fields are not as they should be; see errors")]
    Invalid(Vec<FieldError>),
    /// The account is absent, or not the caller's to know about.
    #[error("there is nothing here for you")]
    NotFound,
    /// There is an account with this address.
    #[error("an account with this e-mail address exists; sign in instead")]
    EmailTaken,
    /// Unknown address, wrong password or closed account: never which.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// The password is right, but nobody has shown yet that the mailbox is theirs.
    #[error("confirm your e-mail address first; the mail with the link can be sent again")]
    EmailNotVerified,
    /// The caller who is signed in gave a wrong current password.
    #[error("the current password is wrong")]
    WrongPassword,
    /// Staff may not act on the account of somebody who stands above them.
    #[error("the owner of this account stands above you")]
    Outranked,
    /// Nobody may act as that person, or not this member of the staff.
    #[error("{0}")]
    ImpersonationNotAllowed(&'static str),
    /// What was shown when signing in is too little for this, or too old.
    #[error("this needs a sign-in with your second factor; sign in again")]
    StepUpRequired,
    /// The platform would be left without an owner.
    #[error("the platform needs an owner; make somebody else owner first")]
    LastPlatformOwner,
    /// The person can't become a member of the staff as things are.
    #[error("a platform role is for open accounts with a confirmed address")]
    NotEligible,
    /// What was to be made is there.
    #[error("this exists; leave If-None-Match out to replace it")]
    AlreadyExists,
    /// There is no room for one more document.
    #[error("there are 1,000 documents, which is the most; delete some first")]
    TooManyDocuments,
    /// What was asked for is only done before an import is started, or before it is over.
    #[error("the import has gone too far for this; begin another one")]
    ImportNotOpen,
    /// An import can't be deleted while it runs.
    #[error("the import is running; cancel it first")]
    ImportRunning,
    /// There is no room for one more row.
    #[error("an import has 1,000,000 rows at most; begin another one")]
    ImportFull,
    /// A token that is none of ours, or is over.
    #[error("the token is not valid; sign in again")]
    InvalidToken,
    /// The session was ended.
    #[error("the session was ended; sign in again")]
    SessionRevoked,
    /// A refresh token that had been used before: somebody holds a copy, so the session was ended.
    #[error("the refresh token had been used before, so the session was ended; sign in again")]
    RefreshTokenReused,
    /// There is an authenticator app already.
    #[error("there is an authenticator app; remove it first")]
    TotpExists,
    /// Recovery codes stand in for a second factor, and there is none.
    #[error("there is no second factor that recovery codes could stand in for; add one first")]
    NoSecondFactor,
    /// A passkey's answer that does not hold, or a challenge or ticket that is over: never which.
    #[error("the passkey was not accepted; try again")]
    PasskeyInvalid,
    /// The credential is kept already, by whomever.
    #[error("this passkey is in use already")]
    PasskeyTaken,
    /// There is no room for one more passkey.
    #[error("there are 20 passkeys, which is the most; remove one first")]
    TooManyPasskeys,
    /// A one-time token or code that is unknown, used or over: never which.
    #[error("the code or link is not valid any more; ask for a new one")]
    OtpInvalid,
    /// Sign-up is for those who have an invite.
    #[error("sign-up is by invite only")]
    SignUpClosed,
    /// Sign-up is for those whose turn has come.
    #[error("there is a waiting list; you get a mail when it is your turn")]
    SignUpWaitlisted,
    /// Sign-up costs some work, and none was shown.
    #[error("get a challenge first, and send its solution along")]
    ChallengeRequired,
    /// The work is none, too little, too old, or was shown before: never which.
    #[error("the solution of the challenge does not hold; get another challenge")]
    ChallengeInvalid,
    /// A way to a provider and back that was not begun here, by this browser, or is over or used: never which.
    #[error("this sign-in was not begun here, or is over; begin again")]
    SocialFlowInvalid,
    /// The provider does not take the code.
    #[error("the provider does not confirm the sign-in; begin again")]
    SocialDenied,
    /// What the provider is said to have said does not hold.
    #[error("the provider's word does not hold; sign in again")]
    SocialTokenInvalid,
    /// The provider has not seen that the address is the person's, so it says nothing about who they are.
    #[error("the provider has not confirmed your e-mail address; confirm it there, or sign in another way")]
    SocialEmailUnverified,
    /// There is an account with the address. It is its owner's to say that the provider's is theirs, too.
    #[error("an account with this e-mail address exists; sign in another way and link the provider there")]
    AccountExistsLinkRequired,
    /// The account at the provider is linked to somebody else's account.
    #[error("somebody else signs in with this account of the provider")]
    SocialAccountTaken,
    /// The person could not sign in any more.
    #[error("this is your last way to sign in; add another first")]
    LastSignInMethod,
    /// The provider can't be reached, or answers nonsense.
    #[error("the provider does not answer as it should; try again later")]
    ProviderFailed(#[source] SocialError),
    /// Too often; trying again helps after the time given.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// So many wrong passwords that no further is tried.
    #[error("too many wrong passwords; set a new one by mail")]
    PasswordLocked,
    /// The caller's copy is out of date.
    #[error("somebody changed this in the meantime; get it again and repeat the change")]
    Outdated,
    /// Another domain refuses what would happen with this.
    #[error("{0}")]
    Refused(Arc<dyn Failure>),
    /// The password hasher has no room.
    #[error(transparent)]
    HasherBusy(#[from] HasherBusy),
    /// A subscriber refused, or an event could not be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The `Idempotency-Key` can't be honoured.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A key could not be read or made.
    #[error("signing keys: {0}")]
    SigningKey(&'static str),
}

impl IdentityError {
    /// One field that breaks a rule.
    pub fn invalid(field: FieldError) -> Self {
        Self::Invalid(vec![field])
    }
}

impl From<InviteError> for IdentityError {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Db(error) => Self::Db(error),
            InviteError::Refused(failure) => Self::Refused(failure),
        }
    }
}

impl From<SocialError> for IdentityError {
    fn from(error: SocialError) -> Self {
        match error {
            SocialError::MixedUp(_) => Self::SocialFlowInvalid,
            SocialError::Denied(_) => Self::SocialDenied,
            SocialError::Refused(_) => Self::SocialTokenInvalid,
            SocialError::Failed(_) | SocialError::Misconfigured(_) => Self::ProviderFailed(error),
        }
    }
}

impl Failure for IdentityError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::RateLimited(failure) => Some(failure),
            Self::Refused(failure) => Some(&**failure),
            Self::HasherBusy(failure) => Some(failure),
            Self::Publish(failure) => Some(failure),
            Self::Idempotency(failure) => Some(failure),
            Self::Db(failure) => Some(failure),
            _ => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::Invalid(_) => FailureKind::Invalid,
            Self::NotFound => FailureKind::NotFound,
            Self::SocialFlowInvalid | Self::SocialDenied => FailureKind::Malformed,
            Self::EmailTaken
            | Self::LastPlatformOwner
            | Self::NotEligible
            | Self::TooManyDocuments
            | Self::ImportNotOpen
            | Self::ImportRunning
            | Self::ImportFull
            | Self::TotpExists
            | Self::NoSecondFactor
            | Self::AccountExistsLinkRequired
            | Self::SocialAccountTaken
            | Self::PasskeyTaken
            | Self::TooManyPasskeys
            | Self::LastSignInMethod => FailureKind::Conflict,
            Self::InvalidCredentials
            | Self::InvalidToken
            | Self::SessionRevoked
            | Self::RefreshTokenReused
            | Self::PasskeyInvalid
            | Self::OtpInvalid
            | Self::SocialTokenInvalid => FailureKind::Unauthenticated,
            Self::EmailNotVerified
            | Self::WrongPassword
            | Self::Outranked
            | Self::ImpersonationNotAllowed(_)
            | Self::PasswordLocked
            | Self::SignUpClosed
            | Self::SignUpWaitlisted
            | Self::ChallengeRequired
            | Self::ChallengeInvalid
            | Self::SocialEmailUnverified => FailureKind::Forbidden,
            Self::StepUpRequired => FailureKind::StepUpRequired,
            Self::ProviderFailed(_) => FailureKind::PartyFailed,
            Self::Outdated | Self::AlreadyExists => FailureKind::Outdated,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "validation_failed",
            Self::NotFound => "not_found",
            Self::EmailTaken => "email_taken",
            Self::InvalidCredentials => "invalid_credentials",
            Self::EmailNotVerified => "email_not_verified",
            Self::WrongPassword => "wrong_password",
            Self::Outranked => "forbidden",
            Self::ImpersonationNotAllowed(_) => "impersonation_not_allowed",
            Self::StepUpRequired => "step_up_required",
            Self::LastPlatformOwner => "last_owner",
            Self::NotEligible => "not_eligible",
            Self::AlreadyExists => "already_exists",
            Self::TooManyDocuments => "too_many_documents",
            Self::ImportNotOpen => "import_not_open",
            Self::ImportRunning => "import_running",
            Self::ImportFull => "import_full",
            Self::InvalidToken => "invalid_token",
            Self::SessionRevoked => "session_revoked",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::PasskeyInvalid => "passkey_invalid",
            Self::PasskeyTaken => "passkey_taken",
            Self::TooManyPasskeys => "too_many_passkeys",
            Self::OtpInvalid => "otp_invalid",
            Self::TotpExists => "totp_exists",
            Self::NoSecondFactor => "no_second_factor",
            Self::PasswordLocked => "password_locked",
            Self::SignUpClosed => "sign_up_closed",
            Self::SignUpWaitlisted => "sign_up_waitlisted",
            Self::ChallengeRequired => "challenge_required",
            Self::ChallengeInvalid => "challenge_invalid",
            Self::SocialFlowInvalid => "social_flow_invalid",
            Self::SocialDenied => "social_denied",
            Self::SocialTokenInvalid => "social_token_invalid",
            Self::SocialEmailUnverified => "social_email_unverified",
            Self::AccountExistsLinkRequired => "account_exists_link_required",
            Self::SocialAccountTaken => "social_account_taken",
            Self::LastSignInMethod => "last_sign_in_method",
            Self::ProviderFailed(_) => "provider_failed",
            Self::Outdated => "version_mismatch",
            _ => self.inner().map_or("internal", Failure::code),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => self.inner().map_or(&[], Failure::fields),
        }
    }
}
