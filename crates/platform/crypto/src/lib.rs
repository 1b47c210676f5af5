//! Passwords, tokens, signatures and sealing. Owns no tables and reads no clock; nothing here is an
//! algorithm of our own.
//!
//! | module | holds |
//! |---|---|
//! | [`master`] | [`MasterKey`]: the one secret of an installation, and the keys made from it |
//! | [`seal`] | [`Sealer`]: what must be read again, encrypted |
//! | [`mac`] | [`Mac`]: what must be recognised again, tagged |
//! | [`token`] | [`OpaqueToken`], [`hash_secret`], [`numeric_code`]: secrets that are sent out |
//! | [`refresh`] | [`RefreshToken`]: which turn of which session, under the session's own key |
//! | [`password`] | [`PasswordHasher`], [`PasswordPolicy`], [`ForeignHash`] |
//! | [`jwt`] | access tokens, signed with Ed25519 |
//! | [`totp`] | [`TotpSecret`]: what an authenticator app makes its codes from |
//! | [`webhook`] | [`WebhookSecret`]: what requests between servers are signed with |
//! | [`push`] | [`PushReceiver`], [`PushSender`]: messages to browsers |
//! | [`random`] | bytes of the operating system's generator |

mod armor;
mod hexadecimal;
pub mod jwt;
pub mod mac;
pub mod master;
pub mod password;
pub mod push;
pub mod random;
pub mod refresh;
pub mod seal;
pub mod token;
pub mod totp;
pub mod webhook;

pub use jwt::{AccessClaims, Expected, JwtError, PublicKey, SigningKey};
pub use mac::Mac;
pub use master::{MasterKey, MasterKeyError};
pub use password::{
    FirebaseParameters, ForeignHash, ForeignHashError, ForeignHashes, HasherBusy, HasherConfig, HasherError,
    PasswordFault, PasswordHasher, PasswordPolicy, Verdict, normalise,
};
pub use push::{LONGEST_PUSH, PushError, PushReceiver, PushSender};
pub use refresh::RefreshToken;
pub use seal::Sealer;
pub use token::{OpaqueToken, hash_secret, numeric_code};
pub use totp::TotpSecret;
pub use webhook::{WebhookHeaders, WebhookSecret, WebhookSecretError};
