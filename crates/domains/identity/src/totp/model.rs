//! An authenticator app, as it is kept and shown.

use crypto::TotpSecret;
use kernel::{Secret, Timestamp};

/// A person's authenticator app.
#[derive(Debug, Clone)]
pub(crate) struct TotpFactor {
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) confirmed_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// A code that was right, by the secret that it was compared with.
#[derive(Debug, Clone)]
pub(crate) struct Match {
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) step: i64,
}

/// What a person gives to their app, once.
#[derive(Debug, Clone)]
pub struct NewTotp {
    /// To be typed.
    pub secret: Secret<String>,
    /// To be shown as a picture that the app reads.
    pub otpauth_uri: Secret<String>,
}

impl NewTotp {
    /// The secret, for the account with this name at this product.
    pub(crate) fn new(secret: &TotpSecret, product: &str, account: &str) -> Self {
        let secret = secret.to_base32();
        // Apps show the label as it is, colons apart, so the product's may not be in it.
        let (product, account) = (encode(&product.replace(':', " ")), encode(account));
        let uri = format!(
            "otpauth://totp/{product}:{account}?secret={}&issuer={product}&algorithm=SHA1&digits=6&period=30",
            secret.expose()
        );
        Self {
            secret,
            otpauth_uri: Secret::new(uri),
        }
    }
}

/// Percent-encoded; apps don't read a plus as a blank.
fn encode(text: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_can_read_the_address() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890");
        let new = NewTotp::new(&secret, "Ink & Quill: Pro", "ada+1@example.com");
        assert_eq!(
            new.otpauth_uri.expose(),
            "otpauth://totp/Ink%20%26%20Quill%20%20Pro:ada%2B1%40example.com\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ink%20%26%20Quill%20%20Pro\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
