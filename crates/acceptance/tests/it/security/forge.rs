//! Access tokens made by hand, with nothing of the product's own code for them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crypto::MasterKey;
use db::{DbError, Executor as _, ReadTx, args};
use ed25519_dalek::{Signer as _, SigningKey};
use mainstay_acceptance::TestApp;
use serde_json::{Value, json};

/// A true access token, taken apart, and the key that it was signed with.
pub(super) struct Forge {
    /// The key that is in use, opened with the master key out of the data directory.
    pub(super) key: SigningKey,
    /// Its id.
    pub(super) kid: String,
    /// The header of the token.
    pub(super) header: Value,
    /// The claims of the token.
    pub(super) claims: Value,
    /// The token itself.
    pub(super) token: String,
}

/// A text as it stands in a token.
pub(super) fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

impl Forge {
    /// Takes `token` apart.
    pub(super) async fn of(app: &TestApp, token: &str) -> Self {
        let (header, claims) = (part(token, 0), part(token, 1));
        let kid = header["kid"].as_str().unwrap().to_owned();
        Self {
            key: key(app, kid.clone()).await,
            kid,
            header,
            claims,
            token: token.to_owned(),
        }
    }

    /// The first two parts: what is signed.
    pub(super) fn signed_part(header: &str, claims: &str) -> String {
        format!("{}.{}", base64(header), base64(claims))
    }

    /// Signed with `key`, whatever header and claims are.
    pub(super) fn sign(key: &SigningKey, header: &str, claims: &str) -> String {
        let signed = Self::signed_part(header, claims);
        let signature = key.sign(signed.as_bytes()).to_bytes();
        format!("{signed}.{}", base64(signature))
    }

    /// A true signature over the claims with one of them changed; null takes it away.
    pub(super) fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        if claims[name].is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
        Self::sign(&self.key, &self.header.to_string(), &claims.to_string())
    }

    /// A true signature under a header with one member changed; null takes it away.
    pub(super) fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        if header[name].is_null() {
            header.as_object_mut().unwrap().remove(name);
        }
        Self::sign(&self.key, &header.to_string(), &self.claims.to_string())
    }

    /// Under this algorithm, with this signature.
    pub(super) fn with_signature(&self, algorithm: &str, signature: impl AsRef<[u8]>) -> String {
        let header = json!({ "alg": algorithm, "typ": "at+jwt", "kid": self.kid });
        let signed = Self::signed_part(&header.to_string(), &self.claims.to_string());
        format!("{signed}.{}", base64(signature))
    }

    /// A moment so many seconds after the token was issued.
    pub(super) fn seconds(&self, after: i64) -> Value {
        json!(self.claims["iat"].as_i64().unwrap() + after)
    }
}

async fn key(app: &TestApp, kid: String) -> SigningKey {
    let text = std::fs::read_to_string(app.data_dir().join("keys/master.key")).unwrap();
    let sealer = MasterKey::parse(text.trim()).unwrap().sealer("signing key");
    let name = kid.clone();
    let kept = app
        .app()
        .db()
        .read(async move |tx: &mut ReadTx| -> Result<Vec<u8>, DbError> {
            let sql = "SELECT sealed_private_key FROM signing_keys WHERE kid = $1";
            tx.fetch_one(sql, args![&name]).await
        })
        .await
        .unwrap();
    let seed = sealer.open(&kept, kid.as_bytes()).unwrap();
    SigningKey::from_bytes(seed.as_slice().try_into().unwrap())
}
