//! Reports, and who may make them.

use crypto::WebhookHeaders;
use kernel::{EmailAddress, MessageId, Secret, Timestamp};
use mail::ReportKind;

/// As much of what was said as is kept, in characters.
const LONGEST_DETAIL: usize = 500;

/// Something that happened to a mail after a mail server took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReport {
    /// What happened; `None` for what changes nothing, such as that it arrived.
    pub kind: Option<ReportKind>,
    /// Which mail.
    pub message: Option<MessageId>,
    /// Whom it was to. Beside a mail it has to be the one that it was to; alone it stands for the latest mail to
    /// that address.
    pub recipient: Option<EmailAddress>,
    /// What was said.
    pub detail: String,
    /// When, if that was said.
    pub occurred_at: Option<Timestamp>,
}

/// What came of reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportOutcome {
    /// How many said something new.
    pub applied: u32,
    /// How many were known.
    pub repeated: u32,
    /// How many were about no mail of ours, or change nothing.
    pub ignored: u32,
}

/// What who reports shows for being let in.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// The body is signed.
    Signature {
        id: String,
        timestamp: String,
        signature: String,
    },
    /// The secret itself, from those who can't sign.
    Password(Secret<String>),
    /// Nothing.
    Missing,
}

impl Proof {
    /// What is to be verified of a signed body.
    pub(crate) fn signed(&self) -> Option<WebhookHeaders<'_>> {
        match self {
            Self::Signature {
                id,
                timestamp,
                signature,
            } => Some(WebhookHeaders {
                id,
                timestamp,
                signature,
            }),
            Self::Password(_) | Self::Missing => None,
        }
    }
}

/// The mail that a text names: by its id, or by a `Message-ID` made of it, with its brackets or without.
pub(crate) fn message_of(text: &str) -> Option<MessageId> {
    let text = text.trim();
    let text = text.strip_prefix('<').unwrap_or(text);
    let id = text.split('@').next().unwrap_or_default();
    id.strip_suffix('>').unwrap_or(id).parse().ok()
}

/// The beginning of what was said, on one line and without what a database can't keep.
pub(crate) fn shortened(text: &str) -> String {
    let letters = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    letters.take(LONGEST_DETAIL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_named_in_three_ways() {
        let id = "msg_01h455vb4pex5vsknk084sn02q";
        for text in [
            id,
            &format!("<{id}@app.example.com>"),
            &format!("{id}@app.example.com"),
            &format!(" <{id}> "),
        ] {
            assert_eq!(message_of(text).unwrap().to_string(), id, "{text}");
        }
        for text in [
            "",
            "<>",
            "@",
            "msg_",
            "usr_01h455vb4pex5vsknk084sn02q",
            "<x@y> msg_01h455vb4pex5vsknk084sn02q",
        ] {
            assert_eq!(message_of(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_short_and_one_line() {
        assert_eq!(shortened("a\0b\r\nc"), "a b  c");
        assert_eq!(shortened(&"ä".repeat(1000)).chars().count(), LONGEST_DETAIL);
    }
}
