//! Adding, verifying and removing senders.

use std::time::Duration;

use db::{DbError, Executor, ReadTx, Tx};
use guard::token::{CodeOutcome, Lookup, NewToken, Purpose};
use guard::{Limit, Standing};
use kernel::event::message::{SenderCreated, SenderDeleted, SenderVerified};
use kernel::{
    EmailAddress, OrganizationId, Page, PageRequest, Position, RequestContext, SenderId, Timestamp,
};
use mail::{Mail, Template};
use serde_json::json;

use super::model::{NewSender, Sender, SenderCode};
use super::store;
use crate::error::MessagingError;
use crate::machinery::Machinery;

/// How long a code works.
const VALID_FOR: Duration = Duration::from_mins(15);

/// Codes that one organization may have mailed, to whatever addresses.
const OF_ORGANIZATION: Limit = Limit {
    name: "sender_codes_of_organization",
    max: 20,
    window: Duration::from_hours(24),
};

/// Codes that one address may get, from all organizations together.
const TO_ADDRESS: Limit = Limit {
    name: "sender_codes_to_address",
    max: 3,
    window: Duration::from_hours(1),
};

/// The addresses that mail of organizations may be from. Cheap to clone.
#[derive(Clone)]
pub struct Senders {
    machinery: Machinery,
}

impl Senders {
    /// Senders kept by `machinery`.
    pub const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Adds an address and mails a code to it, once per idempotency key.
    pub async fn create(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        new: NewSender,
    ) -> Result<Sender, MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.create_in(tx, &context, (organization, &new), now).await;
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// An organization's senders, by their addresses.
    pub async fn list(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Sender>, MessagingError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list(tx, organization, &page).await?;
            Ok(Page::from_fetched(rows, &page, |sender| Position {
                key: sender.email.normalized().to_owned(),
                id: sender.id.uuid(),
            }))
        };
        self.machinery.db.read(work).await
    }

    /// One sender.
    pub async fn get(&self, organization: OrganizationId, id: SenderId) -> Result<Sender, MessagingError> {
        let work = async move |tx: &mut ReadTx| store::find(tx, organization, id).await;
        let found: Option<Sender> = self.machinery.db.read(work).await?;
        found.ok_or(MessagingError::NotFound)
    }

    /// Mails a new code, once per idempotency key; the one before stops working.
    pub async fn resend(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: SenderId,
    ) -> Result<Sender, MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let send = async |tx: &mut Tx| {
                let sender = open(store::lock(tx, organization, id).await?)?;
                this.mail_code_in(tx, &sender, now).await?;
                Ok(sender)
            };
            this.machinery.idempotency.once(tx, &context, now, send).await
        };
        self.machinery.db.write(work).await
    }

    /// Verifies an address with the code that was mailed to it, once per idempotency key. A wrong code counts,
    /// whatever becomes of the request.
    pub async fn verify(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: SenderId,
        code: SenderCode,
    ) -> Result<Sender, MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let verify =
                async |tx: &mut Tx| this.verify_in(tx, &context, (organization, id), &code, now).await;
            this.machinery.idempotency.once(tx, &context, now, verify).await
        };
        let verified: Result<Option<Sender>, MessagingError> = self.machinery.db.write(work).await;
        verified?.ok_or_else(|| {
            let detail = "the code is wrong, used or over, or was tried five times; ask for a new one";
            MessagingError::field("/code", "invalid_code", detail)
        })
    }

    /// Removes an address: no new mail is from there.
    pub async fn delete(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: SenderId,
    ) -> Result<(), MessagingError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let deleted = store::delete(tx, organization, id).await?;
            let event = SenderDeleted {
                organization_id: organization,
                sender_id: id,
                email: deleted.ok_or(MessagingError::NotFound)?.email,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// The sender of an address, if mail of the organization may be from there.
    pub async fn find_verified_in(
        &self,
        db: &mut impl Executor,
        organization: OrganizationId,
        email: &EmailAddress,
    ) -> Result<Option<Sender>, DbError> {
        store::find_verified(db, organization, email.normalized()).await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        (organization, new): (OrganizationId, &NewSender),
        now: Timestamp,
    ) -> Result<Sender, MessagingError> {
        let id = SenderId::new(&*self.machinery.ids, now);
        store::insert(tx, (organization, id), new, context.user(), now)
            .await
            .map_err(|error| {
                if error.is_unique("mail_senders_email_norm_key") {
                    MessagingError::SenderExists
                } else {
                    error.into()
                }
            })?;
        let sender = store::find(tx, organization, id).await?;
        let sender = sender.ok_or(MessagingError::NotFound)?;
        let event = SenderCreated {
            organization_id: organization,
            sender_id: id,
            email: sender.email.clone(),
        };
        self.machinery.events.publish(tx, context, &event).await?;
        self.mail_code_in(tx, &sender, now).await?;
        Ok(sender)
    }

    /// Counted last, since counters are locked until the end.
    async fn mail_code_in(&self, tx: &mut Tx, sender: &Sender, now: Timestamp) -> Result<(), MessagingError> {
        let name = store::find_organization_name(tx, sender.organization).await?;
        let name = name.ok_or(MessagingError::NotFound)?;
        let new = NewToken {
            purpose: Purpose::Sender,
            user: None,
            email_norm: Some(sender.email.normalized().to_owned()),
            subject: Some(sender.id.uuid()),
            valid_for: VALID_FOR,
            with_code: true,
            flow: None,
        };
        let issued = self.machinery.one_time_tokens.issue(tx, new, now).await?;
        let code = issued.code.as_ref().map(|code| code.expose().as_str());
        let mail = Mail {
            to: &sender.email,
            template: Template::SenderVerification,
            locale: &sender.locale,
            user: None,
            organization: Some(sender.organization),
            variables: json!({
                "organization": name,
                "code": code,
                "expires_in": VALID_FOR.as_secs(),
            }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        self.count_in(tx, &OF_ORGANIZATION, &sender.organization.to_string(), now)
            .await?;
        self.count_in(tx, &TO_ADDRESS, sender.email.normalized(), now)
            .await?;
        Ok(())
    }

    async fn count_in(
        &self,
        tx: &mut Tx,
        limit: &Limit,
        subject: &str,
        now: Timestamp,
    ) -> Result<Standing, MessagingError> {
        let standing = self.machinery.limits.hit_in(tx, limit, subject, now).await?;
        Ok(standing.require(now)?)
    }

    /// Nothing when the code does not hold.
    async fn verify_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        (organization, id): (OrganizationId, SenderId),
        code: &SenderCode,
        now: Timestamp,
    ) -> Result<Option<Sender>, MessagingError> {
        let mut sender = open(store::lock(tx, organization, id).await?)?;
        let lookup = Lookup::Subject(id.uuid());
        let tokens = &self.machinery.one_time_tokens;
        let tried = tokens.try_code(tx, Purpose::Sender, lookup, code.as_str(), now);
        let is_right = matches!(tried.await?, CodeOutcome::Match(_));
        if !is_right || store::update_verified(tx, organization, id, now).await? == 0 {
            return Ok(None);
        }
        sender.verified_at = Some(now);
        let event = SenderVerified {
            organization_id: organization,
            sender_id: id,
            email: sender.email.clone(),
        };
        self.machinery.events.publish(tx, context, &event).await?;
        Ok(Some(sender))
    }
}

/// A sender that still has to be verified.
fn open(found: Option<Sender>) -> Result<Sender, MessagingError> {
    let sender = found.ok_or(MessagingError::NotFound)?;
    match sender.verified_at {
        None => Ok(sender),
        Some(_) => Err(MessagingError::SenderVerified),
    }
}
