//! How we prove to a provider who we are.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::{Secret, Timestamp};
use ports::social::SocialError;
use serde_json::json;
use url::form_urlencoded;

use crate::config::{AppleKey, Credential, ProviderConfig};
use crate::jose;

/// How long a secret holds that we sign.
const SIGNED_FOR: Duration = Duration::from_mins(5);

/// Where a secret is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the header (RFC 6749, section 2.3.1).
    Header,
    /// In the form.
    Form,
}

/// The secret of this moment.
pub(crate) fn secret(config: &ProviderConfig, now: Timestamp) -> Result<Secret<String>, SocialError> {
    match &config.credential {
        Credential::Secret(secret) => Ok(secret.clone()),
        Credential::SigningKey(key) => sign(key, &config.client_id, &config.issuer, now),
    }
}

/// The header, id and secret each as a form would hold them.
pub(crate) fn header(client_id: &str, secret: &Secret<String>) -> (&'static str, String) {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", encoded(client_id), encoded(secret.expose())));
    (
        "authorization",
        format!("Basic {}", STANDARD.encode(pair.expose())),
    )
}

/// <https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret>
fn sign(
    key: &AppleKey,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Secret<String>, SocialError> {
    let payload = json!({
        "iss": key.team_id,
        "iat": now.unix_seconds(),
        "exp": now.plus(SIGNED_FOR).unix_seconds(),
        "aud": issuer,
        "sub": client_id,
    });
    jose::es256(&key.key, &key.key_id, &payload)
        .map(Secret::new)
        .ok_or_else(|| SocialError::Failed("the secret can't be signed".to_owned()))
}
