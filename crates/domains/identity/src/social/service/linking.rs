//! The accounts at providers that a person signs in with.

use db::{DbError, ReadTx, Tx};
use kernel::event::auth::{SocialAccountLinked, SocialAccountUnlinked};
use kernel::id::SocialAccountId;
use kernel::{Actor, Page, PageRequest, RequestContext, Timestamp, UserId};

use super::SocialSignIns;
use super::entry::Guest;
use crate::credential_notice::{self, CredentialChange};
use crate::error::IdentityError;
use crate::social::model::{Linker, SocialAccount};
use crate::social::store;
use crate::user::model::User;

impl SocialSignIns {
    /// The accounts that a person signs in with, the newest first.
    pub async fn list(&self, user: UserId, page: PageRequest) -> Result<Page<SocialAccount>, IdentityError> {
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| Ok(store::list(tx, user, &page).await?))
            .await
    }

    /// Takes an account away from the ways in which a person signs in, unless it is the last.
    pub async fn unlink(
        &self,
        context: &RequestContext,
        user: UserId,
        id: SocialAccountId,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.unlink_in(tx, &context, user, id, now).await)
            .await
    }

    pub(super) async fn link(
        &self,
        context: &RequestContext,
        linker: Linker,
        guest: Guest,
    ) -> Result<SocialAccount, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.link_in(tx, &context, linker, &guest, now).await)
            .await
    }

    /// Asking the provider took a while, in which the session may have been ended by somebody who wants
    /// nobody to do this.
    async fn link_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        linker: Linker,
        guest: &Guest,
        now: Timestamp,
    ) -> Result<SocialAccount, IdentityError> {
        let user = self.users.lock_in(tx, linker.user).await?;
        let user = user.ok_or(IdentityError::SocialFlowInvalid)?;
        if !self.sessions.holds_in(tx, linker.session, now).await? {
            return Err(IdentityError::SocialFlowInvalid);
        }
        if let Some(account) = Self::known_in(tx, guest).await? {
            let is_own = account.user_id == user.id;
            return is_own.then_some(account).ok_or(IdentityError::SocialAccountTaken);
        }
        let attached = self.attach_in(tx, context, &user, guest, now).await?;
        let account = attached.ok_or(IdentityError::SocialAccountTaken)?;
        self.tell_linked_in(tx, context, &user, guest, now).await?;
        Ok(account)
    }

    /// Writes down that the account is the person's; `None` when it was linked in the same moment.
    pub(super) async fn attach_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        guest: &Guest,
        now: Timestamp,
    ) -> Result<Option<SocialAccount>, IdentityError> {
        let account = SocialAccount {
            id: SocialAccountId::new(&*self.machinery.ids, now),
            user_id: user.id,
            provider: guest.provider.id().to_owned(),
            issuer: guest.profile.issuer.clone(),
            subject: guest.profile.subject.clone(),
            email: guest.profile.email.clone(),
            created_at: now,
            last_used_at: None,
        };
        if store::insert(tx, &account).await? == 0 {
            return Ok(None);
        }
        let linked = SocialAccountLinked {
            user_id: user.id,
            social_account_id: account.id,
            provider: account.provider.clone(),
        };
        let context = context.acting_as(Actor::User(user.id));
        self.machinery.events.publish(tx, &context, &linked).await?;
        Ok(Some(account))
    }

    async fn unlink_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        id: SocialAccountId,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let user = self.users.lock_in(tx, user).await?;
        let user = user.ok_or(IdentityError::NotFound)?;
        let account = store::find(tx, user.id, id).await?;
        let account = account.ok_or(IdentityError::NotFound)?;
        if store::delete(tx, user.id, id).await? == 0 {
            return Err(IdentityError::LastSignInMethod);
        }
        let change = CredentialChange::SocialUnlinked(self.name_of(&account.provider));
        credential_notice::send_in(tx, &self.machinery, &user, &change, context, now).await?;
        let unlinked = SocialAccountUnlinked {
            user_id: user.id,
            social_account_id: account.id,
            provider: account.provider,
        };
        self.machinery.events.publish(tx, context, &unlinked).await?;
        Ok(())
    }

    /// Mails the owner that an account opens theirs: it may not have been them.
    pub(super) async fn tell_linked_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        guest: &Guest,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let change = CredentialChange::SocialLinked(guest.provider.name().to_owned());
        credential_notice::send_in(tx, &self.machinery, user, &change, context, now).await
    }

    /// As people know the provider, which the operator may have taken away.
    fn name_of(&self, provider: &str) -> String {
        match self.provider(provider) {
            Ok(provider) => provider.name().to_owned(),
            Err(_) => provider.to_owned(),
        }
    }
}
