//! Accepting mail: all that a request asks for, or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use db::{ReadTx, Tx};
use guard::Limit;
use kernel::event::message::MessagesQueued;
use kernel::{ApiKeyId, EmailAddress, FieldError, OrganizationId, RequestContext, Timestamp, UserId};
use mail::{MessageStatus, Post};
use ports::mail::Mailbox;

use super::Messages;
use crate::error::MessagingError;
use crate::message::model::{From, NewEmail, Sent, refuse};
use crate::message::store;
use crate::sender::model::{Sender, SenderName};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

impl Messages {
    /// Accepts mail, once per idempotency key: every mail of the request is kept and queued, or none is. Answers in
    /// the order of the recipients.
    pub async fn send(
        &self,
        context: &RequestContext,
        from: From,
        email: NewEmail,
    ) -> Result<Vec<Sent>, MessagingError> {
        let now = self.machinery.clock.now();
        if let Some(answered) = self.answered(context, now).await? {
            return Ok(answered);
        }
        email.check_recipients()?;
        self.check_count(from, email.recipients.len())?;
        let send_at = email.due(now)?;
        check_users(self, from.organization, &email).await?;
        let sender = self.sender_of(from.organization, email.from.as_ref()).await?;
        // Letters are written before anything is locked: they may take a while.
        let post = Arc::new(Post {
            created_by: context.user(),
            api_key: from.key,
            from: sender.as_ref().map(mailbox),
            send_at,
            ..self.write(from.organization, email).await?
        });
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let accept = async |tx: &mut Tx| this.accept_in(tx, &context, &post, now).await;
            this.machinery.idempotency.once(tx, &context, now, accept).await
        };
        self.machinery.db.write(work).await
    }

    async fn answered(
        &self,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<Option<Vec<Sent>>, MessagingError> {
        if context.idempotency.is_none() {
            return Ok(None);
        }
        let (keys, context) = (self.machinery.idempotency.clone(), context.clone());
        let work = async move |tx: &mut ReadTx| keys.answered(tx, &context, now).await;
        self.machinery.db.read(work).await
    }

    async fn accept_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        post: &Post,
        now: Timestamp,
    ) -> Result<Vec<Sent>, MessagingError> {
        if let (Some(organization), Some(from)) = (post.organization, &post.from) {
            // It may have been removed meanwhile.
            let sender = self.senders.find_verified_in(tx, organization, &from.address);
            sender.await?.ok_or_else(not_verified)?;
        }
        self.count_in(tx, post, now).await?;
        let posted = self.machinery.mailer.post(tx, post).await?;
        let of_status = |status| posted.iter().filter(|one| one.status == status).count();
        let event = MessagesQueued {
            organization_id: post.organization,
            category: post.category.as_str().to_owned(),
            template: post.template.clone(),
            recipients: whole(posted.len()),
            suppressed: whole(of_status(MessageStatus::Suppressed)),
            send_at: post.send_at,
        };
        self.machinery.events.publish(tx, context, &event).await?;
        let sent = posted.into_iter().map(|one| Sent {
            id: one.id,
            to: one.to,
            status: one.status,
        });
        Ok(sent.collect())
    }

    /// The limits that a request counts against, and as whose. The platform's staff have none.
    fn limits(
        &self,
        organization: Option<OrganizationId>,
        key: Option<ApiKeyId>,
    ) -> impl Iterator<Item = (Limit, String)> {
        let limit = |name, max, window| Limit { name, max, window };
        let of_organization = [
            limit(
                "mail_of_organization_hourly",
                self.config.organization_hourly,
                HOUR,
            ),
            limit("mail_of_organization_daily", self.config.organization_daily, DAY),
        ];
        let of_key = limit("mail_of_key_hourly", self.config.key_hourly, HOUR);
        let organization = organization.map(|organization| {
            let subject = organization.to_string();
            of_organization.map(|limit| (limit, subject.clone()))
        });
        let key = key.map(|key| (of_key, key.to_string()));
        organization.into_iter().flatten().chain(key)
    }

    /// What can never be within the limits is not worth waiting for.
    fn check_count(&self, from: From, recipients: usize) -> Result<(), MessagingError> {
        let all = self.limits(from.organization, from.key);
        let most = all.map(|(limit, _)| self.machinery.limits.most(&limit)).min();
        match most {
            Some(most) if whole(recipients) > most => {
                let detail = format!("at most {most} recipients at once are within the limits");
                Err(MessagingError::field("/to", "too_long", detail))
            }
            _ => Ok(()),
        }
    }

    /// Counted first: whoever is over the limit costs no more than that, and what is refused later counts back.
    async fn count_in(&self, tx: &mut Tx, post: &Post, now: Timestamp) -> Result<(), MessagingError> {
        let count = whole(post.letters.len());
        for (limit, subject) in self.limits(post.organization, post.api_key) {
            let counted = self
                .machinery
                .limits
                .hit_many_in(tx, &limit, (&subject, count), now);
            counted.await?.require(now)?;
        }
        Ok(())
    }

    /// Who the mail is from, where the request says so.
    async fn sender_of(
        &self,
        organization: Option<OrganizationId>,
        email: Option<&EmailAddress>,
    ) -> Result<Option<Sender>, MessagingError> {
        let Some(email) = email.cloned() else {
            return Ok(None);
        };
        let Some(organization) = organization else {
            let detail = "mail of the platform is from the sender of the configuration";
            return Err(MessagingError::field("/from", "not_allowed", detail));
        };
        let senders = self.senders.clone();
        let work = async move |tx: &mut ReadTx| senders.find_verified_in(tx, organization, &email).await;
        let found = self.machinery.db.read(work).await?;
        found.ok_or_else(not_verified).map(Some)
    }
}

/// Mail counts as somebody's own in their export, so nobody is named by strangers.
async fn check_users(
    messages: &Messages,
    organization: Option<OrganizationId>,
    email: &NewEmail,
) -> Result<(), MessagingError> {
    let named: Vec<UserId> = email
        .recipients
        .iter()
        .filter_map(|recipient| recipient.user)
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    let work = async move |tx: &mut ReadTx| match organization {
        Some(organization) => store::list_members(tx, organization, &named).await,
        None => store::list_accounts(tx, &named).await,
    };
    let known: BTreeSet<UserId> = messages.machinery.db.read(work).await?.into_iter().collect();
    let faults = email
        .recipients
        .iter()
        .enumerate()
        .filter_map(|(place, recipient)| {
            recipient.user.filter(|user| !known.contains(user))?;
            let pointer = format!("{}/user_id", email.pointer(place));
            let detail = "there is no such member, or for the platform no such account";
            Some(FieldError::new(pointer, "not_a_member", detail))
        });
    refuse(faults.collect())
}

fn not_verified() -> MessagingError {
    let detail = "this is no verified sender of the organization; add it at POST /messages/senders";
    MessagingError::field("/from", "sender_not_verified", detail)
}

fn mailbox(sender: &Sender) -> Mailbox {
    Mailbox {
        name: sender.name.as_ref().map_or("", SenderName::as_str).to_owned(),
        address: sender.email.clone(),
    }
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
