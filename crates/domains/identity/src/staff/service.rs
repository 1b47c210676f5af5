//! Making owners.

use db::{DbError, ReadTx, Tx};
use guard::token::{NewToken, Purpose};
use kernel::event::user::UserPlatformRoleChanged;
use kernel::{PlatformRole, RequestContext, Secret, Timestamp, UserId};

use super::model::NewOwner;
use super::store;
use crate::admission::model::{Admitted, Voucher};
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::password::service::Passwords;
use crate::user::model::{NewUser, User};
use crate::user::service::Users;

/// The platform's staff. Cheap to clone.
#[derive(Clone)]
pub struct Staff {
    machinery: Machinery,
    users: Users,
    passwords: Passwords,
}

impl Staff {
    /// Over the services that keep accounts.
    pub const fn new(machinery: Machinery, users: Users, passwords: Passwords) -> Self {
        Self {
            machinery,
            users,
            passwords,
        }
    }

    /// The token of a link by which the first owner makes their account; `None` when there is an owner.
    /// Earlier ones stop working.
    pub async fn offer_setup(&self) -> Result<Option<Secret<String>>, DbError> {
        let (this, now) = (self.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                if store::find_any(tx, PlatformRole::Owner).await?.is_some() {
                    return Ok(None);
                }
                let new = NewToken {
                    purpose: Purpose::Setup,
                    user: None,
                    // Not an address: what makes these one another's successors.
                    email_norm: Some("setup".to_owned()),
                    subject: None,
                    valid_for: this.machinery.config.lifetimes.setup,
                    with_code: false,
                    flow: None,
                };
                let issued = this.machinery.one_time_tokens.issue(tx, new, now).await?;
                Ok(Some(issued.token))
            })
            .await
    }

    /// Whether the link still works. Looking consumes nothing.
    pub async fn is_setup_open(&self, token: &Secret<String>) -> Result<bool, DbError> {
        let (this, token, now) = (self.clone(), token.clone(), self.machinery.now());
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                let tokens = &this.machinery.one_time_tokens;
                let open = tokens.peek(tx, Purpose::Setup, token.expose(), now).await?;
                Ok(open.is_some_and(|claim| claim.user.is_none()))
            })
            .await
    }

    /// Makes the first owner, for whoever has the link. It is looked at first: passwords of strangers are not
    /// worth the work of hashing.
    pub async fn set_up(
        &self,
        context: &RequestContext,
        token: Secret<String>,
        new: NewOwner,
    ) -> Result<UserId, IdentityError> {
        if !self.is_setup_open(&token).await? {
            return Err(IdentityError::OtpInvalid);
        }
        let phc = self.prepare(&new).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let tokens = &this.machinery.one_time_tokens;
                let claim = tokens.consume(tx, Purpose::Setup, token.expose(), now).await?;
                let is_first = store::find_any(tx, PlatformRole::Owner).await?.is_none();
                if !is_first || claim.is_none_or(|claim| claim.user.is_some()) {
                    return Err(IdentityError::OtpInvalid);
                }
                this.make_owner_in(tx, &context, &new, &phc, now).await
            })
            .await
    }

    /// Makes an owner, for the operator. Somebody who has an account gets the password and the role, and
    /// their sessions end.
    pub async fn create_owner(
        &self,
        context: &RequestContext,
        new: NewOwner,
    ) -> Result<UserId, IdentityError> {
        let phc = self.prepare(&new).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.make_owner_in(tx, &context, &new, &phc, now).await)
            .await
    }

    async fn prepare(&self, new: &NewOwner) -> Result<String, IdentityError> {
        self.passwords
            .check_new("/password", &new.password, &new.email, None)?;
        self.passwords.hash(&new.password).await
    }

    async fn make_owner_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &NewOwner,
        phc: &str,
        now: Timestamp,
    ) -> Result<UserId, IdentityError> {
        let user = self.account_in(tx, context, new, now).await?;
        self.passwords.set_in(tx, &user, phc, now).await?;
        if store::update_role(tx, user.id, PlatformRole::Owner, now).await? > 0 {
            let changed = UserPlatformRoleChanged {
                user_id: user.id,
                role: Some(PlatformRole::Owner),
            };
            self.machinery.events.publish(tx, context, &changed).await?;
        }
        self.users.forget_in(tx, user.id);
        Ok(user.id)
    }

    async fn account_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &NewOwner,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let account = NewUser {
            admitted: Admitted::vouched(new.email.clone(), Voucher::Operator),
            is_verified: true,
            name: None,
            locale: new.locale.clone(),
        };
        if let Some(user) = self.users.register_in(tx, context, account, now).await? {
            return Ok(user);
        }
        // Deleted between the two statements: the caller tries again.
        let known = self.users.lock_by_email_in(tx, &new.email).await?;
        let mut user = known.ok_or(DbError::Busy)?;
        self.users.verify_in(tx, context, &mut user, now).await?;
        self.users.start_epoch_in(tx, &mut user, now).await?;
        Ok(user)
    }
}
