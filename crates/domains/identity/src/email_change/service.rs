//! Asking for another address. How it comes about and is taken back is in `completion` and `undo`.

mod completion;
mod undo;

use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use guard::{Limit, NewToken, Purpose};
use kernel::event::auth::EmailChangeRequested;
use kernel::id::EmailChangeId;
use kernel::{EmailAddress, FieldError, RequestContext, Secret, Timestamp, UserId};
use mail::{Mail, Template};
use serde_json::json;

use super::model::{EmailChange, NewAddress};
use super::store;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::mail_limit;
use crate::password::service::Passwords;
use crate::session::service::Sessions;
use crate::user::model::User;
use crate::user::service::Users;

/// How often one person may ask, to whatever addresses: each time their old mailbox gets a mail.
const CHANGES: Limit = Limit {
    name: "email_change",
    max: 10,
    window: Duration::from_hours(1),
};

/// Changes of address. Cheap to clone.
#[derive(Clone)]
pub struct EmailChanges {
    machinery: Machinery,
    users: Users,
    passwords: Passwords,
    sessions: Sessions,
}

impl EmailChanges {
    /// Over the services that a change of address concerns.
    pub const fn new(machinery: Machinery, users: Users, passwords: Passwords, sessions: Sessions) -> Self {
        Self {
            machinery,
            users,
            passwords,
            sessions,
        }
    }

    /// Begins a change. Whether the new address has an account already shows only in the mail to it: the
    /// person's own mailbox gets the same mail either way.
    pub async fn request(
        &self,
        context: &RequestContext,
        user: UserId,
        new: NewAddress,
    ) -> Result<(), IdentityError> {
        let now = self.machinery.now();
        let user = self.users.get(user).await?;
        if let Some(password) = &new.password {
            self.passwords.confirm(context, &user, password).await?;
        }
        if user.email == new.email {
            let detail = "this is the address of the account already";
            return Err(IdentityError::invalid(FieldError::new(
                "/new_email",
                "unchanged",
                detail,
            )));
        }
        let (this, context, email) = (self.clone(), context.clone(), new.email);
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.request_in(tx, &context, user.id, &email, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Drops a change that has not come about yet. Its links are for the caller to end.
    pub(crate) async fn cancel_in(&self, tx: &mut Tx, user: UserId, now: Timestamp) -> Result<(), DbError> {
        store::update_cancelled(tx, user, now).await.map(drop)
    }

    /// Deletes changes that can neither come about nor be taken back any more, a batch at a time.
    pub(crate) async fn delete_expired(&self, now: Timestamp) -> Result<(), DbError> {
        // What came about did so before it expired.
        let before = now.minus(self.machinery.config.lifetimes.email_undo);
        self.machinery
            .db
            .delete_in_batches(async move |tx: &mut Tx, most| store::delete_expired(tx, before, most).await)
            .await
    }

    /// What a link is about, while it works. Takes nothing: scanners of mail may look.
    pub async fn preview(
        &self,
        purpose: Purpose,
        token: &Secret<String>,
    ) -> Result<Option<EmailChange>, IdentityError> {
        let (tokens, token) = (self.machinery.one_time_tokens.clone(), token.clone());
        let now = self.machinery.now();
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                let claim = tokens.peek(tx, purpose, token.expose(), now).await?;
                let id = claim.and_then(|claim| claim.subject);
                match id.map(EmailChangeId::from_uuid) {
                    Some(id) => Ok(store::find(tx, id).await?),
                    None => Ok(None),
                }
            })
            .await
    }

    async fn request_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let user = self.users.lock_in(tx, user).await?.filter(User::is_active);
        let user = user.ok_or(IdentityError::NotFound)?;
        let limits = &self.machinery.limits;
        limits
            .hit_in(tx, &CHANGES, &user.id.to_string(), now)
            .await?
            .require(now)?;
        mail_limit::admit_in(tx, limits, context, email, now).await?;
        let change = self.begin_in(tx, &user, email, now).await?;
        if user.is_verified() {
            self.ask_old_in(tx, &user, &change, now).await?;
        }
        self.ask_new_in(tx, &user, &change, now).await?;
        let requested = EmailChangeRequested {
            user_id: user.id,
            new_email: email.clone(),
        };
        self.machinery.events.publish(tx, context, &requested).await?;
        Ok(())
    }

    async fn begin_in(
        &self,
        tx: &mut Tx,
        user: &User,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<EmailChange, DbError> {
        store::update_cancelled(tx, user.id, now).await?;
        let change = EmailChange {
            id: EmailChangeId::new(&*self.machinery.ids, now),
            user_id: user.id,
            old_email: user.email.clone(),
            new_email: email.clone(),
            old_confirmed_at: None,
            new_confirmed_at: None,
            created_at: now,
            expires_at: now.plus(self.machinery.config.lifetimes.email_change),
            completed_at: None,
            cancelled_at: None,
            undone_at: None,
        };
        store::insert(tx, &change).await?;
        Ok(change)
    }

    async fn ask_old_in(
        &self,
        tx: &mut Tx,
        user: &User,
        change: &EmailChange,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let link = self
            .link_in(tx, change, Purpose::EmailChangeOld, &change.old_email, now)
            .await?;
        let mail = Mail {
            to: &change.old_email,
            template: Template::EmailChangeOld,
            locale: &user.locale,
            user: Some(user.id),
            organization: None,
            variables: json!({ "link": link, "new_email": change.new_email }),
        };
        self.machinery.mailer.send(tx, mail).await.map(drop)
    }

    /// Where the address has an account, its owner is told that somebody asked for it, and gets no link.
    async fn ask_new_in(
        &self,
        tx: &mut Tx,
        user: &User,
        change: &EmailChange,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let config = &self.machinery.config;
        let link = self
            .link_in(tx, change, Purpose::EmailChangeNew, &change.new_email, now)
            .await?;
        let owner = self.users.find_by_email_in(tx, &change.new_email).await?;
        let (template, variables) = match &owner {
            Some(_) => (
                Template::AccountExists,
                json!({
                    "login_link": config.page("/login"),
                    "reset_link": config.page("/reset-password"),
                }),
            ),
            None => (Template::EmailChangeNew, json!({ "link": link })),
        };
        let reader = owner.as_ref().unwrap_or(user);
        let mail = Mail {
            to: &change.new_email,
            template,
            locale: &reader.locale,
            user: Some(reader.id),
            organization: None,
            variables,
        };
        self.machinery.mailer.send(tx, mail).await.map(drop)
    }

    async fn link_in(
        &self,
        tx: &mut Tx,
        change: &EmailChange,
        purpose: Purpose,
        to: &EmailAddress,
        now: Timestamp,
    ) -> Result<String, DbError> {
        let new = NewToken {
            purpose,
            user: Some(change.user_id),
            email_norm: Some(to.normalized().to_owned()),
            subject: Some(change.id.uuid()),
            valid_for: self.machinery.config.lifetimes.email_change,
            with_code: false,
            flow: None,
        };
        let issued = self.machinery.one_time_tokens.issue(tx, new, now).await?;
        let config = &self.machinery.config;
        Ok(config.page_with_token("/change-email", issued.token.expose()))
    }
}

#[cfg(test)]
mod tests;
