//! What browsers answer, as `PublicKeyCredential.toJSON()` writes it. Browsers add members as they like, and
//! we have no use for some, so those that are not named here are passed over.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use garde::Validate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes in base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base64Url(pub Vec<u8>);

/// What `navigator.credentials.create` answers.
#[derive(Debug, Clone, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationCredential {
    /// The credential's id.
    #[garde(skip)]
    pub raw_id: Base64Url,
    /// Always `public-key`.
    #[garde(skip)]
    pub r#type: CredentialType,
    /// What the authenticator answered.
    #[garde(dive)]
    pub response: AttestationResponse,
}

/// What an authenticator answers that has made a key.
#[derive(Debug, Clone, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase")]
pub struct AttestationResponse {
    /// What the browser says.
    #[garde(skip)]
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: Base64Url,
    /// What the authenticator says.
    #[garde(skip)]
    pub attestation_object: Base64Url,
    /// How the authenticator is reached.
    #[garde(skip)]
    #[serde(default)]
    #[schemars(extend("example" = ["internal", "hybrid"]))]
    pub transports: Vec<String>,
}

/// What `navigator.credentials.get` answers.
#[derive(Debug, Clone, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationCredential {
    /// The credential's id.
    #[garde(skip)]
    pub raw_id: Base64Url,
    /// Always `public-key`.
    #[garde(skip)]
    pub r#type: CredentialType,
    /// What the authenticator answered.
    #[garde(dive)]
    pub response: AssertionResponse,
}

/// What an authenticator answers that has used a key.
#[derive(Debug, Clone, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase")]
pub struct AssertionResponse {
    /// What the browser says.
    #[garde(skip)]
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: Base64Url,
    /// What the authenticator says.
    #[garde(skip)]
    pub authenticator_data: Base64Url,
    /// Its signature over both.
    #[garde(skip)]
    pub signature: Base64Url,
    /// Whom the authenticator takes its user for.
    #[garde(skip)]
    pub user_handle: Option<Base64Url>,
}

/// The one type of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CredentialType {
    /// A key pair.
    #[serde(rename = "public-key")]
    PublicKey,
}

impl AttestationResponse {
    /// Those that are told again to browsers: a few words each.
    pub(crate) fn transports(&self) -> Vec<String> {
        let is_word = |text: &String| {
            (1..=32).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        self.transports
            .iter()
            .filter(|text| is_word(text))
            .take(8)
            .cloned()
            .collect()
    }
}

impl AuthenticationCredential {
    pub(crate) fn answer(&self) -> webauthn::AssertionAnswer<'_> {
        let response = &self.response;
        webauthn::AssertionAnswer {
            client_data_json: &response.client_data_json.0,
            authenticator_data: &response.authenticator_data.0,
            signature: &response.signature.0,
            user_handle: response.user_handle.as_ref().map(|handle| &*handle.0),
        }
    }
}

impl RegistrationCredential {
    pub(crate) fn answer(&self) -> webauthn::RegistrationAnswer<'_> {
        webauthn::RegistrationAnswer {
            credential_id: &self.raw_id.0,
            client_data_json: &self.response.client_data_json.0,
            attestation_object: &self.response.attestation_object.0,
        }
    }
}

impl<'de> Deserialize<'de> for Base64Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(&*text);
        bytes
            .map(Self)
            .map_err(|_| de::Error::custom("base64url without padding is expected"))
    }
}

impl Serialize for Base64Url {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl JsonSchema for Base64Url {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Base64Url")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]*$", "example": "mHk3b5aVw0c1Jm0bJ8n0qg" })
    }
}
