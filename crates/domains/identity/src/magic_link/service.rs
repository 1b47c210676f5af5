//! How a person signs in by mail.
//!
//! Whoever asks keeps a secret, the flow, and only with it do the link and the code of the mail open
//! anything: the link opened elsewhere, by a scanner of mail or on another device, makes no session.

use std::time::Duration;

use crypto::OpaqueToken;
use db::{ReadTx, Tx};
use guard::{CodeOutcome, Limit, Lookup, Purpose, TokenClaim};
use kernel::event::auth::MagicLinkRequested;
use kernel::{RequestContext, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::model::{MagicLinkProof, MagicLinkRequest, MagicLinkSignIn};
use crate::destination::Destination;
use crate::entrance::model::{Entered, Entry, FirstFactor};
use crate::entrance::service::Entrances;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::mail_limit;
use crate::mailed_link::{self, Recipient};
use crate::password::service::Passwords;
use crate::reclamation::Reclamation;
use crate::session::model::SessionKind;
use crate::session::service::{Held, Sessions};
use crate::user::model::User;
use crate::user::service::Users;

const FLOW_PREFIX: &str = "ms_flow";

const CODES: Limit = Limit {
    name: "magic_link_code",
    max: 10,
    window: Duration::from_hours(1),
};

/// Links and codes to sign in with. Cheap to clone.
#[derive(Clone)]
pub struct MagicLinks {
    machinery: Machinery,
    users: Users,
    passwords: Passwords,
    sessions: Sessions,
    entrances: Entrances,
}

/// What stays of a request for when it is repeated. It is kept sealed.
#[derive(Serialize, Deserialize)]
struct Asked {
    flow: String,
}

/// What is handed in, read.
#[derive(Clone)]
struct Presented {
    flow_hash: [u8; 32],
    proof: MagicLinkProof,
}

impl MagicLinks {
    /// Over the services that a session begins with.
    pub const fn new(
        machinery: Machinery,
        users: Users,
        passwords: Passwords,
        sessions: Sessions,
        entrances: Entrances,
    ) -> Self {
        Self {
            machinery,
            users,
            passwords,
            sessions,
            entrances,
        }
    }

    /// Mails a link and a code to the address, if it has an open account, and answers the flow. The caller
    /// can't tell whether anything was sent.
    pub async fn request(
        &self,
        context: &RequestContext,
        request: MagicLinkRequest,
    ) -> Result<Secret<String>, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let (flow, flow_hash) = OpaqueToken::generate(FLOW_PREFIX);
        let asked = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    this.request_in(tx, &context, &request, flow_hash, now).await?;
                    Ok::<_, IdentityError>(Asked {
                        flow: flow.expose().clone(),
                    })
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        Ok(Secret::new(asked.flow))
    }

    /// Where the person is sent in the end, when people may be sent there; `pointer` is its field.
    pub fn destination(&self, text: &str, pointer: &'static str) -> Result<Destination, IdentityError> {
        Destination::require(text, pointer, &self.machinery.config).map_err(IdentityError::invalid)
    }

    /// For how long a flow is of use.
    pub fn lifetime(&self) -> Duration {
        self.machinery.config.lifetimes.magic_link
    }

    /// Whether a link works, in the browser that asked for it. Takes nothing: scanners of mail may look.
    pub async fn is_open(&self, token: &Secret<String>) -> Result<bool, IdentityError> {
        let (tokens, token) = (self.machinery.one_time_tokens.clone(), token.clone());
        let now = self.machinery.now();
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                let claim = tokens.peek(tx, Purpose::MagicLink, token.expose(), now).await?;
                Ok(claim.is_some())
            })
            .await
    }

    /// Lets a client of the API in, or asks for the second factor. Repeated with the same `Idempotency-Key` it
    /// answers the same again.
    pub async fn sign_in(
        &self,
        context: &RequestContext,
        sign_in: MagicLinkSignIn,
    ) -> Result<Entered<Held>, IdentityError> {
        let now = self.machinery.now();
        let presented = self.present(sign_in, now).await?;
        let (this, context) = (self.clone(), context.clone());
        let entry: Option<Entry> = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                // A wrong code is no error in here: its try has to stay counted.
                let work = async |tx: &mut Tx| {
                    let entered = this
                        .let_in(tx, &context, &presented, SessionKind::Api, now)
                        .await?;
                    Ok::<_, IdentityError>(entered.as_ref().map(Entry::from))
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        let entry = entry.ok_or(IdentityError::OtpInvalid)?;
        self.entrances.again(entry).await
    }

    /// Lets a browser in, or asks for the second factor.
    pub async fn sign_in_in_browser(
        &self,
        context: &RequestContext,
        sign_in: MagicLinkSignIn,
    ) -> Result<Entered, IdentityError> {
        let now = self.machinery.now();
        let presented = self.present(sign_in, now).await?;
        let (this, context) = (self.clone(), context.clone());
        let entered = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                this.let_in(tx, &context, &presented, SessionKind::Browser, now)
                    .await
            })
            .await?;
        entered.ok_or(IdentityError::OtpInvalid)
    }

    async fn request_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        request: &MagicLinkRequest,
        flow_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let email = &request.email;
        mail_limit::admit_in(tx, &self.machinery.limits, context, email, now).await?;
        let user = self.users.lock_by_email_in(tx, email).await?;
        let user = user.filter(User::is_active);
        let recipient = Recipient {
            email,
            user: user.as_ref(),
        };
        let destination = request.destination.as_ref();
        mailed_link::send_magic_link_in(tx, &self.machinery, recipient, flow_hash, destination, now).await?;
        if let Some(user) = &user {
            let requested = MagicLinkRequested { user_id: user.id };
            self.machinery.events.publish(tx, context, &requested).await?;
        }
        Ok(())
    }

    /// Reads what is handed in, and counts the tries of codes by the address that they were sent to, be there
    /// an account or not.
    async fn present(&self, sign_in: MagicLinkSignIn, now: Timestamp) -> Result<Presented, IdentityError> {
        let flow_hash = OpaqueToken::parse(FLOW_PREFIX, sign_in.flow.expose());
        let flow_hash = flow_hash.ok_or(IdentityError::OtpInvalid)?;
        if matches!(sign_in.proof, MagicLinkProof::Code(_)) {
            let tokens = self.machinery.one_time_tokens.clone();
            let claim = self
                .machinery
                .db
                .read(async move |tx: &mut ReadTx| {
                    tokens.peek_flow(tx, Purpose::MagicLink, flow_hash, now).await
                })
                .await?;
            if let Some(email) = claim.and_then(|claim| claim.email_norm) {
                let standing = self.machinery.limits.hit(&CODES, &email, now).await?;
                standing.require(now)?;
            }
        }
        Ok(Presented {
            flow_hash,
            proof: sign_in.proof,
        })
    }

    async fn let_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        presented: &Presented,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<Option<Entered>, IdentityError> {
        let Some(claim) = self.claim_in(tx, presented, now).await? else {
            return Ok(None);
        };
        let Some(mut user) = self.users.lock_claimed_in(tx, &claim).await? else {
            return Ok(None);
        };
        if !user.is_verified() {
            // The mail shows whose the address is.
            let name = user.name.clone();
            let reclamation = Reclamation {
                machinery: &self.machinery,
                users: &self.users,
                passwords: &self.passwords,
                sessions: &self.sessions,
            };
            reclamation.settle_in(tx, context, &mut user, name, now).await?;
        }
        let first = FirstFactor {
            user_id: user.id,
            kind,
            method: "magic_link",
            amr: vec![String::from("otp")],
        };
        self.entrances.enter(tx, context, first, now).await.map(Some)
    }

    async fn claim_in(
        &self,
        tx: &mut Tx,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<TokenClaim>, IdentityError> {
        let tokens = &self.machinery.one_time_tokens;
        let (purpose, flow_hash) = (Purpose::MagicLink, presented.flow_hash);
        match &presented.proof {
            MagicLinkProof::Token(token) => Ok(tokens
                .consume_with_flow(tx, purpose, token.expose(), flow_hash, now)
                .await?),
            MagicLinkProof::Code(code) => {
                let lookup = Lookup::Flow(flow_hash);
                let tried = tokens.try_code(tx, purpose, lookup, code.expose(), now).await?;
                Ok(match tried {
                    CodeOutcome::Match(claim) => Some(claim),
                    CodeOutcome::Wrong | CodeOutcome::Dead => None,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests;
