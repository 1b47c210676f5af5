//! Asking for an account.

use db::{DbError, Tx};
use kernel::{Actor, RequestContext, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use super::Passwords;
use crate::admission::model::{Approach, Newcomer, Way};
use crate::entrance::model::FirstFactor;
use crate::error::IdentityError;
use crate::factor::service::Factors;
use crate::invite::OpenInvite;
use crate::password::model::{Registered, SignUp, SignedUp};
use crate::password::store;
use crate::session::model::{OpenedSession, SessionKind};
use crate::session::service::Held;
use crate::user::model::{NewUser, User};

impl Passwords {
    /// Makes an account, for a client of the API. Repeated with the same `Idempotency-Key` it answers the
    /// same session again.
    pub async fn sign_up(
        &self,
        context: &RequestContext,
        new: SignUp,
    ) -> Result<SignedUp<Held>, IdentityError> {
        let (approach, phc) = self.prepare(context, &new).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let registered = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    let opened = this
                        .sign_up_in(tx, &context, &new, (&approach, &phc), SessionKind::Api, now)
                        .await?;
                    Ok::<_, IdentityError>(match opened {
                        SignedUp::CheckEmail => Registered::CheckEmail,
                        SignedUp::In(opened) => Registered::In {
                            session: opened.session.id,
                        },
                    })
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        match registered {
            Registered::CheckEmail => Ok(SignedUp::CheckEmail),
            Registered::In { session } => self.sessions.tokens_again(session).await.map(SignedUp::In),
        }
    }

    /// Makes an account, for a browser.
    pub async fn sign_up_in_browser(
        &self,
        context: &RequestContext,
        new: SignUp,
    ) -> Result<SignedUp<OpenedSession>, IdentityError> {
        let (approach, phc) = self.prepare(context, &new).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                this.sign_up_in(tx, &context, &new, (&approach, &phc), SessionKind::Browser, now)
                    .await
            })
            .await
    }

    /// What comes before the transaction. The hash is computed whether it will be needed or not.
    async fn prepare(
        &self,
        context: &RequestContext,
        new: &SignUp,
    ) -> Result<(Approach, String), IdentityError> {
        self.check_new("/password", &new.password, &new.email, new.name.as_ref())?;
        let approach = self.gate.approach(context, new.solution.as_ref()).await?;
        Ok((approach, self.hash(&new.password).await?))
    }

    async fn sign_up_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &SignUp,
        (approach, phc): (&Approach, &str),
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<SignedUp<OpenedSession>, IdentityError> {
        let newcomer = Newcomer {
            email: new.email.clone(),
            way: Way::Password(approach.clone()),
            invite_token: new.invite_token.clone(),
        };
        // Before anything is known about the account, so that a refusal tells nothing about it.
        let admitted = self.gate.admit_in(tx, context, &newcomer, now).await?;
        let invite = admitted.invite();
        let is_proven = invite.is_some_and(|invite| invite.proves_address);
        let account = NewUser {
            admitted,
            is_verified: is_proven || !self.machinery.config.confirm_email,
            name: new.name.clone(),
            locale: new.locale.clone(),
        };
        let user = match self.users.register_in(tx, context, account, now).await? {
            Some(user) => user,
            None => match self.take_unconfirmed_in(tx, context, new, is_proven, now).await? {
                Some(user) => user,
                None => return Ok(SignedUp::CheckEmail),
            },
        };
        self.set_in(tx, &user, phc, now).await?;
        if !user.is_verified() {
            self.send_verification_in(tx, &user, invite, now).await?;
            return Ok(SignedUp::CheckEmail);
        }
        self.begin_in(tx, context, &user, invite, kind, now)
            .await
            .map(SignedUp::In)
    }

    /// The account that there is, when nobody has shown yet that its address is theirs; it then begins anew.
    /// Otherwise its owner is told by mail, and the caller nothing.
    async fn take_unconfirmed_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &SignUp,
        is_proven: bool,
        now: Timestamp,
    ) -> Result<Option<User>, IdentityError> {
        if !self.machinery.config.confirm_email {
            return Err(IdentityError::EmailTaken);
        }
        // Deleted between the two statements: the caller tries again.
        let known = self.users.lock_by_email_in(tx, &new.email).await?;
        let mut user = known.ok_or(DbError::Busy)?;
        if user.is_verified() || !user.is_active() || user.platform_role.is_some() {
            self.tell_exists_in(tx, &user).await?;
            return Ok(None);
        }
        let (name, locale) = (new.name.clone(), new.locale.clone());
        self.users.take_over_in(tx, &mut user, name, locale, now).await?;
        self.sessions
            .end_all(tx, context, user.id, None, "signed_up_anew", now)
            .await?;
        Factors.clear_in(tx, user.id).await?;
        store::delete_devices(tx, user.id).await?;
        if is_proven {
            self.users.verify_in(tx, context, &mut user, now).await?;
        }
        Ok(Some(user))
    }

    async fn begin_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        invite: Option<OpenInvite>,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<OpenedSession, IdentityError> {
        if let Some(invite) = invite {
            let context = context.acting_as(Actor::User(user.id));
            self.gate.redeem_in(tx, &context, user.id, invite.id, now).await?;
        }
        let first = FirstFactor {
            user_id: user.id,
            kind,
            method: "signup",
            amr: vec![String::from("pwd")],
        };
        self.entrances.begin(tx, context, first, now).await
    }

    async fn tell_exists_in(&self, tx: &mut Tx, user: &User) -> Result<(), IdentityError> {
        let config = &self.machinery.config;
        let mail = Mail {
            to: &user.email,
            template: Template::AccountExists,
            locale: &user.locale,
            user: Some(user.id),
            organization: None,
            variables: json!({
                "login_link": config.page("/login"),
                "reset_link": config.page("/reset-password"),
            }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        Ok(())
    }
}
