//! DKIM (RFC 6376, RFC 8463): a domain vouches for a mail with a key whose other half is in its DNS.

mod canonical;
mod key;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::Timestamp;
use ring::digest::{SHA256, digest};
use url::Host;

use canonical::Field;
use key::Key;

/// What is signed where it is there. Each is named once more than it occurs, so that a second one that somebody
/// adds, which a mail program may show in place of ours, breaks the signature (RFC 6376 §8.15).
const SIGNED: [&str; 12] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Named even where they are absent: these would lead readers and their answers astray.
const NEVER_ADDED: [&str; 3] = ["From", "Reply-To", "Subject"];

/// The longest line of the signature's header; what is folded at it stays below the 78 of RFC 5322 §2.1.1.
const LINE: usize = 70;

/// Signs mail for a domain.
pub struct Dkim {
    domain: String,
    selector: String,
    key: Key,
}

/// Mail can't be signed with these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DkimError {
    /// Not a domain.
    #[error("a domain like example.com is expected")]
    Domain,
    /// Not a selector.
    #[error("a selector of letters, digits, hyphens and dots is expected, like mail or 2026-01")]
    Selector,
    /// Not a key in the one form that is read.
    #[error(
        "a PEM file that begins with BEGIN PRIVATE KEY (PKCS#8) is expected; `openssl pkcs8 -topk8 -nodes` makes one of another"
    )]
    Pem,
    /// A key that is not good for this.
    #[error("an RSA key of 2048 to 4096 bits, or an Ed25519 key, is expected")]
    Key,
    /// The key did not sign.
    #[error("the key does not sign")]
    Signing,
}

impl Dkim {
    /// The domain that vouches, the name of the key in its DNS, and the key (PEM, PKCS#8).
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, DkimError> {
        let Ok(Host::Domain(domain)) = Host::parse(domain.trim_end_matches('.')) else {
            return Err(DkimError::Domain);
        };
        if !domain.contains('.') || !is_dns_name(&domain) {
            return Err(DkimError::Domain);
        }
        if !is_dns_name(selector) {
            return Err(DkimError::Selector);
        }
        Ok(Self {
            domain,
            selector: selector.to_ascii_lowercase(),
            key: Key::from_pem(pem)?,
        })
    }

    /// The domain that vouches, in ASCII.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The name of the DNS record (TXT) that tells the public key.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// What that record says. What is longer than 255 bytes is given to DNS as several strings, which most
    /// providers do by themselves.
    pub fn record(&self) -> String {
        let key = BASE64.encode(self.key.published());
        format!("v=DKIM1; k={}; p={key}", self.key.kind())
    }

    /// The header that goes before the mail, with its line end. The mail says when it was signed, so that it is
    /// the same on every try.
    pub(crate) fn sign(&self, mail: &[u8], at: Timestamp) -> Result<String, DkimError> {
        let (head, body) = canonical::split(mail);
        let fields = canonical::fields(head);
        let names = signed_names(&fields);
        let body_hash = BASE64.encode(digest(&SHA256, &canonical::body(body)));
        let unsigned = format!(
            " v=1; a={}-sha256; c=relaxed/relaxed; d={};\r\n s={}; t={};\r\n h={};\r\n bh={body_hash};\r\n b=",
            self.key.kind(),
            self.domain,
            self.selector,
            at.unix_seconds(),
            folded_names(&names),
        );
        let signature = self.key.sign(&signed_text(&fields, &names, &unsigned))?;
        Ok(format!(
            "DKIM-Signature:{unsigned}{}\r\n",
            folded(&BASE64.encode(signature))
        ))
    }
}

/// Without the key.
impl fmt::Debug for Dkim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dkim({}, {})", self.record_name(), self.key.kind())
    }
}

fn is_dns_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && is_plain && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 200 && name.split('.').all(is_label)
}

fn signed_names(fields: &[Field<'_>]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for name in SIGNED {
        let count = fields.iter().filter(|field| field.is(name)).count();
        if count > 0 || NEVER_ADDED.contains(&name) {
            names.extend(std::iter::repeat_n(name, count + 1));
        }
    }
    names
}

/// The headers in the order of `names`, of several of one name the last one first, then the signature's own
/// without the signature (RFC 6376 §3.7, §5.4.2).
fn signed_text(fields: &[Field<'_>], names: &[&str], unsigned: &str) -> Vec<u8> {
    let mut input = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let before = names.iter().take(index);
        let taken = before
            .filter(|earlier| earlier.eq_ignore_ascii_case(name))
            .count();
        let mut of_name = fields.iter().rev().filter(|field| field.is(name));
        if let Some(field) = of_name.nth(taken) {
            input.extend(field.canonical());
            input.extend(b"\r\n");
        }
    }
    let own = Field {
        name: b"DKIM-Signature",
        value: unsigned.as_bytes(),
    };
    input.extend(own.canonical());
    input
}

fn folded_names(names: &[&str]) -> String {
    let mut folded = String::new();
    let mut length = 3;
    for (index, name) in names.iter().enumerate() {
        let colon = if index == 0 { "" } else { ":" };
        folded.push_str(colon);
        if length + name.len() > LINE {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push_str(name);
        length += name.len() + 1;
    }
    folded
}

/// Base64, a line at a time.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 32);
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % LINE == 0 {
            folded.push_str("\r\n ");
        }
        folded.push(letter);
    }
    folded
}

#[cfg(test)]
mod tests;
