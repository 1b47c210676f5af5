//! Mail to be sent.

pub(crate) mod attachment;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kernel::{ApiKeyId, EmailAddress, FieldError, Locale, MessageId, OrganizationId, Timestamp, UserId};
use mail::{Category, MessageStatus};
use ports::mail::Attachment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::MessagingError;

/// The most recipients of one request.
pub(crate) const MOST_RECIPIENTS: usize = 1_000;
/// How far ahead a mail may be scheduled.
const FURTHEST: Duration = Duration::from_hours(30 * 24);
/// The most bytes of metadata, as JSON.
const MOST_METADATA: usize = 2 * 1024;
/// How many faults are told at once.
const MOST_FAULTS: usize = 20;

/// What a sender remembers about a mail.
pub(crate) type Metadata = BTreeMap<String, String>;

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub struct From {
    /// For which organization; none for the platform.
    pub organization: Option<OrganizationId>,
    /// With which key, if it is one.
    pub key: Option<ApiKeyId>,
}

/// Mail to be sent: the same words to everybody, or the same template.
#[derive(Debug)]
pub struct NewEmail {
    /// Whether `to` was a list, which pointers to faults tell.
    pub shape: Shape,
    /// Who gets one, each of them alone.
    pub recipients: Vec<Recipient>,
    /// What it says.
    pub words: Words,
    /// Whom it is from, where that is not the product's own sender.
    pub from: Option<EmailAddress>,
    /// Where answers go.
    pub reply_to: Option<EmailAddress>,
    /// When; at once when absent or past.
    pub send_at: Option<Timestamp>,
    /// The files that each carries.
    pub attachments: Vec<Attachment>,
}

/// How recipients were named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One address.
    One,
    /// A list.
    List,
}

/// Somebody who gets a mail.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The address.
    pub email: EmailAddress,
    /// The account that the mail is about.
    pub user: Option<UserId>,
    /// The language that they read.
    pub locale: Option<Locale>,
    /// What a template is told for them alone.
    pub variables: Map<String, Value>,
    /// What the sender remembers about it.
    pub metadata: Metadata,
}

/// What a mail says.
#[derive(Debug)]
pub enum Words {
    /// What a template says.
    Template {
        /// Which.
        key: String,
        /// What it is told for everybody.
        variables: Map<String, Value>,
        /// The language of those who have none of their own.
        locale: Option<Locale>,
    },
    /// Words that are taken as they are.
    Own {
        /// What it is about.
        subject: String,
        /// For readers of plain text.
        text: String,
        /// For the others; empty for a mail that is only text.
        html: String,
        /// What kind of mail it is.
        category: Category,
        /// The language that it is in.
        locale: Locale,
    },
}

/// A mail that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its id.
    pub id: MessageId,
    /// Who gets it.
    pub to: EmailAddress,
    /// Where it is.
    pub status: MessageStatus,
}

impl NewEmail {
    /// Where the recipient at `place` stands in the body.
    pub(crate) fn pointer(&self, place: usize) -> String {
        match self.shape {
            Shape::One => "/to".to_owned(),
            Shape::List => format!("/to/{place}"),
        }
    }

    /// Nobody is named twice: who is would get two mails, or one of two that differ.
    pub(crate) fn check_recipients(&self) -> Result<(), MessagingError> {
        if self.recipients.is_empty() {
            return Err(MessagingError::field(
                "/to",
                "too_short",
                "at least one recipient is expected",
            ));
        }
        if self.recipients.len() > MOST_RECIPIENTS {
            return Err(MessagingError::field(
                "/to",
                "too_long",
                "at most 1000 recipients",
            ));
        }
        let mut seen = BTreeSet::new();
        let again = self.recipients.iter().enumerate();
        let again = again.filter(|(_, recipient)| !seen.insert(recipient.email.normalized()));
        let faults = again.map(|(place, _)| {
            let detail = "this address is there already; each gets one mail of a request";
            FieldError::new(self.pointer(place), "duplicate", detail)
        });
        refuse(faults.collect())
    }

