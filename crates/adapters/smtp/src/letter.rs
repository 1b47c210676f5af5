//! The mail as MIME (RFC 5322, RFC 2045), and its envelope.

use std::time::SystemTime;

use kernel::EmailAddress;
use lettre::address::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use ports::mail::OutgoingMail;
use url::Url;

use crate::attachment::{self, NoMediaType};
use crate::config::Sender;
use crate::dkim::{Dkim, DkimError};

/// The longest URL that goes into a header: with its brackets it has to fit a line (RFC 5322 §2.1.1).
const LONGEST_URL: usize = 900;

/// What goes over the wire.
pub(crate) struct Letter {
    /// Where bounces go, and whose SPF record is asked: always the product's own address.
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) content: Vec<u8>,
    needs_utf8: bool,
}

/// The mail can't be put into the form that mail has.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    #[error("the address: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("the mail: {0}")]
    Mail(#[from] lettre::error::Error),
    #[error(transparent)]
    MediaType(#[from] NoMediaType),
    #[error("the signature: {0}")]
    Signature(#[from] DkimError),
    #[error("the address to unsubscribe at is no https:// URL of at most {LONGEST_URL} characters")]
    Unsubscribe,
}

impl Letter {
    pub(crate) fn new(
        mail: &OutgoingMail,
        sender: &Sender,
        dkim: Option<&Dkim>,
    ) -> Result<Self, LetterError> {
        let own = mailbox(&sender.name, &sender.address)?;
        let to = mailbox("", &mail.to)?;
        let author = match &mail.from {
            Some(from) => mailbox(&from.name, &from.address)?,
            None => own.clone(),
        };
        let reply_to = mail.reply_to.as_ref().map(|address| mailbox("", address));
        let reply_to = reply_to.transpose()?;
        let addresses = [Some(&own), Some(&to), Some(&author), reply_to.as_ref()];
        let needs_utf8 = addresses
            .into_iter()
            .flatten()
            .any(|mailbox| !AsRef::<str>::as_ref(&mailbox.email).is_ascii());

        let mut builder = Message::builder().from(author.clone());
        // RFC 5322 §3.6.2: whoever sends a mail for somebody else says so. Within one domain both are the same
        // house, and mail programs would write "on behalf of" for nothing.
        if !author.email.domain().eq_ignore_ascii_case(own.email.domain()) {
            builder = builder.sender(own.clone());
        }
        if let Some(reply_to) = reply_to {
            builder = builder.reply_to(reply_to);
        }
        if let Some(url) = &mail.unsubscribe {
            builder = unsubscribable(builder, url)?;
        }
        let builder = builder
            .to(to.clone())
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}>", mail.message_id)))
            .date(SystemTime::from(mail.composed_at.date_time()))
            // RFC 3834: holiday replies to a machine help nobody.
            .raw_header(raw_header("Auto-Submitted", "auto-generated"));
        let mut content = with_body(builder, mail)?.formatted();
        if let Some(dkim) = dkim {
            let signature = dkim.sign(&content, mail.composed_at)?;
            content.splice(0..0, signature.into_bytes());
        }
        Ok(Self {
            from: own.email,
            to: to.email,
            content,
            needs_utf8,
        })
    }

    /// Whether the server must know about text beyond ASCII in addresses (RFC 6531).
    pub(crate) const fn needs_utf8(&self) -> bool {
        self.needs_utf8
    }
}

/// The local part as its owner typed it (it is theirs to say whether case matters), the domain in ASCII.
fn mailbox(name: &str, address: &EmailAddress) -> Result<Mailbox, lettre::address::AddressError> {
    let (local, _) = address.as_str().rsplit_once('@').unwrap_or_default();
    let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
    let name = Some(name).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, Address::new(local, address.domain())?))
}

/// RFC 2369, and RFC 8058 for the mail programs that show a button of their own.
fn unsubscribable(builder: MessageBuilder, url: &str) -> Result<MessageBuilder, LetterError> {
    let url = Url::parse(url).map_err(|_| LetterError::Unsubscribe)?;
    // Where somebody tries things out, the server itself is reached without TLS.
    let is_web = matches!(url.scheme(), "https" | "http");
    // The parser has encoded spaces, line ends, angle brackets and all that is beyond ASCII.
    let is_fit = is_web && url.as_str().len() <= LONGEST_URL;
    let is_fit = is_fit
        && url
            .as_str()
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>".contains(&byte));
    if !is_fit {
        return Err(LetterError::Unsubscribe);
    }
    Ok(builder
        .raw_header(raw_header("List-Unsubscribe", &format!("<{url}>")))
        .raw_header(raw_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")))
}

fn raw_header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Text alone, or text and HTML as two forms of one, and what is attached beside them.
fn with_body(builder: MessageBuilder, mail: &OutgoingMail) -> Result<Message, LetterError> {
    let text = SinglePart::plain(unix_lines(&mail.text));
    let html = (!mail.html.is_empty()).then(|| SinglePart::html(unix_lines(&mail.html)));
    let forms = |text, html| MultiPart::alternative().singlepart(text).singlepart(html);
    if mail.attachments.is_empty() {
        return Ok(match html {
            Some(html) => builder.multipart(forms(text, html))?,
            None => builder
                .header(ContentType::TEXT_PLAIN)
                .body(unix_lines(&mail.text))?,
        });
    }
    let mut parts = match html {
        Some(html) => MultiPart::mixed().multipart(forms(text, html)),
        None => MultiPart::mixed().singlepart(text),
    };
    for file in mail.attachments.iter() {
        parts = parts.singlepart(attachment::part(file)?);
    }
    Ok(builder.multipart(parts)?)
}

/// A lone carriage return may not be sent (RFC 5321 §2.3.8), and a server that mends it breaks the signature.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
mod tests;
