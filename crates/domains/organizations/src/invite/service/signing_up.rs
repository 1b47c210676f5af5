//! Signing up with an invite. What is refused is refused before anybody looks whether the address has an
//! account, so that a sign-up with an invite tells no more than one without.

use db::{DbError, Tx};
use kernel::{EmailAddress, InviteId, PageRequest, RequestContext, Secret, Timestamp, UserId};

use super::super::model::OpenInvite;
use super::super::store::{self, Account};
use super::{Invites, token_hash};
use crate::error::OrganizationError;

impl Invites {
    /// The invite that `token` opens for somebody who is about to sign up with `email`. A link that asks
    /// for the domain of an address waits until the address is known to be theirs.
    pub async fn find_in(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        token: &Secret<String>,
        now: Timestamp,
    ) -> Result<OpenInvite, OrganizationError> {
        let hash = token_hash(token).map_err(|_| not_open())?;
        let found = store::find_by_token(tx, hash).await?;
        let open = found
            .map(|found| found.invite)
            .filter(|invite| invite.is_pending(now));
        let invite = open.ok_or_else(not_open)?;
        let proves_address = invite.email() == Some(email);
        let account = Account {
            email: email.clone(),
            is_verified: proves_address,
        };
        self.check_address(tx, &invite, &account).await?;
        let memberships = &self.neighbors.memberships;
        memberships.require_free_seat_in(tx, invite.organization).await?;
        Ok(OpenInvite {
            id: invite.id,
            proves_address,
        })
    }

    /// Whether an open invite was mailed to `email`.
    pub async fn is_invited_in(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let one = PageRequest::new(1, None);
        let received = store::list_received(tx, email.normalized(), &one, now).await?;
        Ok(!received.is_empty())
    }

    /// Somebody who has just signed up joins by the invite that [`Invites::find_in`] found for them.
    pub async fn accept_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        id: InviteId,
        now: Timestamp,
    ) -> Result<(), OrganizationError> {
        let found = store::find_by_id(tx, id).await?;
        let open = found
            .map(|found| found.invite)
            .filter(|invite| invite.is_pending(now));
        let invite = open.ok_or(OrganizationError::InviteInvalid)?;
        self.join(tx, context, &invite, (user, now)).await.map(drop)
    }
}

/// A fault in a field of the sign-up, which itself is not missing.
fn not_open() -> OrganizationError {
    let detail = "this invite does not hold any more; ask for a new one, or sign up without";
    OrganizationError::field("/invite_token", "invite_invalid", detail)
}
