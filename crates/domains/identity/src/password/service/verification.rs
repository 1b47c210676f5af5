//! Showing that a mailbox is one's own. This is no way to sign in.

use std::time::Duration;

use db::{ReadTx, Tx};
use guard::{CodeOutcome, Limit, Lookup, NewToken, Purpose, TokenClaim};
use kernel::{Actor, EmailAddress, InviteId, RequestContext, Secret, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use super::Passwords;
use crate::error::IdentityError;
use crate::invite::{InviteError, OpenInvite};
use crate::mail_limit;
use crate::password::model::Confirmation;
use crate::user::model::User;

const CODES: Limit = Limit {
    name: "verification_code",
    max: 10,
    window: Duration::from_hours(1),
};

impl Passwords {
    /// Takes the link or the code of a mail.
    pub async fn verify_email(
        &self,
        context: &RequestContext,
        confirmation: Confirmation,
    ) -> Result<(), IdentityError> {
        let now = self.machinery.now();
        if let Confirmation::Code { email, .. } = &confirmation {
            let standing = self.machinery.limits.hit(&CODES, email.normalized(), now).await?;
            standing.require(now)?;
        }
        let (this, context) = (self.clone(), context.clone());
        let verified = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                // A wrong code is no error in here: its try has to stay counted.
                let work = async |tx: &mut Tx| match this.claim_in(tx, &confirmation, now).await? {
                    Some(claim) => this.verify_claim_in(tx, &context, claim, now).await,
                    None => Ok(false),
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        if verified {
            Ok(())
        } else {
            Err(IdentityError::OtpInvalid)
        }
    }

    /// The address that a link confirms, while it works. Takes nothing: scanners of mail may look.
    pub async fn preview_verification(
        &self,
        token: &Secret<String>,
    ) -> Result<Option<String>, IdentityError> {
        let (tokens, token) = (self.machinery.one_time_tokens.clone(), token.clone());
        let now = self.machinery.now();
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                let claim = tokens.peek(tx, Purpose::Verify, token.expose(), now).await?;
                Ok(claim.and_then(|claim| claim.email_norm))
            })
            .await
    }

    /// Sends the mail again, if there is somebody to send it to.
    pub async fn resend_verification(
        &self,
        context: &RequestContext,
        email: EmailAddress,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    mail_limit::admit_in(tx, &this.machinery.limits, &context, &email, now).await?;
                    let user = this.users.lock_by_email_in(tx, &email).await?;
                    match user.filter(|user| user.is_active() && !user.is_verified()) {
                        Some(user) => this.send_verification_in(tx, &user, None, now).await,
                        None => Ok(()),
                    }
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Mails a link and a code. An invite that does not prove the address waits until the address is proven.
    pub(crate) async fn send_verification_in(
        &self,
        tx: &mut Tx,
        user: &User,
        invite: Option<OpenInvite>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let config = &self.machinery.config;
        let valid_for = config.lifetimes.verification;
        let new = NewToken {
            purpose: Purpose::Verify,
            user: Some(user.id),
            email_norm: Some(user.email.normalized().to_owned()),
            subject: invite.map(|invite| invite.id.uuid()),
            valid_for,
            with_code: true,
            flow: None,
        };
        let issued = self.machinery.one_time_tokens.issue(tx, new, now).await?;
        let link = config.page_with_token("/verify-email", issued.token.expose());
        let code = issued.code.as_ref().map(|code| code.expose().as_str());
        let mail = Mail {
            to: &user.email,
            template: Template::VerifyEmail,
            locale: &user.locale,
            user: Some(user.id),
            organization: None,
            // Without the name: whoever signed up chose it, and may be a stranger who sends their text this way.
            variables: json!({ "link": link, "code": code, "expires_in": valid_for.as_secs() }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        Ok(())
    }

    async fn claim_in(
        &self,
        tx: &mut Tx,
        confirmation: &Confirmation,
        now: Timestamp,
    ) -> Result<Option<TokenClaim>, IdentityError> {
        let tokens = &self.machinery.one_time_tokens;
        match confirmation {
            Confirmation::Token(token) => {
                Ok(tokens.consume(tx, Purpose::Verify, token.expose(), now).await?)
            }
            Confirmation::Code { email, code } => {
                let lookup = Lookup::Email(email.normalized().to_owned());
                let tried = tokens
                    .try_code(tx, Purpose::Verify, lookup, code.expose(), now)
                    .await?;
                Ok(match tried {
                    CodeOutcome::Match(claim) => Some(claim),
                    CodeOutcome::Wrong | CodeOutcome::Dead => None,
                })
            }
        }
    }

    /// The token counts for the address that it was sent to, and no other that the account may have by now.
    async fn verify_claim_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        claim: TokenClaim,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let Some(mut user) = self.users.lock_claimed_in(tx, &claim).await? else {
            return Ok(false);
        };
        let context = context.acting_as(Actor::User(user.id));
        self.users.verify_in(tx, &context, &mut user, now).await?;
        if let Some(invite) = claim.subject.map(InviteId::from_uuid) {
            match self.gate.redeem_in(tx, &context, user.id, invite, now).await {
                // Revoked or full meanwhile: the address is proven all the same.
                Ok(()) | Err(InviteError::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}
