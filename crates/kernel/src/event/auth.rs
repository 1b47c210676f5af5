//! What happens at the door: signing in, credentials, sessions.

use super::events;
use crate::email::EmailAddress;
use crate::id::{PasskeyId, SessionId, SocialAccountId, UserId};
use crate::time::Timestamp;

events! {
    /// A person signed in.
    SignedIn = "auth.signed_in" {
        /// Who.
        user_id: UserId,
        /// Into which session.
        session_id: SessionId,
        /// `password`, `magic_link`, `signup`, `social`, …
        method: String,
    } on user_id;

    /// Somebody tried to sign in to an account that exists, and failed.
    SignInFailed = "auth.sign_in_failed" {
        /// Whose account.
        user_id: UserId,
        /// `wrong_password`, `suspended`, `email_not_verified`, `throttled`.
        reason: String,
    } on user_id as Failure;

    /// A session ended.
    SessionEnded = "auth.session_ended" {
        /// Whose session.
        user_id: UserId,
        /// Which session.
        session_id: SessionId,
        /// `logout`, `ended_by_owner`, `refresh_reuse`, `password_changed`, …
        reason: String,
    } on session_id;

    /// Every session of a person ended.
    SessionsEnded = "auth.sessions_ended" {
        /// Whose sessions.
        user_id: UserId,
        /// Why.
        reason: String,
    } on user_id;

    /// A member of the staff acts as a person from now on.
    ImpersonationStarted = "auth.impersonation_started" {
        /// As whom.
        user_id: UserId,
        /// In which session.
        session_id: SessionId,
        /// The member of staff.
        by: UserId,
        /// Why, in their words.
        reason: String,
        /// Whether they may only look.
        is_read_only: bool,
        /// When it ends at the latest.
        expires_at: Timestamp,
    } on user_id;

    /// A member of the staff acts as a person no longer. None is told when the time was up.
    ImpersonationEnded = "auth.impersonation_ended" {
        /// As whom they acted.
        user_id: UserId,
        /// In which session.
        session_id: SessionId,
        /// The member of staff.
        by: UserId,
        /// `ended_by_staff`, `logout`, `ended_by_owner`, …
        reason: String,
    } on user_id;

    /// A refresh token was shown that had been used before: somebody holds a copy.
    RefreshTokenReused = "auth.refresh_token_reused" {
        /// Whose session.
        user_id: UserId,
        /// The session, which has been ended.
        session_id: SessionId,
    } on session_id as Failure;

    /// A mail with a way back in was asked for.
    PasswordResetRequested = "auth.password_reset_requested" {
        /// Whose account.
        user_id: UserId,
    } on user_id;

    /// A password was set anew by mail.
    PasswordReset = "auth.password_reset" {
        /// Whose password.
        user_id: UserId,
    } on user_id;

    /// A person has a factor that they did not have: `totp`, `passkey`.
    FactorAdded = "auth.factor_added" {
        /// Whose.
        user_id: UserId,
        /// What kind of factor.
        kind: String,
    } on user_id;

    /// A factor of a person is gone: `totp`, `passkey`, `recovery_codes`.
    FactorRemoved = "auth.factor_removed" {
        /// Whose.
        user_id: UserId,
        /// What kind of factor.
        kind: String,
    } on user_id;

    /// A person has new recovery codes, and the old ones are void.
    RecoveryCodesMade = "auth.recovery_codes_made" {
        /// Whose.
        user_id: UserId,
    } on user_id;

    /// A recovery code was shown in place of a second factor.
    RecoveryCodeUsed = "auth.recovery_code_used" {
        /// Whose.
        user_id: UserId,
        /// How many are left.
        left: u32,
    } on user_id;

    /// Somebody showed a first factor, and then a second that was wrong.
    SecondFactorFailed = "auth.second_factor_failed" {
        /// Whose account.
        user_id: UserId,
        /// `totp`, `passkey`, `recovery_code`.
        kind: String,
    } on user_id as Failure;

    /// A passkey's counter went back, so there may be a copy of its authenticator.
    PasskeyCopied = "auth.passkey_copied" {
        /// Whose passkey.
        user_id: UserId,
        /// The passkey, which was not accepted.
        passkey_id: PasskeyId,
    } on user_id as Failure;

    /// A person who was signed in showed once more who they are.
    SteppedUp = "auth.stepped_up" {
        /// Who.
        user_id: UserId,
        /// In which session.
        session_id: SessionId,
        /// `password`, `totp`, `passkey`, `recovery_code`.
        method: String,
    } on user_id;

    /// A person changed their password.
    PasswordChanged = "auth.password_changed" {
        /// Whose password.
        user_id: UserId,
    } on user_id;

    /// A link to sign in with was asked for.
    MagicLinkRequested = "auth.magic_link_requested" {
        /// Whose account.
        user_id: UserId,
    } on user_id;

    /// A person asked to move their account to another address.
    EmailChangeRequested = "auth.email_change_requested" {
        /// Whose account.
        user_id: UserId,
        /// The address it is to have.
        new_email: EmailAddress,
    } on user_id;

    /// An account has another address now.
    EmailChanged = "auth.email_changed" {
        /// Whose account.
        user_id: UserId,
        /// The address it had.
        old_email: EmailAddress,
        /// The address it has.
        new_email: EmailAddress,
    } on user_id;

    /// A change of address was undone from the old mailbox.
    EmailChangeUndone = "auth.email_change_undone" {
        /// Whose account.
        user_id: UserId,
        /// The address it has again.
        email: EmailAddress,
    } on user_id;

    /// A person can sign in with an account at a provider from now on.
    SocialAccountLinked = "auth.social_account_linked" {
        /// Whose account here.
        user_id: UserId,
        /// The link between the two.
        social_account_id: SocialAccountId,
        /// The provider, as addresses name it.
        provider: String,
    } on user_id;

    /// Somebody came from a provider whose word was not taken.
    SocialSignInRefused = "auth.social_sign_in_refused" {
        /// The provider, as addresses name it.
        provider: String,
        /// What was wrong.
        reason: String,
    } as Failure;

    /// An account at a provider is no way in any more.
    SocialAccountUnlinked = "auth.social_account_unlinked" {
        /// Whose account here.
        user_id: UserId,
        /// The link that there was.
        social_account_id: SocialAccountId,
        /// The provider, as addresses name it.
        provider: String,
    } on user_id;
}
