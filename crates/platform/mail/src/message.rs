//! Mails as those see them who sent them: where each is, and how it got there.

use std::sync::Arc;
use std::time::Duration;

use db::{Db, DbError, ReadTx, Tx};
use kernel::{MessageId, OrganizationId, Page, PageRequest, Position};

use crate::model::{MessageEvent, MessageFilter, MessageSummary, NewEvent};
use crate::parts::MailerParts;
use crate::send::SendMail;
use crate::status::{MessageEventKind, MessageStatus};
use crate::store;

/// A mail and how it got where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageHistory {
    /// The mail.
    pub message: MessageSummary,
    /// Its time line, the oldest first.
    pub events: Vec<MessageEvent>,
}

/// What came of a wish about a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was done.
    Done,
    /// There is no such mail.
    NotFound,
    /// It is where that can't be done any more, or yet.
    Refused(MessageStatus),
}

/// The mails that were posted. Cheap to clone.
#[derive(Clone)]
pub struct Messages {
    db: Db,
    parts: Arc<MailerParts>,
}

impl Messages {
    pub(crate) const fn new(db: Db, parts: Arc<MailerParts>) -> Self {
        Self { db, parts }
    }

    /// The mails of an organization or of the platform, the newest first.
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        filter: MessageFilter,
        request: PageRequest,
    ) -> Result<Page<MessageSummary>, DbError> {
        let page = request.clone();
        let rows = self
            .db
            .read(async move |tx: &mut ReadTx| store::list(tx, organization, &filter, &page).await)
            .await?;
        Ok(Page::from_fetched(rows, &request, |row: &MessageSummary| {
            Position {
                key: row.created_at.to_micros_text(),
                id: row.id.uuid(),
            }
        }))
    }

    /// One mail with its time line.
    pub async fn find(
        &self,
        id: MessageId,
        organization: Option<OrganizationId>,
    ) -> Result<Option<MessageHistory>, DbError> {
        self.db
            .read(async move |tx: &mut ReadTx| {
                let Some(message) = store::find(tx, id, organization).await? else {
                    return Ok(None);
                };
                let events = store::list_events(tx, id).await?;
                Ok(Some(MessageHistory { message, events }))
            })
            .await
    }

    /// Takes a mail back whose time has not come, or that no mail server has been asked to take. What it says is
    /// wiped.
    pub async fn cancel(
        &self,
        id: MessageId,
        organization: Option<OrganizationId>,
    ) -> Result<Change, DbError> {
        let messages = self.clone();
        self.db
            .write(async move |tx: &mut Tx| messages.cancel_in(tx, id, organization).await)
            .await
    }

    /// Deletes mails that were written longer ago than `kept`, with their time lines. What still waits stays.
    pub async fn delete_old(&self, kept: Duration) -> Result<(), DbError> {
        let before = self.parts.clock.now().minus(kept);
        let delete = async move |tx: &mut Tx, most| store::delete_old(tx, before, most).await;
        self.db.delete_in_batches(delete).await
    }

    /// As [`Messages::cancel`], in the caller's transaction.
    pub async fn cancel_in(
        &self,
        tx: &mut Tx,
        id: MessageId,
        organization: Option<OrganizationId>,
    ) -> Result<Change, DbError> {
        let parts = &*self.parts;
        let now = parts.clock.now();
        let Some(batch) = store::update_cancelled(tx, id, organization, now).await? else {
            return refused(tx, id, organization).await;
        };
        let event = NewEvent::of(parts, id, MessageEventKind::Cancelled, now);
        store::insert_events(tx, &[event]).await?;
        store::delete_unneeded_attachments(tx, batch).await?;
        Ok(Change::Done)
    }

    /// Has a mail tried again that was given up, under the same `Message-ID`.
    pub async fn retry(
        &self,
        id: MessageId,
        organization: Option<OrganizationId>,
    ) -> Result<Change, DbError> {
        let messages = self.clone();
        self.db
            .write(async move |tx: &mut Tx| messages.retry_in(tx, id, organization).await)
            .await
    }

    /// As [`Messages::retry`], in the caller's transaction.
    ///
    /// The job that gave up is revived when it is among the dead. Otherwise there is a new one, and whatever
    /// becomes of the old one, it may not hand the mail over any more.
    pub async fn retry_in(
        &self,
        tx: &mut Tx,
        id: MessageId,
        organization: Option<OrganizationId>,
    ) -> Result<Change, DbError> {
        let parts = &*self.parts;
        let now = parts.clock.now();
        let Some(held) = store::lock_for_retry(tx, id, organization).await? else {
            return refused(tx, id, organization).await;
        };
        let revived = match held.job {
            Some(job) => parts.queue.retry_dead(tx, job).await?.map(|_| job),
            None => None,
        };
        let job = match revived {
            Some(job) => job,
            // Its job lives.
            None if held.status != MessageStatus::Failed => return Ok(Change::Refused(held.status)),
            None => {
                parts
                    .queue
                    .enqueue(
                        tx,
                        &SendMail {
                            message: id,
                            is_bulk: false,
                        },
                    )
                    .await?
            }
        };
        store::update_for_retry(tx, id, job, now).await?;
        let event = NewEvent::of(parts, id, MessageEventKind::Queued, now);
        store::insert_events(tx, &[event]).await?;
        Ok(Change::Done)
    }
}

async fn refused(
    tx: &mut Tx,
    id: MessageId,
    organization: Option<OrganizationId>,
) -> Result<Change, DbError> {
    let found = store::find(tx, id, organization).await?;
    Ok(found.map_or(Change::NotFound, |message| Change::Refused(message.status)))
}
