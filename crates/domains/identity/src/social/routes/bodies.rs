//! What is sent and answered about accounts at providers.

use garde::Validate;
use kernel::id::SocialAccountId;
use kernel::{EmailAddress, FieldError, Locale, Secret, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::entrance::routes::SignInBody;
use crate::error::IdentityError;
use crate::social::model::{Departed, FLOW_LIFETIME, ProviderInfo, SocialAccount};

/// A nonce that is shorter can be guessed, or was not drawn at all.
const SHORTEST_NONCE: usize = 16;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProviderPath {
    /// The provider.
    #[schemars(extend("example" = "google"))]
    pub(super) provider: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SocialAccountPath {
    /// The linked account.
    pub(super) social_account_id: SocialAccountId,
}

/// A provider.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProviderBody {
    /// As it is named in addresses.
    #[schemars(extend("example" = "google"))]
    id: String,
    /// As people know it.
    #[schemars(extend("example" = "Google"))]
    name: String,
    /// Whether apps can hand in an ID token that they got by themselves.
    takes_id_tokens: bool,
}

/// The providers: as many as the operator has set up, so there are no pages.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProvidersBody {
    /// In the order to show them.
    pub(super) data: Vec<ProviderBody>,
}

/// What a sign-in begins with: all of it is optional, and an ID token comes with its nonce.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct SocialLogin {
    /// Where the person is sent in the end: a path of this site, or an address that the operator allows.
    #[garde(skip)]
    #[schemars(extend("example" = "/welcome"))]
    redirect_to: Option<String>,
    /// The app's own page that takes the code, at an origin that the operator allows.
    #[garde(skip)]
    #[schemars(extend("example" = "https://app.example.com/callback"))]
    callback_url: Option<String>,
    /// The address that the person is expected to sign in with.
    #[garde(skip)]
    login_hint: Option<EmailAddress>,
    /// The token of the invite that brought a newcomer here.
    #[garde(skip)]
    pub(super) invite_token: Option<Secret<String>>,
    /// An ID token that the app got by itself.
    #[garde(skip)]
    #[schemars(extend("example" = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2FjY291bnRzIn0.c2ln"))]
    id_token: Option<Secret<String>>,
    /// What the app asked for the ID token with: drawn at random for this sign-in.
    #[garde(skip)]
    #[schemars(extend("example" = "n-0S6_WzA2MjVkZjE0Nw", "minLength" = 16, "maxLength" = 255))]
    nonce: Option<Secret<String>>,
    /// The language that a newcomer reads, where an ID token is given; `en` when absent.
    #[garde(skip)]
    pub(super) locale: Option<Locale>,
}

/// What is asked for.
pub(super) enum Wish {
    /// To be let in by an ID token.
    IdToken {
        token: Secret<String>,
        nonce: Secret<String>,
    },
    /// A way to the provider.
    Way,
}

/// What a way begins with.
pub(super) struct Way<'a> {
    pub(super) redirect_to: Option<&'a str>,
    pub(super) callback_url: Option<&'a str>,
    pub(super) login_hint: Option<&'a EmailAddress>,
    pub(super) invite_token: Option<&'a Secret<String>>,
}

/// What an account is linked with.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkSocialAccount {
    /// The provider.
    #[garde(skip)]
    #[schemars(extend("example" = "google"))]
    pub(super) provider: String,
    /// Where the person is sent in the end: a path of this site, or an address that the operator allows.
    #[garde(skip)]
    #[schemars(extend("example" = "/account"))]
    redirect_to: Option<String>,
    /// The app's own page that takes the code, at an origin that the operator allows.
    #[garde(skip)]
    #[schemars(extend("example" = "https://app.example.com/callback"))]
    callback_url: Option<String>,
    /// The address that the person is expected to sign in with there.
    #[garde(skip)]
    login_hint: Option<EmailAddress>,
}

/// What the provider sent back.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishSocialLogin {
    /// The code.
    #[garde(skip)]
    #[schemars(extend("example" = "SplxlOBeZQQYbYS6WxSbIA"))]
    pub(super) code: Secret<String>,
    /// The state.
    #[garde(skip)]
    #[schemars(extend("example" = "ms_state_mHk3b5aVw0c1Jm0bJ8n0qg9g8Jc7uZ3b4tQ1r2s3t4uQXo1Zw"))]
    pub(super) state: Secret<String>,
    /// The issuer, where the provider names itself beside the code (RFC 9207).
    #[garde(skip)]
    #[schemars(extend("example" = "https://accounts.google.com"))]
    pub(super) iss: Option<String>,
    /// What the beginning answered; a browser may leave it to its cookie.
    #[garde(skip)]
    pub(super) flow: Option<Secret<String>>,
    /// The language that a newcomer reads; `en` when absent.
    #[garde(skip)]
    pub(super) locale: Option<Locale>,
}

/// What the provider sent back.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishSocialLink {
    /// The provider.
    #[garde(skip)]
    #[schemars(extend("example" = "google"))]
    provider: String,
    /// The code.
    #[garde(skip)]
    #[schemars(extend("example" = "SplxlOBeZQQYbYS6WxSbIA"))]
    code: Secret<String>,
    /// The state.
    #[garde(skip)]
    #[schemars(extend("example" = "ms_state_mHk3b5aVw0c1Jm0bJ8n0qg9g8Jc7uZ3b4tQ1r2s3t4uQXo1Zw"))]
    state: Secret<String>,
    /// The issuer, where the provider names itself beside the code (RFC 9207).
    #[garde(skip)]
    #[schemars(extend("example" = "https://accounts.google.com"))]
    iss: Option<String>,
    /// What the beginning answered; a browser may leave it to its cookie.
    #[garde(skip)]
    flow: Option<Secret<String>>,
}

