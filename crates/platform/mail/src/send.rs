//! The job that hands a mail over.
//!
//! No transaction is open while the mail server is talked to: the attempt is counted and committed,
//! the server is asked, its answer is committed. Of a crash in between nobody knows whether the mail
//! went out, so it goes out again, under the same `Message-ID`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use db::{Db, DbError, Tx};
use jobs::{Handler, Job, JobError};
use kernel::{MessageId, Timestamp};
use ports::mail::{Accepted, MailError, MailTransport, OutgoingMail};
use serde::{Deserialize, Serialize};

use crate::model::{Attempt, Content, Status};
use crate::parts::{Delivery, MailerParts};
use crate::store;

/// Hand this mail over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendMail {
    /// Which.
    pub message: MessageId,
}

impl Job for SendMail {
    const NAME: &'static str = "mail.send";
    /// With the waits in between, a mail server may be away for a day and a half.
    const MAX_ATTEMPTS: u32 = 26;
}

/// Runs [`SendMail`]; made by [`crate::Mailer::handler`].
pub struct SendMailHandler {
    db: Db,
    parts: Arc<MailerParts>,
}

/// What came of an attempt.
enum Trouble {
    /// Worth another try.
    ForNow(String),
    /// Not worth one.
    ForGood(String),
}

#[async_trait]
impl Handler<SendMail> for SendMailHandler {
    async fn run(&self, job: SendMail, delivery: &jobs::Delivery) -> Result<(), JobError> {
        let id = job.message;
        let transport = match &self.parts.delivery {
            Delivery::Smtp(transport) => transport,
            Delivery::Mailbox => return Ok(self.capture(id).await?),
        };
        // Sent already, by a worker that could not say so any more.
        let Some(attempt) = self.begin(id).await? else {
            return Ok(());
        };
        match self.hand_over(&**transport, id, attempt).await {
            Ok(accepted) => Ok(self.record_sent(id, accepted).await?),
            Err(Trouble::ForNow(reason)) if delivery.attempt < delivery.max_attempts => {
                self.record_refused(id, Status::Queued, &reason).await?;
                let after = pause_after(delivery.attempt, id);
                Err(JobError::RetryAfter { reason, after })
            }
            Err(Trouble::ForNow(reason) | Trouble::ForGood(reason)) => {
                tracing::warn!(message.id = %id, "a mail could not be delivered");
                self.record_refused(id, Status::Failed, &reason).await?;
                Err(JobError::Dead { reason })
            }
        }
    }
}

impl SendMailHandler {
    pub(crate) const fn new(db: Db, parts: Arc<MailerParts>) -> Self {
        Self { db, parts }
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Soft: an attempt that a power cut takes back is made again.
    async fn begin(&self, id: MessageId) -> Result<Option<Attempt>, DbError> {
        let now = self.now();
        self.db
            .write_soft(async move |tx: &mut Tx| store::update_for_attempt(tx, id, now).await)
            .await
    }

    async fn hand_over(
        &self,
        transport: &dyn MailTransport,
        id: MessageId,
        attempt: Attempt,
    ) -> Result<Accepted, Trouble> {
        let content = Content::open(&attempt.sealed_content, &self.parts.sealer, id);
        let Some(content) = content else {
            return Err(Trouble::ForGood(
                "the mail was sealed under another master key".into(),
            ));
        };
        let mail = OutgoingMail {
            message_id: format!("{id}@{}", self.parts.host),
            composed_at: attempt.created_at,
            to: attempt.recipient,
            subject: attempt.subject,
            text: content.text,
            html: content.html,
            from: None,
            reply_to: None,
            attachments: Arc::default(),
            unsubscribe: None,
        };
        transport.send(&mail).await.map_err(|error| match error {
            MailError::Refused { .. } => Trouble::ForGood(error.to_string()),
            MailError::Deferred { .. } | MailError::Unreachable { .. } | MailError::OutcomeUnknown { .. } => {
                Trouble::ForNow(error.to_string())
            }
        })
    }

    /// Not fenced by the job's lease: whoever got the server's word records it, so that no other worker
    /// hands the mail over once more.
    async fn record_sent(&self, id: MessageId, accepted: Accepted) -> Result<(), DbError> {
        let now = self.now();
        self.db
            .write(async move |tx: &mut Tx| store::update_sent(tx, id, &accepted.reply, now).await)
            .await
    }

    async fn record_refused(&self, id: MessageId, status: Status, reason: &str) -> Result<(), DbError> {
        let (now, reason) = (self.now(), reason.to_owned());
        self.db
            .write(async move |tx: &mut Tx| store::update_refused(tx, id, status, &reason, now).await)
            .await
    }

    async fn capture(&self, id: MessageId) -> Result<(), DbError> {
        let now = self.now();
        self.db
            .write(async move |tx: &mut Tx| store::update_captured(tx, id, now).await)
            .await
    }
}

/// 15 seconds, doubled with each attempt up to two hours, a fifth more or less, so that mails that met
/// the same trouble don't come back together. The spread comes from the id, which is as good as a die.
fn pause_after(attempt: u32, id: MessageId) -> Duration {
    const FIRST: u64 = 15_000;
    const LONGEST: u64 = 2 * 60 * 60 * 1000;
    let doubled = FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    let plain = doubled.min(LONGEST);
    let die = id
        .uuid()
        .as_bytes()
        .last()
        .copied()
        .unwrap_or_default()
        .wrapping_add(attempt.wrapping_mul(97).to_le_bytes()[0]);
    Duration::from_millis(plain * (80 + u64::from(die) * 40 / 255) / 100)
}

#[cfg(test)]
mod tests;
