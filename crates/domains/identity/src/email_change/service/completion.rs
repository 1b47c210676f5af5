//! Both mailboxes agree, and the account has another address.

use db::Tx;
use guard::{NewToken, Purpose, TokenClaim};
use kernel::event::auth::EmailChanged;
use kernel::event::user::UserEmailVerified;
use kernel::id::EmailChangeId;
use kernel::{Actor, RequestContext, Secret, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use super::EmailChanges;
use crate::email_change::model::{Confirmed, EmailChange, Mailbox};
use crate::email_change::store;
use crate::error::IdentityError;
use crate::user::model::User;

/// The constraint that keeps two accounts from having one address.
const ADDRESS: &str = "users_email_norm_key";

/// What came of a confirmation that leaves something written, so that it is no error in there.
#[derive(serde::Serialize, serde::Deserialize)]
enum Outcome {
    Confirmed(Confirmed),
    /// Somebody else has the new address by now.
    Taken,
}

impl EmailChanges {
    /// Takes the link of one of the two mailboxes.
    pub async fn confirm(
        &self,
        context: &RequestContext,
        token: &Secret<String>,
    ) -> Result<Confirmed, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let token = token.clone();
        let outcome = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.confirm_in(tx, &context, &token, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await;
        match outcome {
            Ok(Outcome::Confirmed(confirmed)) => Ok(confirmed),
            Ok(Outcome::Taken) => Err(IdentityError::EmailTaken),
            // Somebody else got the address in this very moment.
            Err(IdentityError::Db(error)) if error.is_unique(ADDRESS) => Err(IdentityError::EmailTaken),
            Err(error) => Err(error),
        }
    }

    async fn confirm_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        token: &Secret<String>,
        now: Timestamp,
    ) -> Result<Outcome, IdentityError> {
        let (mailbox, claim) = self.claim_in(tx, token, now).await?;
        let (mut user, mut change) = self.lock_claimed_in(tx, &claim).await?;
        if !change.is_pending(now) || change.old_email != user.email {
            return Err(IdentityError::OtpInvalid);
        }
        change.confirm(mailbox, now);
        store::update_confirmed(tx, &change).await?;
        if let Some(mailbox) = change.waits_for(&user) {
            return Ok(Outcome::Confirmed(Confirmed::WaitsFor(mailbox)));
        }
        if self
            .users
            .find_by_email_in(tx, &change.new_email)
            .await?
            .is_some()
        {
            store::update_cancelled(tx, user.id, now).await?;
            return Ok(Outcome::Taken);
        }
        let context = context.acting_as(Actor::User(user.id));
        self.complete_in(tx, &context, &mut user, &change, now).await?;
        Ok(Outcome::Confirmed(Confirmed::Changed))
    }

    async fn claim_in(
        &self,
        tx: &mut Tx,
        token: &Secret<String>,
        now: Timestamp,
    ) -> Result<(Mailbox, TokenClaim), IdentityError> {
        let tokens = &self.machinery.one_time_tokens;
        for (purpose, mailbox) in [
            (Purpose::EmailChangeOld, Mailbox::Old),
            (Purpose::EmailChangeNew, Mailbox::New),
        ] {
            if let Some(claim) = tokens.consume(tx, purpose, token.expose(), now).await? {
                return Ok((mailbox, claim));
            }
        }
        Err(IdentityError::OtpInvalid)
    }

    /// The account and the change that a token is about. The account's row comes first, as everywhere.
    pub(super) async fn lock_claimed_in(
        &self,
        tx: &mut Tx,
        claim: &TokenClaim,
    ) -> Result<(User, EmailChange), IdentityError> {
        let user = match claim.user {
            Some(id) => self.users.lock_in(tx, id).await?,
            None => None,
        };
        let change = match claim.subject {
            Some(id) => store::lock(tx, EmailChangeId::from_uuid(id)).await?,
            None => None,
        };
        let user = user.filter(User::is_active).ok_or(IdentityError::OtpInvalid)?;
        let change = change.filter(|change| change.user_id == user.id);
        Ok((user, change.ok_or(IdentityError::OtpInvalid)?))
    }

    /// Sessions go on: whoever asked was signed in, and both mailboxes agreed. Links that were sent to the old
    /// address open nothing any more, but for the one that takes this back.
    async fn complete_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &mut User,
        change: &EmailChange,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let was_verified = user.is_verified();
        self.users.move_in(tx, user, &change.new_email, now).await?;
        store::update_completed(tx, change.id, now).await?;
        let tokens = &self.machinery.one_time_tokens;
        tokens.revoke_all(tx, user.id, now).await?;
        if was_verified {
            self.offer_undo_in(tx, user, change, now).await?;
        } else {
            let verified = UserEmailVerified {
                user_id: user.id,
                email: user.email.clone(),
            };
            self.machinery.events.publish(tx, context, &verified).await?;
        }
        let changed = EmailChanged {
            user_id: user.id,
            old_email: change.old_email.clone(),
            new_email: change.new_email.clone(),
        };
        self.machinery.events.publish(tx, context, &changed).await?;
        Ok(())
    }

    async fn offer_undo_in(
        &self,
        tx: &mut Tx,
        user: &User,
        change: &EmailChange,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let config = &self.machinery.config;
        let new = NewToken {
            purpose: Purpose::EmailUndo,
            user: Some(user.id),
            email_norm: Some(change.old_email.normalized().to_owned()),
            subject: Some(change.id.uuid()),
            valid_for: config.lifetimes.email_undo,
            with_code: false,
            flow: None,
        };
        let issued = self.machinery.one_time_tokens.issue(tx, new, now).await?;
        let link = config.page_with_token("/undo-email-change", issued.token.expose());
        let mail = Mail {
            to: &change.old_email,
            template: Template::EmailChangedUndo,
            locale: &user.locale,
            user: Some(user.id),
            organization: None,
            variables: json!({ "link": link, "new_email": change.new_email }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        Ok(())
    }
}
