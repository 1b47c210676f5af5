//! Where signing up meets invites: the domain of accounts asks, the domain of organizations answers.

use std::sync::Arc;

use async_trait::async_trait;
use db::Tx;
use identity::{InviteError, InviteRedeemer, OpenInvite};
use kernel::{EmailAddress, InviteId, RequestContext, Secret, Timestamp, UserId};
use organizations::{Invites, OrganizationError};

/// Redeems the invites of organizations.
pub(crate) struct OrganizationInvites(pub(crate) Invites);

#[async_trait(?Send)]
impl InviteRedeemer for OrganizationInvites {
    async fn find_in(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        token: &str,
        now: Timestamp,
    ) -> Result<OpenInvite, InviteError> {
        let token = Secret::new(token.to_owned());
        let open = self.0.find_in(tx, email, &token, now).await.map_err(refusal)?;
        Ok(OpenInvite {
            id: open.id,
            proves_address: open.proves_address,
        })
    }

    async fn is_invited_in(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<bool, InviteError> {
        Ok(self.0.is_invited_in(tx, email, now).await?)
    }

    async fn accept_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        invite: InviteId,
        now: Timestamp,
    ) -> Result<(), InviteError> {
        let accepted = self.0.accept_in(tx, context, user, invite, now).await;
        accepted.map_err(refusal)
    }
}

fn refusal(error: OrganizationError) -> InviteError {
    match error {
        OrganizationError::Db(error) => InviteError::Db(error),
        refusal => InviteError::Refused(Arc::new(refusal)),
    }
}
