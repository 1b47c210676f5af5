//! Signing in with an account at a provider.

use async_trait::async_trait;
use kernel::{EmailAddress, Secret, Timestamp};
use url::Url;

/// A provider, as the operator has set it up. Stateless but for what it remembers of the provider's keys.
#[async_trait]
pub trait SocialProvider: Send + Sync {
    /// As it is named in addresses: `google`.
    fn id(&self) -> &str;

    /// As people know it: `Google`.
    fn name(&self) -> &str;

    /// Who says so: the pinned issuer, or the origin of a provider without ID tokens. What is known of an
    /// account is kept under this.
    fn issuer(&self) -> &str;

    /// Whether an account with a confirmed address of this domain may be joined without asking its owner:
    /// the operator says so where the provider itself gives out the addresses.
    fn is_authoritative_for(&self, domain: &str) -> bool;

    /// Whether apps can hand in an ID token that they got by themselves.
    fn takes_id_tokens(&self) -> bool;

    /// Where the person is sent.
    async fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, SocialError>;

    /// Who the person is who came back with a code.
    async fn exchange(&self, grant: &CodeGrant<'_>) -> Result<SocialProfile, SocialError>;

    /// Whom an ID token is about that an app got by itself.
    async fn verify_id_token(&self, grant: &IdTokenGrant<'_>) -> Result<SocialProfile, SocialError>;
}

/// What a person is sent to the provider with.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Comes back with the person.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// PKCE (RFC 7636): the verifier, whose SHA-256 is sent.
    pub code_verifier: &'a str,
    /// Where the person comes back to.
    pub redirect_uri: &'a str,
    /// The address that the person is expected to sign in with.
    pub login_hint: Option<&'a str>,
}

/// What a person came back with.
#[derive(Debug, Clone, Copy)]
pub struct CodeGrant<'a> {
    /// The code.
    pub code: &'a str,
    /// What the code was asked for with.
    pub nonce: &'a str,
    /// What the code was asked for with.
    pub code_verifier: &'a str,
    /// The same as it was asked for with.
    pub redirect_uri: &'a str,
    /// The `iss` parameter beside the code (RFC 9207).
    pub iss: Option<&'a str>,
    /// The present moment.
    pub now: Timestamp,
}

/// What an app got by itself.
#[derive(Debug, Clone, Copy)]
pub struct IdTokenGrant<'a> {
    /// The ID token.
    pub id_token: &'a Secret<String>,
    /// The nonce that the app asked for it with.
    pub nonce: &'a str,
    /// The present moment.
    pub now: Timestamp,
}

/// Who a person is, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocialProfile {
    /// Who says so.
    pub issuer: String,
    /// The provider's name for the account; never given to another.
    pub subject: String,
    /// The address of the account.
    pub email: Option<EmailAddress>,
    /// Whether the provider has seen that the address is the person's: `true` as a boolean and nothing else.
    pub is_email_verified: bool,
    /// What the person is called.
    pub name: Option<String>,
}

/// Why a provider's word is not taken, or not to be had.
#[derive(Debug, thiserror::Error)]
pub enum SocialError {
    /// What came back breaks a rule; which one is for the log.
    #[error("the provider's answer does not hold: {0}")]
    Refused(String),
    /// The answer comes from another provider than the person was sent to, or does not say from which
    /// (RFC 9207).
    #[error("the answer is not this provider's: {0}")]
    MixedUp(String),
    /// The provider says that the code or token is none of its own, or is over.
    #[error("the provider does not take the code: {0}")]
    Denied(String),
    /// The provider can't be reached, or answers nonsense.
    #[error("the provider does not answer as it should: {0}")]
    Failed(String),
    /// The operator has set up something that can't work.
    #[error("the provider is not set up: {0}")]
    Misconfigured(String),
}
