//! How a person who is signed in gets another password.

use std::time::Duration;

use db::Tx;
use kernel::event::auth::PasswordChanged;
use kernel::{RequestContext, Secret, Timestamp};

use super::model::{Changed, Changing, NewPassword};
use crate::email_change::service::EmailChanges;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::password::service::Passwords;
use crate::session::model::{Renewal, SessionKind};
use crate::session::service::Sessions;
use crate::user::model::User;
use crate::user::service::Users;

/// Changes of passwords. Cheap to clone.
#[derive(Clone)]
pub struct PasswordChanges {
    machinery: Machinery,
    users: Users,
    passwords: Passwords,
    sessions: Sessions,
    email_changes: EmailChanges,
}

impl PasswordChanges {
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

    /// Sets another password. The session that asks goes on, a browser's under a new cookie; all others end,
    /// and so does whatever else was under way with the account.
    pub async fn change(
        &self,
        context: &RequestContext,
        changing: Changing,
        password: NewPassword,
    ) -> Result<Changed, IdentityError> {
        let now = self.machinery.now();
        let user = self.users.get(changing.user).await?;
        let phc = match self.passwords.confirm(context, &user, &password.current).await {
            Ok(()) => {
                let (email, name) = (&user.email, user.name.as_ref());
                self.passwords
                    .check_new("/new_password", &password.new, email, name)?;
                Some(self.passwords.hash(&password.new).await?)
            }
            // A request that is repeated comes with what was the password; its key answers it.
            Err(IdentityError::WrongPassword) if context.idempotency.is_some() => None,
            Err(error) => return Err(error),
        };
        let (this, context) = (self.clone(), context.clone());
        let renewal: Option<Renewal> = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| match &phc {
                    Some(phc) => this.change_in(tx, &context, changing, phc, now).await,
                    None => Err(IdentityError::WrongPassword),
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        let cookie = renewal.and_then(|renewal| renewal.cookie.map(|cookie| (cookie, renewal.expires_at)));
        Ok(cookie.map_or(Changed::Same, |(cookie, expires_at)| {
            Changed::Cookie(Secret::new(cookie), expires_at)
        }))
    }

    /// How long it is until then.
    pub fn until(&self, then: Timestamp) -> Duration {
        then.since(self.machinery.now())
    }

    async fn change_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        changing: Changing,
        phc: &str,
        now: Timestamp,
    ) -> Result<Option<Renewal>, IdentityError> {
        let user = self.users.lock_in(tx, changing.user).await?;
        let user = user.filter(User::is_active).ok_or(IdentityError::NotFound)?;
        self.passwords.set_in(tx, &user, phc, now).await?;
        self.passwords.forget_devices_in(tx, &user).await?;
        self.email_changes.cancel_in(tx, user.id, now).await?;
        let renewal = match changing.kind {
            SessionKind::Api => None,
            SessionKind::Browser => Some(
                self.sessions
                    .succeed_in(tx, context, changing.session, now)
                    .await?,
            ),
        };
        let kept = renewal
            .as_ref()
            .map_or(changing.session, |renewal| renewal.session);
        self.sessions
            .end_all(tx, context, user.id, Some(kept), "password_changed", now)
            .await?;
        self.passwords.tell_changed_in(tx, &user, now).await?;
        let changed = PasswordChanged { user_id: user.id };
        self.machinery.events.publish(tx, context, &changed).await?;
        Ok(renewal)
    }
}

#[cfg(test)]
mod tests;
