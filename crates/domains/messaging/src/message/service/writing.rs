//! Writing letters: outside of any transaction, and off the threads that requests wait on.

use std::time::Duration;

use db::DbError;
use kernel::{FieldError, Locale, OrganizationId};
use mail::{Allowance, Category, LetterTo, Mailer, NewLetter, Post, Rendered};
use serde_json::{Map, Value};

use super::Messages;
use crate::error::MessagingError;
use crate::message::model::{Metadata, NewEmail, Recipient, Shape, Words, refuse};
use crate::template::service::ResolvedTemplate;

/// How much the letters of one request say at most, in bytes: all of them are in memory, and in one transaction.
const MOST_WRITTEN: usize = 32 * 1024 * 1024;

/// How long they may take, together.
const LONGEST: Duration = Duration::from_secs(10);

/// The letters of one template.
struct Writing {
    organization: Option<OrganizationId>,
    mailer: Mailer,
    template: ResolvedTemplate,
    shape: Shape,
    recipients: Vec<Recipient>,
    variables: Map<String, Value>,
    locale: Option<Locale>,
}

impl Messages {
    /// The letters of a request, without what its sender is.
    pub(super) async fn write(
        &self,
        organization: Option<OrganizationId>,
        email: NewEmail,
    ) -> Result<Post, MessagingError> {
        let NewEmail {
            shape,
            recipients,
            words,
            reply_to,
            attachments,
            ..
        } = email;
        let (category, template, letters) = match words {
            Words::Own {
                subject,
                text,
                html,
                category,
                locale,
            } => {
                let rendered = Rendered {
                    subject,
                    preheader: String::new(),
                    text,
                    html,
                };
                (category, None, copies(recipients, &rendered, &locale)?)
            }
            Words::Template {
                key,
                variables,
                locale,
            } => {
                let wanted = recipients.iter().filter_map(|recipient| recipient.locale.clone());
                let wanted: Vec<Locale> = wanted.chain(locale.clone()).collect();
                let template = self.templates.resolve(organization, &key, &wanted).await?;
                let category = template.category().clone();
                let writing = Writing {
                    organization,
                    mailer: self.machinery.mailer.clone(),
                    template,
                    shape,
                    recipients,
                    variables,
                    locale,
                };
                (category, Some(key), self.off_the_threads(writing).await?)
            }
        };
        Ok(Post {
            organization,
            created_by: None,
            api_key: None,
            category,
            template,
            from: None,
            reply_to,
            send_at: None,
            attachments,
            letters,
        })
    }

    async fn off_the_threads(&self, writing: Writing) -> Result<Vec<NewLetter>, MessagingError> {
        let _place = self.writers.acquire().await.map_err(DbError::internal)?;
        let written = tokio::task::spawn_blocking(move || writing.letters()).await;
        written.map_err(DbError::internal)?
    }
}

/// The same words for everybody.
fn copies(
    recipients: Vec<Recipient>,
    rendered: &Rendered,
    locale: &Locale,
) -> Result<Vec<NewLetter>, MessagingError> {
    if size(rendered).saturating_mul(recipients.len()) > MOST_WRITTEN {
        return Err(too_much());
    }
    let letters = recipients.into_iter().map(|recipient| {
        let locale = recipient.locale.clone().unwrap_or_else(|| locale.clone());
        letter(recipient, rendered.clone(), locale, None)
    });
    Ok(letters.collect())
}

fn letter(
    recipient: Recipient,
    rendered: Rendered,
    locale: Locale,
    template_version: Option<i64>,
) -> NewLetter {
    NewLetter {
        to: recipient.email,
        user: recipient.user,
        locale,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        metadata: as_json(recipient.metadata),
        template_version,
    }
}

fn as_json(metadata: Metadata) -> Value {
    let metadata = metadata.into_iter();
    Value::Object(metadata.map(|(name, text)| (name, text.into())).collect())
}

fn size(rendered: &Rendered) -> usize {
    rendered.subject.len() + rendered.text.len() + rendered.html.len()
}

fn too_much() -> MessagingError {
    let detail = "the mails of one request say at most 33554432 bytes; ask for fewer at once";
    MessagingError::field("/to", "too_large", detail)
}

impl Writing {
    fn letters(mut self) -> Result<Vec<NewLetter>, MessagingError> {
        let recipients = std::mem::take(&mut self.recipients);
        let category = self.template.category().clone();
        let mut allowance = Allowance::new(LONGEST);
        let (mut letters, mut faults, mut bytes) = (Vec::with_capacity(recipients.len()), Vec::new(), 0);
        for (place, recipient) in recipients.into_iter().enumerate() {
            match self.letter(recipient, place, &category, &mut allowance) {
                Ok(letter) => {
                    bytes += letter.subject.len() + letter.text.len() + letter.html.len();
                    letters.push(letter);
                }
                Err(MessagingError::Invalid(these)) => {
                    for fault in these {
                        if !faults.contains(&fault) {
                            faults.push(fault);
                        }
                    }
                }
                Err(error) => return Err(error),
            }
            if bytes > MOST_WRITTEN {
                return Err(too_much());
            }
            // The text itself is at fault, or many are: nobody reads on.
            if faults.len() > 20 || faults.iter().any(|fault| fault.pointer == "/template") {
                break;
            }
        }
        refuse(faults)?;
        Ok(letters)
    }

    fn letter(
        &self,
        recipient: Recipient,
        place: usize,
        category: &Category,
        allowance: &mut Allowance,
    ) -> Result<NewLetter, MessagingError> {
        let wanted = recipient.locale.as_ref().or(self.locale.as_ref());
        let text = match wanted {
            Some(locale) => self.template.text_for(locale),
            None => self.template.default_text(),
        };
        let mut variables = self.variables.clone();
        variables.extend(recipient.variables.clone());
        let link = self
            .mailer
            .unsubscribe_link(self.organization, &recipient.email, category);
        let told = LetterTo {
            recipient: &recipient.email,
            unsubscribe_url: link.as_deref(),
            variables: &variables,
        };
        let rendered = text
            .render(&told, allowance)
            .map_err(|error| self.blame(error, &recipient, place))?;
        Ok(letter(
            recipient,
            rendered,
            text.locale.clone(),
            Some(text.version),
        ))
    }

    /// Says where in the request a fault is: with the recipient who was told something, or with all of them.
    fn blame(&self, error: MessagingError, recipient: &Recipient, place: usize) -> MessagingError {
        let MessagingError::Invalid(faults) = error else {
            return error;
        };
        let faults = faults.into_iter().map(|fault| {
            let Some(rest) = fault.pointer.strip_prefix("/variables/") else {
                return FieldError::new("/template", fault.code, fault.detail);
            };
            let name = rest.split('/').next().unwrap_or_default();
            let name = name.replace("~1", "/").replace("~0", "~");
            let is_for_all = self.variables.contains_key(&name) && !recipient.variables.contains_key(&name);
            if self.shape == Shape::One || is_for_all {
                return fault;
            }
            let pointer = format!("/to/{place}/variables/{rest}");
            FieldError::new(pointer, fault.code, fault.detail)
        });
        MessagingError::Invalid(faults.collect())
    }
}
