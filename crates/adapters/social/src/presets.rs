//! What is particular to each provider, as data. Where a provider is not here, [`BY_THE_BOOK`] counts.

mod table;

pub use table::{BY_THE_BOOK, PRESETS};

/// One provider.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// As it is named in addresses and settings.
    pub id: &'static str,
    /// As people know it.
    pub name: &'static str,
    /// Who says so.
    pub issuer: Issuer,
    /// What is asked for.
    pub scopes: &'static [&'static str],
    /// How we prove who we are.
    pub authentication: Authentication,
    /// How the person comes back, where that is not by the address alone.
    pub response_mode: Option<&'static str>,
    /// Whether a challenge is sent (RFC 7636). A server ignores what it does not know (RFC 6749, section
    /// 3.1), so it is sent but where it is known to break something.
    pub sends_challenge: bool,
    /// What is spoken.
    pub protocol: Protocol,
}

/// The pinned issuer.
#[derive(Debug, Clone, Copy)]
pub enum Issuer {
    /// There is one.
    Fixed(&'static str),
    /// There is a usual one, and people run their own.
    Usual(&'static str),
    /// The operator has to say; the text is an example.
    Asked(&'static str),
}

/// How we prove to a token endpoint who we are (OpenID Connect Core 1.0, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// `client_secret_basic`, unless the provider takes `client_secret_post` only.
    AsDiscovered,
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
    /// `client_secret_post`, and the secret is a token that we sign.
    SignedSecret,
}

/// What is spoken.
#[derive(Debug, Clone, Copy)]
pub enum Protocol {
    /// OpenID Connect: endpoints and keys by discovery, the person in an ID token.
    OpenId(OpenId),
    /// OAuth 2: fixed endpoints, the person in an answer of an API.
    OAuth2(OAuth2),
}

/// What differs among OpenID providers.
#[derive(Debug, Clone, Copy)]
pub struct OpenId {
    /// Hosts beside the issuer's own that keys may come from.
    pub key_hosts: &'static [&'static str],
    /// Whether ID tokens hold the nonce that was asked with, as the standard wants.
    pub returns_nonce: bool,
    /// Where the claims say that the address was seen to be the person's.
    pub email_verified: &'static str,
    /// Whether it may be said in a text, `"true"`, where the standard wants a boolean.
    pub says_true_in_text: bool,
}

/// What differs among the others. Pointers are those of RFC 6901.
#[derive(Debug, Clone, Copy)]
pub struct OAuth2 {
    /// Where people are sent.
    pub authorization: &'static str,
    /// Where codes become tokens.
    pub token: &'static str,
    /// Where the person is asked for.
    pub user: &'static str,
    /// Headers beside the usual ones.
    pub headers: &'static [(&'static str, &'static str)],
    /// What stands where in the answer.
    pub person: PersonAt,
    /// A list of addresses, where the answer holds none that can be relied on.
    pub emails: Option<EmailsAt>,
    /// What `iss` says beside a code (RFC 9207), where that is not the issuer.
    pub answers_as: Option<&'static str>,
}

/// What stands where in an answer about a person.
#[derive(Debug, Clone, Copy)]
pub struct PersonAt {
    /// The account's own name for itself: a text or a whole number.
    pub subject: &'static str,
    /// The address.
    pub email: Option<&'static str>,
    /// Whether the address was seen to be the person's; `None` where the provider does not say.
    pub email_verified: Option<&'static str>,
    /// What the person is called.
    pub name: &'static str,
}

/// A list of addresses: the one that is primary and verified counts.
#[derive(Debug, Clone, Copy)]
pub struct EmailsAt {
    /// Where it is.
    pub url: &'static str,
    /// The address in an item.
    pub email: &'static str,
    /// Whether it is the one to use.
    pub primary: &'static str,
    /// Whether it was seen to be the person's.
    pub verified: &'static str,
}

impl Preset {
    /// The row for a provider, or the book.
    pub fn find(id: &str) -> &'static Self {
        let known = PRESETS.iter().find(|preset| preset.id == id);
        known.unwrap_or(&BY_THE_BOOK)
    }
}
