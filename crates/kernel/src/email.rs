//! E-mail addresses, parsed once at the edge.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;

/// An address as its owner typed it, beside the form that tells whether two are the same.
///
/// Two addresses are the same when they agree after NFKC, lower case, and the ASCII form of the
/// domain (IDNA 2008). Rules are checked after that, so that no odd code point slips through as
/// something else. Quoted local parts and address literals are refused: real mailboxes of people
/// don't have them, attacks do.
#[derive(Clone)]
pub struct EmailAddress {
    typed: String,
    normalized: String,
}

/// The text is no address that mail can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address is expected, like ada@example.com")]
pub struct EmailAddressError;

impl EmailAddress {
    /// As typed, in NFC and without surrounding blanks: what mail is sent to.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// What two equal addresses have in common: the key to look people up by.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// The domain in ASCII and lower case.
    pub fn domain(&self) -> &str {
        self.normalized.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, EmailAddressError> {
        // RFC 5321 §4.5.3.1: a path has at most 256 octets with its two brackets.
        if text.len() > 254 {
            return Err(EmailAddressError);
        }
        if let Some(address) = Self::plain(text) {
            return Ok(address);
        }
        Self::any(text)
    }
}

impl EmailAddress {
    /// What almost every address is: ASCII with a domain that is no IDN. All forms of Unicode agree there,
    /// and IDNA has nothing to say but the lower case.
    fn plain(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let is_plain = text.is_ascii()
            && is_local_part(local)
            && is_domain(domain)
            && domain.split('.').all(is_plain_label);
        is_plain.then(|| Self {
            typed: text.to_owned(),
            normalized: text.to_ascii_lowercase(),
        })
    }

    fn any(text: &str) -> Result<Self, EmailAddressError> {
        let typed: String = text.trim_matches(' ').nfc().collect();
        let folded: String = typed.nfkc().collect::<String>().to_lowercase().nfkc().collect();
        let (local, domain) = folded.rsplit_once('@').ok_or(EmailAddressError)?;
        if !is_local_part(local) {
            return Err(EmailAddressError);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailAddressError)?;
        if !is_domain(&domain) {
            return Err(EmailAddressError);
        }
        let normalized = format!("{local}@{domain}");
        // What is mailed to must read as the address that was checked.
        if normalized.len() > 254
            || typed
                .chars()
                .any(|letter| !is_mailbox_letter(letter) && letter != '@')
        {
            return Err(EmailAddressError);
        }
        Ok(Self { typed, normalized })
    }
}

/// A dot-atom (RFC 5322 §3.2.3), with letters beyond ASCII allowed (RFC 6531).
fn is_local_part(local: &str) -> bool {
    (1..=64).contains(&local.len())
        && local.split('.').all(|atom| !atom.is_empty())
        && local.chars().all(is_mailbox_letter)
}

fn is_mailbox_letter(letter: char) -> bool {
    letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter)
}

/// At least two labels, and a last one that is no number: `localhost` and `127.0.0.1` get no mail from us.
fn is_domain(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(|label| (1..=63).contains(&label.len()))
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and hyphens inside (RFC 5890 §2.3.1), without the place where IDNA puts its mark.
fn is_plain_label(label: &str) -> bool {
    label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.get(2..4) != Some("--")
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.normalized == other.normalized
    }
}
impl Eq for EmailAddress {}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

/// Hides the local part: addresses are personal, and debug output ends up in logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…@{}", self.domain())
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.typed)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for EmailAddress {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "EmailAddress".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "email", "maxLength": 254, "example": "ada@example.com" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::*;

    fn normalized(text: &str) -> Option<String> {
        text.parse::<EmailAddress>()
            .ok()
            .map(|address| address.normalized)
    }

    #[test]
    fn the_same_mailbox_has_one_normal_form() {
        for text in [
            "ada@example.com",
            "ADA@Example.COM",
            " ada@example.com ",
            "ａda@example.com",
        ] {
            assert_eq!(normalized(text).as_deref(), Some("ada@example.com"), "{text}");
        }
        assert_eq!(
            normalized("ada@bücher.example").as_deref(),
            Some("ada@xn--bcher-kva.example")
        );
        assert_eq!(
            normalized("a.b+tag@example.com").as_deref(),
            Some("a.b+tag@example.com")
        );
    }

    #[test]
    fn refuses_what_mail_cannot_be_sent_to_or_what_smuggles() {
        for text in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "a@b@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada@exam ple.com",
            "\"ada\"@example.com",
            "ada@example..com",
            ".ada@example.com",
            "ada.@example.com",
            "ada@example.com,eve@example.com",
            "Ada <ada@example.com>",
            "ada\0@example.com",
            "ada@-example.com",
            "ada＠example.com@evil.test,",
            "ada\u{202e}@example.com",
            &format!("{}@example.com", "a".repeat(65)),
            &format!("a@{}.com", "a".repeat(300)),
        ] {
            assert_eq!(normalized(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_address_is_what_any_address_is(
            text in "[ -~]{0,6}@[ -~]{0,6}|[a-zA-Z.+-]{1,70}@([a-zA-Z0-9-]{1,65}\\.){1,3}[a-zA-Z0-9-]{0,9}",
        ) {
            if let Some(plain) = EmailAddress::plain(&text) {
                let any = EmailAddress::any(&text).unwrap();
                prop_assert_eq!((plain.typed, plain.normalized), (any.typed, any.normalized));
            }
        }
    }

    #[test]
    fn debug_output_hides_the_person() {
        let address: EmailAddress = "ada@example.com".parse().unwrap();
        assert_eq!(format!("{address:?}"), "…@example.com");
    }
}
