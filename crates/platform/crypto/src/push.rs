//! Messages to browsers that nobody on the way can read (RFC 8291, in the coding of RFC 8188), and who sends
//! them (RFC 8292). The curve is P-256, the machinery ring's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Timestamp;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use zeroize::Zeroizing;

use crate::random;

/// The most bytes of a message. Push services take 4096 bytes once it is encrypted, which adds 103.
pub const LONGEST_PUSH: usize = 3891;

/// A point of the curve, uncompressed.
const POINT: usize = 65;
/// What a browser and its servers share.
const SECRET: usize = 16;
const SALT: usize = 16;
/// There is one record, and it is not longer.
const RECORD: u32 = 4096;
/// Ends the last record.
const DELIMITER: u8 = 2;

/// Why something can't be done with keys of push messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The key of a browser is none.
    #[error("a public key on the curve P-256 is expected: 65 bytes in base64url")]
    PublicKey,
    /// The secret of a browser is none.
    #[error("a secret of 16 bytes in base64url is expected")]
    Secret,
    /// Nobody would pass it on.
    #[error("the message is longer than 3891 bytes")]
    TooLong,
    /// The private key can't be read, or something went wrong that never does.
    #[error("the key can't be used")]
    Key,
}

/// A browser that messages are encrypted for.
#[derive(Clone, PartialEq, Eq)]
pub struct PushReceiver {
    public_key: [u8; POINT],
    secret: Zeroizing<[u8; SECRET]>,
}

/// The key that tells push services who sends: theirs is the public half from a person's subscription on.
pub struct PushSender {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

/// How long a key is that is expanded.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl PushReceiver {
    /// What a browser's `PushSubscription` calls `keys.p256dh` and `keys.auth`, in base64url with or without
    /// padding.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, PushError> {
        let public_key: [u8; POINT] = decoded(p256dh).ok_or(PushError::PublicKey)?;
        let secret = decoded(auth).ok_or(PushError::Secret)?;
        let receiver = Self {
            public_key,
            secret: Zeroizing::new(secret),
        };
        // Whether the point is on the curve is found out by agreeing on something.
        let random = SystemRandom::new();
        let tried = EphemeralPrivateKey::generate(&ECDH_P256, &random);
        let tried = tried.and_then(|own| agree_ephemeral(own, &receiver.point(), |_| ()));
        tried
            .map(|()| receiver)
            .map_err(|Unspecified| PushError::PublicKey)
    }

    /// The message as only the browser can read it, the body of a request with `Content-Encoding: aes128gcm`.
    /// The same message never comes out the same.
    ///
    /// # Errors
    /// [`PushError::TooLong`] beyond [`LONGEST_PUSH`].
    pub fn encrypt(&self, message: &[u8]) -> Result<Vec<u8>, PushError> {
        if message.len() > LONGEST_PUSH {
            return Err(PushError::TooLong);
        }
        let random = SystemRandom::new();
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &random);
        let own = own.map_err(|Unspecified| PushError::Key)?;
        let public = own.compute_public_key().map_err(|Unspecified| PushError::Key)?;
        let salt = random::bytes::<SALT>();
        let sealed = agree_ephemeral(own, &self.point(), |agreed| {
            self.seal(message, agreed, public.as_ref(), &salt)
        });
        sealed
            .and_then(|sealed| sealed)
            .map_err(|Unspecified| PushError::Key)
    }

    fn point(&self) -> UnparsedPublicKey<&[u8]> {
        UnparsedPublicKey::new(&ECDH_P256, self.public_key.as_slice())
    }

    /// RFC 8291, section 3.4, with what both sides agreed on.
    fn seal(
        &self,
        message: &[u8],
        agreed: &[u8],
        sender: &[u8],
        salt: &[u8; SALT],
    ) -> Result<Vec<u8>, Unspecified> {
        let mut input = Zeroizing::new([0; 32]);
        let combined = Salt::new(HKDF_SHA256, self.secret.as_slice()).extract(agreed);
        expand(
            &combined,
            &[b"WebPush: info\0", &self.public_key, sender],
            &mut *input,
        )?;
        let keys = Salt::new(HKDF_SHA256, salt).extract(&*input);
        let (mut key, mut nonce) = (Zeroizing::new([0; 16]), [0; 12]);
        expand(&keys, &[b"Content-Encoding: aes128gcm\0"], &mut *key)?;
        expand(&keys, &[b"Content-Encoding: nonce\0"], &mut nonce)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &*key)?);
        let mut record = [message, &[DELIMITER]].concat();
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
        let length = u8::try_from(sender.len()).map_err(|_| Unspecified)?;
        Ok([salt, RECORD.to_be_bytes().as_slice(), &[length], sender, &record].concat())
    }
}

impl PushSender {
    /// The private half of a new key, as PKCS #8.
    pub fn generate() -> Result<Zeroizing<Vec<u8>>, PushError> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let made = made.map_err(|Unspecified| PushError::Key)?;
        Ok(Zeroizing::new(made.as_ref().to_vec()))
    }

    /// Reads what [`Self::generate`] made.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, PushError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random);
        Ok(Self {
            pair: pair.map_err(|_| PushError::Key)?,
            random,
        })
    }

    /// What browsers call `applicationServerKey`, in base64url.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    /// The header `Authorization` of a request to the push service at `audience` (an origin), which finds those
    /// who send at `contact` (a `https:` or `mailto:` URL). RFC 8292 allows a day at most.
    pub fn authorization(
        &self,
        audience: &str,
        contact: &str,
        expires_at: Timestamp,
    ) -> Result<String, PushError> {
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let claims = json!({ "aud": audience, "exp": expires_at.unix_seconds(), "sub": contact });
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = self.pair.sign(&self.random, signed.as_bytes());
        let signature = signature.map_err(|Unspecified| PushError::Key)?;
        let signature = URL_SAFE_NO_PAD.encode(signature.as_ref());
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public_key()))
    }
}

fn expand(key: &Prk, info: &[&[u8]], filled: &mut [u8]) -> Result<(), Unspecified> {
    key.expand(info, Length(filled.len()))?.fill(filled)
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
    bytes.ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