/// What comes of signing in: where the person goes now, or what signing in answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SocialLoginBody {
    /// Where the person goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code"))]
    authorization_url: Option<String>,
    /// To be sent with what the provider sends back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "ms_of_mHk3b5aVw0c1Jm0bJ8n0qg9g8Jc7uZ3b4tQ1r2s3t4uQXo1Zw"))]
    flow: Option<String>,
    /// For how many seconds the person may be on their way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = 600))]
    flow_expires_in: Option<u64>,
    /// What signing in answers.
    #[serde(flatten)]
    sign_in: Option<SignInBody>,
}

/// Where the person goes to link an account.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LinkBody {
    /// Where the person goes.
    #[schemars(extend("example" = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code"))]
    authorization_url: String,
    /// To be sent with what the provider sends back.
    #[schemars(extend("example" = "ms_of_mHk3b5aVw0c1Jm0bJ8n0qg9g8Jc7uZ3b4tQ1r2s3t4uQXo1Zw"))]
    flow: String,
    /// For how many seconds the person may be on their way.
    #[schemars(extend("example" = 600))]
    flow_expires_in: u64,
}

/// An account at a provider that a person signs in with.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SocialAccountBody {
    /// Its id.
    id: SocialAccountId,
    /// The provider.
    #[schemars(extend("example" = "google"))]
    provider: String,
    /// The address that the account had at last.
    email: Option<EmailAddress>,
    /// When it was linked.
    created_at: Timestamp,
    /// When somebody last signed in with it.
    last_used_at: Option<Timestamp>,
}

impl SocialLogin {
    /// What is asked for, when it is one thing.
    pub(super) fn wish(&self) -> Result<Wish, IdentityError> {
        let fault =
            |pointer, code, detail| Err(IdentityError::invalid(FieldError::new(pointer, code, detail)));
        let (token, nonce) = match (&self.id_token, &self.nonce) {
            (None, None) => return Ok(Wish::Way),
            (Some(token), Some(nonce)) => (token.clone(), nonce.clone()),
            (Some(_), None) => return fault("/nonce", "required", "an ID token comes with its nonce"),
            (None, Some(_)) => return fault("/id_token", "required", "a nonce comes with its ID token"),
        };
        if self.redirect_to.is_some() || self.callback_url.is_some() || self.login_hint.is_some() {
            return fault(
                "/id_token",
                "one_of",
                "give either an ID token or what a way begins with",
            );
        }
        match nonce.expose().len() {
            SHORTEST_NONCE..=255 => Ok(Wish::IdToken { token, nonce }),
            length if length < SHORTEST_NONCE => {
                fault("/nonce", "too_short", "at least 16 characters are expected")
            }
            _ => fault("/nonce", "too_long", "at most 255 characters are expected"),
        }
    }

    /// What the way begins with.
    pub(super) fn way(&self) -> Way<'_> {
        Way {
            redirect_to: self.redirect_to.as_deref(),
            callback_url: self.callback_url.as_deref(),
            login_hint: self.login_hint.as_ref(),
            invite_token: self.invite_token.as_ref(),
        }
    }
}

impl LinkSocialAccount {
    /// What the way begins with.
    pub(super) fn way(&self) -> Way<'_> {
        Way {
            redirect_to: self.redirect_to.as_deref(),
            callback_url: self.callback_url.as_deref(),
            login_hint: self.login_hint.as_ref(),
            invite_token: None,
        }
    }
}

impl FinishSocialLink {
    /// The provider, and what it sent back.
    pub(super) fn split(self) -> (String, FinishSocialLogin) {
        let finish = FinishSocialLogin {
            code: self.code,
            state: self.state,
            iss: self.iss,
            flow: self.flow,
            locale: None,
        };
        (self.provider, finish)
    }
}

impl SocialLoginBody {
    pub(super) fn departed(departed: &Departed) -> Self {
        Self {
            authorization_url: Some(departed.authorization_url.clone()),
            flow: Some(departed.flow.expose().clone()),
            flow_expires_in: Some(FLOW_LIFETIME.as_secs()),
            sign_in: None,
        }
    }

    pub(super) const fn entered(sign_in: SignInBody) -> Self {
        Self {
            authorization_url: None,
            flow: None,
            flow_expires_in: None,
            sign_in: Some(sign_in),
        }
    }
}

impl From<&Departed> for LinkBody {
    fn from(departed: &Departed) -> Self {
        Self {
            authorization_url: departed.authorization_url.clone(),
            flow: departed.flow.expose().clone(),
            flow_expires_in: FLOW_LIFETIME.as_secs(),
        }
    }
}

impl From<ProviderInfo> for ProviderBody {
    fn from(provider: ProviderInfo) -> Self {
        Self {
            id: provider.id,
            name: provider.name,
            takes_id_tokens: provider.takes_id_tokens,
        }
    }
}

impl From<SocialAccount> for SocialAccountBody {
    fn from(account: SocialAccount) -> Self {
        Self {
            id: account.id,
            provider: account.provider,
            email: account.email,
            created_at: account.created_at,
            last_used_at: account.last_used_at,
        }
    }
}
