//! What follows here from what happens to organizations.

use async_trait::async_trait;
use db::Tx;
use events::{PublishError, Subscriber};
use kernel::RequestContext;
use kernel::event::organization::OrganizationDeleted;

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
