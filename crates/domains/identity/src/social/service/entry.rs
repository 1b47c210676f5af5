//! Who is let in whom a provider has named.

use std::sync::Arc;

use db::{DbError, Tx};
use kernel::{Actor, EmailAddress, Locale, RequestContext, Secret, Timestamp};
use ports::social::{SocialProfile, SocialProvider};

use super::SocialSignIns;
use crate::admission::model::{Newcomer, Way};
use crate::entrance::model::{Entered, FirstFactor};
use crate::error::IdentityError;
use crate::reclamation::Reclamation;
use crate::session::model::SessionKind;
use crate::social::model::SocialAccount;
use crate::social::store;
use crate::user::model::{NewUser, PersonName, User};

/// A person whom a provider has named.
#[derive(Clone)]
pub(super) struct Guest {
    pub(super) provider: Arc<dyn SocialProvider>,
    pub(super) profile: SocialProfile,
    pub(super) kind: SessionKind,
    pub(super) locale: Locale,
    pub(super) invite_token: Option<Secret<String>>,
}

/// What comes of a guest. Refusals are no errors in here: an ID token that was refused has to stay used.
#[derive(Debug)]
pub(super) enum Admittance {
    Entered(Box<Entered>),
    EmailUnverified,
    LinkRequired,
}

impl Guest {
    /// The name, where it can be one.
    fn name(&self) -> Option<PersonName> {
        self.profile.name.as_deref().and_then(|name| name.parse().ok())
    }

    /// The address that the provider has seen to be the person's.
    fn email(&self) -> Option<&EmailAddress> {
        let email = self.profile.email.as_ref();
        email.filter(|_| self.profile.is_email_verified)
    }
}

impl SocialSignIns {
    pub(super) async fn let_in(
        &self,
        context: &RequestContext,
        guest: Guest,
    ) -> Result<Entered, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let admittance = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| this.admit_in(tx, &context, &guest, now).await)
            .await?;
        match admittance {
            Admittance::Entered(entered) => Ok(*entered),
            Admittance::EmailUnverified => Err(IdentityError::SocialEmailUnverified),
            Admittance::LinkRequired => Err(IdentityError::AccountExistsLinkRequired),
        }
    }

    /// The same account at the provider is the same person, whatever its address is by now. Nobody else is
    /// known by an address alone, unless they have shown that it is theirs.
    pub(super) async fn admit_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        guest: &Guest,
        now: Timestamp,
    ) -> Result<Admittance, IdentityError> {
        if let Some(account) = Self::known_in(tx, guest).await? {
            return self.enter_in(tx, context, guest, account, now).await;
        }
        let Some(email) = guest.email() else {
            return Ok(Admittance::EmailUnverified);
        };
        if let Some(user) = self.users.lock_by_email_in(tx, email).await? {
            return self.join_in(tx, context, guest, user, now).await;
        }
        if let Some(user) = self.register_in(tx, context, guest, email, now).await? {
            return self.enter_anew_in(tx, context, guest, &user, now).await;
        }
        // Somebody has made the account in the same moment.
        let user = self.users.lock_by_email_in(tx, email).await?;
        let user = user.ok_or(DbError::Busy)?;
        self.join_in(tx, context, guest, user, now).await
    }

    /// Makes an account for whoever may have one, and makes them a member where their invite says; `None`
    /// when there is an account with the address.
    async fn register_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        guest: &Guest,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<Option<User>, IdentityError> {
        let newcomer = Newcomer {
            email: email.clone(),
            way: Way::Social,
            invite_token: guest.invite_token.clone(),
        };
        let admitted = self.gate.admit_in(tx, context, &newcomer, now).await?;
        let invite = admitted.invite();
        let new = NewUser {
            admitted,
            is_verified: true,
            name: guest.name(),
            locale: guest.locale.clone(),
        };
        let user = self.users.register_in(tx, context, new, now).await?;
        if let (Some(user), Some(invite)) = (&user, invite) {
            let context = context.acting_as(Actor::User(user.id));
            self.gate.redeem_in(tx, &context, user.id, invite.id, now).await?;
        }
        Ok(user)
    }

    /// There is an account with the address. One that somebody has confirmed is theirs, and they alone say
    /// what opens it; the operator may say that the provider is as good as they are.
    async fn join_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        guest: &Guest,
        mut user: User,
        now: Timestamp,
    ) -> Result<Admittance, IdentityError> {
        // Linked by another request while this one waited for the account.
        if let Some(account) = Self::known_in(tx, guest).await? {
            return self.enter_in(tx, context, guest, account, now).await;
        }
        if !user.is_active() {
            return Err(IdentityError::InvalidCredentials);
        }
        if user.is_verified() {
            if !guest.provider.is_authoritative_for(user.email.domain()) {
                return Ok(Admittance::LinkRequired);
            }
            let admittance = self.enter_anew_in(tx, context, guest, &user, now).await?;
            self.tell_linked_in(tx, context, &user, guest, now).await?;
            return Ok(admittance);
        }
        if user.platform_role.is_some() {
            return Ok(Admittance::LinkRequired);
        }
        let reclamation = Reclamation {
            machinery: &self.machinery,
            users: &self.users,
            passwords: &self.passwords,
            sessions: &self.sessions,
        };
        reclamation
            .settle_in(tx, context, &mut user, guest.name(), now)
            .await?;
        self.enter_anew_in(tx, context, guest, &user, now).await
    }

    async fn enter_anew_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        guest: &Guest,
        user: &User,
        now: Timestamp,
    ) -> Result<Admittance, IdentityError> {
        // Linked to somebody else in the same moment: the next try finds it so.
        let attached = self.attach_in(tx, context, user, guest, now).await?;
        let account = attached.ok_or(DbError::Busy)?;
        self.enter_in(tx, context, guest, account, now).await
    }

    async fn enter_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        guest: &Guest,
        account: SocialAccount,
        now: Timestamp,
    ) -> Result<Admittance, IdentityError> {
        // The person first, as when the account is unlinked, so that the two never wait for each other.
        self.users.lock_in(tx, account.user_id).await?;
        let used = SocialAccount {
            email: guest.profile.email.clone().or(account.email),
            last_used_at: Some(now),
            ..account
        };
        if store::update_used(tx, &used).await? == 0 {
            return Err(IdentityError::SocialFlowInvalid);
        }
        let first = FirstFactor {
            user_id: used.user_id,
            kind: guest.kind,
            method: "social",
            // RFC 8176 registers no word for it; others say `fed`.
            amr: vec![String::from("fed")],
        };
        let entered = self.entrances.enter(tx, context, first, now).await?;
        Ok(Admittance::Entered(Box::new(entered)))
    }

    pub(super) async fn known_in(tx: &mut Tx, guest: &Guest) -> Result<Option<SocialAccount>, DbError> {
        let (provider, profile) = (guest.provider.id(), &guest.profile);
        store::find_by_subject(tx, provider, &profile.issuer, &profile.subject).await
    }
}
