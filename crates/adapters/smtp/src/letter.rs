//! The mail as MIME (RFC 5322, RFC 2045), and its envelope.

use std::time::SystemTime;

use kernel::EmailAddress;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use ports::mail::OutgoingMail;

use crate::config::Sender;

/// What goes over the wire.
pub(crate) struct Letter {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) content: Vec<u8>,
}

/// The mail can't be put into the form that mail has.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    #[error("the address: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("the mail: {0}")]
    Mail(#[from] lettre::error::Error),
}

impl Letter {
    pub(crate) fn new(mail: &OutgoingMail, sender: &Sender) -> Result<Self, LetterError> {
        let from = address(&sender.address)?;
        let to = address(&mail.to)?;
        let name = Some(sender.name.clone()).filter(|name| !name.is_empty());
        let message = lettre::Message::builder()
            .from(Mailbox::new(name, from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}>", mail.message_id)))
            .date(SystemTime::from(mail.composed_at.date_time()))
            // RFC 3834: holiday replies to a machine help nobody.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(
                mail.text.clone(),
                mail.html.clone(),
            ))?;
        Ok(Self {
            from,
            to,
            content: message.formatted(),
        })
    }

    /// Whether the server must know about text beyond ASCII in addresses (RFC 6531).
    pub(crate) fn needs_utf8(&self) -> bool {
        let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        !(is_ascii(&self.from) && is_ascii(&self.to))
    }
}

/// The local part as its owner typed it (it is theirs to say whether case matters), the domain in ASCII.
fn address(address: &EmailAddress) -> Result<Address, lettre::address::AddressError> {
    let (local, _) = address.as_str().rsplit_once('@').unwrap_or_default();
    Address::new(local, address.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str) -> (Letter, String) {
        let mail = OutgoingMail {
            message_id: "msg_1@app.example.com".into(),
            composed_at: "2026-11-24T22:04:05Z".parse().unwrap(),
            to: to.parse().unwrap(),
            subject: subject.into(),
            text: "Grüße\n".into(),
            html: "<p>Grüße</p>".into(),
            from: None,
            reply_to: None,
            attachments: std::sync::Arc::default(),
            unsubscribe: None,
        };
        let sender = "Quillwork <hello@example.com>".parse().unwrap();
        let letter = Letter::new(&mail, &sender).unwrap();
        let content = String::from_utf8(letter.content.clone()).unwrap();
        (letter, content)
    }

    #[test]
    fn is_the_same_on_every_try_but_for_its_boundary() {
        let (letter, content) = letter("Ada.L@Bücher.example", "Grüße");
        let to: &str = letter.to.as_ref();
        assert_eq!(to, "Ada.L@xn--bcher-kva.example");
        assert!(!letter.needs_utf8() && content.is_ascii());
        for line in [
            "From: Quillwork <hello@example.com>\r\n",
            "To: Ada.L@xn--bcher-kva.example\r\n",
            "Message-ID: <msg_1@app.example.com>\r\n",
            "Date: Tue, 24 Nov 2026 22:04:05 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(content.contains(line), "{content}");
        }
    }

    #[test]
    fn a_subject_stays_one_header() {
        let (_, content) = letter("ada@example.com", "Hello\r\nBcc: eve@example.com");
        assert!(!content.contains("\nBcc:"), "{content}");
    }

    #[test]
    fn an_address_beyond_ascii_needs_a_server_that_knows_them() {
        let (letter, _) = letter("büro@example.com", "x");
        assert!(letter.needs_utf8());
    }
}
