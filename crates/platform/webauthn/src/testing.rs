//! An authenticator in software, for tests: it says what it is told to say, true or not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use sha2::{Digest as _, Sha256};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The user is there.
pub const USER_PRESENT: u8 = 1;
/// The authenticator looked who is there.
pub const USER_VERIFIED: u8 = 1 << 2;
/// The key may leave its device.
pub const BACKUP_ELIGIBLE: u8 = 1 << 3;
/// It has.
pub const BACKED_UP: u8 = 1 << 4;
/// There is a credential in the data.
pub const ATTESTED: u8 = 1 << 6;

/// An authenticator that holds one key (P-256).
pub struct SoftAuthenticator {
    document: Vec<u8>,
    key: EcdsaKeyPair,
    random: SystemRandom,
    /// The credential's id.
    pub credential_id: Vec<u8>,
    /// The relying party that it answers for.
    pub rp_id: String,
    /// The page that the browser says it is on.
    pub origin: String,
    /// Its flags, but for the one that announces the credential.
    pub flags: u8,
    /// Its counter, as it says it next.
    pub sign_count: u32,
}

/// What it answers, as the browser passes it on.
#[derive(Debug, Clone)]
pub struct SoftRegistration {
    /// What the browser says.
    pub client_data_json: Vec<u8>,
    /// What the authenticator says.
    pub attestation_object: Vec<u8>,
}

/// What it answers, as the browser passes it on.
#[derive(Debug, Clone)]
pub struct SoftAssertion {
    /// What the browser says.
    pub client_data_json: Vec<u8>,
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
    /// Its signature over both.
    pub signature: Vec<u8>,
}

impl SoftAuthenticator {
    /// One with a new key, for pages of `origin`, that verifies its user and does not count.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn new(rp_id: &str, origin: &str) -> Outcome<Self> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random)
            .map_err(|error| error.to_string())?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            credential_id: Sha256::digest(key.public_key()).to_vec(),
            key,
            document: document.as_ref().to_vec(),
            random,
            rp_id: rp_id.to_owned(),
            origin: origin.to_owned(),
            flags: USER_PRESENT | USER_VERIFIED,
            sign_count: 0,
        })
    }

    /// The same once more, to be changed.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn same(&self) -> Outcome<Self> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.document, &self.random)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            document: self.document.clone(),
            key,
            random: SystemRandom::new(),
            credential_id: self.credential_id.clone(),
            rp_id: self.rp_id.clone(),
            origin: self.origin.clone(),
            flags: self.flags,
            sign_count: self.sign_count,
        })
    }

    /// Answers `navigator.credentials.create`.
    ///
    /// # Errors
    /// The answer can't be written.
    pub fn register(&self, challenge: &[u8]) -> Outcome<SoftRegistration> {
        let mut data = self.head(ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential_id.len())?.to_be_bytes());
        data.extend(&self.credential_id);
        data.extend(self.public_key()?);
        Ok(SoftRegistration {
            client_data_json: self.client_data("webauthn.create", challenge),
            attestation_object: attestation_object(data)?,
        })
    }

    /// Answers `navigator.credentials.get`.
    ///
    /// # Errors
    /// The answer can't be signed.
    pub fn assert(&self, challenge: &[u8]) -> Outcome<SoftAssertion> {
        self.sign(self.client_data("webauthn.get", challenge), self.head(0))
    }

    /// Signs what it is given.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn sign(&self, client_data_json: Vec<u8>, authenticator_data: Vec<u8>) -> Outcome<SoftAssertion> {
        let mut message = authenticator_data.clone();
        message.extend(Sha256::digest(&client_data_json));
        let signature = self.key.sign(&self.random, &message);
        let signature = signature.map_err(|error| error.to_string())?;
        Ok(SoftAssertion {
            client_data_json,
            authenticator_data,
            signature: signature.as_ref().to_vec(),
        })
    }

    /// What a browser says.
    pub fn client_data(&self, kind: &str, challenge: &[u8]) -> Vec<u8> {
        let data = serde_json::json!({
            "type": kind,
            "challenge": URL_SAFE_NO_PAD.encode(challenge),
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    /// What authenticator data begins with.
    pub fn head(&self, more_flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(self.flags | more_flags);
        data.extend(self.sign_count.to_be_bytes());
        data
    }

    /// The key as COSE has it.
    ///
    /// # Errors
    /// It can't be written.
    pub fn public_key(&self) -> Outcome<Vec<u8>> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
        let key = [
            (1, Value::from(2)),
            (3, Value::from(-7)),
            (-1, Value::from(1)),
            (-2, Value::from(x)),
            (-3, Value::from(y)),
        ];
        let key = key.map(|(label, value)| (Value::from(label), value));
        cbor(&Value::Map(key.into()))
    }
}

/// An attestation object without attestation.
///
/// # Errors
/// It can't be written.
pub fn attestation_object(authenticator_data: Vec<u8>) -> Outcome<Vec<u8>> {
    cbor(&Value::Map(vec![
        (Value::from("fmt"), Value::from("none")),
        (Value::from("attStmt"), Value::Map(Vec::new())),
        (Value::from("authData"), Value::from(authenticator_data)),
    ]))
}

/// A value in CBOR.
///
/// # Errors
/// It can't be written.
pub fn cbor(value: &Value) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes)?;
    Ok(bytes)
}
