//! What follows here from what happens to organizations and people.

use async_trait::async_trait;
use db::Tx;
use events::{PublishError, Subscriber};
use kernel::RequestContext;
use kernel::event::organization::OrganizationDeleted;
use kernel::event::user::UserReclaimed;

use crate::error::ApiKeyError;
use crate::service::ApiKeys;

/// The rows of an organization's keys go with it; what is remembered of them must go too.
#[derive(Clone)]
pub struct ForgetKeys(ApiKeys);

impl ForgetKeys {
    /// Over the keys that there are.
    pub const fn new(keys: ApiKeys) -> Self {
        Self(keys)
    }
}

#[async_trait(?Send)]
impl Subscriber<OrganizationDeleted> for ForgetKeys {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, _: &OrganizationDeleted) -> Result<(), PublishError> {
        self.0.forget_in(tx);
        Ok(())
    }
}

/// Whoever made keys in an account before its owner came must not keep them.
#[derive(Clone)]
pub struct RevokeKeys(ApiKeys);

impl RevokeKeys {
    /// Over the keys that there are.
    pub const fn new(keys: ApiKeys) -> Self {
        Self(keys)
    }
}

#[async_trait(?Send)]
impl Subscriber<UserReclaimed> for RevokeKeys {
    async fn on(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        event: &UserReclaimed,
    ) -> Result<(), PublishError> {
        let revoked = self.0.revoke_of_in(tx, context, event.user_id).await;
        revoked.map_err(|error| match error {
            ApiKeyError::Db(error) => PublishError::Db(error),
            refusal => PublishError::refused(refusal),
        })
    }
}
