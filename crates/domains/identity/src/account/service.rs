//! Making, finding, changing and deleting accounts. Closing and opening them, and who is staff, is in `standing`.

mod listing;
mod standing;

use std::ops::Deref;
use std::sync::Arc;

use db::{ReadTx, Tx};
use kernel::event::user::{UserDeleted, UserUpdated};
use kernel::{RequestContext, Timestamp, UserId};

use super::model::{NewAccount, Profile};
use super::store;
use crate::admission::model::{Admitted, Voucher};
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::mailed_link;
use crate::password::service::Passwords;
use crate::session::service::Sessions;
use crate::user::model::{Acting, NewUser, User};
use crate::user::service::Users;

/// Whole accounts. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<AccountsParts>);

/// What whole accounts are kept by. Every request to them clones it a few times over, so it is shared.
pub struct AccountsParts {
    machinery: Machinery,
    users: Users,
    sessions: Sessions,
    passwords: Passwords,
}

impl Deref for Accounts {
    type Target = AccountsParts;

    fn deref(&self) -> &AccountsParts {
        &self.0
    }
}

impl Accounts {
    /// Over the services that keep what belongs to an account.
    pub fn new(machinery: Machinery, users: Users, sessions: Sessions, passwords: Passwords) -> Self {
        Self(Arc::new(AccountsParts {
            machinery,
            users,
            sessions,
            passwords,
        }))
    }

    /// An account. What its owner asks for was just read to let them in, so it is remembered.
    pub async fn get(&self, acting: Acting, id: UserId) -> Result<Arc<User>, IdentityError> {
        let found = match acting {
            Acting::Owner => self.users.remembered(id).await?,
            Acting::Staff(_) => {
                let users = self.users.clone();
                let work = async move |tx: &mut ReadTx| users.find_in(tx, id).await;
                self.machinery.db.read(work).await?.map(Arc::new)
            }
        };
        found.ok_or(IdentityError::NotFound)
    }

    /// Makes an account for somebody, once per idempotency key. They are mailed what they need to get in.
    pub async fn create(&self, context: &RequestContext, new: NewAccount) -> Result<User, IdentityError> {
        let phc = match &new.password {
            Some(password) => {
                let name = new.name.as_ref();
                self.passwords
                    .check_new("/password", password, &new.email, name)?;
                Some(self.passwords.hash(password).await?)
            }
            None => None,
        };
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.create_in(tx, &context, &new, phc.as_deref(), now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Replaces what an account says about its owner; `version` is that of the copy that the caller changed,
    /// if they say so.
    pub async fn update(
        &self,
        context: &RequestContext,
        acting: Acting,
        id: UserId,
        profile: Profile,
        version: Option<i64>,
    ) -> Result<User, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let mut user = this.lock_in(tx, id, version).await?;
                if !acting.may_change(&user) {
                    return Err(IdentityError::Outranked);
                }
                let fields = profile.changes(&user);
                if fields.is_empty() {
                    return Ok(user);
                }
                store::update_profile(tx, id, &profile, now).await?;
                this.users.forget_in(tx, id);
                let updated = UserUpdated { user_id: id, fields };
                this.machinery.events.publish(tx, &context, &updated).await?;
                user.name = profile.name.clone();
                user.locale = profile.locale.clone();
                Ok(changed(user, now))
            })
            .await
    }

    /// Deletes an account with everything that is its owner's own. Their sessions are over at once. Others may
    /// refuse it, as organizations that nobody could run any more do.
    pub async fn delete(
        &self,
        context: &RequestContext,
        acting: Acting,
        id: UserId,
        version: Option<i64>,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.delete_in(tx, &context, acting, id, version, now).await)
            .await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &NewAccount,
        phc: Option<&str>,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let account = NewUser {
            admitted: Admitted::vouched(new.email.clone(), Voucher::Staff),
            is_verified: new.is_verified,
            name: new.name.clone(),
            locale: new.locale.clone(),
        };
        let made = self.users.register_in(tx, context, account, now).await?;
        let user = made.ok_or(IdentityError::EmailTaken)?;
        match phc {
            Some(phc) => {
                self.passwords.set_in(tx, &user, phc, now).await?;
                if self.machinery.config.confirm_email && !user.is_verified() {
                    self.passwords.send_verification_in(tx, &user, None, now).await?;
                }
            }
            None => mailed_link::send_first_password_in(tx, &self.machinery, &user, now).await?,
        }
        Ok(user)
    }

    async fn delete_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        acting: Acting,
        id: UserId,
        version: Option<i64>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        // Before the account itself, since everybody locks owners first.
        let owners = store::lock_owners(tx).await?;
        let user = self.lock_in(tx, id, version).await?;
        if !acting.stands_above(&user) {
            return Err(IdentityError::Outranked);
        }
        if owners == [id] {
            return Err(IdentityError::LastPlatformOwner);
        }
        // Before the row goes, and what others keep of the person with it.
        let deleted = UserDeleted { user_id: id };
        self.machinery.events.publish(tx, context, &deleted).await?;
        self.sessions
            .end_all(tx, context, id, None, "account_deleted", now)
            .await?;
        store::delete(tx, id).await?;
        self.users.forget_in(tx, id);
        Ok(())
    }

    /// Locks the account, if it is still the one that the caller knows.
    async fn lock_in(&self, tx: &mut Tx, id: UserId, version: Option<i64>) -> Result<User, IdentityError> {
        let user = self.users.lock_in(tx, id).await?.ok_or(IdentityError::NotFound)?;
        if version.is_some_and(|version| version != user.version) {
            return Err(IdentityError::Outdated);
        }
        Ok(user)
    }
}

/// The account as the row is after a change.
fn changed(user: User, now: Timestamp) -> User {
    User {
        version: user.version + 1,
        updated_at: now,
        ..user
    }
}