    /// When it goes out; none for at once.
    pub(crate) fn due(&self, now: Timestamp) -> Result<Option<Timestamp>, MessagingError> {
        match self.send_at {
            Some(send_at) if send_at > now.plus(FURTHEST) => {
                let detail = "a moment within the next 30 days is expected";
                Err(MessagingError::field("/send_at", "out_of_range", detail))
            }
            send_at => Ok(send_at.filter(|send_at| *send_at > now)),
        }
    }
}

impl Recipient {
    /// Somebody of whom nothing but the address is known.
    pub fn new(email: EmailAddress) -> Self {
        Self {
            email,
            user: None,
            locale: None,
            variables: Map::new(),
            metadata: Metadata::new(),
        }
    }
}

/// All of `faults`, up to as many as anybody reads.
pub(crate) fn refuse(mut faults: Vec<FieldError>) -> Result<(), MessagingError> {
    if faults.is_empty() {
        return Ok(());
    }
    faults.truncate(MOST_FAULTS);
    Err(MessagingError::Invalid(faults))
}

/// What is kept beside a mail, not too much of it.
pub(crate) fn bounded_metadata(
    metadata: Metadata,
    pointer: impl Into<Cow<'static, str>>,
) -> Result<Metadata, MessagingError> {
    let size = serde_json::to_vec(&metadata).map_or(usize::MAX, |json| json.len());
    if size > MOST_METADATA {
        return Err(MessagingError::field(
            pointer,
            "too_large",
            "at most 2048 bytes of JSON",
        ));
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(shape: Shape, to: &[&str]) -> NewEmail {
        let recipients = to.iter().map(|one| Recipient::new(one.parse().unwrap()));
        NewEmail {
            shape,
            recipients: recipients.collect(),
            words: Words::Own {
                subject: "Hello".into(),
                text: "Hello".into(),
                html: String::new(),
                category: Category::default(),
                locale: Locale::ENGLISH,
            },
            from: None,
            reply_to: None,
            send_at: None,
            attachments: Vec::new(),
        }
    }

    fn faults(result: Result<(), MessagingError>) -> Vec<(String, &'static str)> {
        match result {
            Err(MessagingError::Invalid(faults)) => faults
                .into_iter()
                .map(|fault| (fault.pointer.into_owned(), fault.code))
                .collect(),
            Err(other) => panic!("{other}"),
            Ok(()) => Vec::new(),
        }
    }

    #[test]
    fn everybody_is_named_once() {
        let twice = email(Shape::List, &["a@example.com", "b@example.com", "A@EXAMPLE.com"]);
        assert_eq!(faults(twice.check_recipients()), [("/to/2".into(), "duplicate")]);
        assert_eq!(
            faults(email(Shape::List, &[]).check_recipients()),
            [("/to".into(), "too_short")]
        );
        assert_eq!(
            faults(email(Shape::One, &["a@example.com"]).check_recipients()),
            []
        );
        let many: Vec<String> = (0..=MOST_RECIPIENTS)
            .map(|n| format!("n{n}@example.com"))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(faults(email(Shape::List, &many[1..]).check_recipients()), []);
        let too_many = email(Shape::List, &many);
        assert_eq!(faults(too_many.check_recipients()), [("/to".into(), "too_long")]);
    }

    #[test]
    fn a_mail_waits_for_a_month_at_most() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let at = |send_at| NewEmail {
            send_at: Some(send_at),
            ..email(Shape::One, &["a@example.com"])
        };
        let last = now.plus(FURTHEST);
        assert_eq!(at(last).due(now).unwrap(), Some(last));
        assert!(at(last.plus(Duration::from_millis(1))).due(now).is_err());
        assert_eq!(at(now).due(now).unwrap(), None);
        assert_eq!(at(now.minus(FURTHEST)).due(now).unwrap(), None);
    }
}
