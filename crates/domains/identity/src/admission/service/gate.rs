//! The gate. Nothing here looks whether there is an account with the address: whoever asks gets the same answer
//! whether there is one or not.

use std::sync::Arc;
use std::time::Duration;

use db::{DbError, Tx};
use guard::Limit;
use kernel::{EmailAddress, FieldError, InviteId, RequestContext, Timestamp, UserId};

use super::super::model::{Admitted, Approach, Challenge, Challenges, Newcomer, Solution, Way};
use super::super::store;
use crate::config::sign_up::{SignUpConfig, SignUpMode};
use crate::error::IdentityError;
use crate::invite::{InviteError, InviteRedeemer};
use crate::machinery::Machinery;
use crate::{mail_limit, network};

const SIGN_UPS: Limit = Limit {
    name: "sign_up",
    max: 5,
    window: Duration::from_hours(1),
};

/// How many challenges are deleted at a time.
const BATCH: u32 = 500;

/// What every stranger passes who wants an account, whichever way they come. Cheap to clone.
#[derive(Clone)]
pub struct SignUpGate {
    machinery: Machinery,
    invites: Arc<dyn InviteRedeemer>,
    challenges: Option<Challenges>,
}

impl SignUpGate {
    /// Asking `invites` about those who bring one.
    pub fn new(machinery: Machinery, invites: Arc<dyn InviteRedeemer>) -> Self {
        let mac = machinery.master_key.mac("sign-up challenges");
        let bits = machinery.config.sign_up.challenge;
        Self {
            challenges: bits.map(|bits| Challenges::new(mac, bits)),
            machinery,
            invites,
        }
    }

    /// What the operator says about who may sign up.
    pub fn rules(&self) -> &SignUpConfig {
        &self.machinery.config.sign_up
    }

    /// The fewest characters of a password.
    pub fn password_min_length(&self) -> usize {
        self.machinery.config.password_min_length
    }

    /// A challenge to solve before signing up; none where none is asked for.
    pub fn challenge(&self) -> Option<Challenge> {
        let id = self.machinery.ids.uuid_v7(self.machinery.now());
        self.challenges.as_ref().map(|challenges| challenges.make(id))
    }

    /// What comes before the transaction of a sign-up with a password: the work is looked at, and the caller's
    /// network counted, whatever becomes of the rest.
    pub async fn approach(
        &self,
        context: &RequestContext,
        solution: Option<&Solution>,
    ) -> Result<Approach, IdentityError> {
        let now = self.machinery.now();
        let work = match (&self.challenges, solution) {
            (None, _) => None,
            (Some(_), None) => return Err(IdentityError::ChallengeRequired),
            (Some(challenges), Some(solution)) => Some(challenges.check(solution, now)?),
        };
        let network = network::of(context);
        let standing = self.machinery.limits.hit(&SIGN_UPS, &network, now).await?;
        standing.require(now)?;
        Ok(Approach { work })
    }

    /// Lets an address in, or says why not. An invite opens the gate whatever the mode and the domains are, as
    /// staff's word does: somebody inside has asked for the person. Neither makes a throw-away mailbox a good one.
    pub async fn admit_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        newcomer: &Newcomer,
        now: Timestamp,
    ) -> Result<Admitted, IdentityError> {
        self.count_in(tx, context, newcomer, now).await?;
        let email = &newcomer.email;
        let invite = match &newcomer.invite_token {
            Some(token) => Some(self.invites.find_in(tx, email, token.expose(), now).await?),
            None => None,
        };
        let rules = &self.machinery.config.sign_up;
        if rules.disposable.cover(email) {
            return Err(IdentityError::invalid(disposable()));
        }
        if invite.is_none() && !self.is_invited_in(tx, newcomer, now).await? {
            require_admission_in(tx, rules, email).await?;
        }
        Ok(Admitted::through_gate(email.clone(), invite))
    }

    /// Makes the new account a member where its invite says.
    pub async fn redeem_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        invite: InviteId,
        now: Timestamp,
    ) -> Result<(), InviteError> {
        self.invites.accept_in(tx, context, user, invite, now).await
    }

    /// What each way counts and spends. All of it is undone with the transaction when the rest is refused.
    async fn count_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        newcomer: &Newcomer,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let limits = &self.machinery.limits;
        match &newcomer.way {
            Way::Social => {
                let standing = limits.hit_in(tx, &SIGN_UPS, &network::of(context), now).await?;
                standing.require(now)?;
            }
            Way::Password(approach) => {
                if self.machinery.config.confirm_email {
                    mail_limit::admit_in(tx, limits, context, &newcomer.email, now).await?;
                }
                if let Some(work) = &approach.work
                    && store::insert_spent(tx, work).await? == 0
                {
                    return Err(IdentityError::ChallengeInvalid);
                }
            }
        }
        Ok(())
    }

    /// A provider has shown whose the address is, so an invite that was mailed there is as good as its token.
    async fn is_invited_in(
        &self,
        tx: &mut Tx,
        newcomer: &Newcomer,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        match newcomer.way {
            Way::Social => Ok(self.invites.is_invited_in(tx, &newcomer.email, now).await?),
            Way::Password(_) => Ok(false),
        }
    }

    /// Deletes up to 500 of the challenges that are over.
    pub(crate) async fn delete_spent_in(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
        // A minute more, for a node whose clock is behind.
        store::delete_spent(tx, now.minus(Duration::from_mins(1)), BATCH).await
    }
}

/// What the operator asks of those who come without an invite, unless staff admitted them.
async fn require_admission_in(
    tx: &mut Tx,
    rules: &SignUpConfig,
    email: &EmailAddress,
) -> Result<(), IdentityError> {
    let is_ours = rules
        .domains
        .iter()
        .any(|domain| domain.as_str() == email.domain());
    let refusal = match rules.mode {
        _ if !rules.domains.is_empty() && !is_ours => IdentityError::invalid(other_domain()),
        SignUpMode::Open => return Ok(()),
        SignUpMode::InviteOnly => IdentityError::SignUpClosed,
        SignUpMode::Waitlist => IdentityError::SignUpWaitlisted,
    };
    let admitted = store::find_by_email(tx, email).await?;
    admitted.map(drop).ok_or(refusal)
}

fn other_domain() -> FieldError {
    let detail = "addresses of this domain can't sign up here";
    FieldError::new("/email", "email_domain_not_allowed", detail)
}

fn disposable() -> FieldError {
    let detail = "this is an address to be thrown away; use one that stays yours";
    FieldError::new("/email", "email_disposable", detail)
}
