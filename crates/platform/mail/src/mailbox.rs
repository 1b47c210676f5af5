//! The development mailbox: where mail goes while there is no mail server. People look at it in a
//! browser, tests through here.

use std::sync::Arc;

use db::{Db, DbError, ReadTx};
use kernel::{EmailAddress, MessageId, Page, PageRequest, Position};

use crate::model::{CapturedMail, CapturedSummary, Content};
use crate::parts::MailerParts;
use crate::store;

/// Reads captured mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    db: Db,
    parts: Arc<MailerParts>,
}

impl Mailbox {
    pub(crate) const fn new(db: Db, parts: Arc<MailerParts>) -> Self {
        Self { db, parts }
    }

    /// Captured mail, newest first; only that to `recipient` when one is given.
    pub async fn list(
        &self,
        recipient: Option<EmailAddress>,
        request: PageRequest,
    ) -> Result<Page<CapturedSummary>, DbError> {
        let page = request.clone();
        let rows = self
            .db
            .read(async move |tx: &mut ReadTx| store::list_captured(tx, recipient.clone(), &page).await)
            .await?;
        Ok(Page::from_fetched(rows, &request, |row: &CapturedSummary| {
            Position {
                key: row.created_at.to_micros_text(),
                id: row.id.uuid(),
            }
        }))
    }

    /// One mail; `None` when there is none, or when it was sealed under another master key.
    pub async fn get(&self, id: MessageId) -> Result<Option<CapturedMail>, DbError> {
        let found = self
            .db
            .read(async move |tx: &mut ReadTx| store::find_captured(tx, id).await)
            .await?;
        Ok(found.and_then(|(summary, sealed)| {
            let content = Content::open(&sealed, &self.parts.sealer, id)?;
            Some(CapturedMail {
                summary,
                text: content.text,
                html: content.html,
            })
        }))
    }

    /// The newest mail to `recipient`.
    pub async fn latest_to(&self, recipient: &EmailAddress) -> Result<Option<CapturedMail>, DbError> {
        let page = self
            .list(Some(recipient.clone()), PageRequest::new(1, None))
            .await?;
        match page.items.first() {
            Some(summary) => self.get(summary.id).await,
            None => Ok(None),
        }
    }
}
