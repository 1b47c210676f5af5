//! What browsers are given, as `PublicKeyCredential.parseCreationOptionsFromJSON` and
//! `parseRequestOptionsFromJSON` take it.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Base64Url, CredentialType};
use super::model::{CHALLENGE_LIFETIME, Known};
use crate::user::model::{PersonName, User};

/// For `navigator.credentials.create`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    /// Us.
    rp: Party,
    /// Whose passkey it is to be.
    user: Account,
    /// To be signed.
    challenge: Base64Url,
    /// Which keys are taken, the preferred first.
    pub_key_cred_params: Vec<Parameter>,
    /// Milliseconds.
    #[schemars(extend("example" = 300_000))]
    timeout: u64,
    /// Passkeys that the person has: an authenticator makes no second one.
    exclude_credentials: Vec<Descriptor>,
    /// What is asked of the authenticator.
    authenticator_selection: Selection,
    /// Always `none`: who made the authenticator does not matter.
    #[schemars(extend("example" = "none"))]
    attestation: &'static str,
}

/// For `navigator.credentials.get`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    /// To be signed.
    challenge: Base64Url,
    /// Milliseconds.
    #[schemars(extend("example" = 300_000))]
    timeout: u64,
    /// The domain that passkeys are for.
    #[schemars(extend("example" = "app.example.com"))]
    rp_id: String,
    /// Which passkeys are taken; any, when there are none.
    allow_credentials: Vec<Descriptor>,
    /// Whether the authenticator looks who is there: `required` or `preferred`.
    #[schemars(extend("example" = "required"))]
    user_verification: &'static str,
}

/// A relying party.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Party {
    /// The domain that passkeys are for.
    #[schemars(extend("example" = "app.example.com"))]
    id: String,
    /// The product's name.
    #[schemars(extend("example" = "Mainstay"))]
    name: String,
}

/// An account, as authenticators show it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Account {
    /// The user handle.
    id: Base64Url,
    /// The address.
    #[schemars(extend("example" = "ada@example.com"))]
    name: String,
    /// The name.
    #[schemars(extend("example" = "Ada Lovelace"))]
    display_name: String,
}

/// A kind of key.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Parameter {
    /// Always `public-key`.
    r#type: CredentialType,
    /// As COSE numbers algorithms.
    #[schemars(extend("example" = -8))]
    alg: i64,
}

/// A passkey.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Descriptor {
    /// Always `public-key`.
    r#type: CredentialType,
    /// The credential's id.
    id: Base64Url,
    /// How its authenticator is reached.
    #[schemars(extend("example" = ["internal", "hybrid"]))]
    transports: Vec<String>,
}

/// What is asked of an authenticator that makes a key. One that can keep the key with the account's name does, so
/// that nobody types an address; security keys without room are taken as second factors.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Selection {
    /// Always `preferred`.
    #[schemars(extend("example" = "preferred"))]
    resident_key: &'static str,
    /// The same for older browsers.
    #[schemars(extend("example" = false))]
    require_resident_key: bool,
    /// Always `preferred`.
    #[schemars(extend("example" = "preferred"))]
    user_verification: &'static str,
}

impl CreationOptions {
    pub(crate) fn new(
        party: &webauthn::RelyingParty,
        product: &str,
        user: &User,
        known: Vec<Known>,
        challenge: Vec<u8>,
    ) -> Self {
        Self {
            rp: Party {
                id: party.id().to_owned(),
                name: product.to_owned(),
            },
            user: Account {
                id: Base64Url(user.id.uuid().as_bytes().to_vec()),
                name: user.email.to_string(),
                display_name: user
                    .name
                    .as_ref()
                    .map_or(user.email.as_str(), PersonName::as_str)
                    .to_owned(),
            },
            challenge: Base64Url(challenge),
            pub_key_cred_params: webauthn::ALGORITHMS.map(Parameter::of).into(),
            timeout: timeout(),
            exclude_credentials: known.into_iter().map(Descriptor::from).collect(),
            authenticator_selection: Selection {
                resident_key: "preferred",
                require_resident_key: false,
                user_verification: "preferred",
            },
            attestation: "none",
        }
    }
}

impl RequestOptions {
    pub(crate) fn new(
        party: &webauthn::RelyingParty,
        verification: webauthn::UserVerification,
        known: Vec<Known>,
        challenge: Vec<u8>,
    ) -> Self {
        Self {
            challenge: Base64Url(challenge),
            timeout: timeout(),
            rp_id: party.id().to_owned(),
            allow_credentials: known.into_iter().map(Descriptor::from).collect(),
            user_verification: match verification {
                webauthn::UserVerification::Required => "required",
                webauthn::UserVerification::Preferred => "preferred",
            },
        }
    }
}

impl Parameter {
    const fn of(alg: i64) -> Self {
        Self {
            r#type: CredentialType::PublicKey,
            alg,
        }
    }
}

impl From<Known> for Descriptor {
    fn from(known: Known) -> Self {
        Self {
            r#type: CredentialType::PublicKey,
            id: Base64Url(known.credential_id),
            transports: known.transports,
        }
    }
}

fn timeout() -> u64 {
    CHALLENGE_LIFETIME.as_secs() * 1000
}
