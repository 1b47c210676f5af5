//! How a person who forgot their password gets back in.

use db::{ReadTx, Tx};
use guard::Purpose;
use kernel::event::auth::{PasswordReset, PasswordResetRequested};
use kernel::{Actor, EmailAddress, RequestContext, Secret, Timestamp};

use crate::email_change::service::EmailChanges;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::mail_limit;
use crate::mailed_link::{self, Recipient};
use crate::password::service::Passwords;
use crate::session::service::Sessions;
use crate::user::model::User;
use crate::user::service::Users;

/// Passwords set by mail. Cheap to clone.
#[derive(Clone)]
pub struct PasswordResets {
    machinery: Machinery,
    users: Users,
    passwords: Passwords,
    sessions: Sessions,
    email_changes: EmailChanges,
}

impl PasswordResets {
    /// Over the services that a new password concerns.
    pub const fn new(
        machinery: Machinery,
        users: Users,
        passwords: Passwords,
        sessions: Sessions,
        email_changes: EmailChanges,
    ) -> Self {
        Self {
            machinery,
            users,
            passwords,
            sessions,
            email_changes,
        }
    }

    /// Mails a link to the address, if it has an open account. The caller can't tell.
    pub async fn request(&self, context: &RequestContext, email: EmailAddress) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.request_in(tx, &context, &email, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Whether a link works. Takes nothing: scanners of mail may look.
    pub async fn is_open(&self, token: &Secret<String>) -> Result<bool, IdentityError> {
        Ok(self.find_owner(token, self.machinery.now()).await?.is_some())
    }

    /// Sets the password that comes with the token of a link. Everybody who is signed in is signed out, and
    /// whatever else was under way with the account is over. The link was in the owner's mailbox, so it
    /// shows that the address is theirs.
    pub async fn confirm(
        &self,
        context: &RequestContext,
        token: &Secret<String>,
        new_password: &Secret<String>,
    ) -> Result<(), IdentityError> {
        let now = self.machinery.now();
        // A request that is repeated finds its token used, and is answered by its key in the transaction.
        let phc = match self.find_owner(token, now).await? {
            Some(owner) => {
                let (email, name) = (&owner.email, owner.name.as_ref());
                self.passwords
                    .check_new("/new_password", new_password, email, name)?;
                Some(self.passwords.hash(new_password).await?)
            }
            None => None,
        };
        let (this, context, token) = (self.clone(), context.clone(), token.clone());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| match &phc {
                    Some(phc) => this.confirm_in(tx, &context, &token, phc, now).await,
                    None => Err(IdentityError::OtpInvalid),
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    async fn request_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        mail_limit::admit_in(tx, &self.machinery.limits, context, email, now).await?;
        let user = self.users.lock_by_email_in(tx, email).await?;
        let user = user.filter(User::is_active);
        let recipient = Recipient {
            email,
            user: user.as_ref(),
        };
        mailed_link::send_reset_in(tx, &self.machinery, recipient, now).await?;
        if let Some(user) = &user {
            let requested = PasswordResetRequested { user_id: user.id };
            self.machinery.events.publish(tx, context, &requested).await?;
        }
        Ok(())
    }

    async fn find_owner(
        &self,
        token: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<User>, IdentityError> {
        let (this, token) = (self.clone(), token.clone());
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                let tokens = &this.machinery.one_time_tokens;
                let Some(claim) = tokens.peek(tx, Purpose::Reset, token.expose(), now).await? else {
                    return Ok(None);
                };
                Ok(this.users.find_claimed_in(tx, &claim).await?)
            })
            .await
    }

    async fn confirm_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        token: &Secret<String>,
        phc: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let tokens = &self.machinery.one_time_tokens;
        let claim = tokens.consume(tx, Purpose::Reset, token.expose(), now).await?;
        let claim = claim.ok_or(IdentityError::OtpInvalid)?;
        let user = self.users.lock_claimed_in(tx, &claim).await?;
        let mut user = user.ok_or(IdentityError::OtpInvalid)?;
        let context = context.acting_as(Actor::User(user.id));
        self.passwords.set_in(tx, &user, phc, now).await?;
        self.passwords.forget_devices_in(tx, &user).await?;
        self.email_changes.cancel_in(tx, user.id, now).await?;
        self.users.start_epoch_in(tx, &mut user, now).await?;
        self.sessions
            .end_all(tx, &context, user.id, None, "password_reset", now)
            .await?;
        self.users.verify_in(tx, &context, &mut user, now).await?;
        self.passwords.tell_changed_in(tx, &user, now).await?;
        let reset = PasswordReset { user_id: user.id };
        self.machinery.events.publish(tx, &context, &reset).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
