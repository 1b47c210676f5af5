//! Links that anybody may have mailed to an address. Whether it has an account must show neither in the
//! answer nor in the time that it takes, so for an address that nobody has the same is done, up to the point
//! where a mail would go out.

use std::time::Duration;

use db::{DbError, Tx};
use guard::{Issued, NewToken, Purpose};
use kernel::{EmailAddress, Locale, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use crate::destination::Destination;
use crate::machinery::Machinery;
use crate::user::model::User;

/// To whom a link is mailed.
#[derive(Clone, Copy)]
pub(crate) struct Recipient<'a> {
    /// The address that was asked for.
    pub(crate) email: &'a EmailAddress,
    /// The account with this address that may have the link, if there is one.
    pub(crate) user: Option<&'a User>,
}

/// Mails a link to set a new password.
pub(crate) async fn send_reset_in(
    tx: &mut Tx,
    machinery: &Machinery,
    recipient: Recipient<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    let valid_for = machinery.config.lifetimes.reset;
    recipient.send_reset_in(tx, machinery, valid_for, now).await
}

/// Mails a link to set the first password of an account that somebody else made.
pub(crate) async fn send_first_password_in(
    tx: &mut Tx,
    machinery: &Machinery,
    user: &User,
    now: Timestamp,
) -> Result<(), DbError> {
    let recipient = Recipient {
        email: &user.email,
        user: Some(user),
    };
    let valid_for = machinery.config.lifetimes.setup;
    recipient.send_reset_in(tx, machinery, valid_for, now).await
}

/// Mails a link and a code to sign in with, for the browser with the secret of this hash.
pub(crate) async fn send_magic_link_in(
    tx: &mut Tx,
    machinery: &Machinery,
    recipient: Recipient<'_>,
    flow_hash: [u8; 32],
    destination: Option<&Destination>,
    now: Timestamp,
) -> Result<(), DbError> {
    let valid_for = machinery.config.lifetimes.magic_link;
    let token = recipient.token(Purpose::MagicLink, valid_for, Some(flow_hash));
    let Issued { token, code } = machinery.one_time_tokens.issue(tx, token, now).await?;
    let mut link = machinery.config.page_with_token("/magic-link", token.expose());
    if let Some(destination) = destination {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("return_to", destination.as_str());
        link = format!("{link}&{}", query.finish());
    }
    let code = code.as_ref().map(|code| code.expose().as_str());
    let variables = json!({ "link": link, "code": code, "expires_in": valid_for.as_secs() });
    recipient
        .send_in(tx, machinery, Template::MagicLink, variables)
        .await
}

impl Recipient<'_> {
    /// The token of an address without an account is nobody's: it opens nothing, and is never sent.
    fn token(&self, purpose: Purpose, valid_for: Duration, flow: Option<[u8; 32]>) -> NewToken {
        NewToken {
            purpose,
            user: self.user.map(|user| user.id),
            email_norm: Some(self.email.normalized().to_owned()),
            subject: None,
            valid_for,
            with_code: flow.is_some(),
            flow,
        }
    }

    async fn send_reset_in(
        &self,
        tx: &mut Tx,
        machinery: &Machinery,
        valid_for: Duration,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let token = self.token(Purpose::Reset, valid_for, None);
        let issued = machinery.one_time_tokens.issue(tx, token, now).await?;
        let link = machinery
            .config
            .page_with_token("/reset-password", issued.token.expose());
        let variables = json!({ "link": link, "expires_in": valid_for.as_secs() });
        self.send_in(tx, machinery, Template::ResetPassword, variables)
            .await
    }

    async fn send_in(
        &self,
        tx: &mut Tx,
        machinery: &Machinery,
        template: Template,
        variables: serde_json::Value,
    ) -> Result<(), DbError> {
        let mail = |to, locale, user| Mail {
            to,
            template,
            locale,
            user,
            organization: None,
            variables,
        };
        if let Some(user) = self.user {
            let mail = mail(&user.email, &user.locale, Some(user.id));
            machinery.mailer.send(tx, mail).await.map(drop)
        } else {
            let mail = mail(self.email, &Locale::ENGLISH, None);
            machinery.mailer.rehearse(tx, mail).await
        }
    }
}
