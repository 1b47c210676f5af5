//! What follows here from what happens in other domains.

use async_trait::async_trait;
use db::Tx;
use events::{PublishError, Subscriber};
use kernel::RequestContext;
use kernel::event::api_key::ApiKeyCreated;

use crate::credential_notice::{self, CredentialChange};
use crate::machinery::Machinery;
use crate::user::service::Users;

/// A key that acts as a person is a way into what they have, so its owner is told by mail.
#[derive(Clone)]
pub struct TellKeyOwners {
    machinery: Machinery,
    users: Users,
}

impl TellKeyOwners {
    /// Over the accounts that there are.
    pub const fn new(machinery: Machinery, users: Users) -> Self {
        Self { machinery, users }
    }
}

#[async_trait(?Send)]
impl Subscriber<ApiKeyCreated> for TellKeyOwners {
    async fn on(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        event: &ApiKeyCreated,
    ) -> Result<(), PublishError> {
        let Some(owner) = event.user_id else {
            return Ok(());
        };
        let Some(owner) = self.users.find_in(tx, owner).await? else {
            return Ok(());
        };
        let change = CredentialChange::ApiKeyCreated(event.name.clone());
        let now = self.machinery.now();
        credential_notice::send_in(tx, &self.machinery, &owner, &change, context, now).await?;
        Ok(())
    }
}
