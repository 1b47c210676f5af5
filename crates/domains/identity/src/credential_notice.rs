//! Mail that tells people when something that opens their account has changed: it may not have been them.

use db::{DbError, Tx};
use kernel::{RequestContext, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use crate::machinery::Machinery;
use crate::user::model::User;

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialChange {
    /// An authenticator app was added.
    TotpAdded,
    /// The authenticator app was removed.
    TotpRemoved,
    /// A passkey of this name was added.
    PasskeyAdded(String),
    /// A passkey of this name was removed.
    PasskeyRemoved(String),
    /// There are new recovery codes.
    RecoveryCodesMade,
    /// An account at this provider opens the account, too.
    SocialLinked(String),
    /// An account at this provider does not open the account any more.
    SocialUnlinked(String),
    /// A program has a key of this name to act as the person.
    ApiKeyCreated(String),
    /// Staff took every second factor away.
    FactorsReset,
}

impl CredentialChange {
    /// As the template knows it.
    const fn key(&self) -> &'static str {
        match self {
            Self::TotpAdded => "totp_added",
            Self::TotpRemoved => "totp_removed",
            Self::PasskeyAdded(_) => "passkey_added",
            Self::PasskeyRemoved(_) => "passkey_removed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::SocialLinked(_) => "social_linked",
            Self::SocialUnlinked(_) => "social_unlinked",
            Self::ApiKeyCreated(_) => "api_key_created",
            Self::FactorsReset => "factors_reset",
        }
    }

    fn which(&self) -> Option<&str> {
        match self {
            Self::PasskeyAdded(name) | Self::PasskeyRemoved(name) | Self::ApiKeyCreated(name) => Some(name),
            Self::SocialLinked(provider) | Self::SocialUnlinked(provider) => Some(provider),
            _ => None,
        }
    }
}

/// Mails the owner of the account what has changed, with where it was done from. What staff did was not done from
/// a place that the owner knows, so it is left out.
pub async fn send_in(
    tx: &mut Tx,
    machinery: &Machinery,
    user: &User,
    change: &CredentialChange,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), DbError> {
    let by_owner = *change != CredentialChange::FactorsReset;
    let ip = context.ip.filter(|_| by_owner).map(|ip| ip.to_string());
    let user_agent = context.user_agent.as_ref().filter(|_| by_owner);
    let variables = json!({
        "what": change.key(),
        "which": change.which(),
        "when": now,
        "ip": ip,
        "user_agent": user_agent,
    });
    send_mail_in(tx, machinery, user, Template::CredentialChanged, variables).await
}

/// Mails the owner that a recovery code was used, and how many are left.
pub async fn send_code_used_in(
    tx: &mut Tx,
    machinery: &Machinery,
    user: &User,
    left: u32,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), DbError> {
    let ip = context.ip.map(|ip| ip.to_string());
    let variables = json!({ "left": left, "when": now, "ip": ip, "user_agent": context.user_agent });
    send_mail_in(tx, machinery, user, Template::RecoveryCodeUsed, variables).await
}

async fn send_mail_in(
    tx: &mut Tx,
    machinery: &Machinery,
    user: &User,
    template: Template,
    variables: serde_json::Value,
) -> Result<(), DbError> {
    let mail = Mail {
        to: &user.email,
        template,
        locale: &user.locale,
        user: Some(user.id),
        organization: None,
        variables,
    };
    machinery.mailer.send(tx, mail).await.map(drop)
}
