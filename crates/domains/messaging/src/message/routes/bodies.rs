//! Mail as it is sent.

use std::collections::BTreeMap;

use garde::Validate;
use kernel::{EmailAddress, Locale, OrganizationId, Timestamp};
use mail::Category;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::recipients::To;
use crate::error::MessagingError;
use crate::message::model::attachment::{self, RawAttachment};
use crate::message::model::{Metadata, NewEmail, Words};
use crate::sender::model::breaks_a_line;

/// Mail to be sent: of a template, or in words of its own.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendEmail {
    /// Whose mail it is; a key's own organization when absent, and else the platform.
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// Who gets it: one address, or a list of up to 1,000.
    #[garde(skip)]
    #[schemars(extend("example" = "ada@example.com"))]
    to: To,
    /// The key of the template. Without it the mail has a `subject`, and `text`, `html` or both.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schemars(extend("example" = "order_shipped"))]
    template: Option<String>,
    /// What the template is told.
    #[serde(default)]
    #[garde(length(max = 64))]
    #[schemars(extend("example" = { "order": "2026-0031" }))]
    variables: BTreeMap<String, Value>,
    /// The language of the mail.
    #[garde(skip)]
    locale: Option<Locale>,
    /// What it is about, in one line. Taken as it is.
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schemars(extend("example" = "Your order is on its way"))]
    subject: Option<String>,
    /// The page, taken as it is.
    #[garde(inner(length(bytes, min = 1, max = 102_400)))]
    #[schemars(extend("example" = "<p>Your order is on its way.</p>"))]
    html: Option<String>,
    /// The text for readers of plain text, taken as it is; made of the words of `html` when absent.
    #[garde(inner(length(bytes, min = 1, max = 102_400)))]
    #[schemars(extend("example" = "Your order is on its way."))]
    text: Option<String>,
    /// What kind of mail it is, where there is no template to tell: `transactional` when absent. Of every other kind
    /// but `security`, readers can unsubscribe.
    #[garde(skip)]
    category: Option<Category>,
    /// Who it is from: a verified sender of the organization. The product's own sender when absent.
    #[garde(skip)]
    from: Option<EmailAddress>,
    /// Where answers go.
    #[garde(skip)]
    reply_to: Option<EmailAddress>,
    /// When it goes out, within 30 days; at once when absent or past.
    #[garde(skip)]
    send_at: Option<Timestamp>,
    /// Up to 10 files, with up to 5 MiB together.
    #[serde(default)]
    #[garde(skip)]
    attachments: Vec<AttachmentBody>,
    /// What you want to remember about the mail, in texts; at most 2,048 bytes of JSON.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(extend("example" = { "campaign": "spring" }))]
    metadata: Metadata,
}

/// A file that a mail carries.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EmailAttachment")]
struct AttachmentBody {
    /// What it is called, without a path.
    #[schemars(extend("example" = "invoice.pdf"))]
    filename: String,
    /// Its media type, without parameters.
    #[schemars(extend("example" = "application/pdf"))]
    content_type: String,
    /// What is in it, in base64.
    #[schemars(extend("example" = "JVBERi0xLjcK", "format" = "byte"))]
    content: String,
}

impl SendEmail {
    pub(super) fn into_new(self) -> Result<NewEmail, MessagingError> {
        // Read by `Scoped` already.
        let _ = self.organization_id;
        let words = words(Said {
            template: self.template,
            variables: self.variables.into_iter().collect(),
            locale: self.locale,
            subject: self.subject,
            html: self.html,
            text: self.text,
            category: self.category,
        })?;
        let (shape, recipients) = self.to.into_recipients(self.metadata)?;
        let attachments = self.attachments.into_iter().map(|one| RawAttachment {
            filename: one.filename,
            content_type: one.content_type,
            content: one.content,
        });
        Ok(NewEmail {
            shape,
            recipients,
            words,
            from: self.from,
            reply_to: self.reply_to,
            send_at: self.send_at,
            attachments: attachment::read(attachments.collect())?,
        })
    }
}

/// What is said, in the one way or in the other.
struct Said {
    template: Option<String>,
    variables: Map<String, Value>,
    locale: Option<Locale>,
    subject: Option<String>,
    html: Option<String>,
    text: Option<String>,
    category: Option<Category>,
}

fn words(said: Said) -> Result<Words, MessagingError> {
    let Some(key) = said.template else {
        return own_words(said);
    };
    let besides = [
        ("/subject", said.subject.is_some()),
        ("/html", said.html.is_some()),
        ("/text", said.text.is_some()),
        ("/category", said.category.is_some()),
    ];
    if let Some((pointer, _)) = besides.into_iter().find(|(_, is_there)| *is_there) {
        let detail = "the template says it; leave one of them out";
        return Err(MessagingError::field(pointer, "one_of", detail));
    }
    Ok(Words::Template {
        key,
        variables: said.variables,
        locale: said.locale,
    })
}

fn own_words(said: Said) -> Result<Words, MessagingError> {
    if !said.variables.is_empty() {
        let detail = "words of your own are taken as they are; variables are for templates";
        return Err(MessagingError::field("/variables", "one_of", detail));
    }
    let subject = said.subject.ok_or_else(|| {
        let detail = "a mail without a template has a subject";
        MessagingError::field("/subject", "required", detail)
    })?;
    if subject.trim().is_empty() || subject.chars().any(breaks_a_line) {
        let detail = "one line is expected, without control characters";
        return Err(MessagingError::field("/subject", "invalid_value", detail));
    }
    let (text, html) = match (said.text, said.html) {
        (None, None) => {
            let detail = "a mail without a template has a text, a page, or both";
            return Err(MessagingError::field("/text", "required", detail));
        }
        (text, html) => {
            let html = mail::html::prepare(&html.unwrap_or_default());
            (text.unwrap_or_else(|| mail::html::text(&html)), html)
        }
    };
    Ok(Words::Own {
        subject,
        text,
        html,
        category: said.category.unwrap_or_default(),
        locale: said.locale.unwrap_or_default(),
    })
}
