//! Codes of authenticator apps: RFC 6238 with what every app supports, HMAC-SHA1, six digits and steps of 30
//! seconds.

use kernel::Secret;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

/// How many bytes a secret has: as many as HMAC-SHA1 makes use of (RFC 4226 §4).
const LENGTH: usize = 20;

/// What an authenticator app and we both know. A code of the step before or after is taken, too: clocks differ,
/// and people type slowly.
pub struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    /// A new one.
    pub fn generate() -> Self {
        Self(Zeroizing::new(crate::random::bytes::<LENGTH>().to_vec()))
    }

    /// One that was kept.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// To be kept, sealed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it into their app.
    pub fn to_base32(&self) -> Secret<String> {
        Secret::new(totp_rs::Secret::new(self.0.as_slice().into()).to_base32())
    }

    /// The step that `code` is of, when it is one around that moment. Each step lets somebody in once: the caller
    /// takes no step that is not newer than the last one.
    pub fn step_of(&self, code: &str, unix_seconds: u64) -> Option<u64> {
        let is_readable = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        is_readable
            .then(|| self.totp().check(code, unix_seconds))
            .flatten()
    }

    /// The code at that moment: what the app shows.
    pub fn code_at(&self, unix_seconds: u64) -> String {
        self.totp().generate(unix_seconds).to_string()
    }

    fn totp(&self) -> Totp {
        let secret = totp_rs::Secret::new(self.0.as_slice().into());
        Builder::new().with_secret(secret).build_noncompliant()
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the rows of SHA-1, to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890");
        let rows = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (at, code) in rows {
            assert_eq!(secret.code_at(at), code);
            assert_eq!(secret.step_of(code, at), Some(at / 30));
        }
        assert_eq!(secret.to_base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn the_steps_beside_are_taken_and_no_others() {
        let secret = TotpSecret::generate();
        let code = secret.code_at(3_000);
        for (at, step) in [
            (2_939, None),
            (2_970, Some(100)),
            (3_059, Some(100)),
            (3_060, None),
        ] {
            assert_eq!(secret.step_of(&code, at), step, "{at}");
        }
    }

    #[test]
    fn nothing_but_six_digits_is_a_code() {
        let secret = TotpSecret::generate();
        let code = secret.code_at(3_000);
        for text in ["", " ", "12345", "+12345", "1234567", "１２３４５６", "12345a"] {
            assert_eq!(secret.step_of(text, 3_000), None, "{text}");
        }
        assert_eq!(secret.step_of(&format!("{code}0"), 3_000), None);
        assert_eq!(secret.step_of(&format!(" {code}"), 3_000), None);
    }
}
