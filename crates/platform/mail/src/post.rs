//! Mails in words of their own: posted together, kept and queued in the caller's transaction.

use std::collections::BTreeMap;

use db::{DbError, Tx};
use kernel::{
    ApiKeyId, EmailAddress, JobId, Locale, MessageBatchId, MessageId, OrganizationId, Timestamp, UserId,
};
use ports::mail::{Attachment, Mailbox};

use crate::attachments;
use crate::category::Category;
use crate::mailer::{Mail, Mailer, Published};
use crate::model::{Content, NewEvent, NewMessage, Shared, SuppressionReason};
use crate::parts::{Delivery, MailerParts};
use crate::send::SendMail;
use crate::status::{MessageEventKind, MessageStatus};
use crate::store;
use crate::templates::one_line;

/// How much one statement takes: a thousand mails at once should not need a thousand times the memory of one.
const LETTERS_AT_ONCE: usize = 100;
/// As [`LETTERS_AT_ONCE`], in bytes of what they say.
const BYTES_AT_ONCE: usize = 1 << 20;

/// The mails of one request, and what they have in common.
#[derive(Debug, Clone)]
pub struct Post {
    /// Whose they are; `None` for the platform's.
    pub organization: Option<OrganizationId>,
    /// Who posts them.
    pub created_by: Option<UserId>,
    /// The key that they are posted with.
    pub api_key: Option<ApiKeyId>,
    /// What kind of mail they are.
    pub category: Category,
    /// The key of the template that they were made of.
    pub template: Option<String>,
    /// Who they are from; the product's own sender when absent.
    pub from: Option<Mailbox>,
    /// Where answers go, when that is elsewhere.
    pub reply_to: Option<EmailAddress>,
    /// When they are to go out; at once when absent or past.
    pub send_at: Option<Timestamp>,
    /// The files that each of them carries.
    pub attachments: Vec<Attachment>,
    /// The mails.
    pub letters: Vec<NewLetter>,
}

/// One mail, ready to be read.
#[derive(Debug, Clone)]
pub struct NewLetter {
    /// Who gets it.
    pub to: EmailAddress,
    /// The account that it is about, for export and erasure.
    pub user: Option<UserId>,
    /// The language that it is in.
    pub locale: Locale,
    /// Which version of the template it was made of; each language has versions of its own.
    pub template_version: Option<i64>,
    /// The subject; line ends and the like become blanks.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part; empty for a mail that is only text.
    pub html: String,
    /// What who posted it wants to remember.
    pub metadata: serde_json::Value,
}

/// A mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its id.
    pub id: MessageId,
    /// Who gets it.
    pub to: EmailAddress,
    /// `queued`, `scheduled`, `suppressed` or, where there is no mail server, `mailbox`.
    pub status: MessageStatus,
}

/// What becomes of a letter.
struct Sorted<'a> {
    id: MessageId,
    letter: &'a NewLetter,
    subject: String,
    /// Why nobody gets it.
    suppressed: Option<SuppressionReason>,
    status: MessageStatus,
    job: Option<JobId>,
}

impl Mailer {
    /// Writes mails of the product's own to be posted with [`Mailer::post`]: those of a category that their readers
    /// may get rid of. Each text is looked up once.
    pub async fn compose(&self, tx: &mut Tx, mails: &[Mail<'_>]) -> Result<Vec<NewLetter>, DbError> {
        let (mut letters, mut published) = (Vec::with_capacity(mails.len()), Published::new());
        for mail in mails {
            let letter = self.write_with(tx, mail, &mut published).await?;
            letters.push(NewLetter {
                to: mail.to.clone(),
                user: mail.user,
                locale: letter.locale,
                template_version: None,
                subject: letter.subject,
                text: letter.text,
                html: letter.html,
                metadata: serde_json::json!({}),
            });
        }
        Ok(letters)
    }

    /// Keeps mails and queues them in `tx`: they go out when `tx` commits. Those to addresses that get no mail of
    /// this kind are kept without what they say, and go nowhere.
    ///
    /// Answers in the order of the letters.
    pub async fn post(&self, tx: &mut Tx, post: &Post) -> Result<Vec<Posted>, DbError> {
        let parts = self.parts();
        let now = parts.clock.now();
        let batch = MessageBatchId::new(&*parts.ids, now);
        let send_at = post.send_at.filter(|send_at| *send_at > now);
        let mut sorted = sort(parts, tx, post, send_at, now).await?;
        enqueue(parts, tx, post, send_at, &mut sorted).await?;
        let shared = Shared {
            organization: post.organization,
            batch: Some(batch),
            template: post.template.as_deref(),
            category: &post.category,
            from: post.from.as_ref(),
            reply_to: post.reply_to.as_ref(),
            created_by: post.created_by,
            api_key: post.api_key,
            send_at: post.send_at,
            created_at: now,
        };
        let mut rest = &sorted[..];
        while !rest.is_empty() {
            let (these, others) = rest.split_at(as_many_as_fit(rest));
            insert(parts, tx, &shared, these).await?;
            rest = others;
        }
        // Mails that nobody gets carry nothing.
        if sorted.iter().any(|one| one.suppressed.is_none()) {
            for (position, attachment) in (0..).zip(&post.attachments) {
                let sealed = attachments::seal(&parts.sealer, batch, position, attachment);
                store::insert_attachment(tx, batch, &sealed, now).await?;
            }
        }
        let posted = sorted.into_iter().map(|one| Posted {
            id: one.id,
            to: one.letter.to.clone(),
            status: one.status,
        });
        Ok(posted.collect())
    }
}

async fn sort<'a>(
    parts: &MailerParts,
    tx: &mut Tx,
    post: &'a Post,
    send_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<Sorted<'a>>, DbError> {
    let recipients: Vec<&EmailAddress> = post.letters.iter().map(|letter| &letter.to).collect();
    let suppressed: BTreeMap<String, SuppressionReason> =
        store::list_suppressed(tx, post.organization, &post.category, &recipients)
            .await?
            .into_iter()
            .collect();
    let status = match (&parts.delivery, send_at) {
        (_, Some(_)) => MessageStatus::Scheduled,
        (Delivery::Smtp(_), None) => MessageStatus::Queued,
        (Delivery::Mailbox, None) => MessageStatus::Mailbox,
    };
    let sorted = post.letters.iter().map(|letter| {
        let suppressed = suppressed.get(letter.to.normalized()).copied();
        Sorted {
            id: MessageId::new(&*parts.ids, now),
            letter,
            subject: one_line(&letter.subject),
            suppressed,
            status: suppressed.map_or(status, |_| MessageStatus::Suppressed),
            job: None,
        }
    });
    Ok(sorted.collect())
}

