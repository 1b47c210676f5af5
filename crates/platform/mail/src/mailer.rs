//! Sending a mail: it is written and kept in the caller's transaction, and handed over afterwards.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use db::{Db, DbError, Tx};
use kernel::{EmailAddress, Locale, MessageId, OrganizationId, UserId};

use crate::category::Category;
use crate::error::TemplateError;
use crate::mailbox::Mailbox;
use crate::message::Messages;
use crate::model::{Content, NewEvent, NewMessage, Shared};
use crate::parts::{Delivery, MailerParts};
use crate::send::{SendMail, SendMailHandler};
use crate::source::Source;
use crate::status::{MessageEventKind, MessageStatus};
use crate::store;
use crate::suppression::Suppressions;
use crate::template::Template;
use crate::templates::{Letter, Templates, Told};

/// A mail to send.
#[derive(Debug, Clone)]
pub struct Mail<'a> {
    /// Who gets it.
    pub to: &'a EmailAddress,
    /// Which mail.
    pub template: Template,
    /// The language that its reader prefers.
    pub locale: &'a Locale,
    /// Whom it is about, for their export and erasure.
    pub user: Option<UserId>,
    /// Whose it is, when it is an organization's.
    pub organization: Option<OrganizationId>,
    /// What the text is told: an object with [`Template::variables`]. Durations are seconds, moments
    /// are [`kernel::Timestamp`]s; both are put into words in the language of the mail.
    pub variables: serde_json::Value,
}

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<MailerParts>);

impl Mailer {
    /// A mailer.
    pub fn new(parts: MailerParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Writes a mail and queues it in `tx`: it goes out when `tx` commits. A text of the operator's that
    /// can't be used is passed over, so that a slip in a template locks nobody out.
    pub async fn send(&self, tx: &mut Tx, mail: Mail<'_>) -> Result<MessageId, DbError> {
        let parts = &*self.0;
        let now = parts.clock.now();
        let id = MessageId::new(&*parts.ids, now);
        let letter = self.write(tx, &mail).await?;
        let content = Content {
            text: letter.text.clone(),
            html: letter.html.clone(),
        };
        let (status, step) = match parts.delivery {
            Delivery::Smtp(_) => (MessageStatus::Queued, MessageEventKind::Queued),
            Delivery::Mailbox => (MessageStatus::Mailbox, MessageEventKind::Mailbox),
        };
        let job = match status {
            MessageStatus::Queued => Some(
                parts
                    .queue
                    .enqueue(
                        tx,
                        &SendMail {
                            message: id,
                            is_bulk: false,
                        },
                    )
                    .await?,
            ),
            _ => None,
        };
        let shared = Shared {
            organization: mail.organization,
            batch: None,
            template: Some(mail.template.key()),
            category: &mail.template.category(),
            from: None,
            reply_to: None,
            created_by: None,
            api_key: None,
            send_at: None,
            created_at: now,
        };
        let message = NewMessage {
            id,
            job,
            user: mail.user,
            recipient: mail.to,
            locale: &letter.locale,
            template_version: None,
            subject: &letter.subject,
            sealed_content: Some(content.seal(&parts.sealer, id).map_err(DbError::internal)?),
            status,
            metadata: &serde_json::json!({}),
        };
        store::insert_all(tx, &shared, &[message]).await?;
        store::insert_events(tx, &[NewEvent::of(parts, id, step, now)]).await?;
        Ok(id)
    }

    /// Writes a mail that nobody gets, which takes as long as one that somebody gets: who asks for mail to an
    /// address must not see by the time whether anything is sent.
    pub async fn rehearse(&self, tx: &mut Tx, mail: Mail<'_>) -> Result<(), DbError> {
        let letter = self.write(tx, &mail).await?;
        let content = Content {
            text: letter.text,
            html: letter.html,
        };
        let id = MessageId::new(&*self.0.ids, self.0.clock.now());
        content
            .seal(&self.0.sealer, id)
            .map_err(DbError::internal)
            .map(drop)
    }

    /// The handler of [`SendMail`].
    pub fn handler(&self, db: Db) -> SendMailHandler {
        SendMailHandler::new(db, Arc::clone(&self.0))
    }

    /// Where somebody says that they want no more mail of a kind; `None` for a kind that nobody can unsubscribe
    /// from, and where there is no such place.
    pub fn unsubscribe_link(
        &self,
        organization: Option<OrganizationId>,
        email: &EmailAddress,
        category: &Category,
    ) -> Option<String> {
        self.0.unsubscribe_link(organization, email, category)
    }

    /// The mails that were posted, of organizations and of the platform.
    pub fn messages(&self, db: Db) -> Messages {
        Messages::new(db, Arc::clone(&self.0))
    }

    /// The addresses that get no mail.
    pub fn suppressions(&self, db: Db) -> Suppressions {
        Suppressions::new(db, Arc::clone(&self.0))
    }

    pub(crate) fn parts(&self) -> &MailerParts {
        &self.0
    }

    /// The development mailbox: empty for mail that goes to a mail server.
    pub fn mailbox(&self, db: Db) -> Mailbox {
        Mailbox::new(db, Arc::clone(&self.0))
    }

    /// The texts that mails are made of where no row of `email_templates` takes their place.
    pub fn templates(&self) -> &Templates {
        &self.0.templates
    }

    /// What mails call the product.
    pub fn product_name(&self) -> &str {
        &self.0.product_name
    }

    async fn write(&self, tx: &mut Tx, mail: &Mail<'_>) -> Result<Letter, DbError> {
        self.write_with(tx, mail, &mut Published::new()).await
    }

    pub(crate) async fn write_with(
        &self,
        tx: &mut Tx,
        mail: &Mail<'_>,
        published: &mut Published,
    ) -> Result<Letter, DbError> {
        let templates = &self.0.templates;
        let told = Told {
            template: mail.template,
            product_name: &self.0.product_name,
            recipient: mail.to,
            variables: &mail.variables,
        };
        for tag in mail.locale.fallbacks() {
            let locale: Locale = tag.parse().map_err(DbError::internal)?;
            let place = (mail.template.key(), tag.to_owned());
            let source = match published.entry(place) {
                Entry::Occupied(found) => found.into_mut(),
                Entry::Vacant(unknown) => {
                    unknown.insert(store::find_published(tx, mail.template.key(), tag).await?)
                }
            };
            if let Some(source) = source {
                match templates.render_source(source, &locale, &told) {
                    Ok(letter) => return Ok(letter),
                    Err(error) => passed_over(&error),
                }
            }
            if templates.has(mail.template, tag) {
                return templates.render(&locale, &told).map_err(DbError::internal);
            }
        }
        // Every built-in mail is there in English, where every language ends.
        templates
            .render(&Locale::ENGLISH, &told)
            .map_err(DbError::internal)
    }
}

/// What was looked up, by template and language.
pub(crate) type Published = BTreeMap<(&'static str, String), Option<Source>>;

fn passed_over(error: &TemplateError) {
    tracing::warn!(error = %error, "a published mail template can't be used; the one before it was");
}

#[cfg(test)]
mod tests;
