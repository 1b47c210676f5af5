//! Closing accounts and opening them again, and who is staff. Whatever changes here ends the sessions of the
//! person: they were given under another standing.

use db::Tx;
use kernel::event::user::{UserPlatformRoleChanged, UserRestored, UserSuspended};
use kernel::{PlatformRole, RequestContext, Timestamp, UserId};

use super::super::store;
use super::{Accounts, changed};
use crate::error::IdentityError;
use crate::user::model::{Acting, User, UserStatus};

/// A change of an account's status that staff ask for.
#[derive(Debug, Clone, Copy)]
struct Turn {
    acting: Acting,
    id: UserId,
    version: Option<i64>,
    to: UserStatus,
}

impl Accounts {
    /// Closes an account to its owner: no session, link or code of theirs works any more. Staff close accounts
    /// of those who stand below them, so an owner of the platform stays until they are no owner any more.
    pub async fn suspend(
        &self,
        context: &RequestContext,
        acting: Acting,
        id: UserId,
        version: Option<i64>,
    ) -> Result<User, IdentityError> {
        let to = UserStatus::Suspended;
        self.turn(
            context,
            Turn {
                acting,
                id,
                version,
                to,
            },
        )
        .await
    }

    /// Opens a suspended account again.
    pub async fn restore(
        &self,
        context: &RequestContext,
        acting: Acting,
        id: UserId,
        version: Option<i64>,
    ) -> Result<User, IdentityError> {
        let to = UserStatus::Active;
        self.turn(
            context,
            Turn {
                acting,
                id,
                version,
                to,
            },
        )
        .await
    }

    /// Gives a person a platform role, another, or none. The last owner keeps theirs.
    pub async fn set_platform_role(
        &self,
        context: &RequestContext,
        id: UserId,
        role: Option<PlatformRole>,
        version: Option<i64>,
    ) -> Result<User, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let owners = store::lock_owners(tx).await?;
                let user = this.lock_in(tx, id, version).await?;
                if user.platform_role == role {
                    return Ok(user);
                }
                if role.is_some() && !(user.is_active() && user.is_verified()) {
                    return Err(IdentityError::NotEligible);
                }
                if owners == [id] {
                    return Err(IdentityError::LastPlatformOwner);
                }
                this.change_role_in(tx, &context, user, role, now).await
            })
            .await
    }

    async fn turn(&self, context: &RequestContext, turn: Turn) -> Result<User, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.turn_in(tx, &context, turn, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    async fn turn_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        turn: Turn,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let mut user = self.lock_in(tx, turn.id, turn.version).await?;
        if !turn.acting.stands_above(&user) {
            return Err(IdentityError::Outranked);
        }
        if user.status == turn.to {
            return Ok(user);
        }
        store::update_status(tx, user.id, turn.to, now).await?;
        self.users.forget_in(tx, user.id);
        match turn.to {
            UserStatus::Suspended => self.close_in(tx, context, &user, now).await?,
            UserStatus::Active => {
                let restored = UserRestored { user_id: user.id };
                self.machinery.events.publish(tx, context, &restored).await?;
            }
        }
        user.status = turn.to;
        user.sec_epoch += 1;
        Ok(changed(user, now))
    }

    async fn close_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let suspended = UserSuspended { user_id: user.id };
        self.machinery.events.publish(tx, context, &suspended).await?;
        self.sessions
            .end_all(tx, context, user.id, None, "account_suspended", now)
            .await?;
        let tokens = &self.machinery.one_time_tokens;
        tokens.revoke_all(tx, user.id, now).await?;
        Ok(())
    }

    async fn change_role_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        mut user: User,
        role: Option<PlatformRole>,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        store::update_platform_role(tx, user.id, role, now).await?;
        self.users.forget_in(tx, user.id);
        let changed_role = UserPlatformRoleChanged {
            user_id: user.id,
            role,
        };
        self.machinery.events.publish(tx, context, &changed_role).await?;
        self.sessions
            .end_all(tx, context, user.id, None, "platform_role_changed", now)
            .await?;
        user.platform_role = role;
        user.sec_epoch += 1;
        Ok(changed(user, now))
    }
}
