//! Files that mails carry: kept once for all mails of a request, sealed, until none of those needs them.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crypto::Sealer;
use db::{Db, DbError, ReadTx};
use kernel::MessageBatchId;
use ports::mail::Attachment;

use crate::model::SealedAttachment;
use crate::store;

/// The files of the latest batch, for as long as a mail of it is being handed over: mails that were posted together
/// are handed over together, and each need not open them anew.
#[derive(Default)]
pub(crate) struct Attachments(Mutex<Option<Held>>);

struct Held {
    batch: MessageBatchId,
    files: Weak<[Attachment]>,
}

/// A file can't be opened: it was sealed under another master key.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl Attachments {
    /// The files of a batch.
    pub(crate) async fn get(
        &self,
        db: &Db,
        sealer: &Sealer,
        batch: MessageBatchId,
    ) -> Result<Result<Arc<[Attachment]>, Unreadable>, DbError> {
        if let Some(files) = self.held(batch) {
            return Ok(Ok(files));
        }
        let rows = db
            .read(async move |tx: &mut ReadTx| store::list_attachments(tx, batch).await)
            .await?;
        let opened: Option<Arc<[Attachment]>> =
            rows.into_iter().map(|row| open(sealer, batch, row)).collect();
        let Some(files) = opened else {
            return Ok(Err(Unreadable));
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Held {
            batch,
            files: Arc::downgrade(&files),
        });
        Ok(Ok(files))
    }

    fn held(&self, batch: MessageBatchId) -> Option<Arc<[Attachment]>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().filter(|held| held.batch == batch)?;
        held.files.upgrade()
    }
}

/// Only this place of this batch can hold what comes out.
pub(crate) fn seal(
    sealer: &Sealer,
    batch: MessageBatchId,
    position: i64,
    attachment: &Attachment,
) -> SealedAttachment {
    SealedAttachment {
        position,
        filename: attachment.filename.clone(),
        content_type: attachment.content_type.clone(),
        size: i64::try_from(attachment.content.len()).unwrap_or(i64::MAX),
        sealed_content: sealer.seal(&attachment.content, &place(batch, position)),
    }
}

fn open(sealer: &Sealer, batch: MessageBatchId, row: SealedAttachment) -> Option<Attachment> {
    let content = sealer.open(&row.sealed_content, &place(batch, row.position))?;
    Some(Attachment {
        filename: row.filename,
        content_type: row.content_type,
        content: content.to_vec(),
    })
}

fn place(batch: MessageBatchId, position: i64) -> Vec<u8> {
    let mut place = batch.uuid().as_bytes().to_vec();
    place.extend(position.to_be_bytes());
    place
}
