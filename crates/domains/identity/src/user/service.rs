//! What can be done with accounts.

use std::sync::Arc;

use db::{DbError, Executor, ReadTx, Tx};
use guard::TokenClaim;
use kernel::event::user::{UserDeleted, UserEmailVerified, UserRegistered, UserUpdated};
use kernel::{EmailAddress, Locale, PlatformRole, RequestContext, Timestamp, UserId};

use super::model::{NewUser, PersonName, User, UserStatus};
use super::store;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::remembered::{Remembered, Seen};

/// Accounts. Cheap to clone.
#[derive(Clone)]
pub struct Users {
    machinery: Machinery,
    /// Owner: this service; key: the id; forgotten by every method here that changes the row. Each request
    /// with a token needs the account's standing.
    remembered: Arc<Remembered<UserId, User>>,
}

impl Users {
    /// Over `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        let lifetime = machinery.remembers_for();
        Self {
            machinery,
            remembered: Arc::new(Remembered::new(100_000, lifetime)),
        }
    }

    /// The account as it is now or, on PostgreSQL, was a few seconds ago. For checks on each request.
    pub async fn remembered(&self, id: UserId) -> Result<Option<Arc<User>>, DbError> {
        if let Some(user) = self.remembered.get(&id) {
            return Ok(Some(user));
        }
        let seen = self.remembered.seen();
        let user = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::find(tx, id).await)
            .await?;
        Ok(user.map(|user| self.keep(seen, user)))
    }

    /// Whether staff of this role may act on the account: not when its owner stands above them.
    pub async fn require_rank(&self, role: Option<PlatformRole>, id: UserId) -> Result<(), IdentityError> {
        let user = self.remembered(id).await?.ok_or(IdentityError::NotFound)?;
        if user.platform_role > role {
            Err(IdentityError::Outranked)
        } else {
            Ok(())
        }
    }

    /// The account as it is now, which must be there.
    pub(crate) async fn get(&self, id: UserId) -> Result<User, IdentityError> {
        let find = async move |tx: &mut ReadTx| store::find(tx, id).await;
        let found = self.machinery.db.read(find).await?;
        found.ok_or(IdentityError::NotFound)
    }

    pub(crate) fn seen(&self) -> Seen {
        self.remembered.seen()
    }

    /// Keeps what was read in company, with the count taken before that read.
    pub(crate) fn keep(&self, seen: Seen, user: User) -> Arc<User> {
        let user = Arc::new(user);
        self.remembered.keep(seen, &user.id, Arc::clone(&user));
        user
    }

    /// The account with this address.
    pub async fn find_by_email(&self, email: &EmailAddress) -> Result<Option<User>, DbError> {
        let email = email.clone();
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| store::find_by_email(tx, &email).await)
            .await
    }

    /// The account with this address, in company of other reads.
    pub(crate) async fn find_by_email_in(
        &self,
        db: &mut impl Executor,
        email: &EmailAddress,
    ) -> Result<Option<User>, DbError> {
        store::find_by_email(db, email).await
    }

    /// The account, in company of other reads.
    pub(crate) async fn find_in(&self, db: &mut impl Executor, id: UserId) -> Result<Option<User>, DbError> {
        store::find(db, id).await
    }

    /// The account, locked until the transaction ends.
    pub(crate) async fn lock_in(&self, tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
        store::lock(tx, id).await
    }

    /// The open account that a mailed token is good for.
    pub(crate) async fn find_claimed_in(
        &self,
        db: &mut impl Executor,
        claim: &TokenClaim,
    ) -> Result<Option<User>, DbError> {
        let user = match claim.user {
            Some(id) => store::find(db, id).await?,
            None => None,
        };
        Ok(user.filter(|user| is_for(user, claim)))
    }

    /// The open account that a mailed token is good for, locked until the transaction ends.
    pub(crate) async fn lock_claimed_in(
        &self,
        tx: &mut Tx,
        claim: &TokenClaim,
    ) -> Result<Option<User>, DbError> {
        let user = match claim.user {
            Some(id) => store::lock(tx, id).await?,
            None => None,
        };
        Ok(user.filter(|user| is_for(user, claim)))
    }

    /// The account with this address, locked until the transaction ends.
    pub(crate) async fn lock_by_email_in(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
    ) -> Result<Option<User>, DbError> {
        store::lock_by_email(tx, email).await
    }

    /// Makes an account for an address that was let in; `None` when there is one with the address.
    pub async fn register_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: NewUser,
        now: Timestamp,
    ) -> Result<Option<User>, IdentityError> {
        let user = User {
            id: UserId::new(&*self.machinery.ids, now),
            email: new.admitted.into_email(),
            email_verified_at: new.is_verified.then_some(now),
            name: new.name,
            locale: new.locale,
            status: UserStatus::Active,
            platform_role: None,
            sec_epoch: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        if store::insert(tx, &user).await? == 0 {
            return Ok(None);
        }
        let registered = UserRegistered {
            user_id: user.id,
            email: user.email.clone(),
            email_verified: user.is_verified(),
        };
        self.machinery.events.publish(tx, context, &registered).await?;
        Ok(Some(user))
    }

    /// Takes note that the owner has shown that the mailbox is theirs. Twice is harmless.
    pub async fn verify_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &mut User,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if store::update_verified(tx, user.id, now).await? == 0 {
            return Ok(());
        }
        self.forget_in(tx, user.id);
        user.email_verified_at = Some(now);
        user.version += 1;
        user.updated_at = now;
        let verified = UserEmailVerified {
            user_id: user.id,
            email: user.email.clone(),
        };
        self.machinery.events.publish(tx, context, &verified).await?;
        Ok(())
    }

    /// Moves the account to an address that its owner has shown to be theirs. Fails on the constraint
    /// `users_email_norm_key` when another account has it.
    pub(crate) async fn move_in(
        &self,
        tx: &mut Tx,
        user: &mut User,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<(), DbError> {
        store::update_email(tx, user.id, email, now).await?;
        self.forget_in(tx, user.id);
        user.email = email.clone();
        user.email_verified_at = Some(now);
        user.version += 1;
        user.updated_at = now;
        Ok(())
    }

    /// Notes that the person reads another language.
    pub(crate) async fn set_locale_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &mut User,
        locale: &Locale,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if user.locale == *locale {
            return Ok(());
        }
        store::update_locale(tx, user.id, locale, now).await?;
        self.forget_in(tx, user.id);
        user.locale = locale.clone();
        user.version += 1;
        user.updated_at = now;
        let updated = UserUpdated {
            user_id: user.id,
            fields: vec![String::from("locale")],
        };
        self.machinery.events.publish(tx, context, &updated).await?;
        Ok(())
    }

    /// Deletes the account with this address when nobody has shown that the address is theirs: whoever shows
    /// it now must not find it taken. Such an account was never entered, so nothing is lost.
    pub(crate) async fn make_way_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        email: &EmailAddress,
    ) -> Result<(), IdentityError> {
        let Some(user) = store::lock_by_email(tx, email).await? else {
            return Ok(());
        };
        if user.is_verified() || user.platform_role.is_some() {
            return Err(IdentityError::EmailTaken);
        }
        let deleted = UserDeleted { user_id: user.id };
        self.machinery.events.publish(tx, context, &deleted).await?;
        store::delete_unverified(tx, user.id).await?;
        self.forget_in(tx, user.id);
        Ok(())
    }

    /// Ends every session that the person has, and those that are just starting, by a new epoch.
    pub async fn start_epoch_in(&self, tx: &mut Tx, user: &mut User, now: Timestamp) -> Result<(), DbError> {
        store::update_epoch(tx, user.id, now).await?;
        self.forget_in(tx, user.id);
        user.sec_epoch += 1;
        user.version += 1;
        user.updated_at = now;
        Ok(())
    }

    /// Gives an account that nobody has confirmed to who signs up anew: what the first one wrote may be a
    /// trap for the owner of the address, so nothing of it stays.
    pub(crate) async fn take_over_in(
        &self,
        tx: &mut Tx,
        user: &mut User,
        name: Option<PersonName>,
        locale: Locale,
        now: Timestamp,
    ) -> Result<(), DbError> {
        store::update_unverified(tx, user.id, name.as_ref(), &locale, now).await?;
        self.forget_in(tx, user.id);
        user.name = name;
        user.locale = locale;
        user.sec_epoch += 1;
        user.version += 1;
        user.updated_at = now;
        Ok(())
    }

    /// To be called by whatever changes the row, so that nobody is judged by how it was.
    pub(crate) fn forget_in(&self, tx: &mut Tx, id: UserId) {
        let remembered = Arc::clone(&self.remembered);
        tx.after_commit(move || remembered.forget(&id));
    }
}

/// A mailed token counts for the address that it was sent to, and for no other that the account may have by now.
fn is_for(user: &User, claim: &TokenClaim) -> bool {
    user.is_active() && claim.email_norm.as_deref() == Some(user.email.normalized())
}
