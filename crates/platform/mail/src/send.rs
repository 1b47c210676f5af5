//! The job that hands a mail over.
//!
//! No transaction is open while the mail server is talked to: the attempt is counted and committed,
//! the server is asked, its answer is committed. Of a crash in between nobody knows whether the mail
//! went out, so it goes out again, under the same `Message-ID`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use db::{Db, DbError, Tx};
use futures_util::FutureExt as _;
use jobs::{Handler, Job, JobError};
use kernel::{JobId, MessageId, SuppressionId, Timestamp};
use ports::mail::{MailError, OutgoingMail};
use serde::{Deserialize, Serialize};

use crate::attachments::Attachments;
use crate::model::{Attempt, Content, NewEvent, NewSuppression, SuppressionReason, Word};
use crate::pace::{NotBegun, Pace, Permit, Urgency};
use crate::parts::{Delivery, MailerParts};
use crate::relays::{Handover, NotTaken, Relays};
use crate::status::{MessageEventKind, MessageStatus};
use crate::store;

/// Hand this mail over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendMail {
    /// Which.
    pub message: MessageId,
    /// Whether nobody waits for it: it is one of many, or one that its reader may unsubscribe from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_bulk: bool,
}

impl Job for SendMail {
    const NAME: &'static str = "mail.send";
    /// With the waits in between, a mail server may be away for a day and a half.
    const MAX_ATTEMPTS: u32 = 26;

    fn priority(&self) -> i32 {
        const AFTER_WHAT_IS_AWAITED: i32 = 10;
        if self.is_bulk { AFTER_WHAT_IS_AWAITED } else { 0 }
    }
}

/// Runs [`SendMail`]; made by [`crate::Mailer::handler`].
pub struct SendMailHandler {
    db: Db,
    parts: Arc<MailerParts>,
    attachments: Attachments,
}

/// What an attempt begins with.
enum Beginning {
    /// The mail is on its way or gone already, or another job is to hand it over.
    NothingToDo,
    /// To the development mailbox, because there is no mail server any more.
    Captured,
    /// A mail server is asked.
    Attempt(Box<Attempt>, Permit),
}

/// What came of an attempt.
enum Outcome {
    /// A server took it.
    Sent(Word),
    /// There is no such mailbox.
    Bounced(Word),
    /// It is worth another try.
    Deferred(Word),
    /// It is not worth one.
    Failed(Word),
}

#[async_trait]
impl Handler<SendMail> for SendMailHandler {
    async fn run(&self, job: SendMail, delivery: &jobs::Delivery) -> Result<(), JobError> {
        let urgency = if job.is_bulk {
            Urgency::Bulk
        } else {
            Urgency::Awaited
        };
        self.deliver(job.message, urgency, delivery).await
    }
}

