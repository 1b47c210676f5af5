//! People: their accounts, the ways they prove who they are, their sessions, settings and own documents.
//!
//! Tables: `users`, `password_credentials`, `social_accounts`, `oauth_flows`, `user_settings`, `user_data`,
//! `sessions`, `email_changes`, `login_failures`, `known_devices`, `signing_keys`, `admissions`,
//! `spent_challenges`, `webauthn_credentials`, `webauthn_challenges`, `user_imports`, `user_import_rows`, `user_import_errors`. (`one_time_tokens` and
//! `rate_counters` belong to `guard`.)
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`IdentityConfig`]: life times, policy, the addresses of our own pages |
//! | [`invite`] | [`InviteRedeemer`]: what signing up asks of the domain that keeps invites |
//! | [`error`] | [`IdentityError`] |
//! | [`machinery`] | [`Machinery`]: the platform's machines that every service here works with |
//! | `network` | where callers come from, as limits count it |
//! | `mail_limit` | how often strangers may cause mail |
//! | [`destination`] | [`Destination`]: where people may be sent once they are signed in |
//! | `remembered` | values kept in memory that are never older than a change that was answered |
//! | [`admission`] | [`SignUpGate`], [`Admissions`]: who may have an account |
//! | [`user`] | [`Users`]: accounts |
//! | [`signing_key`] | [`SigningKeys`]: what access tokens are signed with, and its rotation |
//! | [`session`] | [`Sessions`]: how a session starts, goes on and ends |
//! | [`credential_notice`] | the mail that tells people when a way into their account has changed |
//! | [`factor`] | [`Factors`]: which second factors a person has |
//! | [`totp`] | [`Totps`]: authenticator apps |
//! | [`recovery_code`] | [`RecoveryCodes`]: codes for when the factor is lost |
//! | [`factor_code`] | [`FactorCodes`]: how a code of either kind is tried and used up |
//! | [`enrolment`] | [`Enrolments`]: how second factors come and go |
//! | [`entrance`] | [`Entrances`]: the end of every way in, a session or a ticket for the second factor |
//! | [`password`] | [`Passwords`]: sign-up, confirmation of the address, sign-in |
//! | [`staff`] | [`Staff`]: who runs the platform, from the first owner on |
//! | `mailed_link` | links that anybody may have mailed to an address |
//! | [`email_change`] | [`EmailChanges`]: another address, and taking that back |
//! | [`second_step`] | [`SecondSteps`]: from a ticket and a code to a session |
//! | [`step_up`] | [`StepUps`]: showing once more who one is |
//! | [`password_reset`] | [`PasswordResets`]: a new password by mail |
//! | [`password_change`] | [`PasswordChanges`]: a new password by who knows the old one |
//! | `reclamation` | accounts that strangers may have made, given to who owns the address |
//! | [`magic_link`] | [`MagicLinks`]: signing in by mail |
//! | [`social`] | [`SocialSignIns`]: signing in with an account at a provider, and linking those |
//! | [`passkey`] | [`Passkeys`]: keys that authenticators keep for people, alone or as second factor |
//! | [`pages`] | the pages for all of this |
//! | [`account`] | [`Accounts`]: whole accounts, made, listed, changed, closed and deleted |
//! | [`impersonation`] | [`Impersonations`]: staff who act as somebody, for a while and on the record |
//! | [`user_import`] | [`UserImports`]: people brought along from another system |
//! | [`settings`] | [`UserSettings`]: how people want things to be |
//! | [`document`] | [`Documents`]: what products keep here for people and organizations |
//! | [`authenticate`] | [`Authenticator`]: from a token to the person behind it |
//! | [`introspection`] | [`Introspections`]: whether a token holds, for other services, and ending it |
//! | [`subscriber`] | what follows here from what happens elsewhere: [`TellKeyOwners`] |
//! | [`jobs`] | upkeep: what is over is deleted, keys are rotated |
//!
//! Arrows between them go upwards in this table.

pub mod account;
pub mod admission;
pub mod authenticate;
pub mod config;
pub mod credential_notice;
pub mod destination;
pub mod document;
pub mod email_change;
pub mod enrolment;
pub mod entrance;
pub mod error;
pub mod factor;
pub mod factor_code;
pub mod impersonation;
pub mod introspection;
pub mod invite;
pub mod jobs;
pub mod machinery;
pub mod magic_link;
mod mail_limit;
mod mailed_link;
mod network;
pub mod pages;
pub mod passkey;
pub mod password;
pub mod password_change;
pub mod password_reset;
mod reclamation;
pub mod recovery_code;
mod remembered;
pub mod second_step;
pub mod session;
pub mod settings;
pub mod signing_key;
pub mod social;
pub mod staff;
pub mod step_up;
pub mod subscriber;
#[cfg(test)]
mod testing;
pub mod totp;
pub mod user;
pub mod user_import;

pub use account::Accounts;
pub use admission::{Admissions, Admitted, Newcomer, SignUpGate, Solution, Voucher, Way};
pub use authenticate::Authenticator;
pub use config::IdentityConfig;
pub use credential_notice::CredentialChange;
pub use destination::Destination;
pub use document::Documents;
pub use email_change::EmailChanges;
pub use enrolment::Enrolments;
pub use entrance::{Entered, Entrances, FirstFactor, Pending, SecondFactor, Ticket};
pub use error::IdentityError;
pub use factor::{Factors, HeldFactors};
pub use factor_code::{FactorCode, FactorCodes};
pub use impersonation::Impersonations;
pub use introspection::{Introspections, Overseers};
pub use invite::{InviteError, InviteRedeemer, OpenInvite};
pub use machinery::{Machinery, MachineryParts};
pub use magic_link::MagicLinks;
pub use pages::{PageServices, account_pages};
pub use passkey::Passkeys;
pub use password::{Confirmation, Passwords, SignIn, SignUp, SignedIn, SignedUp};
pub use password_change::PasswordChanges;
pub use password_reset::PasswordResets;
pub use recovery_code::RecoveryCodes;
pub use second_step::SecondSteps;
pub use session::{
    Credential, Held, LiveSession, NewSession, OpenedSession, Renewed, SessionKind, Sessions, Shown,
    TokenPair,
};
pub use settings::UserSettings;
pub use signing_key::SigningKeys;
pub use social::{SocialSignIns, SocialSignInsParts};
pub use staff::{NewOwner, Staff};
pub use step_up::StepUps;
pub use subscriber::TellKeyOwners;
pub use totp::Totps;
pub use user::{NewUser, PersonName, User, UserStatus, Users};
pub use user_import::{ImportMode, ImportRow, NewUserImport, UserImport, UserImports};

#[cfg(test)]
mod tests;
