//! What a link says, sealed, and how an address stands.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crypto::{MasterKey, Sealer};
use kernel::{EmailAddress, OrganizationId};
use mail::{Category, UnsubscribeLinks};
use url::Url;
use uuid::Uuid;

/// The longest text that is looked at. With the longest address and category it takes 502 characters.
const LONGEST: usize = 600;
/// What is sealed is for this and for nothing else.
const PURPOSE: &[u8] = b"unsubscribe";

/// Which mail of whom to which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Whose mail; `None` for the platform's.
    pub(crate) organization: Option<OrganizationId>,
    /// The address, in its normal form.
    pub(crate) email: EmailAddress,
    /// Which mail.
    pub(crate) category: Category,
}

/// Makes links for mails and reads them again. Nothing is kept of a link: it is the subject itself, sealed, and holds
/// as long as the installation has its master key. Cheap to clone.
#[derive(Clone)]
pub struct UnsubscribeTokens {
    sealer: Sealer,
    public_url: Url,
}

/// How far somebody wants no more mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// None of the category.
    Category,
    /// None of the sender's, but what nobody can unsubscribe from.
    All,
}

/// How an address stands with mail of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It gets the mail.
    Subscribed,
    /// Its owner wants no more of the kind.
    Unsubscribed,
    /// Its owner wants no more of the sender.
    UnsubscribedFromAll,
    /// It gets none for another reason: it bounced, its owner complained, or the sender stopped it.
    Stopped,
}

/// How an address stands, for its owner.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    /// Who the mail is from: an organization or the product.
    pub(crate) sender: String,
    /// The address, with most of it hidden: links are passed on with mails.
    pub(crate) email: String,
    /// Which mail.
    pub(crate) category: Category,
    /// Where it stands.
    pub(crate) standing: Standing,
}

impl UnsubscribeTokens {
    /// Links that lead to `public_url`.
    pub fn new(master_key: &MasterKey, public_url: Url) -> Self {
        Self {
            sealer: master_key.sealer("unsubscribe links"),
            public_url,
        }
    }

    fn write(&self, subject: &Subject) -> String {
        let category = subject.category.as_str().as_bytes();
        let mut plain = Vec::with_capacity(320);
        // The nil id is no organization's.
        let organization = subject.organization.map_or(Uuid::nil(), OrganizationId::uuid);
        plain.extend(organization.as_bytes());
        plain.extend(category);
        plain.push(0);
        plain.extend(subject.email.normalized().as_bytes());
        URL_SAFE_NO_PAD.encode(self.sealer.seal(&plain, PURPOSE))
    }

    /// What a token says; `None` for what was not made here, or was changed or cut off since.
    pub(crate) fn read(&self, token: &str) -> Option<Subject> {
        if token.len() > LONGEST {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let plain = self.sealer.open(&sealed, PURPOSE)?;
        let (organization, rest) = plain.split_first_chunk::<16>()?;
        let organization = Uuid::from_bytes(*organization);
        let (category, email) = str::from_utf8(rest).ok()?.split_once('\0')?;
        Some(Subject {
            organization: (!organization.is_nil()).then(|| OrganizationId::from_uuid(organization)),
            email: email.parse().ok()?,
            category: category.parse().ok()?,
        })
    }
}

impl UnsubscribeLinks for UnsubscribeTokens {
    fn link(
        &self,
        organization: Option<OrganizationId>,
        email: &EmailAddress,
        category: &Category,
    ) -> String {
        let token = self.write(&Subject {
            organization,
            email: email.clone(),
            category: category.clone(),
        });
        let mut link = self.public_url.clone();
        link.set_path(&format!("/unsubscribe/{token}"));
        link.into()
    }
}

/// An address with all but its first letter and its domain hidden: enough to know which of one's own it is.
pub(crate) fn masked(email: &EmailAddress) -> String {
    let first = email.as_str().chars().next().unwrap_or('•');
    format!("{first}•••@{}", email.domain())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens() -> UnsubscribeTokens {
        UnsubscribeTokens::new(
            &MasterKey::from_bytes([7; 32]),
            "https://app.example.com".parse().unwrap(),
        )
    }

    fn subject(organization: Option<u128>, email: &str, category: &str) -> Subject {
        Subject {
            organization: organization.map(|id| OrganizationId::from_uuid(Uuid::from_u128(id))),
            email: email.parse().unwrap(),
            category: category.parse().unwrap(),
        }
    }

    #[test]
    fn a_link_says_what_was_put_into_it() {
        let tokens = tokens();
        let local = "a".repeat(64);
        let domain = format!("{}.example", ["b".repeat(59).as_str(); 3].join("."));
        for (organization, email, category) in [
            (Some(7), "Ada+x@Example.com", "product_news"),
            (None, "ada@bücher.example", "digest"),
            (Some(u128::MAX), &format!("{local}@{domain}"), &"x".repeat(50)),
        ] {
            let subject = subject(organization, email, category);
            let link = tokens.link(subject.organization, &subject.email, &subject.category);
            let token = link.strip_prefix("https://app.example.com/unsubscribe/").unwrap();
            assert!(token.len() <= LONGEST, "{}", token.len());
            let read = tokens.read(token).unwrap();
            assert_eq!(read, subject);
            assert_eq!(read.email.as_str(), subject.email.normalized());
        }
    }

    #[test]
    fn nothing_else_is_a_link() {
        let tokens = tokens();
        let subject = subject(Some(7), "ada@example.com", "digest");
        let token = tokens.write(&subject);
        let other = UnsubscribeTokens::new(&MasterKey::generate(), tokens.public_url.clone());
        assert_eq!(other.read(&token), None);
        for cut in 0..token.len() {
            assert_eq!(tokens.read(&token[..cut]), None, "cut at {cut}");
            let mut changed = token.clone().into_bytes();
            changed[cut] = if changed[cut] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                tokens.read(&String::from_utf8(changed).unwrap()),
                None,
                "changed at {cut}"
            );
        }
        for text in [
            format!("{token}="),
            format!("{token}A"),
            format!(" {token}"),
            token.repeat(9),
        ] {
            assert_eq!(tokens.read(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text: String, bytes: Vec<u8>) {
            let tokens = tokens();
            prop_assert_eq!(tokens.read(&text), None);
            prop_assert_eq!(tokens.read(&URL_SAFE_NO_PAD.encode(&bytes)), None);
            // Sealed by ourselves, and still no subject.
            let sealed = tokens.sealer.seal(&bytes, PURPOSE);
            let _ = tokens.read(&URL_SAFE_NO_PAD.encode(sealed));
        }
    }
}