impl SendMailHandler {
    pub(crate) fn new(db: Db, parts: Arc<MailerParts>) -> Self {
        Self {
            db,
            parts,
            attachments: Attachments::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    async fn deliver(
        &self,
        id: MessageId,
        urgency: Urgency,
        delivery: &jobs::Delivery,
    ) -> Result<(), JobError> {
        let relays = match &self.parts.delivery {
            Delivery::Smtp(relays) => Some(relays),
            Delivery::Mailbox => None,
        };
        let pace = relays.map(|relays| (Arc::clone(relays.pace()), urgency));
        let (attempt, permit) = match self.begin(id, delivery.id, pace).await? {
            Beginning::Attempt(attempt, permit) => (attempt, permit),
            Beginning::NothingToDo | Beginning::Captured => return Ok(()),
        };
        let Some(relays) = relays else { return Ok(()) };
        // A mail that breaks the program is one that was not taken: it says so itself, and holds no other up.
        let handing_over = AssertUnwindSafe(self.hand_over(relays, id, &attempt, &permit)).catch_unwind();
        let (passed_over, outcome) = match handing_over.await {
            Ok(answered) => answered?,
            Err(_) => (
                Vec::new(),
                Outcome::Deferred(Word::ours("the program stumbled over it")),
            ),
        };
        // What is written down now keeps nobody waiting.
        drop(permit);
        let is_last = delivery.attempt >= delivery.max_attempts;
        let (status, word) = match outcome {
            Outcome::Sent(word) => (MessageStatus::Sent, word),
            Outcome::Bounced(word) => (MessageStatus::Bounced, word),
            Outcome::Deferred(word) if !is_last => (MessageStatus::Queued, word),
            Outcome::Deferred(word) | Outcome::Failed(word) => (MessageStatus::Failed, word),
        };
        let reason = word.reply.clone();
        self.record_stubbornly(id, &attempt, status, passed_over, word)
            .await?;
        match status {
            MessageStatus::Queued => {
                let after = pause_after(attempt.number, id);
                Err(JobError::RetryAfter { reason, after })
            }
            MessageStatus::Failed => {
                tracing::warn!(message.id = %id, "a mail could not be delivered");
                Err(JobError::Dead { reason })
            }
            _ => Ok(()),
        }
    }

    /// A server's word that is not written down is asked for again, with a second copy. So a database that is away
    /// or busy for a moment gets another chance, and another.
    async fn record_stubbornly(
        &self,
        id: MessageId,
        attempt: &Attempt,
        status: MessageStatus,
        passed_over: Vec<Word>,
        word: Word,
    ) -> Result<(), DbError> {
        const TRIES: u32 = 8;
        let mut wait = Duration::from_millis(50);
        for _ in 1..TRIES {
            let recorded = self.record(id, attempt, status, passed_over.clone(), word.clone());
            match recorded.await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(message.id = %id, %error, "what became of a mail can't be written down yet");
                }
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        self.record(id, attempt, status, passed_over, word).await
    }

    /// Soft: an attempt that a power cut takes back is made again.
    async fn begin(
        &self,
        id: MessageId,
        job: JobId,
        pace: Option<(Arc<Pace>, Urgency)>,
    ) -> Result<Beginning, NotBegun> {
        let (now, parts) = (self.now(), Arc::clone(&self.parts));
        self.db
            .write_soft(async move |tx: &mut Tx| begin_in(&parts, tx, id, job, pace.as_ref(), now).await)
            .await
    }

    /// What the servers said that did not take it while another was asked, and what counts.
    async fn hand_over(
        &self,
        relays: &Relays,
        id: MessageId,
        attempt: &Attempt,
        permit: &Permit,
    ) -> Result<(Vec<Word>, Outcome), DbError> {
        let Some(mail) = self.outgoing(id, attempt).await? else {
            let word = Word::ours("the mail was sealed under another master key");
            return Ok((Vec::new(), Outcome::Failed(word)));
        };
        let handover = relays.send(&mail).await;
        if handover.is_turned_away() {
            permit.turned_away(Instant::now());
        }
        Ok(weigh(handover))
    }

    /// `None` when what it says or carries can't be opened.
    async fn outgoing(&self, id: MessageId, attempt: &Attempt) -> Result<Option<OutgoingMail>, DbError> {
        let parts = &self.parts;
        let Some(content) = Content::open(&attempt.sealed_content, &parts.sealer, id) else {
            return Ok(None);
        };
        let attachments = match attempt.batch {
            Some(batch) => self.attachments.get(&self.db, &parts.sealer, batch).await?,
            None => Ok(Arc::default()),
        };
        let Ok(attachments) = attachments else {
            return Ok(None);
        };
        // The product's own mails are of kinds that nobody can unsubscribe from.
        let unsubscribe = parts.unsubscribe_link(attempt.organization, &attempt.recipient, &attempt.category);
        Ok(Some(OutgoingMail {
            message_id: format!("{id}@{}", parts.host),
            composed_at: attempt.created_at,
            to: attempt.recipient.clone(),
            subject: attempt.subject.clone(),
            text: content.text,
            html: content.html,
            from: attempt.from.clone(),
            reply_to: attempt.reply_to.clone(),
            attachments,
            // RFC 8058 knows https alone; where somebody tries things out the link is in the text.
            unsubscribe: unsubscribe.filter(|link| link.starts_with("https://")),
        }))
    }

    /// Not fenced by the job's lease: whoever got the server's word records it, so that no other worker
    /// hands the mail over once more.
    async fn record(
        &self,
        id: MessageId,
        attempt: &Attempt,
        status: MessageStatus,
        passed_over: Vec<Word>,
        word: Word,
    ) -> Result<(), DbError> {
        let (parts, now, number) = (Arc::clone(&self.parts), self.now(), attempt.number);
        let batch = attempt.batch;
        let to_suppress = (status == MessageStatus::Bounced).then(|| NewSuppression {
            // No mail of the product's own is any organization's concern.
            organization: attempt.organization.filter(|_| batch.is_some()),
            email: attempt.recipient.clone(),
            category: None,
            reason: SuppressionReason::Bounce,
            detail: word.reply.clone(),
            message: Some(id),
            created_by: None,
        });
        self.db
            .write(async move |tx: &mut Tx| {
                let event = |kind, word: &Word| NewEvent {
                    attempt: Some(number),
                    transport: word.transport.clone(),
                    reply: Some(word.reply.clone()),
                    ..NewEvent::of(&parts, id, kind, now)
                };
                let mut events: Vec<NewEvent> = passed_over
                    .iter()
                    .map(|word| event(MessageEventKind::Deferred, word))
                    .collect();
                events.push(event(step_to(status), &word));
                store::update_answered(tx, id, status, &word, now).await?;
                store::insert_events(tx, &events).await?;
                if let Some(new) = &to_suppress {
                    let id = SuppressionId::new(&*parts.ids, now);
                    store::insert_suppression(tx, id, new, now).await?;
                }
                if matches!(status, MessageStatus::Sent | MessageStatus::Bounced) {
                    store::delete_unneeded_attachments(tx, batch).await?;
                }
                Ok(())
            })
            .await
    }
}

async fn begin_in(
    parts: &MailerParts,
    tx: &mut Tx,
    id: MessageId,
    job: JobId,
    pace: Option<&(Arc<Pace>, Urgency)>,
    now: Timestamp,
) -> Result<Beginning, NotBegun> {
    if let Some(reason) = store::find_suppression_of(tx, id).await? {
        if let Some(batch) = store::update_suppressed(tx, id, job, now).await? {
            let event = NewEvent {
                reply: Some(reason.as_str().to_owned()),
                ..NewEvent::of(parts, id, MessageEventKind::Suppressed, now)
            };
            store::insert_events(tx, &[event]).await?;
            store::delete_unneeded_attachments(tx, batch).await?;
        }
        return Ok(Beginning::NothingToDo);
    }
    let Some((pace, urgency)) = pace else {
        if store::update_captured(tx, id, job, now).await? {
            let event = NewEvent::of(parts, id, MessageEventKind::Mailbox, now);
            store::insert_events(tx, &[event]).await?;
        }
        return Ok(Beginning::Captured);
    };
    let Some(attempt) = store::update_for_attempt(tx, id, job, now).await? else {
        return Ok(Beginning::NothingToDo);
    };
    // An error takes the attempt back.
    let permit = pace.ask(attempt.recipient.domain(), *urgency, Instant::now());
    let permit = permit.map_err(NotBegun::Wait)?;
    Ok(Beginning::Attempt(Box::new(attempt), permit))
}

const fn step_to(status: MessageStatus) -> MessageEventKind {
    match status {
        MessageStatus::Sent => MessageEventKind::Sent,
        MessageStatus::Bounced => MessageEventKind::Bounced,
        MessageStatus::Failed => MessageEventKind::Failed,
        _ => MessageEventKind::Deferred,
    }
}

/// What the servers said that were passed over, and what counts.
fn weigh(handover: Handover) -> (Vec<Word>, Outcome) {
    let mut refusals = handover.refusals;
    let outcome = match (handover.taken, refusals.pop()) {
        (Some(taken), last) => {
            refusals.extend(last);
            Outcome::Sent(Word {
                transport: Some(taken.transport),
                reply: taken.accepted.reply,
            })
        }
        (None, Some(refusal)) => {
            let word = Word::of(&refusal);
            match refusal.error {
                MailError::Refused { .. } => Outcome::Failed(word),
                MailError::NoMailbox { .. } => Outcome::Bounced(word),
                MailError::Deferred { .. }
                | MailError::Unreachable { .. }
                | MailError::OutcomeUnknown { .. } => Outcome::Deferred(word),
            }
        }
        (None, None) => Outcome::Deferred(Word::ours("there is no mail server")),
    };
    (refusals.iter().map(Word::of).collect(), outcome)
}

impl Word {
    /// No server had a part in it.
    fn ours(reply: &str) -> Self {
        Self {
            transport: None,
            reply: reply.to_owned(),
        }
    }

    fn of(refusal: &NotTaken) -> Self {
        Self {
            transport: Some(refusal.transport.clone()),
            reply: refusal.error.to_string(),
        }
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
