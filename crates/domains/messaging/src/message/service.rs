//! Sending mail, and what becomes of it.

mod sending;
mod writing;

use std::sync::Arc;

use db::Tx;
use kernel::event::message::{MessageCancelled, MessageRetried};
use kernel::{MessageId, OrganizationId, Page, PageRequest, RequestContext};
use mail::{Change, MessageFilter, MessageHistory, MessageSummary};
use tokio::sync::Semaphore;

use crate::config::MessagingConfig;
use crate::error::MessagingError;
use crate::machinery::Machinery;
use crate::sender::service::Senders;
use crate::template::service::Templates;

/// How many requests have their letters written at once: that takes the processor and nothing else.
const WRITERS: usize = 2;

/// Mail of organizations and of the platform. Cheap to clone.
#[derive(Clone)]
pub struct Messages {
    machinery: Machinery,
    senders: Senders,
    templates: Templates,
    config: Arc<MessagingConfig>,
    writers: Arc<Semaphore>,
}

impl Messages {
    /// Mail kept by `machinery`, made of `templates`, from `senders`.
    pub fn new(
        machinery: Machinery,
        senders: Senders,
        templates: Templates,
        config: MessagingConfig,
    ) -> Self {
        Self {
            machinery,
            senders,
            templates,
            config: Arc::new(config),
            writers: Arc::new(Semaphore::new(WRITERS)),
        }
    }

    /// The mails of an organization or of the platform, the newest first.
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        filter: MessageFilter,
        page: PageRequest,
    ) -> Result<Page<MessageSummary>, MessagingError> {
        Ok(self.kept().list(organization, filter, page).await?)
    }

    /// One mail with its time line.
    pub async fn get(
        &self,
        organization: Option<OrganizationId>,
        id: MessageId,
    ) -> Result<MessageHistory, MessagingError> {
        let found = self.kept().find(id, organization).await?;
        found.ok_or(MessagingError::NotFound)
    }

    /// Takes a mail back that no mail server was asked to take yet.
    pub async fn cancel(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: MessageId,
    ) -> Result<MessageHistory, MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let cancel = async |tx: &mut Tx| {
                match this.kept().cancel_in(tx, id, organization).await? {
                    Change::Done => {}
                    Change::NotFound => return Err(MessagingError::NotFound),
                    Change::Refused(_) => return Err(MessagingError::MessageGone),
                }
                let event = MessageCancelled {
                    organization_id: organization,
                    message_id: id,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                Ok(())
            };
            this.machinery.idempotency.once(tx, &context, now, cancel).await
        };
        self.machinery.db.write(work).await?;
        self.get(organization, id).await
    }

    /// Has a mail tried again that was given up.
    pub async fn retry(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: MessageId,
    ) -> Result<MessageHistory, MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let retry = async |tx: &mut Tx| {
                match this.kept().retry_in(tx, id, organization).await? {
                    Change::Done => {}
                    Change::NotFound => return Err(MessagingError::NotFound),
                    Change::Refused(_) => return Err(MessagingError::MessageNotFailed),
                }
                let event = MessageRetried {
                    organization_id: organization,
                    message_id: id,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                Ok(())
            };
            this.machinery.idempotency.once(tx, &context, now, retry).await
        };
        self.machinery.db.write(work).await?;
        self.get(organization, id).await
    }

    fn kept(&self) -> mail::Messages {
        self.machinery.mailer.messages(self.machinery.db.clone())
    }
}
