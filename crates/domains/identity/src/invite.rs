//! What signing up asks of the domain that keeps invites. The server joins the two.

use std::sync::Arc;

use async_trait::async_trait;
use db::{DbError, Tx};
use kernel::{EmailAddress, Failure, InviteId, RequestContext, Timestamp, UserId};

/// An invite that a token opens for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenInvite {
    /// Which.
    pub id: InviteId,
    /// Whether the token was mailed to that very address, so that holding it shows whose mailbox it is.
    pub proves_address: bool,
}

/// Why an invite is not taken.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The domain that keeps it refuses.
    #[error("{0}")]
    Refused(Arc<dyn Failure>),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Finds and accepts invites in the transaction of a sign-up.
#[async_trait(?Send)]
pub trait InviteRedeemer: Send + Sync {
    /// The invite that `token` opens for `email`. It answers the same whether an account with that
    /// address exists or not, and changes nothing.
    async fn find_in(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        token: &str,
        now: Timestamp,
    ) -> Result<OpenInvite, InviteError>;

    /// Whether an open invite was mailed to `email`, whose owner is known to ask.
    async fn is_invited_in(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<bool, InviteError>;

    /// Makes `user` a member as the invite says.
    async fn accept_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        invite: InviteId,
        now: Timestamp,
    ) -> Result<(), InviteError>;
}
