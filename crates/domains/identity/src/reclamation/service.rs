//! Giving an account to who owns its address.

use db::{DbError, Tx};
use kernel::event::user::UserReclaimed;
use kernel::{Actor, RequestContext, Timestamp};

use super::store;
use crate::error::IdentityError;
use crate::factor::service::Factors;
use crate::machinery::Machinery;
use crate::password::service::Passwords;
use crate::session::service::Sessions;
use crate::user::model::{PersonName, User};
use crate::user::service::Users;

/// The services that keep what a stranger may have left.
#[derive(Clone, Copy)]
pub(crate) struct Reclamation<'a> {
    pub(crate) machinery: &'a Machinery,
    pub(crate) users: &'a Users,
    pub(crate) passwords: &'a Passwords,
    pub(crate) sessions: &'a Sessions,
}

impl Reclamation<'_> {
    /// The person has just shown that the address of this account is theirs. Until now that was open: every
    /// way in that somebody may have prepared is taken away, and whatever they wrote. `name` is what the
    /// person is called from now on. The caller locked the account's row.
    pub(crate) async fn settle_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &mut User,
        name: Option<PersonName>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let context = context.acting_as(Actor::User(user.id));
        self.passwords.remove_in(tx, user).await?;
        self.passwords.forget_devices_in(tx, user).await?;
        let tokens = &self.machinery.one_time_tokens;
        tokens.revoke_all(tx, user.id, now).await?;
        Self::strip_in(tx, user).await?;
        let locale = user.locale.clone();
        self.users.take_over_in(tx, user, name, locale, now).await?;
        self.sessions
            .end_all(tx, &context, user.id, None, "email_verified", now)
            .await?;
        // Keys and invites are other domains' to take.
        let reclaimed = UserReclaimed { user_id: user.id };
        self.machinery.events.publish(tx, &context, &reclaimed).await?;
        self.users.verify_in(tx, &context, user, now).await
    }

    async fn strip_in(tx: &mut Tx, user: &User) -> Result<(), DbError> {
        Factors.clear_in(tx, user.id).await?;
        store::delete_challenges(tx, user.id).await?;
        store::delete_tickets(tx, user.id).await?;
        store::delete_social_accounts(tx, user.id).await?;
        store::delete_flows(tx, user.id).await?;
        store::delete_settings(tx, user.id).await?;
        store::delete_documents(tx, user.id).await.map(drop)
    }
}