/// One job for each mail that goes somewhere.
async fn enqueue(
    parts: &MailerParts,
    tx: &mut Tx,
    post: &Post,
    send_at: Option<Timestamp>,
    sorted: &mut [Sorted<'_>],
) -> Result<(), DbError> {
    let waiting = |one: &Sorted<'_>| matches!(one.status, MessageStatus::Queued | MessageStatus::Scheduled);
    let is_bulk = post.letters.len() > 1 || !post.category.is_mandatory();
    let jobs: Vec<SendMail> = sorted
        .iter()
        .filter(|one| waiting(one))
        .map(|one| SendMail {
            message: one.id,
            is_bulk,
        })
        .collect();
    let jobs = parts.queue.enqueue_all(tx, &jobs, send_at).await?;
    for (one, job) in sorted.iter_mut().filter(|one| waiting(one)).zip(jobs) {
        one.job = Some(job);
    }
    Ok(())
}

/// How many of these one statement takes: at least one.
fn as_many_as_fit(letters: &[Sorted<'_>]) -> usize {
    let mut bytes = 0;
    let fitting = letters.iter().take(LETTERS_AT_ONCE).take_while(|one| {
        bytes += one.letter.text.len() + one.letter.html.len();
        bytes <= BYTES_AT_ONCE
    });
    fitting.count().max(1)
}

async fn insert(
    parts: &MailerParts,
    tx: &mut Tx,
    shared: &Shared<'_>,
    letters: &[Sorted<'_>],
) -> Result<(), DbError> {
    let mut messages = Vec::with_capacity(letters.len());
    let mut events = Vec::with_capacity(letters.len());
    for one in letters {
        let sealed_content = match one.suppressed {
            Some(_) => None,
            None => Some(sealed(parts, one)?),
        };
        messages.push(NewMessage {
            id: one.id,
            job: one.job,
            user: one.letter.user,
            recipient: &one.letter.to,
            locale: &one.letter.locale,
            template_version: one.letter.template_version,
            subject: &one.subject,
            sealed_content,
            status: one.status,
            metadata: &one.letter.metadata,
        });
        events.push(NewEvent {
            reply: one.suppressed.map(|reason| reason.as_str().to_owned()),
            ..NewEvent::of(parts, one.id, first_step(one.status), shared.created_at)
        });
    }
    store::insert_all(tx, shared, &messages).await?;
    store::insert_events(tx, &events).await
}

fn sealed(parts: &MailerParts, one: &Sorted<'_>) -> Result<Vec<u8>, DbError> {
    let content = Content {
        text: one.letter.text.clone(),
        html: one.letter.html.clone(),
    };
    content.seal(&parts.sealer, one.id).map_err(DbError::internal)
}

/// The step with which a mail that begins there begins.
pub(crate) const fn first_step(status: MessageStatus) -> MessageEventKind {
    match status {
        MessageStatus::Scheduled => MessageEventKind::Scheduled,
        MessageStatus::Mailbox => MessageEventKind::Mailbox,
        MessageStatus::Suppressed => MessageEventKind::Suppressed,
        _ => MessageEventKind::Queued,
    }
}

#[cfg(test)]
mod tests;
