//! The owner of the old mailbox takes a change of address back.

use db::Tx;
use guard::Purpose;
use kernel::event::auth::EmailChangeUndone;
use kernel::{Actor, RequestContext, Secret, Timestamp};

use super::EmailChanges;
use crate::email_change::store;
use crate::error::IdentityError;
use crate::mailed_link::{self, Recipient};

impl EmailChanges {
    /// Gives the account its old address back. Somebody else may have made the change, who then knows the
    /// password and is signed in: so all sessions end, the password is taken away, and a link to set another
    /// goes to the old mailbox.
    pub async fn undo(&self, context: &RequestContext, token: &Secret<String>) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let token = token.clone();
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.undo_in(tx, &context, &token, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    async fn undo_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        token: &Secret<String>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let tokens = &self.machinery.one_time_tokens;
        let claim = tokens
            .consume(tx, Purpose::EmailUndo, token.expose(), now)
            .await?;
        let claim = claim.ok_or(IdentityError::OtpInvalid)?;
        let (mut user, change) = self.lock_claimed_in(tx, &claim).await?;
        if !change.can_be_undone() {
            return Err(IdentityError::OtpInvalid);
        }
        let context = context.acting_as(Actor::User(user.id));
        if user.email != change.old_email {
            self.users.make_way_in(tx, &context, &change.old_email).await?;
        }
        self.users.move_in(tx, &mut user, &change.old_email, now).await?;
        store::update_undone(tx, user.id, change.created_at, now).await?;
        store::update_cancelled(tx, user.id, now).await?;
        tokens.revoke_all(tx, user.id, now).await?;
        self.passwords.remove_in(tx, &user).await?;
        self.passwords.forget_devices_in(tx, &user).await?;
        self.users.start_epoch_in(tx, &mut user, now).await?;
        self.sessions
            .end_all(tx, &context, user.id, None, "email_change_undone", now)
            .await?;
        let recipient = Recipient {
            email: &user.email,
            user: Some(&user),
        };
        mailed_link::send_reset_in(tx, &self.machinery, recipient, now).await?;
        let undone = EmailChangeUndone {
            user_id: user.id,
            email: user.email.clone(),
        };
        self.machinery.events.publish(tx, &context, &undone).await?;
        Ok(())
    }
}
