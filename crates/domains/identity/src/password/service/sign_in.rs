//! Signing in with a password.
//!
//! Whatever is wrong, the same work is done and the same is answered: an unknown address has a password to
//! be compared with as well, one that nobody has.

use std::time::Duration;

use crypto::Verdict;
use db::{ReadTx, Tx};
use guard::Limit;
use kernel::event::auth::SignInFailed;
use kernel::{EmailAddress, RequestContext, Secret, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use super::Passwords;
use super::devices::Device;
use super::throttle::Attempt;
use crate::entrance::model::{Entered, Entry, FirstFactor};
use crate::error::IdentityError;
use crate::network;
use crate::password::model::{LetIn, SignIn, SignedIn};
use crate::password::store;
use crate::session::model::SessionKind;
use crate::session::service::Held;
use crate::user::model::User;

const SIGN_INS: Limit = Limit {
    name: "sign_in",
    max: 10,
    window: Duration::from_mins(1),
};

/// In bytes, before it is normalised.
const LONGEST_PASSWORD: usize = 8 * 1024;

/// Who is at the door, as far as the database knows.
struct Caller {
    user: Option<User>,
    phc: Option<String>,
    device: Option<Device>,
    attempt: Attempt,
}

/// A person whose password was right.
struct Proven {
    user: User,
    /// The hash that it was compared with.
    phc: String,
    /// The hash that is to take its place.
    rehashed: Option<String>,
    device: Option<Device>,
    attempt: Attempt,
}

impl Passwords {
    /// Lets a client of the API in, or asks it for the second factor. Repeated with the same `Idempotency-Key` it answers the same again.
    pub async fn sign_in(
        &self,
        context: &RequestContext,
        sign_in: SignIn,
    ) -> Result<SignedIn<Held>, IdentityError> {
        let now = self.machinery.now();
        let proven = self.prove(context, sign_in, now).await?;
        let (this, context) = (self.clone(), context.clone());
        let let_in = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    let signed_in = this.let_in(tx, &context, &proven, SessionKind::Api, now).await?;
                    Ok::<_, IdentityError>(LetIn {
                        entry: Entry::from(&signed_in.entered),
                        device: signed_in.device.map(|device| device.expose().clone()),
                    })
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        Ok(SignedIn {
            entered: self.entrances.again(let_in.entry).await?,
            device: let_in.device.map(Secret::new),
        })
    }

    /// Lets a browser in, or asks for the second factor.
    pub async fn sign_in_in_browser(
        &self,
        context: &RequestContext,
        sign_in: SignIn,
    ) -> Result<SignedIn, IdentityError> {
        let now = self.machinery.now();
        let proven = self.prove(context, sign_in, now).await?;
        let (this, context) = (self.clone(), context.clone());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                this.let_in(tx, &context, &proven, SessionKind::Browser, now)
                    .await
            })
            .await
    }

    /// Whether a person who is signed in knows their password, with wrong ones counted as at the door.
    pub async fn confirm(
        &self,
        context: &RequestContext,
        user: &User,
        password: &Secret<String>,
    ) -> Result<(), IdentityError> {
        let now = self.machinery.now();
        let caller = self.look_up(context, user.email.clone(), None, now).await?;
        let verdict = self.compare(password, caller.phc.clone()).await?;
        if verdict.matches && caller.phc.is_some() {
            return Ok(());
        }
        match self.refuse::<()>(context, &caller, "wrong_password", now).await {
            Err(IdentityError::InvalidCredentials) => Err(IdentityError::WrongPassword),
            other => other,
        }
    }

    async fn prove(
        &self,
        context: &RequestContext,
        sign_in: SignIn,
        now: Timestamp,
    ) -> Result<Proven, IdentityError> {
        let network = network::of(context);
        self.machinery
            .limits
            .hit(&SIGN_INS, &network, now)
            .await?
            .require(now)?;
        let SignIn {
            email,
            password,
            device,
        } = sign_in;
        let caller = self.look_up(context, email, device, now).await?;
        let verdict = self.compare(&password, caller.phc.clone()).await?;
        let (Some(user), Some(phc), true) = (&caller.user, &caller.phc, verdict.matches) else {
            return self.refuse(context, &caller, "wrong_password", now).await;
        };
        if !user.is_active() {
            return self.refuse(context, &caller, "suspended", now).await;
        }
        if self.machinery.config.confirm_email && !user.is_verified() {
            self.tell_failed(context, user, "email_not_verified").await?;
            return Err(IdentityError::EmailNotVerified);
        }
        let rehashed = if verdict.needs_rehash {
            Some(self.hash(&password).await?)
        } else {
            None
        };
        Ok(Proven {
            user: user.clone(),
            phc: phc.clone(),
            rehashed,
            device: caller.device,
            attempt: caller.attempt,
        })
    }

    async fn look_up(
        &self,
        context: &RequestContext,
        email: EmailAddress,
        cookie: Option<Secret<String>>,
        now: Timestamp,
    ) -> Result<Caller, IdentityError> {
        let (this, context) = (self.clone(), context.clone());
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                let user = this.users.find_by_email_in(tx, &email).await?;
                let (phc, device) = match &user {
                    Some(user) => (
                        store::find(tx, user.id).await?,
                        Self::find_device(tx, user.id, cookie.as_ref(), now).await?,
                    ),
                    None => (None, None),
                };
                let attempt = this.attempt(&context, &email, device.as_ref().map(|device| device.hash));
                this.admit(tx, &attempt, now).await?;
                Ok(Caller {
                    user,
                    phc,
                    device,
                    attempt,
                })
            })
            .await
    }

    async fn compare(
        &self,
        password: &Secret<String>,
        phc: Option<String>,
    ) -> Result<Verdict, IdentityError> {
        // Nobody has a longer one, and reading it would cost more than it is worth.
        let is_readable = password.expose().len() <= LONGEST_PASSWORD;
        let password = if is_readable { password.expose() } else { "" };
        // As it was typed: other systems made their hashes of that. The hasher normalises it for ours.
        let password = Secret::new(password.to_owned());
        Ok(self.machinery.hasher.verify(password, phc).await?)
    }

    async fn refuse<T>(
        &self,
        context: &RequestContext,
        caller: &Caller,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<T, IdentityError> {
        let (this, context) = (self.clone(), context.clone());
        let (attempt, user) = (caller.attempt.clone(), caller.user.as_ref().map(|user| user.id));
        self.machinery
            .db
            .write(async move |tx: &mut Tx| -> Result<(), IdentityError> {
                this.count_wrong_in(tx, &attempt, now).await?;
                if let Some(user_id) = user {
                    let failed = SignInFailed {
                        user_id,
                        reason: reason.to_owned(),
                    };
                    this.machinery.events.publish(tx, &context, &failed).await?;
                }
                Ok(())
            })
            .await?;
        Err(IdentityError::InvalidCredentials)
    }

    async fn tell_failed(
        &self,
        context: &RequestContext,
        user: &User,
        reason: &'static str,
    ) -> Result<(), IdentityError> {
        let (events, context) = (self.machinery.events.clone(), context.clone());
        let failed = SignInFailed {
            user_id: user.id,
            reason: reason.to_owned(),
        };
        self.machinery
            .db
            .write(async move |tx: &mut Tx| Ok(events.publish(tx, &context, &failed).await?))
            .await
    }

    async fn let_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        proven: &Proven,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<SignedIn, IdentityError> {
        let (user, device) = (&proven.user, proven.device.as_ref());
        self.confirm_unchanged_in(tx, proven).await?;
        self.forgive_in(tx, &proven.attempt).await?;
        if device.is_none() && self.sessions.is_new_place_in(tx, user.id, context).await? {
            self.tell_new_place_in(tx, context, user, now).await?;
        }
        let first = FirstFactor {
            user_id: user.id,
            kind,
            method: "password",
            amr: vec![String::from("pwd")],
        };
        let entered = self.entrances.enter(tx, context, first, now).await?;
        // Who owes a second factor is not let in yet, so their browser is not known yet.
        let device = match &entered {
            Entered::In(_) => Some(Self::remember_device_in(tx, user.id, device, now).await?),
            Entered::SecondFactor(_) => None,
        };
        Ok(SignedIn { entered, device })
    }

    /// Comparing took a while, in which the password may have been changed by its owner, who wants nobody
    /// to come in with the old one.
    async fn confirm_unchanged_in(&self, tx: &mut Tx, proven: &Proven) -> Result<(), IdentityError> {
        self.users.lock_in(tx, proven.user.id).await?;
        if store::find(tx, proven.user.id).await?.as_deref() != Some(proven.phc.as_str()) {
            return Err(IdentityError::InvalidCredentials);
        }
        if let Some(rehashed) = &proven.rehashed {
            store::update_hash(tx, proven.user.id, &proven.phc, rehashed).await?;
        }
        Ok(())
    }

    async fn tell_new_place_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let ip = context.ip.map(|ip| ip.to_string());
        let mail = Mail {
            to: &user.email,
            template: Template::SignInNewDevice,
            locale: &user.locale,
            user: Some(user.id),
            organization: None,
            variables: json!({ "when": now, "ip": ip, "user_agent": context.user_agent }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        Ok(())
    }
}
